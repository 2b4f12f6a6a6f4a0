"""Making a run folder: fit or resume a model, evaluate it, and write the files.

``model.hyotan`` is the model; ``training.hyotan`` is the same model with its training state; ``run.json`` is the
configuration (data, options, split). ``record.json``, ``history.csv`` and ``report.html`` hold the results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np

from hyotan.core.errors import ArtifactError
from hyotan.data import Source, Windows
from hyotan.data.io.table_files import write_rows
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.metrics import Record, evaluate
from hyotan.recipes._load import load
from hyotan.report import report
from hyotan.runs.config import DERIVED, MODEL, START, TRAINING, RunConfig
from hyotan.runs.interrupt import Stop


def go_on(folder: Path) -> tuple[Autoencoder, RunConfig]:
    """Return the model of a run, ready to resume its training, and the configuration of the run.

    Raises
    ------
    ArtifactError
        If there is no training state to resume from, or a file is damaged.
    """
    path = next((folder / name for name in (TRAINING, MODEL) if (folder / name).exists()), None)
    model = None if path is None else load(path)
    if model is None or model._fitted.state is None or not (folder / START).exists():
        there = ", ".join(sorted(p.name for p in folder.iterdir())[:8]) if folder.is_dir() else "no such folder"
        raise ArtifactError(
            f"{folder} holds no training to go on with",
            expected=f"a run folder with {START} and {TRAINING}, as hyotan fit writes it",
            received=there or "an empty folder",
            do="fit anew: hyotan fit DATA -o RUN",
        )
    return model, RunConfig.load(folder)


def fit_run(
    model: Autoencoder,
    source: Source,
    out: Path,
    start: RunConfig,
    command: str,
    *,
    resume: bool = False,
    say: Callable[[str], None] | None = None,
    draw: bool = True,
) -> tuple[Record, Path | None]:
    """Fit on the training part, evaluate on the rest, and write the run folder.

    Parameters
    ----------
    model : Autoencoder
    source : Source
    out : Path
        The run folder; its files are replaced.
    start : RunConfig
        The configuration of the run.
    command : str
        The command line, for the record.
    resume : bool
        Resume the training of a model from :func:`go_on`.
    say : callable, optional
        Called with a message when the model is trained and saved, before evaluation begins.
    draw : bool
        Draw the report, which can take longer than a small fit.

    Returns
    -------
    record : Record
    page : Path or None
        Path of the report; None if it is not drawn.
    """
    X, y, X_test, y_test = start.parts(source)
    if model.kind == "auto" and source.kind != "auto":
        model.set_params(kind=source.kind)
    with _folder(out):
        trained, validation = validation_of(model, X, X_test)
        begin, stop, own = _RunFolder(out, start, resume), Stop(), model.callbacks
        model.set_params(callbacks=[*(own or ()), *([begin] if start.checkpoint else []), stop])
        model.set_params(checkpoint=out / MODEL if start.checkpoint else None)
        try:
            with stop.listening():
                model.fit(trained, validation_data=validation, resume=resume)
        finally:
            model.set_params(callbacks=own, checkpoint=None)
        if source.reading:
            model._add_info(reading=source.reading)
        files = [(TRAINING, True)] * (model._fitted.state is not None) + [(MODEL, False)]
        new = {out / name: out / f"{name}.new" for name, _ in files}
        try:  # write all new files before old ones are replaced
            for name, training in files:
                model.save(out / f"{name}.new", training=training)
            begin.write()
            for path, written in new.items():
                written.replace(path)
        finally:
            for written in new.values():
                written.unlink(missing_ok=True)
    if say is not None:
        say("measuring, and drawing the report: --no-report leaves that out" if draw else "measuring")
    shown, labels, reference = (X, y, None) if X_test is None else (X_test, y_test, X)
    record = evaluate(model, shown, labels, reference=reference, command=command)
    if X_test is None:
        record.warnings.append("evaluated on the training rows: nothing was held out")
    write_record(out, record)
    return record, report(record, out=out / "report.html") if draw else None


def write_record(out: Path, record: Record) -> None:
    """Write the record to record.json and its history to history.csv."""
    record.save(out / "record.json")
    write_history(out, record.history)


def write_history(out: Path, history: dict[str, list[Any]]) -> None:
    """Write the scalar entries of the history to history.csv, one row per epoch."""
    curves = {k: v for k, v in history.items() if np.ndim(v[0]) == 0}
    write_rows(out / "history.csv", np.stack(list(curves.values()), axis=1), list(curves))


class _RunFolder(keras.callbacks.Callback):
    """Callback that prepares the run folder before the first model is saved: it removes files of an earlier run."""

    def __init__(self, out: Path, start: RunConfig, resume: bool = False) -> None:
        super().__init__()
        self.out, self.start, self.resume, self.begun = out, start, resume, False

    def write(self) -> None:
        """Remove old files and write run.json; only the first call has an effect."""
        if not self.begun:
            if self.resume and (self.out / TRAINING).exists():
                (self.out / TRAINING).replace(self.out / MODEL)  # so that a training state to resume from always exists
            for name in DERIVED if self.resume else (MODEL, TRAINING, *DERIVED):
                (self.out / name).unlink(missing_ok=True)
            self.start.save(self.out)
            self.begun = True

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Prepare the folder after an epoch with a finite loss; the checkpoint is written after this callback."""
        if logs is None or all(np.isfinite(value) for name, value in logs.items() if name == "loss"):
            self.write()


def validation_of(model: Autoencoder, X: Any, X_test: Any) -> tuple[Any, Any]:
    """Return the rows to train on, and the rows to validate on or None.

    Without early stopping, the test part serves for validation. With early stopping, the validation rows choose the
    epoch, so they must not be the test part: None lets the model hold out training rows at random. Windows overlap, so
    they are split by time here.
    """
    if not model.early_stopping:
        return X, X_test
    if not isinstance(X, Windows):
        return X, None
    return X.split(0.1 if model.validation_fraction is None else model.validation_fraction)


@contextmanager
def _folder(out: Path) -> Iterator[None]:
    """Make the run folder before training, so that errors appear early; remove it, if empty, when training fails."""
    made = [path for path in (out, *out.parents) if not path.exists()]
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise ArtifactError(f"{out} cannot be made", expected="a folder", received=err.strerror or str(err)) from err
    try:
        yield
    except BaseException:
        with suppress(OSError):  # a folder that holds something stays
            for path in made:
                path.rmdir()
        raise
