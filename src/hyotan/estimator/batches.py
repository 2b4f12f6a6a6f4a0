"""Events in the data's units to batches in network units."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyotan.artifact.fitted import Assembly
from hyotan.core.batch import Batch
from hyotan.core.errors import DataError, ParameterError, shown
from hyotan.data.missing import missing_cells
from hyotan.data.schema import Schema, inside


def batch_of(
    fitted: Assembly, events: np.ndarray, known: np.ndarray | None, weight: np.ndarray, ends: np.ndarray | None = None
) -> Batch:
    """Return events as a batch in network units, or refuse values the likelihood cannot score.

    Parameters
    ----------
    fitted : Assembly
    events : ndarray of shape (n, *event)
    known : ndarray of bool of the same shape, or None for every cell
    weight : ndarray of shape (n,)
    ends : ndarray of shape (n,), or None
        Lengths of series that are not all as long as the array.
    """
    values = fitted.scaler.apply(events)
    invalid = fitted.parts.likelihood.invalid(values)
    if invalid.any():
        name, worst = type(fitted.parts.likelihood).__name__, values[invalid]
        raise DataError(
            f"{int(invalid.sum()):,} values cannot be scored by the {name} likelihood",
            expected=fitted.parts.likelihood.support,
            received=f"values from {worst.min():.4g} to {worst.max():.4g} (values {fitted.scaler.describe()})",
            do="clip them to the range of the training rows, or fit with likelihood='gaussian'"
            if fitted.scaler.method == "minmax"
            else "fit with likelihood='gaussian', or with scale='minmax'; or clip the data",
        )
    if known is not None:
        known = known.reshape(values.shape)
        values = np.where(known, values, np.float32(0))
        if ends is not None and not (fitted.network.spec.missing or missing_cells(known, ends)):
            known = None  # there is padding and nothing else, which ``there`` tells
    # A net that predicts is not shown what it has to predict.
    seen, scored = (
        known if cells is None else np.broadcast_to(cells, values.shape) if known is None else known & cells
        for cells in fitted.parts.net.masks(values.shape[1:])
    )
    there = None if ends is None else inside(ends, values.shape[1])[..., 0]
    return Batch(values, weight.astype(np.float32), seen=seen, scored=scored, there=there)


def blank_rows(schema: Schema, lengths: Any, n: int) -> tuple[np.ndarray, Batch]:
    """Return the lengths of n series, checked, and rows that hold nothing and end there, for codes to be written to."""
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
    there = inside(ends, steps)[..., 0]
    return ends, Batch(nothing.astype(np.float32), np.ones(n, np.float32), seen=nothing, there=there)


def row_norms(difference: np.ndarray) -> np.ndarray:
    """Return the Euclidean norm of each row, (n,); zeros at the end of a series change no bit of it.

    Examples
    --------
    >>> row_norms(np.array([[3.0, 4.0], [0.0, 2.0]])).tolist()
    [5.0, 2.0]
    """
    squares = np.square(difference.reshape(len(difference), -1))
    if difference.ndim == 3:  # one after the other: NumPy's own sum would group cells by how many there are
        return np.asarray(np.sqrt(np.cumsum(squares, axis=1)[:, -1]))
    return np.asarray(np.sqrt(np.sum(squares, axis=1)))
