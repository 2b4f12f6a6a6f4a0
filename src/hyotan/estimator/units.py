"""From network units back to the data's own: decoded events as the user's rows, and how far they are from them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from hyotan.artifact.fitted import Assembly
from hyotan.core.batch import Batch
from hyotan.core.errors import ParameterError, shown
from hyotan.data.schema import Schema, inside
from hyotan.data.series.windows import Windows


def in_own_units(assembly: Assembly, events: np.ndarray, like: Any = None, array: np.ndarray | None = None) -> Any:
    """Return events in the data's own units, in the form of the rows they answer.

    Parameters
    ----------
    assembly : Assembly
    events : ndarray of shape (n, *event)
    like : object, optional
        The rows as the user gave them: series come back as they came, a list for a list.
    array : ndarray, optional
        The same as an array.
    """
    own = assembly.scaler.undo(events)
    counted = assembly.parts.net.masks(own.shape[1:])[1]
    if counted is not None:
        own = np.where(counted, own, np.nan)  # nobody wrote the rest
    return assembly.schema.rows(own, like, array, isinstance(like, Windows))


def gathered(assembly: Assembly, chunks: Iterable[np.ndarray], n: int) -> np.ndarray:
    """Return what was decoded of n rows that are no series in the data's own units, a chunk at a time."""
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
    mask = inside(ends, steps)[..., 0]
    return ends, Batch(nothing.astype(np.float32), np.ones(n, np.float32), seen=nothing, step_mask=mask)


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
