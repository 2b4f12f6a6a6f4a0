"""Batch: the one thing that travels through the house, from the user's data to the loss.

A batch may hold one row, a minibatch or a whole data set; its arrays may be NumPy's or the backend's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Batch:
    """Rows in network units with what may be seen of them and what is scored.

    Parameters
    ----------
    values : array of shape (B, *event)
        Finite numbers; a cell that is neither seen nor scored is 0.
    weight : array of shape (B,)
        Sample weight; 0 for a row that only fills up a batch.
    seen : array of bool of shape (B, *cells), or None
        What the encoder may look at. None stands for every cell, and spares the masks where nothing is missing.
    scored : array of bool of shape (B, *cells), or None
        What the loss counts. None stands for every cell.
    condition : array of shape (B, c), or None
        Known beside the row.
    step_mask : array of bool of shape (B, T), or None
        For series, the steps before the end of each; what follows is padding, which is no data: neither seen nor
        scored, and 0. None stands for every step.
    """

    values: Any
    weight: Any
    seen: Any = None
    scored: Any = None
    condition: Any = None
    step_mask: Any = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.values.shape[0])

    def arrays(self) -> dict[str, Any]:
        """Return the fields that are there, as Keras wants its inputs."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}

    def take(self, rows: np.ndarray | slice) -> Batch:
        """Return some of the rows."""
        return Batch(**{name: array[rows] for name, array in self.arrays().items()})

    def padded(self, size: int) -> Batch:
        """Return ``size`` rows: these, then the same ones over again, which weigh nothing.

        One shape for every batch means one compilation, whatever the number of rows; and real rows as fillers leave
        the statistics of a batch near what they are.
        """
        if len(self) >= size:
            return self
        filled = self.take(np.arange(size) % len(self))
        return replace(filled, weight=np.where(np.arange(size) < len(self), filled.weight, 0).astype(np.float32))
