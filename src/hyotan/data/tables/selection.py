"""Selection of rows and columns of frames and arrays, and conversion of arrays to tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import narwhals
import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown, unknown_name
from hyotan.data.tables.frames import _wrapped, columns, is_frame

if TYPE_CHECKING:
    import pyarrow as pa


def take_rows(X: Any, rows: np.ndarray) -> Any:
    """Return the selected rows of an array, a frame, a list or windows, as an object of the same kind.

    Examples
    --------
    >>> import pyarrow as pa
    >>> take_rows(pa.table({"a": [1, 2, 3]}), np.array([2, 0])).to_pydict()
    {'a': [3, 1]}
    """
    if isinstance(X, (list, tuple)):
        return [X[row] for row in rows]
    if hasattr(X, "per_point"):  # Windows, whose module imports this one
        return X[rows]
    if not is_frame(X):
        return np.asanyarray(X)[rows]  # a masked array keeps its mask
    chosen = _wrapped(X)[rows.tolist()]
    return chosen if isinstance(X, narwhals.DataFrame) else chosen.to_native()


def select(frame: Any, names: Sequence[str]) -> Any:
    """Return the named columns of a frame, in that order.

    Raises
    ------
    ParameterError
        If a column does not exist.

    Examples
    --------
    >>> import pyarrow as pa
    >>> select(pa.table({"a": [1], "b": [2], "c": [3]}), ["c", "a"]).column_names
    ['c', 'a']
    """
    there = columns(frame)
    for name in names:
        if name not in there:
            raise unknown_name("column", name, there)
    table = _wrapped(frame)
    chosen = table.select([table.columns[there.index(name)] for name in names])
    return chosen if isinstance(frame, narwhals.DataFrame) else chosen.to_native()


def to_table(array: Any, names: Sequence[str] | None = None) -> pa.Table:
    """Return an array as an Arrow table, one column per value of a row.

    Parameters
    ----------
    array : array of shape (rows, ...)
        With more than two dimensions, each row is flattened.
    names : sequence of str, optional
        One name per column; ``value_0``, ``value_1``, ... by default.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    ParameterError
        If there is not one name per column, or names are repeated.
    DataError
        If the array has no axis of rows, or values of a type that a table cannot contain.

    Examples
    --------
    >>> to_table(np.arange(8).reshape(2, 2, 2)).to_pydict()
    {'value_0': [0, 4], 'value_1': [1, 5], 'value_2': [2, 6], 'value_3': [3, 7]}
    """
    import pyarrow as pa

    array = np.asarray(array)
    if array.ndim == 0:
        raise DataError("A single value makes no table", expected="an array of rows", received=shown(array))
    flat = array.reshape(len(array), int(np.prod(array.shape[1:])))
    names = [f"value_{index}" for index in range(flat.shape[1])] if names is None else [str(name) for name in names]
    if len(names) != flat.shape[1] or len(set(names)) < len(names):
        raise ParameterError(
            "The names do not fit the columns",
            expected=f"{flat.shape[1]} different names, one per column",
            received=f"{len(names)}, {len(set(names))} of them different",
        )
    try:
        return pa.table([pa.array(np.ascontiguousarray(flat[:, index])) for index in range(flat.shape[1])], names=names)
    except pa.ArrowException as err:
        raise DataError("These values cannot be put in a table", received=str(array.dtype)) from err
