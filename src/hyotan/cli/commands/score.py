"""``hyotan score``: scores and reconstruction errors of rows."""

from hyotan.cli import options as opt
from hyotan.cli.output import write_rows
from hyotan.cli.parsing import ReadingOptions

SHORT_HELP = "Write the score of each row in nats."


def score(
    run: opt.Run,
    data: opt.Data,
    out: opt.Out,
    label: opt.Label = None,
    resize: opt.Resize = None,
    key: opt.Key = None,
    sheet: opt.Sheet = None,
    window: opt.Window = None,
    stride: opt.Stride = None,
    time: opt.Time = None,
    id: opt.Id = None,
    gaps: opt.Gaps = None,
    sort: opt.Sort = False,
    duplicates: opt.Duplicates = None,
    time_zone: opt.TimeZone = None,
    missing_values: opt.MissingValues = None,
    keep_values: opt.KeepValues = None,
    encoding: opt.Encoding = None,
    skip_bad_lines: opt.SkipBadLines = False,
    part: opt.Part = None,
    as_json: opt.Json = False,
) -> None:
    """Write the score of each row in nats (a higher score means a more normal row) and its reconstruction error.

    For windows, write at each time the mean over the windows that cover it. The score of a window is a sum over its
    known cells, so compare only scores with the same fraction of known cells (column known). Times without any known
    cell have no score. With future, the error covers the steps the encoder saw.
    """
    from hyotan.runs.answers import scores
    from hyotan.runs.open import ask

    reading = ReadingOptions.of(locals())
    write_rows(out, lambda: scores(ask(run, data, part, **reading.given())), as_json)
