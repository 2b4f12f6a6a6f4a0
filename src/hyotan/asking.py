"""From the user's rows to what a fitted model is asked about: read, checked and scaled, a piece at a time.

What is checked is what :meth:`Autoencoder.fit` checks. Of an array of a table or of images only a piece is ever held
beside it, and is looked at while it is in the processor's cache; what is missing is counted, and told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from hyotan._errors import ParameterError
from hyotan.data.schema import Schema, missing_words
from hyotan.fitted import Fitted
from hyotan.likelihoods import Likelihood
from hyotan.preparing import Say
from hyotan.tiling import Memory, Rows

BLOCK = 2**18  # cells that are looked at together: few enough for the processor's cache
DARK = "the values lie in [0, 1], and the model was fitted on bytes from 0 to 255: they are read as very dark"


def plain(X: Any, schema: Schema) -> bool:
    """Whether rows can be read in pieces: an array of real numbers, of the shape the model was fitted on.

    Examples
    --------
    >>> schema = Schema("table", (2,), "float64")
    >>> plain(np.zeros((3, 2)), schema), plain(np.zeros((3, 4)), schema), plain([[0.0, 1.0]], schema)
    (True, False, False)
    """
    return (
        type(X) in (np.ndarray, np.memmap)
        and schema.kind != "series"
        and X.shape[1:] == schema.shape
        and len(X) > 0
        and X.dtype.kind in "fiu"
    )


class Pieces:
    """Rows of a plain array in network units, in pieces; can be gone through once.

    Parameters
    ----------
    fitted : Fitted
    X : ndarray of shape (n, *row)
    size : int
        Rows in a piece.
    say : Say
        Is told what is missing, after the last piece.
    refuse : callable
        Called where there is something to refuse: reads all rows at once, and raises.
    """

    def __init__(self, fitted: Fitted, X: np.ndarray, size: int, say: Say, refuse: Callable[[], Any]) -> None:
        self.fitted, self.X, self.size, self.say, self.refuse = fitted, X, size, say, refuse
        self.missing, self.largest = 0, -np.inf
        likelihood = fitted.parts.likelihood
        # Asked only of a likelihood that cannot score every number.
        self.invalid = None if type(likelihood).invalid is Likelihood.invalid else likelihood.invalid
        self.interval = likelihood.interval
        scaler = fitted.scaler
        self.dark = scaler.method == "unit" and X.dtype.kind == "f"
        as_float32 = X.dtype == np.float32 and X.dtype.isnative and X.flags.c_contiguous and X.flags.aligned
        self.as_is = scaler.method == "none" and as_float32
        # Two take turns: one is computed from, the other one is filled.
        buffers = 0 if self.as_is else min(2, -(-len(X) // size))
        self.buffers = [Memory.empty(min(size, len(X)) * fitted.network.spec.size) for _ in range(buffers)]

    def __iter__(self) -> Iterator[Rows]:
        """Yield the pieces; one must have been computed before the next but one is asked for."""
        for number, start in enumerate(range(0, len(self.X), self.size)):
            piece = self.X[start : start + self.size]
            if self.as_is:
                memory = Memory.around(self.X.reshape(-1), start * piece[0].size, piece.size)
                values = piece.reshape(-1, *self.fitted.schema.event)
            else:
                memory = self.buffers[number % len(self.buffers)]
                values = memory.cells[: piece.size].reshape(-1, *self.fitted.schema.event)
            self._read(piece, values)
            yield Rows(values, memory=memory)
        if self.missing == self.X.size:
            self.refuse()
        if self.dark and 0 < self.largest <= 1:
            self.say(DARK)
        if self.missing:
            self.say(missing_words(self.missing, self.X.size))

    def _read(self, piece: np.ndarray, values: np.ndarray) -> None:
        """Bring rows into network units, NaN where missing, and look at them block by block."""
        rows = max(1, BLOCK // max(1, piece[0].size))
        for start in range(0, len(piece), rows):
            block = piece[start : start + rows].reshape(-1, *values.shape[1:])
            found = values[start : start + rows]
            if not self.as_is:
                np.copyto(found, block if self.fitted.scaler.method == "none" else self.fitted.scaler.apply(block))
            self._look(block, found)

    def _look(self, block: np.ndarray, values: np.ndarray) -> None:
        """Look at rows as they came and in network units: count what is missing, refuse what has to be refused."""
        if block.dtype.kind == "f":
            low, high = values.min(), values.max()  # NaN if there is one
            if self.dark:
                self.largest = max(self.largest, np.nanmax(block, initial=-np.inf))
            if not (np.isfinite(low) and np.isfinite(high)):
                if np.isinf(block).any():
                    self.refuse()
                self.missing += int(np.isnan(block).sum())
            elif self.interval is not None and self.interval[0] <= low and high <= self.interval[1]:
                return
        if self.invalid is not None and self.invalid(values).any():
            self.refuse()


def scored_cells(fitted: Fitted, rows: Rows) -> np.ndarray:
    """Return which cells of rows count, of the shape of their values."""
    scored = ~np.isnan(rows.values)
    cells = fitted.parts.net.masks(rows.values.shape[1:])[1]
    scored = scored if cells is None else scored & cells
    return scored if rows.there is None else scored & rows.there[..., None]


def log_jacobian(fitted: Fitted, rows: Rows) -> np.ndarray:
    """Return what the scaling adds to the log-density of each row, of shape (n,), in nats."""
    if not fitted.parts.likelihood.density:
        return np.zeros(len(rows))
    event = rows.values.shape[1:]
    if fitted.schema.kind == "series":  # counted, so that padding does not change the order of a sum
        counts = scored_cells(fitted, rows).sum(axis=1)
        return np.sum(counts * fitted.scaler.log_jacobian(counts.shape[1:]), axis=1)
    # Each row by itself and with its mask written out: it must not be summed otherwise because another one has holes.
    each = fitted.scaler.log_jacobian(event)
    found = np.full(len(rows), np.sum(each.reshape(1, -1), axis=1))
    holes = np.isnan(rows.values.reshape(len(rows), -1)).any(axis=1)
    if holes.any():
        counted = np.where(np.isnan(rows.values[holes]), 0.0, each)
        found[holes] = np.sum(counted.reshape(len(counted), -1), axis=1)
    return found


def normalised(fitted: Fitted, pieces: Iterable[Rows]) -> Iterator[Rows]:
    """Yield pieces of which every value has a normalised probability, or refuse them."""
    likelihood = fitted.parts.likelihood
    for rows in pieces:
        if not likelihood.normalised(rows.values[scored_cells(fitted, rows)]):
            raise ParameterError(
                f"The {type(likelihood).__name__} likelihood is not normalised on these data",
                expected="values 0 or 1, for which its probabilities add up to one",
                received="grey values in between",
                do="binarise the data, or fit with likelihood='gaussian'; score_samples() compares rows as it is",
            )
        yield rows


class Jacobians:
    """Lets pieces through, and keeps what the scaling adds to the log-density of their rows."""

    def __init__(self, fitted: Fitted, pieces: Iterable[Rows]) -> None:
        self.fitted, self.pieces, self.found = fitted, pieces, list[np.ndarray]()

    def __iter__(self) -> Iterator[Rows]:
        """Yield the pieces."""
        for rows in self.pieces:
            self.found.append(log_jacobian(self.fitted, rows))
            yield rows

    def all(self) -> np.ndarray:
        """Return it of all rows, of shape (n,), in nats."""
        return np.concatenate(self.found)
