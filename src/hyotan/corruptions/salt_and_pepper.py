"""Salt-and-pepper noise: random cells are replaced by one of two extreme values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops, random

from hyotan.core.batch import Batch
from hyotan.corruptions._base import Corruption, _visible


class SaltAndPepper(Corruption):
    """Replace each cell, with probability ``rate``, by ``low`` or ``high``, both equally likely.

    Parameters
    ----------
    rate : float
        Probability in [0, 1].
    low, high : float
        The two values, in network units (after scaling).
    """

    def __init__(self, rate: float = 0.1, low: float = 0.0, high: float = 1.0) -> None:
        self.rate = rate
        self.low = low
        self.high = high

    def check(self) -> None:
        """Raise if a parameter is not valid."""
        self.check_number("rate", low=0, high=1)
        self.check_number("low", low=-np.inf)
        self.check_number("high", low=-np.inf)

    def __call__(self, batch: Batch, seed: Any) -> Batch:
        """Return the batch with random cells replaced."""
        u = random.uniform(ops.shape(batch.values), seed=seed)
        extreme = ops.where(u < self.rate / 2, self.low, self.high)
        return replace(batch, values=_visible(batch, ops.where(u < self.rate, extreme, batch.values)))
