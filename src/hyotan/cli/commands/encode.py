"""``hyotan encode``: the codes of rows."""

from hyotan.cli import options as opt
from hyotan.cli.output import write_rows
from hyotan.cli.parsing import ReadingOptions

SHORT_HELP = "Write the code of each row."


def encode(
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
    """Write the code of each row; for windows, also the times of their first and last steps."""
    from hyotan.runs.answers import codes
    from hyotan.runs.open import ask

    reading = ReadingOptions.of(locals())
    write_rows(out, lambda: codes(ask(run, data, part, **reading.given())), as_json)
