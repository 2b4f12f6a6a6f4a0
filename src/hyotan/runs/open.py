"""A run folder is asked: its model about rows, its own or others, and its record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hyotan.core.errors import ParameterError, shown, unknown_name
from hyotan.data import Source, Windows, load
from hyotan.data.io.long_format import spans
from hyotan.data.tables.frames import columns, is_frame
from hyotan.data.tables.selection import select
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.metrics import Record, evaluate
from hyotan.recipes._load import load as load_model
from hyotan.runs.config import MODEL, START, RunConfig
from hyotan.runs.fit import write_record


@dataclass(frozen=True)
class Query:
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


def ask(run: Path, data: str | None, part: str, **given: Any) -> Query:
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
    return Query(model, _wanted(model, X), y, ids)


def _wanted(model: Autoencoder, X: Any) -> Any:
    """Return the columns of a table the model was fitted on: a label column beside them does no harm."""
    wanted = model.schema_.columns
    return select(X, wanted) if wanted is not None and is_frame(X) and set(wanted) <= set(columns(X)) else X


def _own(model: Autoencoder, run: Path, part: str, given: dict[str, Any]) -> Query:
    """Read a run's own data again; without a test part there are the training rows."""
    start = RunConfig.load(folder_of(run))
    start = replace(start, options={**start.options, **{k: v for k, v in given.items() if v is not None}})
    source = start.source()
    (X, y, X_test, y_test), (train, test) = start.parts(source), start.rows(source)
    if part == "test" and X_test is not None:
        return Query(model, X_test, y_test, reference=X, rows=test)
    return Query(model, X, y, rows=train)


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
