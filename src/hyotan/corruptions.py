"""Corruptions: what the encoder is shown in training instead of the row itself.

A corruption changes ``values`` and ``seen`` only; what is scored stays the clean row. Outside training nothing is
corrupted. Reference: Vincent et al., "Stacked denoising autoencoders" (2010).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from keras import ops, random

from hyotan._parts import Part, is_number
from hyotan.batch import Batch


class Corruption(Part, kind="corruption"):
    """What the encoder is shown; abstract. It has no weights, so the part is its own twin."""

    def check(self) -> None:
        """Raise if a parameter is not valid."""
        raise NotImplementedError

    def __call__(self, batch: Batch, seed: Any) -> Batch:
        """Return the batch as the encoder is to see it; ``seed`` is a ``keras.random.SeedGenerator``."""
        raise NotImplementedError


def _visible(batch: Batch, values: Any) -> Any:
    """Return ``values`` with unseen cells at 0 again: noise on a missing cell would tell the encoder it was there."""
    return values if batch.seen is None else ops.where(batch.seen, values, 0.0)


class GaussianNoise(Corruption):
    """Add N(0, stddev²) to every cell, in network units.

    Parameters
    ----------
    stddev : float
        Standard deviation of the noise.
    clip : tuple of float or None
        Interval the noisy values are clipped to, such as ``(0, 1)`` for pixels.

    Examples
    --------
    >>> GaussianNoise(stddev=0.5, clip=(0, 1))
    GaussianNoise(clip=(0, 1), stddev=0.5)
    """

    def __init__(self, stddev: float = 0.1, clip: tuple[float, float] | None = None) -> None:
        self.stddev = stddev
        self.clip = clip

    def check(self) -> None:
        """Raise if a parameter is not valid."""
        self.check_number("stddev", low=0)
        pair = isinstance(self.clip, (tuple, list)) and len(self.clip) == 2
        if self.clip is not None and not (pair and all(map(is_number, self.clip)) and self.clip[0] < self.clip[1]):
            raise self.refusal("clip", "None or two numbers, low and high")

    def __call__(self, batch: Batch, seed: Any) -> Batch:
        """Return the noisy batch."""
        noisy = batch.values + self.stddev * random.normal(ops.shape(batch.values), seed=seed)
        if self.clip is not None:
            noisy = ops.clip(noisy, *self.clip)
        return replace(batch, values=_visible(batch, noisy))


class Masking(Corruption):
    """Hide each cell with probability ``rate``: it is 0 and not seen, and still scored.

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
        """Return the batch with cells hidden."""
        keep = random.uniform(ops.shape(batch.values), seed=seed) >= self.rate
        seen = keep if batch.seen is None else ops.logical_and(batch.seen, keep)
        return replace(batch, values=ops.where(keep, batch.values, 0.0), seen=seen)


class SaltAndPepper(Corruption):
    """Replace each cell with probability ``rate`` by ``low`` or ``high``, with equal odds.

    Parameters
    ----------
    rate : float
        Probability in [0, 1].
    low, high : float
        The two values, in network units.
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
        """Return the batch with cells replaced."""
        u = random.uniform(ops.shape(batch.values), seed=seed)
        extreme = ops.where(u < self.rate / 2, self.low, self.high)
        return replace(batch, values=_visible(batch, ops.where(u < self.rate, extreme, batch.values)))
