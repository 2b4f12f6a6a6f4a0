"""Writing the results of experiments: page, table, JSON and pictures of each, and the index of all."""

from __future__ import annotations

import base64
import csv
import io
import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from hyotan.core.errors import ArtifactError, shown
from hyotan.core.files import read, write
from hyotan.core.templates import environment
from hyotan.core.versions import versions
from hyotan.reproduce._bench import Bench, Block, Row

VERSION = 1
HEAD = ("what", "published", "plain Keras", "hyotan", "seconds", "bar", "met")


def write_all(bench: Bench, folder: Path) -> dict[str, Any]:
    """Write all files of an experiment, the page last, and return its result."""
    result = result_of(bench)
    files = {**bench.files, "table.csv": _csv(bench.rows).encode(), "result.json": _json(result)}
    before = _kept(folder)
    for path, content in files.items():
        write(folder / path, content)
    write(folder / "index.html", page(bench, result).encode())
    for path in before - files.keys():  # delete only files that an earlier run of this experiment wrote
        (folder / path).unlink(missing_ok=True)
    return result


def result_of(bench: Bench) -> dict[str, Any]:
    """Return the figures of an experiment with settings, versions and machine, as plain values."""
    return {
        "format": "hyotan reproduction",
        "version": VERSION,
        "name": bench.name,
        "title": bench.title,
        "quick": bench.quick,
        "keras": bench.keras,
        "seed": bench.seed,
        "at_a_time": bench.at_a_time,
        "date": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - bench.began, 1),
        "machine": machine(),
        "versions": versions(),
        "rows": [asdict(row) for row in bench.rows],
        "files": sorted(bench.files),
    }


def machine() -> dict[str, Any]:
    """Return processor, number of processors and system, so that readers can judge the times."""
    processor = platform.processor() or platform.machine()
    told = Path("/proc/cpuinfo")
    if told.exists():
        named = [line for line in told.read_text().splitlines() if line.startswith("model name")]
        processor = named[0].partition(":")[2].strip() if named else processor
    return {"processor": processor, "processors": os.cpu_count() or 1, "system": platform.platform()}


def results(out: Path, order: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the results found in a folder, in the given order."""
    return [load(out / name) for name in order if (out / name / "result.json").exists()]


def load(folder: Path) -> dict[str, Any]:
    """Read the result of one experiment.

    Raises
    ------
    ArtifactError
        If ``result.json`` is not the result of an experiment.
    """
    path = folder / "result.json"
    try:
        result = json.loads(read(path, "result.json, as hyotan reproduce writes it"))
        if result["format"] != "hyotan reproduction" or result["version"] > VERSION:
            raise ValueError("another format, or a newer version")
        return {**result, "rows": [Row(**row) for row in result["rows"]]}
    except (ValueError, KeyError, TypeError) as err:
        raise ArtifactError(
            f"{path} is not the result of a reproduction",
            expected="result.json, as hyotan reproduce writes it",
            received=shown(str(err), 80),
            do="move the folder away, or run the experiment again",
        ) from err


def _kept(folder: Path) -> set[str]:
    """Return the extra files that an earlier run of the experiment wrote to its folder."""
    if not (folder / "result.json").exists():
        return set()
    return {path for path in load(folder)["files"] if not Path(path).is_absolute() and ".." not in Path(path).parts}


def _json(result: dict[str, Any]) -> bytes:
    return json.dumps(result, indent=1, ensure_ascii=False).encode()


def _csv(rows: list[Row]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEAD)
    for row in rows:
        seconds = None if row.seconds is None else round(row.seconds, 1)
        writer.writerow([row.what, row.published, row.keras, row.value, seconds, row.bar, row.met])
    return text.getvalue()


# -- pages ------------------------------------------------------------------------------------------------------


def page(bench: Bench, result: dict[str, Any]) -> str:
    """Return the self-contained page of an experiment as HTML."""
    _, *paragraphs = [" ".join(part.split()) for part in bench.about.strip().split("\n\n")]
    return _template("experiment.html").render(
        result=result,
        rows=bench.rows,
        about=paragraphs,
        card=bench.card,
        in_short=in_short(bench.rows, bench.quick),
        blocks=[_shown(k, block) for k, block in enumerate(bench.blocks)],
        command=command(result),
        times=any(row.seconds is not None for row in bench.rows),
        versions=result["versions"],
    )


def write_index(out: Path, order: Mapping[str, str]) -> Path:
    """Write the page that lists all experiments in the folder with their tables."""
    found = results(out, order)
    text = _template("index.html").render(results=found, short=in_short, versions=versions())
    return write(out / "index.html", text.encode())


def command(result: dict[str, Any]) -> str:
    """Return the shell command that repeats the experiment."""
    parts = ["hyotan reproduce", result["name"], "--quick" * result["quick"], "--keras" * result["keras"]]
    return " ".join([*filter(None, parts), *([f"--seed {result['seed']}"] if result["seed"] else [])])


def in_short(rows: list[Row], quick: bool) -> tuple[bool, str]:
    """Return whether all targets were met, and a sentence that says so.

    Examples
    --------
    >>> in_short([Row("a", 1.0, bar="≤ 2", met=True), Row("b", 1.0)], quick=False)
    (True, '1 of 1 bars met.')
    """
    barred = [row for row in rows if row.bar]
    if quick:
        return True, "A quick run, on a small part of the data: its figures are not held against anything."
    met = sum(row.met is True for row in barred)
    missed = "; ".join(row.what for row in barred if not row.met)
    return met == len(barred), f"{met} of {len(barred)} bars met." + (f" Missed: {missed}." if missed else "")


def _shown(k: int, block: Block) -> dict[str, Any]:
    """Return a block as a dict for the template."""
    found = {**vars(block), "id": f"part-{k}"}
    if block.data:
        found["source"] = f"data:{block.mime};base64,{base64.b64encode(block.data).decode()}"
    if block.figure is not None:
        config = {"displaylogo": False, "responsive": True}  # the logo is a link to another site
        # Safe to mark as markup: Plotly escapes < and > in the JSON that it writes into the script.
        html = block.figure.to_html(full_html=False, include_plotlyjs=True, div_id="turned", config=config)
        found["html"] = Markup(html)
    return found


@cache
def _template(name: str) -> Any:
    return environment("hyotan.reproduce").get_template(name)
