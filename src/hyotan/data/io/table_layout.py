"""Tables as series: the rows of a table are the steps of one long series, or of many series with ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown, unknown_name
from hyotan.data.series.steps import Timing, arrange
from hyotan.data.series.windows import Windows, windows
from hyotan.data.tables.dates import index_times, index_zone, zone
from hyotan.data.tables.frames import columns, numeric, take_column
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


def _no_times() -> ParameterError:
    return ParameterError(
        "There are no times to put the rows in order by",
        expected="the name of a column of times with time=",
        received="gaps=, sort=, duplicates= or time_zone= without times",
        do="name it with time=, or leave these out",
    )


def _some_columns(table: Any, *others: str | None) -> None:
    if set(columns(table)) <= {*others}:
        raise DataError(
            "The table has no columns to train on",
            expected="at least one column of numbers beside times, ids and labels",
            received=shown(columns(table)) if columns(table) else "none",
            do="name the columns to train on with columns=",
        )


def windows_of(
    table: Any, window: int, stride: int | None, time: str | None, label: str | None, timing: Timing
) -> Windows:
    """Return windows of one long series, whose steps are the rows of a table.

    Parameters
    ----------
    table : pandas, polars or Arrow table
    window, stride : int
        As in :func:`hyotan.data.windows`; a stride of None means 1.
    time : str or None
        The column of times; None means the index of a pandas table, if it contains dates.
    label : str or None
        The column with a label for each step.
    timing : Timing

    Raises
    ------
    ParameterError
        If a column does not exist, or there are no times that the options of ``timing`` could apply to.
    DataError
        If the other columns are not numeric, or the times are not in order.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({"t": [0, 1, 2, 3], "a": [4, 5, 6, 7]})
    >>> found = windows_of(table, 2, None, "t", None, Timing())
    >>> found.X[..., 0].tolist(), found.channels
    ([[4.0, 5.0], [5.0, 6.0], [6.0, 7.0]], ('a',))
    """
    for name in (time, label):
        if name is not None and name not in columns(table):
            raise unknown_name("column", name, columns(table))
    _some_columns(table, time, label)
    if timing != Timing() and time is None and index_times(table) is None:
        raise _no_times()
    return windows(table, window, 1 if stride is None else stride, time=time, label=label, **vars(timing))


class Many(NamedTuple):
    """The series of a table with their labels and ids, and the names of the channels.

    Examples
    --------
    >>> Many(np.zeros((2, 3, 1)), None, np.array(["a", "b"]), ("x",)).channels
    ('x',)
    """

    X: Any
    y: np.ndarray | None
    ids: np.ndarray
    channels: tuple[str, ...]


def series_of(table: Any, id: str, time: str | None, label: str | None, timing: Timing | None = None) -> Many:
    """Return the series of a table that has a column with the id of each row's series.

    The rows of a series need not be adjacent, but must be in the order of time, unless ``timing`` sorts them.

    Parameters
    ----------
    table : pandas, polars or Arrow table
    id : str
        The column of ids. The series are returned in the order in which their ids first occur.
    time : str or None
        The column of times, which must increase within each series; None means the index of a pandas table, if it
        contains dates.
    label : str or None
        The column of labels, which must be the same in all rows of a series. A label of 0 and 1 may change: a series
        is 1 if any of its steps is.
    timing : Timing, optional
        With ``gaps="split"``, each piece becomes a series with the same id.

    Returns
    -------
    Many
        With one array (n, steps, channels) if all series have the same length, else a list of arrays.

    Raises
    ------
    ParameterError
        If a column does not exist, or there are no times that the options of ``timing`` could apply to.
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
    >>> series_of(table, "who", "t", None, Timing("mask")).X[0, :, 0]
    array([ 1.,  2.,  3., nan,  4.])
    >>> [len(series) for series in series_of(table, "who", "t", None, Timing("split")).X]
    [3, 1]
    """
    timing = timing or Timing()
    table, of = take_column(table, id)
    missing = np.flatnonzero((of == "") if of.dtype.kind == "U" else (of != of))
    if len(missing):
        raise DataError(
            f"The column {id!r} does not say which series some rows belong to",
            expected="an id in every row",
            received=f"none in row {missing[0]}" + (f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""),
            do="fill the ids in, or drop these rows",
        )
    own = index_zone(table) if time is None else zone(table, time)
    moments = index_times(table)
    if time is not None:
        table, moments = take_column(table, time)
    if moments is None and timing != Timing():
        raise _no_times()
    labels = None
    if label is not None:
        table, labels = take_column(table, label)
    _some_columns(table)
    values = numeric(table)
    names, first, group = np.unique(of, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rows_of = np.split(np.argsort(group, kind="stable"), np.cumsum(np.bincount(group))[:-1])
    flags = labels is not None and labels.dtype.kind in "biuf" and bool(np.isin(labels[labels == labels], (0, 1)).all())
    parts, told, owners = [], [], []
    for position in order:
        rows, name = rows_of[position], f"of the id {names[position].item()!r}"
        each = None if labels is None else labels[rows]
        if each is not None and not flags and (each != each[0]).any():
            raise DataError(
                f"The label {name} changes",
                expected=f"one value of {label!r} for all rows of a series",
                received=shown(np.unique(each).tolist()),
                do=f"label the series as a whole, or leave the column out with drop=[{label!r}]",
            )
        pieces = [(values[rows], each)]
        if moments is not None:
            time_of, seen_in = timing.read(moments[rows], len(rows), own)
            steps = arrange(values[rows], time_of, each, timing, name, seen_in)
            label_of = [None] * (len(steps.cut) + 1) if steps.label is None else np.split(steps.label, steps.cut)
            pieces = [*zip(np.split(steps.values, steps.cut), label_of, strict=True)]
        parts += [part for part, _ in pieces]
        told += [None if some is None else np.fmax.reduce(some) if flags else some[0] for _, some in pieces]
        owners += [position] * len(pieces)
    X = np.stack(parts) if len({len(part) for part in parts}) == 1 else parts
    y = None if labels is None else np.array(told)
    return Many(X, y, names[owners], tuple(columns(table)))
