"""What every corruption is: a part that changes what the encoder is shown, and nothing else."""

from __future__ import annotations

from typing import Any

from keras import ops

from hyotan.core.batch import Batch
from hyotan.core.part import Part


class Corruption(Part, kind="corruption"):
    """What the encoder is shown; abstract. It has no weights, so it builds no layer."""

    def check(self) -> None:
        """Raise if a parameter is not valid."""
        raise NotImplementedError

    def __call__(self, batch: Batch, seed: Any) -> Batch:
        """Return the batch as the encoder is to see it; ``seed`` is a ``keras.random.SeedGenerator``."""
        raise NotImplementedError


def _visible(batch: Batch, values: Any) -> Any:
    """Return ``values`` with unseen cells at 0 again: noise on a missing cell would tell the encoder it was there."""
    return values if batch.seen is None else ops.where(batch.seen, values, 0.0)
