"""What the command line says at the end: the few numbers that matter and where everything is, in words or as JSON."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hyotan.estimator.autoencoder import Autoencoder
    from hyotan.metrics import Record

FILES = {"model": "model.hyotan", "training": "training.hyotan", "record": "record.json", "history": "history.csv"}


@contextmanager
def answering(as_json: bool) -> Iterator[dict[str, Any]]:
    """Gather what a verb answers; if it is to be JSON, that is all that goes to stdout, in one line.

    Everything else the verb says goes to stderr then.

    Examples
    --------
    >>> with answering(True) as answer:
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
    """Return a path as a terminal makes a link of it."""
    return Path(path).resolve().as_uri()


def of_fit(model: Autoencoder, record: Record, out: Path) -> dict[str, Any]:
    """Return what a machine would want to know of a fit."""
    done, state = len(record.history["loss"]), model._fitted.state
    waited = 0 if state is None else state.waited
    by_itself = state is None or (waited > 0 and waited >= model.patience)  # no way on, or no need
    last = {name: values[-1] for name, values in record.history.items() if isinstance(values[-1], (int, float))}
    return {
        "run": str(out),
        **{name: str(out / file) for name, file in FILES.items() if (out / file).exists()},
        "report": str(out / "report.html"),
        "epochs": done,
        "epochs_asked": model.epochs,
        "stopped": done < model.epochs and not by_itself,
        "seconds": record.model["seconds"],
        "last_epoch": _plain(last),
        **of_record(record),
    }


def of_record(record: Record) -> dict[str, Any]:
    """Return the measurements of a record and its warnings, as JSON has them."""
    document = json.loads(record.to_json())
    return {"rows": record.data["rows"], "metrics": document["metrics"], "warnings": document["warnings"]}


def _plain(numbers: dict[str, float]) -> dict[str, float | None]:
    return {name: float(value) if abs(value) < float("inf") else None for name, value in numbers.items()}


def told(model: Autoencoder, record: Record, out: Path) -> Iterator[str]:
    """Return lines on what a fit reached, beside its baselines, and where it is."""
    facts = of_fit(model, record, out)
    yield from numbers(record)
    yield from (f"{name:8s}{out / FILES[name]}" for name in ("model", "record", "history"))
    yield f"report  {link(out / 'report.html')}"
    if facts["stopped"]:
        again = shlex.join(["hyotan", "fit", "--resume", str(out)])
        yield f"stopped after epoch {facts['epochs']} of {facts['epochs_asked']} · go on with: {again}"


def numbers(record: Record) -> Iterator[str]:
    """Return lines on what was reached, beside its baseline."""
    metrics, fitted, history = record.metrics, record.model, record.history
    count = len(history["loss"])
    yield f"trained {count} epoch{'s' * (count != 1)} in {_time(fitted['seconds'])}"
    beside = f"   validation {history['val_loss'][-1]:.5g}" if "val_loss" in history else ""
    yield f"loss    {history['loss'][-1]:.5g}{beside}"
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
    for text in record.warnings:
        yield f"note    {text}"


def _time(seconds: float) -> str:
    """Return a duration in words.

    Examples
    --------
    >>> _time(12.34), _time(600)
    ('12.3 s', '10 min 0 s')
    """
    return f"{seconds:.1f} s" if seconds < 100 else f"{int(seconds // 60)} min {round(seconds % 60)} s"
