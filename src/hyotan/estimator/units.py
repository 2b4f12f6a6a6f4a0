"""From network units back to the data's own units: decoded events in the form of the user's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from hyotan.artifact.fitted import Assembly
from hyotan.core.batch import Batch
from hyotan.core.errors import ParameterError, shown
from hyotan.data.schema import Schema, inside
from hyotan.data.series.windows import Windows

HUGE = 1e150


def in_own_units(assembly: Assembly, events: np.ndarray, like: Any = None, array: np.ndarray | None = None) -> Any:
    """Return events in the data's own units, in the same form as the user's rows.

    Parameters
    ----------
    assembly : Assembly
    events : ndarray of shape (n, *event)
    like : object, optional
        The rows as the user gave them. Series are returned in the same form: a list if they are a list.
    array : ndarray, optional
        The same rows as an array.
    """
    own = assembly.scaler.undo(events)
    counted = assembly.parts.net.masks(own.shape[1:])[1]
    if counted is not None:
        own = np.where(counted, own, np.nan)  # the other cells are not trained: the net does not write them
    return assembly.schema.rows(own, like, array, isinstance(like, Windows))


def gathered(assembly: Assembly, chunks: Iterable[np.ndarray], n: int) -> np.ndarray:
    """Return n decoded rows (a table or images, not series) in the data's own units, collected from chunks."""
    rows: Any = None
    at = 0
    for chunk in chunks:
        own = in_own_units(assembly, chunk)
        if rows is None:
            rows = np.empty((n, *own.shape[1:]), own.dtype)
        rows[at : at + len(own)] = own
        at += len(own)
    return np.asarray(rows)


def blank_rows(schema: Schema, lengths: Any, n: int) -> tuple[np.ndarray, Batch]:
    """Return the checked lengths of n series, and a batch of series of these lengths without data, for decoding."""
    ends = np.asarray(lengths)
    longest = 2**31 if schema.open_ended else schema.shape[0]
    whole = schema.kind == "series" and ends.shape == (n,) and ends.dtype.kind in "iu"
    if not whole or ends.min() < 1 or ends.max() > longest:
        wanted = f"{n} whole numbers from 1" + ("" if schema.open_ended else f" to {longest}")
        raise ParameterError(
            "The 'lengths' parameter is not valid",
            expected=wanted if schema.kind == "series" else f"None: these rows are {schema.kind}, not series",
            received=shown(lengths),
        )
    steps = int(ends.max()) if schema.open_ended else schema.shape[0]
    nothing = np.zeros((n, steps, schema.event[1]), bool)
    mask = inside(ends, steps)[..., 0]
    return ends, Batch(nothing.astype(np.float32), np.ones(n, np.float32), seen=nothing, step_mask=mask)


def row_norms(difference: np.ndarray) -> np.ndarray:
    """Return the Euclidean norm of each row, of shape (n,); zeros at the end of a series do not change the result.

    Examples
    --------
    >>> row_norms(np.array([[3.0, 4.0], [0.0, 2.0]])).tolist()
    [5.0, 2.0]
    """
    flat = difference.reshape(len(difference), -1)
    if difference.ndim == 3:  # sum in order: np.sum groups cells in pairs, depending on their number
        return norms(flat, 1, lambda squares, axis: np.cumsum(squares, axis=axis)[:, -1:])
    return norms(flat, 1)


def deviations(values: np.ndarray, axis: int | tuple[int, ...]) -> Any:
    """Return the standard deviation of the known values along an axis or several; NaN where none is known.

    Examples
    --------
    >>> deviations(np.array([[1.0, 3e300, np.nan], [3.0, np.nan, np.nan]]), 0).tolist()
    [1.0, 0.0, nan]
    """
    count = (~np.isnan(values)).sum(axis=axis, keepdims=True)
    with np.errstate(invalid="ignore"):
        off = np.nan_to_num(values - np.nansum(values, axis=axis, keepdims=True) / count, nan=0.0)
        return norms(off, axis) / np.sqrt(np.squeeze(count, axis=axis))


def norms(values: np.ndarray, axis: int | tuple[int, ...], total: Callable[..., np.ndarray] | None = None) -> Any:
    """Return √Σ x² along an axis or several, also for numbers so large that their squares are not.

    Parameters
    ----------
    values : ndarray
    axis : int or tuple of int
    total : callable, optional
        Takes the squares and ``axis``; returns their sums, with the axis kept.

    Examples
    --------
    >>> norms(np.array([[3.0, 4.0], [3e300, 4e300]]), 1).tolist()
    [5.0, 5e+300]
    """
    largest = np.maximum(values.max(axis=axis, initial=0, keepdims=True), -values.min(axis, initial=0, keepdims=True))
    huge = largest > HUGE
    unit = np.where(huge, largest, 1.0)
    squares = np.square(values / unit if huge.any() else values)
    sums = squares.sum(axis=axis, keepdims=True) if total is None else total(squares, axis)
    with np.errstate(over="ignore"):  # of the largest floats, the norm may be larger still
        return np.squeeze(np.minimum(np.sqrt(sums) * unit, np.finfo(np.float64).max), axis=axis)
