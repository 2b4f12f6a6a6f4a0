"""Opening a run folder: its model, its data or other data, and its record."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from hyotan.core.errors import ParameterError, shown, unknown_name
from hyotan.data import Source, Windows, load
from hyotan.data.io.builtin import BUILTIN
from hyotan.data.io.finding import made_of, open_source
from hyotan.data.io.long_format import spans
from hyotan.data.io.opening import STANDARD_INPUT, Opened
from hyotan.data.io.options import READING
from hyotan.data.series.times import iso
from hyotan.data.tables.frames import columns, is_frame, row_count
from hyotan.data.tables.selection import select
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.metrics import Record, evaluate
from hyotan.recipes._load import load as load_model
from hyotan.runs.config import MODEL, START, RunConfig
from hyotan.runs.fit import write_record


@dataclass(frozen=True)
class Query:
    """A fitted model and the rows to apply it to.

    The columns of :attr:`beside` come first in every answer, so that it can be joined to the data.

    Parameters
    ----------
    model : Autoencoder
    X : rows of the kind the model was fitted on
    y : labels or None
    ids : identifiers of the rows, or of the series in a table; None if there are none
    reference : rows the model was trained on, or None
    rows : number of each row in the data that were read, or None if X holds all of them in order
    key : name of the column of ids
    """

    model: Autoencoder
    X: Any
    y: np.ndarray | None
    ids: np.ndarray | None = None
    reference: Any = None
    rows: np.ndarray | None = None
    key: str = "id"

    @property
    def beside(self) -> dict[str, np.ndarray]:
        """Columns that identify the rows: number, id or file, and label; the times of windows; the id of series."""
        label = {} if self.y is None else {"label": np.asarray(self.y)}
        if isinstance(self.X, Windows):
            return {**spans(self.X), **label}
        own = {} if self.ids is None else {self.key: self.ids}
        if self.model.schema_.kind == "series":
            return {**(own or {"id": np.arange(len(self.X)) if self.rows is None else self.rows}), **label}
        count = row_count(self.X) if is_frame(self.X) else len(self.X)
        return {"row": np.arange(count) if self.rows is None else self.rows, **own, **label}

    @property
    def moments(self) -> dict[str, np.ndarray]:
        """The same columns for the steps of one long series: their times, and their labels if there are any."""
        label = {} if self.X.label is None else {"label": self.X.label}
        return {"time": iso(self.X.time, self.X.zone), **label}


def is_run(path: Path) -> bool:
    """Whether a path is a run folder or a .hyotan file, and so not data."""
    return (
        path.is_file() if path.suffix == ".hyotan" else any((path / name).exists() for name in (MODEL, "record.json"))
    )


def model_of(run: Path) -> Autoencoder:
    """Return the model of a run folder, or of a .hyotan file."""
    model = load_model(run / MODEL if run.is_dir() else run)
    model.verbose = 0
    return model


def folder_of(run: Path) -> Path:
    """Return the run folder; for a .hyotan file, the folder that contains it."""
    return run.parent if run.suffix == ".hyotan" and not run.is_dir() else run


def sorted_out(names: list[str]) -> tuple[list[Path], str | None]:
    """Split arguments into runs and data; the first is always a run, and one run may be followed by one data name.

    Raises
    ------
    ParameterError
        If there are several runs and data, or several data names.
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
    """Return the record of a run folder; for a .hyotan file, of the folder that contains it.

    If the run was interrupted before its evaluation, it is evaluated now.
    """
    folder = folder_of(run)
    if not (folder / START).exists() or ((folder / "record.json").exists() and not _behind(folder)):
        return Record.load(folder / "record.json")
    asked = ask(run, None, None, "test")
    record = evaluate(asked.model, asked.X, asked.y, reference=asked.reference, command=f"hyotan report {run}")
    write_record(folder, record)
    return record


def _behind(folder: Path) -> bool:
    """Whether a run was stopped after more training, before the record of it was written."""
    if not (folder / MODEL).exists():
        return False
    return len(model_of(folder).history_["loss"]) != len(Record.load(folder / "record.json").history["loss"])


def records_of(runs: list[Path]) -> dict[str, Record]:
    """Return the records of several runs by the names of their folders, or by their paths if two names are equal."""
    folders = [folder_of(run) for run in runs]
    names = [folder.resolve().name for folder in folders]
    named = zip(names if len(set(names)) == len(names) else map(str, folders), runs, strict=True)
    return {name: record_of(run) for name, run in named}


def ask(run: Path, data: str | None, part: str | None, otherwise: str = "train", **given: Any) -> Query:
    """Return a run's model with data that are read as for its fit.

    Parameters
    ----------
    run : Path
    data : str or None
        Argument of :func:`hyotan.data.load`. None reads and splits the run's own data again as for the fit.
    part : {"train", "test"} or None
        Which part of the data to use. None means ``otherwise``, if they have a test part, else every row.
    otherwise : {"train", "test"}
    **given
        Options of :func:`hyotan.data.load`. Options that are None are taken from the fit where they apply.

    Raises
    ------
    ParameterError
        If ``part`` is neither "train" nor "test", or is "test" and the data have no test part.
    """
    if part not in (None, "train", "test"):
        raise unknown_name("part", part, ("train", "test"))
    model = model_of(run)
    if data is None:
        return _own(model, run, part or otherwise, given)
    source = _read_like(model, data, {name: value for name, value in given.items() if value is not None})
    X, y, ids = source.X, source.y, source.ids
    if part == "test" and source.X_test is None:
        raise ParameterError(
            f"{data} has no test part",
            expected="--part test only with data that have one of their own, such as mnist or NAME_TRAIN.ts",
            received="--part test",
            do="leave it out to take every row",
        )
    if (part or otherwise) == "test" and source.X_test is not None:
        X, y, ids = source.X_test, source.y_test, None
    return Query(model, _wanted(model, X), y, ids, key=source.key)


def _wanted(model: Autoencoder, X: Any) -> Any:
    """Return the columns of a table the model was fitted on; further columns, such as labels, are dropped."""
    wanted = model.schema_.columns
    return select(X, wanted) if wanted is not None and is_frame(X) and set(wanted) <= set(columns(X)) else X


def _own(model: Autoencoder, run: Path, part: str, given: dict[str, Any]) -> Query:
    """Read a run's own data again; the training rows are used if there is no test part."""
    start = RunConfig.load(folder_of(run))
    if start.data not in (*BUILTIN, STANDARD_INPUT):  # a file outside the folder, which nobody has named now
        sys.stderr.write(f"data    {start.data}\n")
    start = replace(start, options={**start.options, **{k: v for k, v in given.items() if v is not None}})
    source = start.source()
    (X, y, X_test, y_test), (train, test) = start.parts(source), start.rows(source)
    if part == "test" and X_test is not None:
        ids = None if source.X_test is not None else _of(source.ids, test)  # those of a test part are not known
        return Query(model, X_test, y_test, ids, reference=X, rows=test, key=source.key)
    return Query(model, X, y, _of(source.ids, train), rows=train, key=source.key)


def _of(ids: np.ndarray | None, rows: np.ndarray | None) -> np.ndarray | None:
    return ids if ids is None or rows is None else ids[rows]


def _read_like(model: Autoencoder, data: str, given: dict[str, Any]) -> Source:
    """Read data with the options used for the training data, as far as they apply; ``given`` takes precedence."""
    kept = model._fitted.info.get("reading", {})
    opened = open_source(data)
    if not isinstance(opened, Opened):
        return _windows_like(kept, data, given)
    made = made_of(opened)
    # Which sheet or array was read applies to files that have them; all else to what any file gives.
    kept = {name: value for name, value in kept.items() if name not in ("key", *READING) or name in made.options}
    if made.gives == "table":
        if "id" in given:  # an id column means many series, so windows of one long series do not apply
            kept = {name: value for name, value in kept.items() if name not in ("window", "stride")}
        elif "window" in given:
            kept = {name: value for name, value in kept.items() if name != "id"}
        schema = model.schema_
        own = {} if schema.columns is None or schema.kind != "table" else {"columns": schema.columns}
        try:
            return load(opened, **{**own, **kept, **given})
        except ParameterError:  # a column is missing: the model names it better
            return load(opened, **{**kept, **given})
    return _windows_like(kept, opened, given)


def _windows_like(kept: dict[str, Any], data: str | Opened, given: dict[str, Any]) -> Source:
    """Read arrays with the name of the array, and as windows of one long series, if the training data were."""
    given = {**({"key": kept["key"]} if "key" in kept else {}), **given}
    source = load(data, **given)
    if "window" in kept and "window" not in given and isinstance(source.X, np.ndarray) and source.X.ndim < 3:
        stride = {"stride": kept["stride"]} if "stride" in kept else {}
        return load(data, window=kept["window"], **{**stride, **given})
    return source
