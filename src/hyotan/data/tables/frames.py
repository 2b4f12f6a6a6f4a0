"""Frames: tables in memory, read as named columns of numbers.

All access to frames goes through narwhals, so that pandas, polars and Arrow tables are handled by the same code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import narwhals
import narwhals.stable.v2 as nw
import numpy as np

from hyotan.core.errors import DataError, DataTypeError, shown, unknown_name

if TYPE_CHECKING:
    pass


NUMBERS = "biuf"  # NumPy's kinds of booleans, integers and real numbers


DATES = (nw.Date, nw.Datetime)


def is_frame(X: object) -> bool:
    """Return whether ``X`` is a table that narwhals can read, including lazy ones, whose use raises a clear error.

    Parameters
    ----------
    X : object
        Anything.

    Returns
    -------
    bool

    Examples
    --------
    >>> import pyarrow as pa
    >>> is_frame(pa.table({"a": [1]})), is_frame([[1]])
    (True, False)
    """
    # narwhals.stable does not recognise frames that are wrapped by plain narwhals, so check for those too.
    return bool(
        nw.dependencies.is_into_dataframe(X)
        or nw.dependencies.is_into_lazyframe(X)
        or isinstance(X, (narwhals.DataFrame, narwhals.LazyFrame))
    )


def _wrapped(frame: Any) -> nw.DataFrame[Any]:
    """Return the frame wrapped by narwhals, or raise if it is lazy or has repeated column names."""
    if isinstance(frame, narwhals.LazyFrame) or nw.dependencies.is_into_lazyframe(frame):
        raise DataError(
            "A lazy table holds a plan, not rows",
            expected="a table in memory",
            received=type(frame).__name__,
            do="call .collect() on it first",
        )
    if not is_frame(frame):
        raise DataError(
            "This is not a table", expected="a pandas, polars or Arrow table", received=type(frame).__name__
        )
    try:
        return nw.from_native(frame, eager_only=True)
    except narwhals.exceptions.DuplicateError as err:
        # Arrow has the names in column_names, other libraries in columns.
        names = getattr(frame, "column_names", None) or frame.columns
        raise _repeated([str(name) for name in names]) from err


def _repeated(names: Sequence[str]) -> DataError:
    twice = [name for name, count in Counter(names).items() if count > 1]
    return DataError(
        "Several columns of the table have the same name",
        expected="a name of its own for every column",
        received=shown(twice),
        do="rename or drop the repeated columns",
    )


def columns(frame: Any) -> list[str]:
    """Return the names of a frame's columns, as text.

    Parameters
    ----------
    frame : pandas, polars or Arrow table

    Returns
    -------
    list of str

    Raises
    ------
    DataError
        If two columns have the same name, or the frame is lazy.

    Examples
    --------
    >>> import pyarrow as pa
    >>> columns(pa.table({"a": [1], "b": [2]}))
    ['a', 'b']
    """
    names = [str(name) for name in _wrapped(frame).columns]  # pandas may use numbers as names
    if len(set(names)) < len(names):
        raise _repeated(names)
    return names


def row_count(frame: Any) -> int:
    """Return the number of rows of a frame.

    Parameters
    ----------
    frame : pandas, polars or Arrow table

    Returns
    -------
    int

    Examples
    --------
    >>> import pyarrow as pa
    >>> row_count(pa.table({"a": [1, 2, 3]}))
    3
    """
    return len(_wrapped(frame))


def _numbers(series: nw.Series[Any]) -> np.ndarray | None:
    """Return a column as float64 with NaN for missing values, or None if it is not numeric."""
    if series.dtype.is_integer():
        missing = series.is_null().to_numpy()
        if not missing.any():
            return as_floats(series.to_numpy(), f"The column {series.name!r}")
        known = as_floats(series.drop_nulls().to_numpy(), f"The column {series.name!r}")
        found = np.full(len(missing), np.nan)
        found[~missing] = known
        return found
    if series.dtype.is_numeric() or series.dtype == nw.Boolean:
        return np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64)
    if len(series) and series.null_count() == len(series):
        return np.full(len(series), np.nan)  # an entirely empty column may have no numeric type
    if series.dtype not in (nw.Object, nw.Unknown):
        return None
    # narwhals has no type for some pandas columns, such as [True, None] and sparse ones, so check their values.
    raw = series.to_numpy()
    if raw.dtype.kind in NUMBERS:
        return raw.astype(np.float64)
    if raw.dtype.kind != "O":
        return None
    missing = series.is_null().to_numpy()
    if not all(isinstance(v, (bool, int, float, Decimal, np.number, np.bool_)) for v in raw[~missing]):
        return None
    return np.array([np.nan if gone else float(v) for v, gone in zip(raw, missing, strict=True)])


def as_floats(whole: np.ndarray, what: str) -> np.ndarray:
    """Return whole numbers as float64, or raise if they are so large that their differences would be lost.

    Examples
    --------
    >>> as_floats(np.array([2**60, 2**60 + 1]), "The column 'a'")
    Traceback (most recent call last):
    ...
    hyotan.core.errors.DataError: The column 'a' has whole numbers whose differences a float cannot tell apart · ...
    """
    found = whole.astype(np.float64)
    if whole.dtype.itemsize < 8 or not whole.size:
        return found
    low, high = int(whole.min()), int(whole.max())
    largest = max(abs(low), abs(high))
    if largest > 2**53 and 0 < high - low < largest * 2**-40:
        raise DataError(
            f"{what} has whole numbers whose differences a float cannot tell apart",
            expected="numbers whose spread is at least a trillionth of their size",
            received=f"numbers from {low} to {high}",
            do="subtract the smallest of them first; or leave them out if they are ids or times",
        )
    return found


def _at_once(table: nw.DataFrame[Any]) -> np.ndarray | None:
    """Return a pandas frame of NumPy's numbers as an array, many times faster than column by column; else None."""
    native = table.to_native()
    if not nw.dependencies.is_pandas_dataframe(native):
        return None
    kinds = {kind for kind in native.dtypes.unique() if isinstance(kind, np.dtype)}
    if len(kinds) < len(native.dtypes.unique()) or any(k.kind not in NUMBERS or k.itemsize > 8 for k in kinds):
        return None
    if any(kind.kind in "iu" and kind.itemsize == 8 for kind in kinds):
        return None  # each column is looked at: some may be too large for a float
    return np.array(native.to_numpy(dtype=np.float64))


def column_of(frame: Any) -> dict[str, nw.Series[Any]]:
    """Return the columns of a frame by their names, for those who need many of them.

    Examples
    --------
    >>> import pyarrow as pa
    >>> [*column_of(pa.table({"a": [1], "b": [2]}))]
    ['a', 'b']
    """
    found: Any = _wrapped(frame).iter_columns()
    return dict(zip(columns(frame), found, strict=True))


def numeric(frame: Any) -> np.ndarray:
    """Return a frame as an array of numbers, with booleans as 0 and 1 and missing cells as NaN.

    Parameters
    ----------
    frame : pandas, polars or Arrow table

    Returns
    -------
    numpy.ndarray
        float64, shape (rows, columns).

    Raises
    ------
    DataError
        If a column is not numeric, two columns have the same name, or there are no columns.

    Examples
    --------
    >>> import pyarrow as pa
    >>> numeric(pa.table({"a": [1, None], "b": [True, False]}))
    array([[ 1.,  1.],
           [nan,  0.]])
    """
    names, table = columns(frame), _wrapped(frame)
    if not names:
        raise DataError("The table has no columns", expected="at least one column of numbers", received="none")
    at_once = _at_once(table)
    if at_once is not None:
        return at_once
    values = np.empty((len(table), len(names)), dtype=np.float64)
    refused, hint = [], ""
    each: Any = table.iter_columns()
    for index, (name, series) in enumerate(zip(names, each, strict=True)):
        numbers = _numbers(series)
        if numbers is None:
            refused.append(f"{name!r} ({series.dtype})")
            if series.dtype in DATES:
                hint = f"; for one long series load it with window= and time={name!r}, for many with id="
        else:
            values[:, index] = numbers
    if refused:
        these = "This column holds" if len(refused) == 1 else "These columns hold"
        listed = ", ".join(refused[:8]) + (f" and {len(refused) - 8} more" if len(refused) > 8 else "")
        raise DataError(
            f"{these} something other than numbers: {listed}",
            expected="numbers or true/false in every column",
            received=", ".join(sorted({text.rsplit(" (", 1)[1].removesuffix(")") for text in refused})),
            do=f"drop it, encode it as numbers, or name it as the label with label={hint}",
        )
    return values


def is_text(series: nw.Series[Any]) -> bool:
    """Return whether a column contains text.

    Examples
    --------
    >>> import pyarrow as pa
    >>> is_text(column_of(pa.table({"a": ["x"]}))["a"]), is_text(column_of(pa.table({"a": [1]}))["a"])
    (True, False)
    """
    if series.dtype in (nw.String, nw.Categorical, nw.Enum):
        return True
    return series.dtype == nw.Object and any(isinstance(value, str) for value in series.to_numpy()[:20])


def take_column(frame: Any, name: str) -> tuple[Any, np.ndarray]:
    """Return a frame without one column, and the values of that column.

    Parameters
    ----------
    frame : pandas, polars or Arrow table
    name : str
        The column's name.

    Returns
    -------
    rest : same kind of frame
        The frame without that column.
    values : numpy.ndarray
        One value per row: numbers keep their type (float64 with NaN if some are missing), dates remain dates, and other
        values become text, with the empty string for a missing value.

    Raises
    ------
    ParameterError
        If the column does not exist.
    DataError
        If the column contains lists or other nested values, or two columns have the same name.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rest, y = take_column(pa.table({"a": [1, 2], "kind": ["x", None]}), "kind")
    >>> rest.column_names, y.tolist()
    (['a'], ['x', ''])
    """
    names, table = columns(frame), _wrapped(frame)
    if str(name) not in names:
        raise unknown_name("column", name, names)
    chosen = table.columns[names.index(str(name))]
    rest = table.drop([chosen])
    # A frame that was given wrapped by narwhals is returned wrapped; others are returned in their own library.
    return (rest if isinstance(frame, narwhals.DataFrame) else rest.to_native()), values_of(table.get_column(chosen))


def values_of(series: nw.Series[Any]) -> np.ndarray:
    """Return the values of a column, as :func:`take_column` does."""
    raw = series.to_numpy()
    if (series.null_count() == 0 and raw.dtype.kind in NUMBERS) or raw.dtype.kind in "mM":
        return np.array(raw)  # a copy, here and below: Arrow and pandas return read-only views
    numbers = _numbers(series)
    if numbers is not None:
        return np.array(numbers)
    missing = series.is_null().to_numpy()
    if any(isinstance(value, (bytes, list, dict, tuple, np.ndarray)) for value in raw[~missing]):
        raise DataError(
            f"The column {series.name!r} cannot serve as labels",
            expected="one number, date or piece of text per row",
            received=str(series.dtype),
            do="name another column with label=",
        )
    return np.array(["" if gone else str(value) for value, gone in zip(raw, missing, strict=True)], dtype=str)


def given_names(X: Any) -> tuple[str, ...] | None:
    """Return the names of columns or channels; unlike :func:`names`, also those of a frame with numbered columns."""
    return tuple(columns(X)) if is_frame(X) else names(X)


def other_names(X: Any) -> tuple[str, ...] | None:
    """Return the names of a frame's columns as text if they are something else: numbers, dates, pairs; else None.

    Raises
    ------
    DataTypeError
        If some names are text and some are not.

    Examples
    --------
    >>> import pandas as pd
    >>> other_names(pd.DataFrame([[1, 2]], columns=[10, 5])), other_names(pd.DataFrame([[1]], columns=["a"]))
    (('10', '5'), None)
    """
    if not is_frame(X):
        return None
    own = list(getattr(X, "column_names", None) or X.columns)
    texts = [isinstance(name, str) for name in own]
    if any(texts) and not all(texts):
        other = own[texts.index(not texts[0])]
        raise DataTypeError(
            "Some names of columns are text and some are not",
            expected="text for every name",
            received=f"{own[0]!r} and {other!r}",
            do="frame.columns = frame.columns.astype(str)",
        )
    return None if all(texts) else tuple(columns(X))


def names(X: Any) -> tuple[str, ...] | None:
    """Return the names of columns or channels of a frame, of the first frame of a list, or of windows.

    None is returned if there are no names, or if a column name is not text, as with numbered columns.

    Examples
    --------
    >>> import pyarrow as pa
    >>> names(pa.table({"a": [1]})), names([pa.table({"a": [1]}), pa.table({"a": [2]})]), names([[1]])
    (('a',), ('a',), None)
    """
    if hasattr(X, "per_point"):  # Windows, whose module imports this one
        channels: tuple[str, ...] | None = X.channels
        return channels
    if isinstance(X, (list, tuple)) and X:
        X = X[0]
    if not is_frame(X):
        return None
    own = getattr(X, "column_names", None) or X.columns
    return tuple(columns(X)) if all(isinstance(name, str) for name in own) else None
