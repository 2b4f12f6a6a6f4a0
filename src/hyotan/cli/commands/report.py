"""``hyotan report``: the report of a run, or a comparison of several runs."""

from pathlib import Path
from typing import Annotated, Any

import typer

from hyotan.cli import options as opt
from hyotan.cli.output import json_output, link, record_summary
from hyotan.cli.parsing import ReadingOptions, command_line
from hyotan.core.errors import ParameterError

SHORT_HELP = "Write a run's report, or compare runs."


def report(
    runs: Annotated[list[str], typer.Argument(help="A run, and maybe rows to evaluate; or several runs to compare")],
    out: opt.PageOut = None,
    explorer: Annotated[bool, typer.Option("--explorer", help="Put the explorer into the page")] = False,
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
    """Write the report of a run [RUN/report.html], of its model on other data, or a comparison of several runs.

    An argument that is neither a run folder nor a .hyotan file is read as data: hyotan report RUN DATA.
    """
    from hyotan.runs.open import sorted_out

    reading = ReadingOptions.of(locals())
    chosen, data = sorted_out(runs)
    with json_output(as_json) as answer:
        if len(chosen) == 1:
            answer |= _report_run(chosen[0], data, out, reading, part, explorer)
        elif explorer:
            raise ParameterError("--explorer shows one run", expected="one RUN", received=", ".join(runs))
        else:
            answer |= _compare_runs(chosen, out)
        print(f"report  {link(answer['report'])}")


def _report_run(
    run: Path, data: str | None, out: Path | None, reading: ReadingOptions, part: str | None, explorer: bool
) -> dict[str, Any]:
    """Write the report of one run, on its own rows or on ``data``, and return its path and metrics."""
    from hyotan.core.files import check_writable
    from hyotan.metrics import evaluate
    from hyotan.report import report as write_report
    from hyotan.runs.open import ask, folder_of, record_of

    out = out or folder_of(run) / "report.html"
    check_writable(out)
    if explorer:
        asked = ask(run, data, part, "test", **reading.given())
        given = {"reference": asked.reference, "command": command_line(), "explorer": True}
        return {"report": str(write_report(asked.model, asked.X, asked.y, out=out, **given))}
    if data is None:
        record = record_of(run)
    else:
        asked = ask(run, data, part, "test", **reading.given())
        record = evaluate(asked.model, asked.X, asked.y, command=command_line())
    return {**record_summary(record), "report": str(write_report(record, out=out))}


def _compare_runs(runs: list[Path], out: Path | None) -> dict[str, Any]:
    """Write the page that compares several runs, and return its path and the metrics of the runs."""
    from hyotan.report import compare
    from hyotan.runs.open import records_of

    records = records_of(runs)
    page = compare(records, out=out or "comparison.html", command=command_line())
    return {"runs": {name: record_summary(record) for name, record in records.items()}, "report": str(page)}
