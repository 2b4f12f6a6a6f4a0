"""Writing results to files: with ids or times as extra columns, and series as tables with one row per step."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hyotan.core.files import replacing
from hyotan.data.io.formats import writer_of
from hyotan.data.io.table_files import write_rows
from hyotan.data.series.ragged import is_ragged, lengths_of, padded
from hyotan.data.series.times import iso
from hyotan.data.series.windows import Windows

__all__ = ["Answer", "spans", "write_answer"]


Columns = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)  # == on arrays does not return one boolean
class Answer:
    """A result to write to a file, with columns that identify its rows.

    Parameters
    ----------
    values : array of shape (rows, ...), or list of arrays (steps, channels)
        The numbers.
    names : sequence of str or None
        Names of the columns or channels.
    beside : dict of str to ndarray of shape (rows,)
        Additional columns that come first, such as times and ids.
    series : bool
        Whether each row is a series; a table then has one row per step.

    Examples
    --------
    >>> Answer(np.zeros((2, 3)), ["a", "b", "c"]).series
    False
    """

    values: Any
    names: Sequence[str] | None = None
    beside: Columns = field(default_factory=dict)
    series: bool = False


def spans(windows: Windows) -> Columns:
    """Return the times of the first and the last step of each window, with dates as ISO text.

    Examples
    --------
    >>> spans(Windows(np.zeros((3, 1)), np.array([0, 1]), 2, 1, np.arange(3)))
    {'start': array([0, 1]), 'end': array([1, 2])}
    """
    times = iso(windows.time, windows.zone)
    return {"start": times[windows.start], "end": times[windows.start + windows.length - 1]}


def write_answer(path: str | os.PathLike[str], answer: Answer) -> tuple[Path, tuple[int, ...]]:
    """Write a result to a file: .csv, .tsv, .parquet, .npz or .npy.

    In a table, the columns of ``answer.beside`` come first. A series has one row per step, with the columns ``id`` (or
    those of ``answer.beside``), ``step`` and one per channel. NaN is written as an empty cell. An .npz file has the
    numbers as ``X``; series of unequal length have NaN after their ends, and their lengths are in ``lengths``. An .npy
    file has the numbers only.

    Parameters
    ----------
    path : str or Path
        The file to write, atomically. An existing file is replaced.
    answer : Answer

    Returns
    -------
    path : Path
        The file written.
    shape : tuple of int
        Shape of the array, or numbers of rows and columns of the table.

    Raises
    ------
    ParameterError
        If the file extension is not one of these.
    DataError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> answer = Answer([np.array([[1.0], [2.0]]), np.array([[3.5]])], ["x"], {"id": np.array(["a", "b"])}, series=True)
    >>> path, shape = write_answer(Path(tempfile.mkdtemp(), "a.csv"), answer)
    >>> path.read_text().split(), shape
    (['"id","step","x"', '"a",0,1', '"a",1,2', '"b",0,3.5'], (3, 3))
    """
    path = Path(path).expanduser()
    values, names, beside = answer.values, answer.names, answer.beside
    ending = path.suffix.lower()
    made = writer_of(ending)
    table = made is not None and made.gives == "table"
    if answer.series and table:
        values, beside = _steps(values, beside)
        names = names if names is not None and len(names) == values.shape[1] else None
        names = names or [f"channel_{index}" for index in range(values.shape[1])]
    elif answer.series:
        ragged = is_ragged(values)
        values = padded(values) if ragged else np.asarray(values)
        beside = {**beside, **({"lengths": lengths_of(values)} if ragged else {})}
    if names is not None and (len(names) != values[:1].size or not len(values)):
        names = None  # the names do not belong to these columns
    if not beside or not (table or ending == ".npz"):  # write_rows refuses other endings
        return write_rows(path, values, names), np.shape(values)
    with replacing(path) as file:
        if not table:
            arrays: dict[str, Any] = {"X": values, **beside}
            if names is not None:
                arrays["columns"] = np.array([str(name) for name in names])
            np.savez(file, **arrays)
            return path, values.shape
        flat = values.reshape(len(values), -1)
        names = [f"value_{index}" for index in range(flat.shape[1])] if names is None else names
        columns = {**beside, **dict(zip(map(str, names), flat.T, strict=True))}
        _write_table(file, columns, made, ending)
    return path, (len(flat), len(columns))


def _steps(series: Any, beside: Columns) -> tuple[np.ndarray, Columns]:
    """Return the concatenated steps of all series, and columns with the id and the step number of each."""
    parts = [np.asarray(part) for part in series]
    parts = [part[:, np.newaxis] if part.ndim == 1 else part for part in parts]
    lengths = [len(part) for part in parts]
    beside = beside or {"id": np.arange(len(parts))}
    step = np.concatenate([np.arange(length) for length in lengths])
    return np.concatenate(parts), {**{name: np.repeat(c, lengths) for name, c in beside.items()}, "step": step}


def _write_table(file: Any, columns: Mapping[str, np.ndarray], made: Any, ending: str) -> None:
    import pyarrow as pa

    table = pa.table({name: pa.array(np.ascontiguousarray(c), from_pandas=True) for name, c in columns.items()})
    made.write_table(file, table, ending)
