"""A run folder: model.hyotan, record.json, history.csv and report.html, made by one fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from hyotan._errors import ArtifactError
from hyotan.autoencoder import Autoencoder
from hyotan.data import Source
from hyotan.data.files import write_rows
from hyotan.data.frames import take_rows
from hyotan.data.splits import held_out
from hyotan.metrics import Record, evaluate
from hyotan.report import report


def fit_run(model: Autoencoder, source: Source, out: Path, test_fraction: float, command: str) -> tuple[Record, Path]:
    """Fit on the training part, evaluate on the rest, and write the run folder.

    Parameters
    ----------
    model : Autoencoder
    source : Source
        Its own test part is used; without one, ``test_fraction`` of the rows are held out, 0 for none.
    out : Path
        The folder; its files are replaced.
    test_fraction : float
    command : str
        What asked for it, for the record.

    Returns
    -------
    record : Record
    page : Path
        The report.
    """
    X, y, X_test, y_test = source.X, source.y, source.X_test, source.y_test
    if X_test is None and test_fraction != 0:
        train, test = held_out(len(X), test_fraction, seed=0)
        X_test, y_test = take_rows(X, test), None if y is None else y[test]
        X, y = take_rows(X, train), None if y is None else y[train]
    with _folder(out):
        # With early stopping the test part must not choose the epoch: a part of the training rows does.
        model.fit(X, validation_data=None if model.early_stopping else X_test)
        model.save(out / "model.hyotan")
    shown, labels, reference = (X, y, None) if X_test is None else (X_test, y_test, X)
    record = evaluate(model, shown, labels, reference=reference, command=command)
    if X_test is None:
        record.warnings.append("evaluated on the training rows: nothing was held out")
    record.save(out / "record.json")
    curves = {k: v for k, v in model.history_.items() if np.ndim(v[0]) == 0}
    write_rows(out / "history.csv", np.stack(list(curves.values()), axis=1), list(curves))
    return record, report(record, out=out / "report.html")


@contextmanager
def _folder(out: Path) -> Iterator[None]:
    """Make a run folder before hours of training, and leave none behind if they come to nothing."""
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
