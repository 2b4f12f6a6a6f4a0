"""A run folder: model.hyotan, record.json, history.csv and report.html, made by one fit, and asked about other data."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hyotan._errors import ArtifactError, HyotanWarning, unknown_name
from hyotan.autoencoder import Autoencoder
from hyotan.autoencoder import load as load_model
from hyotan.data import Source, Windows, load
from hyotan.data.files import write_rows
from hyotan.data.frames import columns, is_frame, select, take_rows
from hyotan.data.longform import Answer, spans
from hyotan.data.splits import held_out
from hyotan.data.times import iso
from hyotan.metrics import Record, evaluate
from hyotan.report import report


def fit_run(model: Autoencoder, source: Source, out: Path, test_fraction: float, command: str) -> tuple[Record, Path]:
    """Fit on the training part, evaluate on the rest, and write the run folder.

    Parameters
    ----------
    model : Autoencoder
    source : Source
        Its own test part is used; without one, ``test_fraction`` of the rows are held out, 0 for none. Windows of one
        long series are held out in time, so that no step is in both parts.
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
        if isinstance(X, Windows):
            X, X_test = X.split(test_fraction)
        else:
            train, test = held_out(len(X), test_fraction, seed=0)
            X_test, y_test = take_rows(X, test), None if y is None else y[test]
            X, y = take_rows(X, train), None if y is None else y[train]
    if model.kind == "auto" and source.kind != "auto":
        model.set_params(kind=source.kind)
    with _folder(out):
        trained, validation = _validation(model, X, X_test)
        model.fit(trained, validation_data=validation)
        if source.reading:
            model._fitted.info["reading"] = source.reading
        model.save(out / "model.hyotan")
    shown, labels, reference = (X, y, None) if X_test is None else (X_test, y_test, X)
    record = evaluate(model, shown, labels, reference=reference, command=command)
    if X_test is None:
        record.warnings.append("evaluated on the training rows: nothing was held out")
    record.save(out / "record.json")
    curves = {k: v for k, v in model.history_.items() if np.ndim(v[0]) == 0}
    write_rows(out / "history.csv", np.stack(list(curves.values()), axis=1), list(curves))
    return record, report(record, out=out / "report.html")


def _validation(model: Autoencoder, X: Any, X_test: Any) -> tuple[Any, Any]:
    """Return the rows to train on and those to validate with.

    With early stopping the test part must not choose the epoch: a part of the training rows does, which the model
    takes at random, but for windows, which overlap.
    """
    if not model.early_stopping:
        return X, X_test
    if not isinstance(X, Windows):
        return X, None
    return X.split(0.1 if model.validation_fraction is None else model.validation_fraction)


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


@dataclass(frozen=True)
class Asked:
    """A fitted model and rows it is asked about.

    Parameters
    ----------
    model : Autoencoder
    X : rows of the kind the model was fitted on
    y : labels or None
    ids : what a table called each of its series, or None
    """

    model: Autoencoder
    X: Any
    y: np.ndarray | None
    ids: np.ndarray | None = None

    @property
    def beside(self) -> dict[str, np.ndarray]:
        """What tells the rows apart: the times of windows, the ids of series."""
        if isinstance(self.X, Windows):
            return spans(self.X)
        return {} if self.ids is None else {"id": self.ids}


def model_of(run: Path) -> Autoencoder:
    """Return the model of a run folder, or of a .hyotan file."""
    model = load_model(run / "model.hyotan" if run.is_dir() else run)
    model.verbose = 0
    return model


def ask(run: Path, data: str, part: str, **given: Any) -> Asked:
    """Return a run's model with other data, read as those it was fitted on.

    Parameters
    ----------
    run : Path
    data : str
        As :func:`hyotan.data.load` takes it.
    part : {"train", "test"}
        Of data with a test part.
    **given
        Options of :func:`hyotan.data.load`. What is None is read as for the fit, if that was of series.

    Raises
    ------
    ParameterError
        If there is no such part.
    """
    if part not in ("train", "test"):
        raise unknown_name("part", part, ("train", "test"))
    model = model_of(run)
    source = _read_like(model, data, {name: value for name, value in given.items() if value is not None})
    X, y, ids = source.X, source.y, source.ids
    if part == "test" and source.X_test is not None:
        X, y, ids = source.X_test, source.y_test, None
    wanted = model.schema_.columns
    if wanted is not None and is_frame(X) and set(wanted) <= set(columns(X)):
        X = select(X, wanted)  # a label column beside them does no harm
    return Asked(model, X, y, ids)


def _read_like(model: Autoencoder, data: str, given: dict[str, Any]) -> Source:
    """Read data with the options the model's own were read with, as far as they apply, and those given now."""
    kept = model._fitted.info.get("reading", {})
    if Path(data).suffix.lower() in (".csv", ".tsv", ".parquet"):
        if "id" in given:  # then it is not one long series
            kept = {name: value for name, value in kept.items() if name not in ("window", "stride", "gaps")}
        elif "window" in given:
            kept = {name: value for name, value in kept.items() if name != "id"}
        return load(data, **{**kept, **given})
    source = load(data, **given)
    if "window" in kept and "window" not in given and isinstance(source.X, np.ndarray) and source.X.ndim < 3:
        stride = {"stride": kept["stride"]} if "stride" in kept else {}
        return load(data, window=kept["window"], **{**stride, **given})
    return source


def codes(asked: Asked) -> Answer:
    """Return the code of each row."""
    found = asked.model.transform(asked.X)
    return Answer(found, [f"z{j}" for j in range(found.shape[1])], asked.beside)


def reconstruction(asked: Asked) -> Answer:
    """Return each row decoded from its code; of windows, at each time the mean of those that cover it."""
    found = asked.model.reconstruct(asked.X)
    if isinstance(asked.X, Windows):
        return Answer(_mean(asked.X, found), channels_of(asked.model), {"time": iso(asked.X.time)})
    return _rows(asked.model, found, asked.beside)


def scores(asked: Asked) -> Answer:
    """Return the score and the reconstruction error of each row; of windows, of each time.

    There the score is the mean over the windows that cover it, and the error the Euclidean distance to the mean of
    their reconstructions. A decoder that sees the input has no score.
    """
    model, X = asked.model, asked.X
    found = {}
    if model.parts_.net.decoder_sees == "input":
        warnings.warn(HyotanWarning("the decoder sees the input, so there is an error and no score"), stacklevel=2)
    else:
        found["score"] = model.score_samples(X)
    if not isinstance(X, Windows):
        found["reconstruction_error"] = model.reconstruction_error(X)
        return Answer(np.stack([*found.values()], axis=1), [*found], asked.beside)
    found = {name: X.per_point(values, by_step=False) for name, values in found.items()}
    squares = np.square(X.series - _mean(X, model.reconstruct(X)))
    unknown = np.isnan(squares).all(axis=1)
    found["reconstruction_error"] = np.where(unknown, np.nan, np.sqrt(np.nansum(squares, axis=1)))
    return Answer(np.stack([*found.values()], axis=1), [*found], {"time": iso(X.time)})


def samples(model: Autoencoder, n: int, seed: int, noise: bool) -> Answer:
    """Return new rows drawn from the prior."""
    return _rows(model, model.sample(n, random_state=seed, noise=noise), {})


def _rows(model: Autoencoder, found: Any, beside: dict[str, np.ndarray]) -> Answer:
    series = model.schema_.kind == "series"
    return Answer(found, channels_of(model) if series else model.schema_.columns, beside, series)


def channels_of(model: Autoencoder) -> list[str] | None:
    """Return the names of a series' channels, if a table gave them any."""
    names: list[str] | None = model._fitted.info.get("reading", {}).get("columns")
    return names


def _mean(windows: Windows, found: np.ndarray) -> np.ndarray:
    """Return the mean of reconstructions at each step of the whole series, (n_steps, channels)."""
    whole = np.full(windows.shape, np.nan)
    whole[:, : found.shape[1]] = found
    return windows.per_point(whole, by_step=True)
