"""Rows in network units that a fitted model is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hyotan.core.batch import Batch
from hyotan.inference.buffers import Memory


@dataclass(frozen=True)
class Rows:
    """Rows to ask about, in network units.

    Parameters
    ----------
    values : ndarray of shape (n, *event), float32, or None
        NaN where nothing is known. None where codes are all there is.
    there : ndarray of bool of shape (n, T), or None
        For series, the steps before the end of each; None stands for every step.
    codes : ndarray of shape (n, *code), float32, or None
        What is to be decoded.
    memory : Memory or None
        Where the values lie, if there are as many rows as a buffer holds: then nothing is copied.
    """

    values: Any
    there: Any = None
    codes: Any = None
    memory: Memory | None = None

    @classmethod
    def of(cls, batch: Batch) -> Rows:
        """Return the rows of a batch."""
        if batch.seen is None or batch.scored is None:  # one of them is written out only for what it leaves out
            return cls(batch.values, batch.there)
        return cls(np.where(batch.seen | batch.scored, batch.values, np.float32(np.nan)), batch.there)

    @classmethod
    def blank(cls, batch: Batch) -> Rows:
        """Return rows as long as those of a batch, of which nothing is known."""
        return cls(np.full_like(batch.values, np.nan), batch.there)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(next(iter(self.arrays().values())))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what is there, by name."""
        found = {name: getattr(self, name) for name in ("values", "there", "codes")}
        return {name: array for name, array in found.items() if array is not None}

    def take(self, rows: slice) -> Rows:
        """Return some of the rows."""
        some = {name: array[rows] for name, array in self.arrays().items()}
        return Rows(some.get("values"), some.get("there"), some.get("codes"))
