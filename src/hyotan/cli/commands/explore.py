"""``hyotan explore``: an interactive map of the codes."""

from typing import Annotated

import typer

from hyotan.cli import options as opt
from hyotan.cli.output import json_output, link
from hyotan.cli.parsing import ReadingOptions, command_line

SHORT_HELP = "Write a map of the codes that decodes."


def explore(
    run: opt.Run,
    data: opt.OptionalData = None,
    out: opt.PageOut = None,
    layout: Annotated[str | None, typer.Option(help="A plane beside the code's own: tsne")] = None,
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
    """Write an interactive map of the codes to an HTML file [RUN/explorer.html]; it decodes the point under the mouse.

    Without DATA, the map shows the rows on which the run was evaluated.
    """
    from hyotan.core.files import check_writable
    from hyotan.explorer import explore as write_explorer
    from hyotan.runs.open import ask, folder_of

    reading = ReadingOptions.of(locals())
    page = out or folder_of(run) / "explorer.html"
    check_writable(page)
    with json_output(as_json) as answer:
        asked = ask(run, data, part, "test", **reading.given())
        write_explorer(asked.model, asked.X, asked.y, out=page, layout=layout, rows=asked.rows, command=command_line())
        answer |= {"explorer": str(page), "rows": len(asked.X), "bytes": page.stat().st_size}
        print(f"explorer  {link(page)}")
