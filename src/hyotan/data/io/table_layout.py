"""Tables as series: the rows of a table are the steps of one long series, or of many series with ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown, unknown_name
from hyotan.data.series.times import check_rising, fill, gaps_in, read_times
from hyotan.data.series.windows import Windows, check_gaps, gaps_refused, windows
from hyotan.data.tables.frames import columns, dates, index_times, numeric, take_column
from hyotan.data.tables.selection import select

__all__ = ["Many", "only", "series_of", "windows_of"]


def only(table: Any, keep: Sequence[str] | None, drop: Sequence[str] | None, beside: Sequence[str | None]) -> Any:
    """Return a table with the columns to train on and those needed for other purposes.

    Parameters
    ----------
    table : pandas, polars or Arrow table
    keep : sequence of str or None
        The columns to train on, in this order; None for all.
    drop : sequence of str or None
        Columns to leave out.
    beside : sequence of str or None
        Columns that are kept for other purposes: times, ids, labels.

    Raises
    ------
    ParameterError
        If a column does not exist.

    Examples
    --------
    >>> import pyarrow as pa
    >>> only(pa.table({"a": [1], "b": [2], "t": [3]}), ["b"], None, ["t", None]).column_names
    ['b', 't']
    """
    there = columns(table)
    for name in drop or ():
        if name not in there:
            raise unknown_name("column", name, there)
    wanted = there if keep is None else [*keep, *(name for name in beside if name is not None and name not in keep)]
    wanted = [name for name in wanted if name not in (drop or ())]
    return table if wanted == there else select(table, wanted)


def _time_column(table: Any, time: str | None) -> str | None:
    """Return the name of the column of times: the given one, else the only column with dates, else None."""
    found = dates(table) if time is None else [time]
    if len(found) > 1:
        raise ParameterError(
            "Several columns hold dates",
            expected="the name of the one that holds the times of the steps",
            received=", ".join(map(repr, found)),
            do=f"name it with time=, such as time={found[0]!r}, and drop the others",
        )
    return found[0] if found else None


def _take_times(table: Any, time: str | None, gaps: str | None) -> tuple[Any, Any]:
    """Return a table without its column of times, and the times, which may also come from a pandas index."""
    if time is not None:
        return take_column(table, time)
    times = index_times(table)
    if times is None and gaps is not None:
        raise ParameterError(
            "The 'gaps' parameter has no meaning without times",
            expected="the name of a column of times with time=",
            received=f"gaps={shown(gaps)}",
            do="leave gaps= out",
        )
    return table, times


def _some_columns(table: Any) -> None:
    if not columns(table):
        raise DataError(
            "The table has no columns to train on",
            expected="at least one column of numbers beside times, ids and labels",
            received="none",
        )


def windows_of(
    table: Any, window: int, stride: int | None, time: str | None, gaps: str | None
) -> tuple[Windows, str | None]:
    """Return windows of one long series, whose steps are the rows of a table.

    Parameters
    ----------
    table : pandas, polars or Arrow table
    window, stride : int
        As in :func:`hyotan.data.windows`; a stride of None means 1.
    time : str or None
        The column of times. By default it is the only column with dates, if there is one, else the index of a pandas
        table if it contains dates.
    gaps : str or None
        As in :func:`hyotan.data.windows`; only with times.

    Returns
    -------
    found : Windows
    time : str or None
        The column of times that was used.

    Raises
    ------
    ParameterError
        If the column does not exist, several columns contain dates, or ``gaps`` is given but there are no times.
    DataError
        If the other columns are not numeric, or the times are not in order.

    Examples
    --------
    >>> import pyarrow as pa
    >>> found, _ = windows_of(pa.table({"t": [0, 1, 2, 3], "a": [4, 5, 6, 7]}), 2, None, "t", None)
    >>> found.X[..., 0].tolist(), found.channels
    ([[4.0, 5.0], [5.0, 6.0], [6.0, 7.0]], ('a',))
    """
    time = _time_column(table, time)
    table, moments = _take_times(table, time, gaps)
    _some_columns(table)
    return windows(table, window, 1 if stride is None else stride, time=moments, gaps=gaps or "refuse"), time


class Many(NamedTuple):
    """The series of a table with their labels and ids, the names of the channels, and the column of times.

    Examples
    --------
    >>> Many(np.zeros((2, 3, 1)), None, np.array(["a", "b"]), ("x",), None).channels
    ('x',)
    """

    X: Any
    y: np.ndarray | None
    ids: np.ndarray
    channels: tuple[str, ...]
    time: str | None


def series_of(table: Any, id: str, time: str | None, label: str | None, gaps: str | None = None) -> Many:
    """Return the series of a table that has a column with the id of each row's series.

    The rows of a series need not be adjacent, but must be in the order of time: nothing is sorted.

    Parameters
    ----------
    table : pandas, polars or Arrow table
    id : str
        The column of ids. The series are returned in the order in which their ids first occur.
    time : str or None
        The column of times, which must increase within each series. By default it is the only column with dates, if
        there is one, else the index of a pandas table if it contains dates.
    label : str or None
        The column of labels, which must be the same in all rows of a series.
    gaps : {"refuse", "split", "mask"} or None
        What to do with gaps, that is, where the time difference is not the most common one of the series: raise;
        make each piece a series with the same id; or fill in the missing times as steps with missing cells. None means
        "refuse". Only with times.

    Returns
    -------
    Many
        With one array (n, steps, channels) if all series have the same length, else a list of arrays.

    Raises
    ------
    ParameterError
        If a column does not exist, several columns contain dates, ``gaps`` is not valid, or ``gaps`` is given but there
        are no times.
    DataError
        If an id is missing, a label changes within a series, the times of a series are not in order or have gaps that
        are refused or cannot be filled, or the other columns are not numeric.

    Examples
    --------
    >>> import pyarrow as pa
    >>> found = series_of(pa.table({"who": ["a", "b", "a"], "x": [1, 2, 3]}), "who", None, None)
    >>> [series[:, 0].tolist() for series in found.X], found.ids.tolist()
    ([[1.0, 3.0], [2.0]], ['a', 'b'])
    >>> table = pa.table({"who": ["a"] * 4, "t": [0, 1, 2, 4], "x": [1, 2, 3, 4]})
    >>> series_of(table, "who", "t", None, gaps="mask").X[0, :, 0]
    array([ 1.,  2.,  3., nan,  4.])
    >>> [len(series) for series in series_of(table, "who", "t", None, gaps="split").X]
    [3, 1]
    """
    check_gaps("refuse" if gaps is None else gaps)
    time = _time_column(table, time)
    table, of = take_column(table, id)
    missing = np.flatnonzero((of == "") if of.dtype.kind == "U" else (of != of))
    if len(missing):
        raise DataError(
            f"The column {id!r} does not say which series some rows belong to",
            expected="an id in every row",
            received=f"none in row {missing[0]}" + (f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""),
            do="fill the ids in, or drop these rows",
        )
    table, moments = _take_times(table, time, gaps)
    if moments is not None:
        moments = read_times(moments, len(of))
    labels = None
    if label is not None:
        table, labels = take_column(table, label)
    _some_columns(table)
    values = numeric(table)
    names, first, group = np.unique(of, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rows_of = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    parts, owners = [], []
    for position in order:
        rows, name = rows_of[position], f"of the id {names[position].item()!r}"
        stretches = [values[rows]]
        if moments is not None:
            check_rising(moments[rows], name)
            stretches = _stretches(values[rows], moments[rows], gaps, name)
        if labels is not None and (labels[rows] != labels[rows[0]]).any():
            raise DataError(
                f"The label {name} changes",
                expected=f"one value of {label!r} for all rows of a series",
                received=shown(np.unique(labels[rows]).tolist()),
                do="label the series as a whole, or leave label= out and drop the column",
            )
        parts += stretches
        owners += [position] * len(stretches)
    X = np.stack(parts) if len({len(part) for part in parts}) == 1 else parts
    y = None if labels is None else labels[first[owners]]
    return Many(X, y, names[owners], tuple(columns(table)), time)


def _stretches(values: np.ndarray, time: np.ndarray, gaps: str | None, of: str) -> list[np.ndarray]:
    """Return a series, (steps, channels), as pieces without gaps: unchanged, split, or with missing steps filled in."""
    cut = gaps_in(time)
    if not len(cut):
        return [values]
    if gaps == "split":
        return np.split(values, cut)
    if gaps == "mask":
        full, places = fill(time, of)
        filled = np.full((len(full), values.shape[1]), np.nan, values.dtype)
        filled[places] = values
        return [filled]
    raise gaps_refused(time, cut, of)
