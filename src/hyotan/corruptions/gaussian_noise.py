"""Gaussian noise added to every cell."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from keras import ops, random

from hyotan.core.batch import Batch
from hyotan.core.validation import is_number
from hyotan.corruptions._base import Corruption, _visible


class GaussianNoise(Corruption):
    """Add noise from N(0, stddev²) to every cell, in network units (after scaling).

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
