"""Series of unequal length: conversion between a list of arrays and one array padded with NaN.

A series is an array (steps, channels). In an array of many series, (n, steps, channels), steps at the end of a series
with no observed value are padding and do not belong to the series.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hyotan.core.errors import DataError, shown
from hyotan.data.masked import unmasked
from hyotan.data.tables.frames import NUMBERS, as_floats, is_frame, names, numeric

__all__ = ["is_ragged", "lengths_of", "padded", "padded_in_front", "read_series", "unpadded"]


def lengths_of(array: np.ndarray) -> np.ndarray:
    """Return the length of each series of an array, up to and including the last step with an observed value.

    Parameters
    ----------
    array : ndarray of shape (n, steps, channels) or (n, steps)
        NaN is a missing cell; an array of integers has none.

    Returns
    -------
    ndarray of shape (n,), int64

    Raises
    ------
    DataError
        If a series has no observed value at all.

    Examples
    --------
    >>> lengths_of(np.array([[[1.0], [2.0], [3.0]], [[4.0], [np.nan], [np.nan]]]))
    array([3, 1])
    """
    array = np.asarray(array)
    count, steps = array.shape[:2]
    if array.dtype.kind != "f":
        return np.full(count, steps, dtype=np.int64)
    known = (~np.isnan(array)).any(axis=tuple(range(2, array.ndim)))
    empty = np.flatnonzero(~known.any(axis=1))
    if len(empty):
        raise DataError(
            f"Nothing is known of series {empty[0]}",
            expected="at least one known cell in every series",
            received=f"nothing but NaN in {len(empty):,} of {count:,} series",
            do="leave these series out",
        )
    return steps - known[:, ::-1].argmax(axis=1)


def padded(series: Sequence[Any], owner: str = "X") -> np.ndarray:
    """Return a list of series as one array, with NaN after the end of each.

    Parameters
    ----------
    series : list of arrays or frames
        Each (steps, channels), or (steps,) for one channel. None and NaN are missing cells.
    owner : str
        Name of the list, for the messages.

    Returns
    -------
    ndarray of shape (n, longest, channels)
        float32 if all series are float32, else float64.

    Raises
    ------
    DataError
        If the list is empty; if a series is empty, not numeric, contains infinity, or does not have one or two
        dimensions; if the numbers of channels differ; or if the columns of frames differ in name or order.

    Examples
    --------
    >>> padded([np.array([1.0, 2.0, 3.0]), np.array([4.0])])[..., 0]
    array([[ 1.,  2.,  3.],
           [ 4., nan, nan]])
    """
    if not isinstance(series, (list, tuple, np.ndarray)):
        raise DataError(f"{owner} is not a list of series", expected="a list of arrays", received=type(series).__name__)
    if len(series) == 0:
        raise DataError(f"{owner} holds no series", expected="at least one series", received="an empty list")
    arrays = [read_series(item, f"Series {index} of {owner}") for index, item in enumerate(series)]
    _same_names(series, owner)
    channels = arrays[0].shape[1]
    others = [index for index, array in enumerate(arrays) if array.shape[1] != channels]
    if others:
        raise DataError(
            f"The series of {owner} do not have the same number of channels",
            expected=f"arrays (steps, channels) with {_some(channels)} each, as series 0 has",
            received=f"{_some(arrays[others[0]].shape[1])} in series {others[0]}"
            + (f", and {len(others) - 1:,} more that differ" if len(others) > 1 else ""),
            do="give every series the same channels, in the same order; steps come first",
        )
    single = all(array.dtype == np.float32 for array in arrays)
    longest = max(map(len, arrays))
    full = np.full((len(arrays), longest, channels), np.nan, dtype=np.float32 if single else np.float64)
    for row, array in zip(full, arrays, strict=True):
        row[: len(array)] = array
    return full


def _same_names(series: Sequence[Any], owner: str) -> None:
    """Raise if the columns of frames differ in name or order, because channels are matched by position only."""
    named = [(index, found) for index, item in enumerate(series) if is_frame(item) and (found := names(item))]
    others = [(index, found) for index, found in named if found != named[0][1]]
    if others:
        raise DataError(
            f"The series of {owner} do not have the same columns",
            expected=f"{shown(list(named[0][1]))}, as series {named[0][0]} has",
            received=f"{shown(list(others[0][1]))} in series {others[0][0]}"
            + (f", and {len(others) - 1:,} more that differ" if len(others) > 1 else ""),
            do="select the same columns in every series, in the same order, such as frame[NAMES]",
        )


def _some(channels: int) -> str:
    return f"{channels} channel{'s' if channels != 1 else ''}"


def read_series(series: Any, what: str) -> np.ndarray:
    """Return one series as an array of floats (steps, channels), or raise if it cannot be used.

    Parameters
    ----------
    series : array or frame
        (steps, channels), or (steps,) for one channel.
    what : str
        Name of the series, at the beginning of the messages.

    Returns
    -------
    ndarray of shape (steps, channels)
        float32 if it was float32, else float64. It may share memory with ``series``.

    Raises
    ------
    DataError
        If it is empty, not numeric, contains infinity, or does not have one or two dimensions.

    Examples
    --------
    >>> read_series([1, 2, None], "The series")
    array([[ 1.],
           [ 2.],
           [nan]])
    """
    if is_frame(series):
        series = numeric(series)
    try:
        array = np.asarray(unmasked(series))
    except (ValueError, TypeError) as err:  # NumPy's "inhomogeneous shape"
        raise DataError(
            f"{what} is not rectangular",
            expected="the same number of channels at every step",
            received=shown(series),
            do="write None or NaN where a cell is missing",
        ) from err
    if array.dtype.kind == "O" and all(v is None or isinstance(v, (int, float, np.number)) for v in array.ravel()):
        array = array.astype(np.float64)
    if array.ndim not in (1, 2):
        raise DataError(
            f"{what} has {array.ndim} dimensions",
            expected="(steps, channels), or (steps,) for one channel",
            received=f"shape {array.shape}",
        )
    if array.size == 0:
        raise DataError(
            f"{what} is empty",
            expected="at least one step and one channel",
            received=f"shape {array.shape}",
            do="leave it out",
        )
    if array.dtype.kind not in NUMBERS:
        raise DataError(
            f"{what} does not hold numbers", expected="integers or real numbers", received=f"{array.dtype} values"
        )
    if array.dtype.kind in "iu":
        for index, column in enumerate(array.reshape(len(array), -1).T):
            as_floats(column, f"{what}, channel {index},")
    array = array.astype(np.float32 if array.dtype == np.float32 else np.float64, copy=False)
    array = array[:, np.newaxis] if array.ndim == 1 else array
    if np.isinf(array).any():
        step, channel = (int(place) for place in np.argwhere(np.isinf(array))[0])
        raise DataError(
            f"{what} contains infinity (inf)",
            expected="finite numbers, NaN for a missing cell",
            received=f"{int(np.isinf(array).sum()):,} infinite cells, the first at step {step}, channel {channel}",
            do="replace them by NaN if they mean 'missing', else clip them",
        )
    return array


def unpadded(array: np.ndarray, lengths: Sequence[int] | np.ndarray) -> list[np.ndarray]:
    """Return the series of a padded array as a list, each cut to its own length.

    Parameters
    ----------
    array : ndarray of shape (n, steps, ...)
    lengths : sequence of int
        One per series.

    Returns
    -------
    list of ndarray
        Views of the array.

    Examples
    --------
    >>> [part.tolist() for part in unpadded(np.array([[1, 2, 3], [4, 0, 0]]), [3, 1])]
    [[1, 2, 3], [4]]
    """
    return [row[:length] for row, length in zip(array, lengths, strict=True)]


def padded_in_front(X: np.ndarray) -> np.ndarray:
    """Return the number of steps without a known value at the beginning of each series, if they look like padding.

    They do if no series ends in such steps, and at least one in ten begins with some, not all with equally many. If
    they do not, the result is all zeros.

    Examples
    --------
    >>> padded_in_front(np.array([[np.nan, np.nan, 1.0], [np.nan, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    array([2, 1, 0])
    """
    none = np.zeros(len(X), int)
    if X.dtype.kind != "f" or X.ndim not in (2, 3):
        return none
    known = ~np.isnan(X[..., None] if X.ndim == 2 else X).all(axis=2)
    if not known[:, -1].all():
        return none
    begin = known.argmax(axis=1)
    return begin if (begin > 0).mean() >= 0.1 and begin.max() > 1 and len(np.unique(begin)) > 1 else none


def is_ragged(X: object) -> bool:
    """Return whether ``X`` is a list of series that do not all have the same shape.

    A series in a list is anything with two dimensions, or an array with one. Plain lists of numbers are rows of a
    table; if their lengths differ, this is an invalid table, not a list of series.

    Parameters
    ----------
    X : object
        Anything.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_ragged([np.zeros((3, 2)), np.zeros((5, 2))]), is_ragged([np.zeros(3), np.zeros(5)])
    (True, True)
    >>> is_ragged([[1, 2, 3], [4]]), is_ragged([np.zeros((3, 2)), np.zeros((3, 2))])
    (False, False)
    """
    if not isinstance(X, (list, tuple)):
        return False
    shapes = set()
    for item in X:
        shape = _shape(item)
        if shape is None:
            return False
        shapes.add(shape)
    return len(shapes) > 1


def _shape(item: Any) -> tuple[int, ...] | None:
    """Return the shape of an object that may be a series, judged by its first step; None for other objects."""
    if isinstance(item, np.ndarray):
        return item.shape if item.ndim in (1, 2) else None
    if isinstance(item, (list, tuple)):
        if not item:
            return (0, 0)
        first = item[0]
        if isinstance(first, (list, tuple)) or (isinstance(first, np.ndarray) and first.ndim == 1):
            return len(item), len(first)
        return None
    shape = getattr(item, "shape", None)  # frames, and arrays of other libraries
    return tuple(shape) if isinstance(shape, tuple) and len(shape) == 2 else None
