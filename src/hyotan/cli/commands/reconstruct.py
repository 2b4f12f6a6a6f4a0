"""``hyotan reconstruct``: rows decoded from their codes."""

from hyotan.cli import options as opt
from hyotan.cli.output import write_rows
from hyotan.cli.parsing import ReadingOptions

SHORT_HELP = "Write each row decoded from its code."


def reconstruct(
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
    """Write each row decoded from its code, in the data's own units; missing cells are filled in.

    For windows, write at each time the mean over the windows that cover it; forecasts of a net with future have their
    own columns, forecast_CHANNEL. For other series, write one row per step.
    """
    from hyotan.runs.answers import reconstruction
    from hyotan.runs.open import ask

    reading = ReadingOptions.of(locals())
    write_rows(out, lambda: reconstruction(ask(run, data, part, **reading.given())), as_json)
