"""The base class of corruptions."""

from __future__ import annotations

from typing import Any, ClassVar

from keras import ops

from hyotan.core.batch import Batch
from hyotan.core.part import Part


class Corruption(Part, kind="corruption"):
    """A random change to the encoder's input in training; abstract. It has no weights, so it builds no layer."""

    foreign_names: ClassVar[dict[str, str]] = {"dropout": "give corruption=hyotan.corruptions.Masking(rate=0.2)"}

    def check(self) -> None:
        """Raise if a parameter is not valid."""
        raise NotImplementedError

    def __call__(self, batch: Batch, seed: Any) -> Batch:
        """Return the corrupted batch for the encoder; ``seed`` is a ``keras.random.SeedGenerator``."""
        raise NotImplementedError


def _visible(batch: Batch, values: Any) -> Any:
    """Return ``values`` with unseen cells set back to 0, so that no noise is added to missing cells."""
    return values if batch.seen is None else ops.where(batch.seen, values, 0.0)
