"""Output of the commands: results of a fit, a record or a sweep and the files written, as text or JSON."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hyotan.core.errors import DataError, ParameterError
from hyotan.core.terms import VALIDATION, described, from_json

if TYPE_CHECKING:
    from hyotan.data.io.long_format import Answer
    from hyotan.estimator.autoencoder import Autoencoder
    from hyotan.metrics import Record

# Metrics that format_record prints in a special way, or that do not fit into a line.
IN_WORDS = ("code_use", "codes", "forecast", "likelihood", "prior_gap", "probe", "reconstruction", "spectrum")
FILES = {
    "model": "model.hyotan",
    "training": "training.hyotan",
    "record": "record.json",
    "history": "history.csv",
    "report": "report.html",
}


@contextmanager
def json_output(as_json: bool) -> Iterator[dict[str, Any]]:
    """Collect the results of a command in a dict; with ``as_json``, print it to stdout as one line of JSON.

    With ``as_json``, everything else the command prints goes to stderr.

    Examples
    --------
    >>> with json_output(True) as answer:
    ...     print("by the way")
    ...     answer["rows"] = 3
    {"rows": 3}
    """
    answer: dict[str, Any] = {}
    if not as_json:
        yield answer
        return
    with redirect_stdout(sys.stderr):
        yield answer
    sys.stdout.write(json.dumps(answer, ensure_ascii=False, allow_nan=False, default=str) + "\n")


def link(path: Path) -> str:
    """Return a path as a URI, which terminals show as a link."""
    return Path(path).resolve().as_uri()


def fit_summary(model: Autoencoder, record: Record, out: Path) -> dict[str, Any]:
    """Return the files, epochs, time and metrics of a fit, in a form that JSON can hold."""
    done, state = len(record.history["loss"]), model._fitted.state
    waited = 0 if state is None else state.waited
    by_itself = state is None or (waited > 0 and waited >= model.patience)  # a NaN, or early stopping
    last = {name: values[-1] for name, values in record.history.items() if isinstance(values[-1], (int, float))}
    return {
        "run": str(out),
        **{name: str(out / file) for name, file in FILES.items() if (out / file).exists()},
        "epochs": done,
        "epochs_asked": model.epochs,
        "stopped": done < model.epochs and not by_itself,
        "seconds": record.model["seconds"],
        "last_epoch": _finite(last),
        **record_summary(record),
    }


def record_summary(record: Record) -> dict[str, Any]:
    """Return the number of rows, the metrics and the warnings of a record, in a form that JSON can hold."""
    document = json.loads(record.to_json())
    return {"rows": record.data["rows"], "metrics": document["metrics"], "warnings": document["warnings"]}


def _finite(numbers: dict[str, float]) -> dict[str, float | None]:
    return {name: float(value) if abs(value) < float("inf") else None for name, value in numbers.items()}


def format_fit(model: Autoencoder, record: Record, out: Path) -> Iterator[str]:
    """Yield lines of text: the metrics of a fit with their baselines, and its files."""
    facts = fit_summary(model, record, out)
    yield from format_record(record)
    yield from (f"{name:8s}{out / FILES[name]}" for name in ("model", "record", "history"))
    page, drawn = out / "report.html", shlex.join(["hyotan", "report", str(out)])
    yield f"report  {link(page) if page.exists() else f'not drawn: {drawn}'}"
    if facts["stopped"]:
        again = shlex.join(["hyotan", "fit", "--resume", str(out)])
        yield f"stopped after epoch {facts['epochs']} of {facts['epochs_asked']} · go on with: {again}"


def format_record(record: Record) -> Iterator[str]:
    """Yield lines of text: the metrics of a record, each with its baseline."""
    metrics, fitted, history = record.metrics, record.model, record.history
    count = len(history["loss"])
    yield f"trained {count} epoch{'s' * (count != 1)} in {_time(fitted['seconds'])}"
    beside = f"   validation {history['val_loss'][-1]:.5g}" if "val_loss" in history else ""
    yield f"loss    {history['loss'][-1]:.5g}{beside}"
    from hyotan.metrics import end_of_fit, key_numbers

    terms = [f"{term.text} {value:.5g}" for term, value in end_of_fit(record) if term.order > VALIDATION.order]
    if terms:
        yield f"terms   {'   '.join(terms)}"
    if "reconstruction" in metrics:
        error = metrics["reconstruction"]
        beside = f"   PCA of the same size {error['pca_mean']:.4g}" if "pca_mean" in error else ""
        yield f"error   {error['mean']:.4g} mean, {error['sum']:,.2f} in all over {record.data['rows']:,} rows{beside}"
    if "forecast" in metrics:
        ahead = metrics["forecast"]
        beside = f"the last frame repeated {ahead['last_rmse']:.4g}"
        yield f"ahead   {ahead['rmse']:.4g} over {ahead['steps']} steps   {beside}"
    if "likelihood" in metrics:
        scores = metrics["likelihood"]
        yield f"score   {scores['mean']:.2f} ± {scores['stderr']:.2f} nats ({scores['what']}, {fitted['score']})"
    if "active_units" in metrics["codes"]:
        yield f"code    {metrics['codes']['active_units']} of {metrics['codes']['dim']} units active"
    if "probe" in metrics:
        probe = metrics["probe"]
        beside = "".join(f"   {k} {probe[k]:.3f}" for k in ("pca", "raw", "majority") if k in probe)
        yield f"labels  linear probe on the codes {probe['codes']:.3f}{beside}"
    for each in key_numbers(record):
        if each.metric not in IN_WORDS:
            yield f"{each.metric:7s} {each.term.text} {each.text}"
    for text in record.warnings:
        yield f"note    {text}"


def _time(seconds: float) -> str:
    """Return a duration in seconds, or in minutes and seconds.

    Examples
    --------
    >>> _time(12.34), _time(600)
    ('12.3 s', '10 min 0 s')
    """
    return f"{seconds:.1f} s" if seconds < 100 else f"{int(seconds // 60)} min {round(seconds % 60)} s"


def print_sweep(swept: dict[str, Any]) -> None:
    """Print the table of a sweep (the result of :func:`hyotan.runs.sweep.sweep_runs`) and the path of the best run."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    models, varied = swept["models"], swept["varied"]
    found = dict.fromkeys(name for row in models for name, value in row.items() if isinstance(value, (int, float)))
    others = (*varied, "score", "epochs", "seconds")
    own = [name for name in found if name not in others and (name == "val_loss" or not name.startswith("val_"))]
    terms = [term.name for term in described(own, from_json(swept.get("terms", {})))]
    columns = [*varied, *terms, *(name for name in ("score", "seconds") if name in found)]
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in columns:
        table.add_column(name.rpartition("__")[2], justify="right", no_wrap=True)
    for row in models:
        best = row["run"] == swept["best"]
        cells = [_cell(row[name], name in varied) for name in columns]
        if row["run"] is None:
            cells[-1] = "failed"
        table.add_row("*" if best else "", *(Text(cell) for cell in cells), style="bold" if best else "")
    console = Console(highlight=False)
    console.width = max(console.width, 160) if not console.is_terminal else console.width
    console.print(table)
    print(f"table   {swept['table']}\nbest    {swept['best']} · hyotan report {swept['best']}")


def _cell(value: Any, as_given: bool) -> str:
    if isinstance(value, float) and not as_given:
        return f"{value:.5g}"
    return "" if value is None else str(value)


def write_rows(path: Path, found: Callable[[], Answer], as_json: bool) -> None:
    """Write the rows that a function returns to a file, and print its path and their shape; ``-`` prints them as CSV.

    What can be wrong with the path is found out before the function is called.
    """
    from hyotan.core.files import check_writable
    from hyotan.data.io.formats import writer_of
    from hyotan.data.io.long_format import write_answer
    from hyotan.data.io.table_files import check_ending

    if str(path) == "-":
        if as_json:
            raise ParameterError(
                "--json and --out - would both write to standard output",
                expected="one of them",
                received="both",
                do="leave out --json, or write the rows to a file",
            )
        if sys.stdout.fileno() != 1:  # what main() opened in the place of a closed one
            raise DataError("Standard output is closed", expected="somewhere to write the rows", received="--out -")
        with tempfile.TemporaryDirectory() as folder:
            written, _ = write_answer(Path(folder, "rows.csv"), found())
            with written.open("rb") as file:
                sys.stdout.flush()
                shutil.copyfileobj(file, sys.stdout.buffer)
                sys.stdout.buffer.flush()
        return
    check_ending(path)
    check_writable(path.expanduser(), make_folders=False)
    with json_output(as_json) as answer:
        rows = found()
        place, shape = write_answer(path, rows)
        made = writer_of(place.suffix.lower())
        keys = [*rows.beside] if made is not None and made.gives == "table" else []
        keys += ["step"] if keys and rows.series else []
        answer |= {"file": str(place), "shape": list(shape), "columns": rows.names and [*keys, *rows.names]}
        typer.echo(f"{place}  {' × '.join(map(str, shape))}")
