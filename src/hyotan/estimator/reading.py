"""From the user's rows to what a fitted model is asked about: read, checked and scaled, a piece at a time.

What is checked is what :meth:`Autoencoder.fit` checks. Of an array of a table or of images only a piece is ever held
beside it, and is looked at while it is in the processor's cache; what is missing is counted, and told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from hyotan.artifact.fitted import Fitted
from hyotan.core.warn import Say
from hyotan.data.missing import missing_words
from hyotan.data.schema import Schema
from hyotan.inference.buffers import Memory
from hyotan.inference.rows import Rows
from hyotan.likelihoods import Likelihood

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
