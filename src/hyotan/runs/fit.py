"""Making a run folder: fit or resume a model, evaluate it, and write the files.

``model.hyotan`` is the model; ``training.hyotan`` is the same model with its training state; ``run.json`` is the
configuration (data, options, split). ``record.json``, ``history.csv`` and ``report.html`` hold the results.
"""

from __future__ import annotations

from collections.abc import Callable
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
from hyotan.runs.config import MODEL, START, TRAINING, RunConfig
from hyotan.runs.folder import RunFolder
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
    folder = RunFolder(out, resume)
    with folder.open():
        trained, validation = validation_of(model, X, X_test)
        stop, own = Stop(), model.callbacks
        begin = [_Checkpoints(model, folder, start)] if start.checkpoint else []
        model.set_params(callbacks=[*(own or ()), *begin, stop])
        model.set_params(checkpoint=folder.path / MODEL if start.checkpoint else None)
        try:
            with stop.listening():
                model.fit(trained, validation_data=validation, resume=resume)
        finally:
            model.set_params(callbacks=own, checkpoint=None)
        if source.reading:
            model._add_info(reading=source.reading)
        start.save(folder.path)
        # The training state comes first: wherever this ends, there is a model to go on with.
        if model._fitted.state is not None:
            model.save(folder.path / TRAINING, training=True)
        model.save(folder.path / MODEL)
        if model._fitted.state is None:
            (folder.path / TRAINING).unlink(missing_ok=True)
        folder.begin()
        if say is not None:
            say("measuring, and drawing the report: --no-report leaves that out" if draw else "measuring")
        shown, labels, reference = (X, y, None) if X_test is None else (X_test, y_test, X)
        record = evaluate(model, shown, labels, reference=reference, command=command)
        if X_test is None:
            record.warnings.append("evaluated on the training rows: nothing was held out")
        write_record(out, record)
        if draw:
            return record, report(record, out=out / "report.html")
        (out / "report.html").unlink(missing_ok=True)  # that of the model before
    return record, None


def write_record(out: Path, record: Record) -> None:
    """Write the record to record.json and its history to history.csv."""
    record.save(out / "record.json")
    write_history(out, record.history)


def write_history(out: Path, history: dict[str, list[Any]]) -> None:
    """Write the scalar entries of the history to history.csv, one row per epoch."""
    curves = {k: v for k, v in history.items() if np.ndim(v[0]) == 0}
    write_rows(out / "history.csv", np.stack(list(curves.values()), axis=1), list(curves))


class _Checkpoints(keras.callbacks.Callback):
    """Callback that keeps the folder of a run whole around the checkpoints, which are written after each epoch.

    Parameters
    ----------
    model : Autoencoder
        Its ``checkpoint`` follows the folder.
    folder : RunFolder
    start : RunConfig
    """

    def __init__(self, model: Autoencoder, folder: RunFolder, start: RunConfig) -> None:
        super().__init__()
        self.estimator, self.folder, self.start, self.begun = model, folder, start, False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """After the first checkpoint, let the new run take the place of the earlier one."""
        if self.begun and self.folder.path != self.folder.out and (self.folder.path / MODEL).exists():
            self.folder.begin()
            self.estimator.checkpoint = self.folder.path / MODEL

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Prepare the folder after an epoch with a finite loss, before its checkpoint is written."""
        if logs is not None and not all(np.isfinite(value) for name, value in logs.items() if name == "loss"):
            return
        path = self.folder.path
        if not self.begun and (path / TRAINING).exists():
            (path / TRAINING).replace(path / MODEL)  # the checkpoint will hold a newer state than this one
        if not self.begun or not (path / START).exists():  # somebody may have removed the folder
            self.start.save(path)
        self.begun = True


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
