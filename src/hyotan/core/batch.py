"""Batch: the rows of data with their masks and weights, as they are passed from the input data to the loss.

A batch may hold one row, a minibatch or a whole data set; its arrays are NumPy arrays or tensors of the backend.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Batch:
    """Rows in network units (after scaling), with masks of the cells the encoder may see and of the cells to score.

    Parameters
    ----------
    values : array of shape (B, *event)
        Finite numbers; a cell that is neither seen nor scored is 0.
    weight : array of shape (B,)
        Sample weight; 0 for a row that only fills up a batch.
    seen : array of bool of shape (B, *cells), or None
        The cells that the encoder may see. None means all cells, and avoids a mask when nothing is missing.
    scored : array of bool of shape (B, *cells), or None
        The cells that the loss includes. None means all cells.
    condition : array of shape (B, c), or None
        A vector of conditioning variables for each row.
    step_mask : array of bool of shape (B, T), or None
        For series, True for the steps of each series and False for padding after its end. Padding is 0 and neither
        seen nor scored. None means that there is no padding.
    expected : array of shape (B, *event), or None
        What an encoder that was never shown a missing cell is given in its place; NaN where it is given nothing. Only
        the encoder reads it.
    """

    values: Any
    weight: Any
    seen: Any = None
    scored: Any = None
    condition: Any = None
    step_mask: Any = None
    expected: Any = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(self.values.shape[0])

    def arrays(self) -> dict[str, Any]:
        """Return the fields that are not None as a dictionary, the form of inputs that Keras takes."""
        return {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}

    def take(self, rows: np.ndarray | slice) -> Batch:
        """Return a batch with the chosen rows."""
        return Batch(**{name: array[rows] for name, array in self.arrays().items()})

    def padded(self, size: int) -> Batch:
        """Return a batch of at least ``size`` rows: these rows, then repeats of them with weight 0 as fillers.

        With one shape for all batches, the step is compiled only once. Repeats of real rows hardly change batch
        statistics.
        """
        if len(self) >= size:
            return self
        filled = self.take(np.arange(size) % len(self))
        return replace(filled, weight=np.where(np.arange(size) < len(self), filled.weight, 0).astype(np.float32))
