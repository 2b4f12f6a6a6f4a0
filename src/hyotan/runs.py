"""A run folder is asked: its model about rows, its own or others, and its record."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hyotan._errors import HyotanWarning, ParameterError, shown, unknown_name
from hyotan.autoencoder import Autoencoder
from hyotan.data import Source, Windows, load
from hyotan.data.frames import columns, is_frame, select
from hyotan.data.frames import names as names_of
from hyotan.data.longform import Answer, spans
from hyotan.data.times import gaps_in, iso
from hyotan.fitting import MODEL, START, Start, write_record
from hyotan.metrics import Record, evaluate
from hyotan.recipes._load import load as load_model


@dataclass(frozen=True)
class Asked:
    """A fitted model and rows it is asked about.

    Parameters
    ----------
    model : Autoencoder
    X : rows of the kind the model was fitted on
    y : labels or None
    ids : what a table called each of its series, or None
    reference : rows the model was trained on, or None
    rows : the number of each row among all that were read, or None if it is its place
    """

    model: Autoencoder
    X: Any
    y: np.ndarray | None
    ids: np.ndarray | None = None
    reference: Any = None
    rows: np.ndarray | None = None

    @property
    def beside(self) -> dict[str, np.ndarray]:
        """What tells the rows apart: the times of windows, the ids of series."""
        if isinstance(self.X, Windows):
            return spans(self.X)
        return {} if self.ids is None else {"id": self.ids}


def is_run(path: Path) -> bool:
    """Say whether there is a run folder, or a .hyotan file: on the command line that is no data."""
    return (
        path.is_file() if path.suffix == ".hyotan" else any((path / name).exists() for name in (MODEL, "record.json"))
    )


def model_of(run: Path) -> Autoencoder:
    """Return the model of a run folder, or of a .hyotan file."""
    model = load_model(run / MODEL if run.is_dir() else run)
    model.verbose = 0
    return model


def folder_of(run: Path) -> Path:
    """Return a run folder, or the one a .hyotan file lies in."""
    return run.parent if run.suffix == ".hyotan" and not run.is_dir() else run


def sorted_out(names: list[str]) -> tuple[list[Path], str | None]:
    """Tell runs from data: the first is a run, and so is whatever is one; at most one is data, if the run is alone.

    Raises
    ------
    ParameterError
        If there are several runs and data.
    """
    runs = [Path(names[0]), *(Path(name) for name in names[1:] if is_run(Path(name)))]
    others = [name for name in names[1:] if not is_run(Path(name))]
    if len(others) > 1 or (others and len(runs) > 1):
        raise ParameterError(
            "Only one run can be evaluated on data",
            expected="RUN, RUN DATA, or RUN1 RUN2 …, each a run folder or a .hyotan file",
            received=" ".join(names),
            do=f"{shown(others[-1])} is no run",
        )
    return runs, others[0] if others else None


def record_of(run: Path) -> Record:
    """Return the record of a run folder, or of the one a .hyotan file lies in.

    A run that was interrupted before it was measured is measured now.
    """
    folder = folder_of(run)
    if (folder / "record.json").exists() or not (folder / START).exists():
        return Record.load(folder / "record.json")
    asked = ask(run, None, "test")
    record = evaluate(asked.model, asked.X, asked.y, reference=asked.reference, command=f"hyotan report {run}")
    write_record(folder, record)
    return record


def records_of(runs: list[Path]) -> dict[str, Record]:
    """Return the records of several runs, each by its folder's name, or by its path where names repeat."""
    folders = [folder_of(run) for run in runs]
    names = [folder.resolve().name for folder in folders]
    named = zip(names if len(set(names)) == len(names) else map(str, folders), runs, strict=True)
    return {name: record_of(run) for name, run in named}


def ask(run: Path, data: str | None, part: str, **given: Any) -> Asked:
    """Return a run's model with data, read as those it was fitted on.

    Parameters
    ----------
    run : Path
    data : str or None
        As :func:`hyotan.data.load` takes it. None stands for the run's own, read and parted again as for the fit.
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
    if data is None:
        return _own(model, run, part, given)
    source = _read_like(model, data, {name: value for name, value in given.items() if value is not None})
    X, y, ids = source.X, source.y, source.ids
    if part == "test" and source.X_test is not None:
        X, y, ids = source.X_test, source.y_test, None
    return Asked(model, _wanted(model, X), y, ids)


def _wanted(model: Autoencoder, X: Any) -> Any:
    """Return the columns of a table the model was fitted on: a label column beside them does no harm."""
    wanted = model.schema_.columns
    return select(X, wanted) if wanted is not None and is_frame(X) and set(wanted) <= set(columns(X)) else X


def _own(model: Autoencoder, run: Path, part: str, given: dict[str, Any]) -> Asked:
    """Read a run's own data again; without a test part there are the training rows."""
    start = Start.load(folder_of(run))
    start = replace(start, options={**start.options, **{k: v for k, v in given.items() if v is not None}})
    source = start.source()
    (X, y, X_test, y_test), (train, test) = start.parts(source), start.rows(source)
    if part == "test" and X_test is not None:
        return Asked(model, X_test, y_test, reference=X, rows=test)
    return Asked(model, X, y, rows=train)


def _read_like(model: Autoencoder, data: str, given: dict[str, Any]) -> Source:
    """Read data with the options the model's own were read with, as far as they apply, and those given now."""
    kept = model._fitted.info.get("reading", {})
    if Path(data).suffix.lower() in (".csv", ".tsv", ".parquet"):
        if "id" in given:  # then it is not one long series
            kept = {name: value for name, value in kept.items() if name not in ("window", "stride")}
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
    """Return each row decoded from its code; of windows, at each time the mean of those that cover it.

    There a net with ``future`` is asked for what its encoder saw, and what it predicts stands in columns of its own,
    ``forecast_CHANNEL``: the mean of what the windows before a time say of it. A forecast that runs over a gap or
    over the end of the series is left out.
    """
    model, X = asked.model, asked.X
    if not isinstance(X, Windows):
        return _rows(model, model.reconstruct(X), asked.beside)
    found, names, net = [], channels_of(model, X), model.parts_.net
    if net.future:
        names = names or [f"channel_{j}" for j in range(X.shape[2])]
        names = names * _writes_past(model) + [f"forecast_{name}" for name in names]
    if _writes_past(model):
        found.append(_mean(X, _past(model, model.reconstruct(X))))
    if net.future:
        found.append(_ahead(model, X))
    return Answer(np.concatenate(found, axis=1), names, {"time": iso(X.time)})


def scores(asked: Asked) -> Answer:
    """Return the score and the reconstruction error of each row; of windows, of each time.

    There the score is the mean over the windows that cover it, and the error the Euclidean distance to the mean of
    their reconstructions. The score of a window is a sum over its known cells, so windows with fewer of them score
    higher: ``known`` is the mean share of known cells of the windows that cover a time, and only scores with the same
    share compare. Nothing is said of a time of which nothing is known.

    A decoder that sees the input has no score. A net with ``future`` has an error of the steps its encoder saw, and
    none if it predicts alone.
    """
    model, X = asked.model, asked.X
    found = {}
    if model.parts_.net.decoder_sees == "input":
        warnings.warn(HyotanWarning("the decoder sees the input, so there is an error and no score"), stacklevel=2)
    else:
        found["score"] = model.score_samples(X)
    if not isinstance(X, Windows):
        if _writes_past(model):
            found["reconstruction_error"] = _errors(model, X)
        return Answer(np.stack([*found.values()], axis=1), [*found], asked.beside)
    share = _known(model, X)
    # Where nothing was counted the score is that of nothing, and would be the best of all.
    found = {name: X.per_point(np.where(share > 0, values, np.nan)) for name, values in found.items()}
    if _writes_past(model):
        squares = np.square(X.series - _mean(X, _past(model, model.reconstruct(X))))
        blank = np.isnan(squares).all(axis=1)
        found["reconstruction_error"] = np.where(blank, np.nan, np.sqrt(np.nansum(squares, axis=1)))
    found["known"] = X.per_point(share)
    values = np.stack([*found.values()], axis=1)
    values[np.isnan(X.series).all(axis=1), : len(found) - 1] = np.nan
    return Answer(values, [*found], {"time": iso(X.time)})


def samples(model: Autoencoder, n: int, seed: int, noise: bool) -> Answer:
    """Return new rows drawn from the prior."""
    return _rows(model, model.sample(n, random_state=seed, noise=noise), {})


def _rows(model: Autoencoder, found: Any, beside: dict[str, np.ndarray]) -> Answer:
    series = model.schema_.kind == "series"
    return Answer(found, channels_of(model) if series else model.schema_.columns, beside, series)


def channels_of(model: Autoencoder, X: Any = None) -> list[str] | None:
    """Return the names of a series' channels, if a table gave them any: the model's, or else those of ``X``."""
    found = model._fitted.info.get("reading", {}).get("columns") or model.schema_.columns or names_of(X)
    return None if found is None else list(found)


def _writes_past(model: Autoencoder) -> bool:
    """Say whether there is a reconstruction at all: a net may predict the future alone."""
    net = model.parts_.net
    return not net.future or bool(net.reconstruct)


def _past(model: Autoencoder, found: np.ndarray) -> np.ndarray:
    """Return a reconstruction, (n, steps, channels), up to where a net with ``future`` begins to predict."""
    return found[:, : model.schema_.shape[0] - model.parts_.net.future] if model.parts_.net.future else found


def _mean(windows: Windows, found: np.ndarray) -> np.ndarray:
    """Return the mean of reconstructions at each step of the whole series, (n_steps, channels)."""
    whole = np.full(windows.shape, np.nan)
    whole[:, : found.shape[1]] = found
    return windows.per_point(whole)


def _errors(model: Autoencoder, X: Any) -> np.ndarray:
    """Return ‖x − x̂‖₂ of each row over its known cells; with ``future`` over those the encoder saw."""
    if not model.parts_.net.future:
        return model.reconstruction_error(X)
    past = _past(model, np.asarray(model.residuals(X)))
    return np.asarray(np.linalg.norm(past.reshape(len(past), -1), axis=1))


def _ahead(model: Autoencoder, X: Windows) -> np.ndarray:
    """Return the mean of the forecasts of each step of the whole series, (n_steps, channels)."""
    told, count = model.forecast(X), len(X.series)
    past = model.schema_.shape[0] - told.shape[1]
    piece = np.searchsorted(gaps_in(X.time), np.arange(count), side="right")
    last = X.start + past + told.shape[1] - 1
    there = last < count
    there[there] = piece[last[there]] == piece[X.start[there]]
    ahead = replace(X, start=X.start[there] + past, length=told.shape[1])
    return ahead.per_point(told[there])


def _known(model: Autoencoder, X: Windows) -> np.ndarray:
    """Return the share of cells of each window that are known, of those that a score counts."""
    known, net = ~np.isnan(X.X), model.parts_.net
    if not _writes_past(model):
        known = known[:, model.schema_.shape[0] - net.future :]
    return np.asarray(known.mean(axis=(1, 2)))
