"""Masking: random cells are hidden from the encoder."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keras import ops, random

from hyotan.core.batch import Batch
from hyotan.corruptions._base import Corruption


class Masking(Corruption):
    """Hide each cell from the encoder with probability ``rate``; the loss still includes it.

    A hidden cell is set to 0 and marked as not seen.

    Parameters
    ----------
    rate : float
        Probability in [0, 1].
    """

    def __init__(self, rate: float = 0.25) -> None:
        self.rate = rate

    def check(self) -> None:
        """Raise if a parameter is not valid."""
        self.check_number("rate", low=0, high=1)

    def __call__(self, batch: Batch, seed: Any) -> Batch:
        """Return the batch with random cells hidden."""
        keep = random.uniform(ops.shape(batch.values), seed=seed) >= self.rate
        seen = keep if batch.seen is None else ops.logical_and(batch.seen, keep)
        return replace(batch, values=ops.where(keep, batch.values, 0.0), seen=seen)
