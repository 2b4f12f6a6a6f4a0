"""Conversion of the user's data to one numeric array, or a clear error."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from sklearn.utils import check_array

from hyotan.core.errors import DataError, DataTypeError, shown
from hyotan.data.masked import unmasked
from hyotan.data.series.ragged import is_ragged, padded
from hyotan.data.tables import frames

EXPECTED = (
    "a numeric array (n, features), (n, height, width[, channels]), (n, steps, channels), or a frame of numeric columns"
)


def read_array(X: Any, *, owner: str, minimum: int = 1, series: bool = False) -> np.ndarray:
    """Return the user's data as a numeric array with NaN for missing cells, or raise if they cannot be used.

    pandas, polars and Arrow tables become float64 arrays; integer and float32 arrays keep their type.

    Parameters
    ----------
    X : array or frame
    owner : str
        Name of the calling estimator, for the messages.
    minimum : int
        Minimum number of rows.
    series : bool
        Whether a list is always a list of series. A list of arrays of unequal length is one in any case. A list of
        series becomes one array (n, longest, channels), with NaN after the end of each series.

    Raises
    ------
    DataError
        If the data are empty, not numeric, contain infinity, or are a list of rows of unequal shape but not of series.

    Examples
    --------
    >>> read_array([[1, 2], [3, 4]], owner="AE").dtype.kind
    'i'
    """
    given = f"{type(X).__name__}{_shape(X)}"
    if isinstance(X, (np.ma.MaskedArray, list, tuple)):
        X = unmasked(X)
    if getattr(X, "requires_grad", False):  # of torch; NumPy cannot convert it
        X = X.detach()
    _refuse_others(X, given)
    if isinstance(X, (list, tuple)):
        X = padded(X) if series or is_ragged(X) else _stacked(X)
    if frames.is_frame(X):
        X = frames.numeric(X)
    try:
        array = check_array(
            X,
            dtype="numeric",
            allow_nd=True,
            ensure_all_finite=False,
            ensure_min_samples=minimum,
            input_name="X",
            estimator=owner,
        )
    except (ValueError, TypeError) as err:
        lines = str(err).strip().splitlines() or [type(err).__name__]
        refusal = DataTypeError if isinstance(err, TypeError) else DataError
        raise refusal(
            lines[0].rstrip(".:")[:200], expected=EXPECTED, received=given, do=_advice(lines, np.ndim(X))
        ) from err
    if array.dtype.kind == "b":
        array = array.astype(np.uint8)
    if array.dtype.kind in "iu" and array.dtype.itemsize == 8 and array.size:
        _told_apart(array)
    if array.dtype.kind == "f" and np.isinf(array).any():
        where = np.argwhere(np.isinf(array))
        raise DataError(
            "X contains infinity (inf)",
            expected="finite numbers, NaN for a missing cell",
            received=f"{len(where):,} infinite cells, the first at index {tuple(int(i) for i in where[0])}",
            do="replace them by NaN if they mean 'missing', else clip or drop those rows",
        )
    return np.asarray(array)


def _advice(lines: list[str], dimensions: int) -> str:
    """Return what to do about an error of scikit-learn's, whose own advice may contain the whole array."""
    if "Complex" in lines[0]:
        return "give real and imaginary parts as columns: numpy.hstack([X.real, X.imag])"
    if dimensions == 1:
        return "Reshape your data: X.reshape(-1, 1) for one column, X.reshape(1, -1) for one row"
    told = [line.strip() for line in lines[1:3] if line.strip()]
    return "; ".join(line for line in told if not line.startswith(("array=", "[")))[:200]


def _refuse_others(X: Any, given: str) -> None:
    """Raise if the data are something that NumPy would make an array of objects, or of dates, of."""
    kind = getattr(getattr(X, "dtype", None), "kind", "")
    if kind in ("M", "m") and hasattr(X, "shape"):
        raise DataTypeError(
            "X holds dates or durations",
            expected=EXPECTED,
            received=f"{given}, {X.dtype}",
            do="hyotan.data.windows(values, length, time=X) takes them as the times of a series; (X - X.min()) / "
            "numpy.timedelta64(1, 's') are numbers",
        )
    if isinstance(X, (str, bytes, os.PathLike)):
        raise DataTypeError(
            "X is a text", expected=EXPECTED, received=shown(X), do="hyotan.data.load(path).X reads a file"
        )
    if (isinstance(X, (dict, set)) and not hasattr(X, "toarray")) or hasattr(X, "__next__"):
        do = "pandas.DataFrame(X) makes a table of it" if isinstance(X, dict) else "list(X) holds all of its rows"
        raise DataTypeError(f"X is a {type(X).__name__}", expected=EXPECTED, received=given, do=do)


def _told_apart(array: np.ndarray) -> None:
    """Raise if whole numbers of a column are so large that their differences would be lost."""
    if max(abs(int(array.min())), abs(int(array.max()))) > 2**53:
        for index, column in enumerate(array.reshape(-1, array.shape[-1]).T):
            frames.as_floats(column, f"Column {index} of X")


def _stacked(X: Any) -> np.ndarray:
    """Return a list of rows as one array, with NaN for None."""
    try:
        array = np.asarray(X)
    except ValueError as err:  # NumPy's "inhomogeneous shape"
        raise DataError(
            "X is a list of rows of unequal shape",
            expected="one array or frame, or a list of series, each an array (steps, channels)",
            received=f"list of {len(X)} with shapes {shown(sorted({x.shape for x in X if hasattr(x, 'shape')}))}",
            do="images must be of one size (hyotan.data.load(folder, resize=28)); lists of numbers are series with "
            "kind='series'",
        ) from err
    if array.dtype.kind == "O" and all(v is None or isinstance(v, (int, float)) for v in array.ravel()):
        return array.astype(np.float64)
    return array


def _shape(X: Any) -> str:
    shape = getattr(X, "shape", None)
    return f" of shape {shape}" if shape is not None else ""
