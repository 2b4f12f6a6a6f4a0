"""Shuffled batches, all of one shape."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from hyotan.core.batch import Batch


class Minibatches(keras.utils.PyDataset):
    """Shuffled batches, all of one shape, with a random generator of their own.

    Keras would shuffle with NumPy's global generator. A smaller last batch would be compiled separately, so it is
    filled up with rows of weight 0.
    """

    name = "minibatches"

    def __init__(self, rows: Batch, size: int, seed: int | None) -> None:
        super().__init__()
        self.rows, self.count = rows, len(rows)
        self.size = min(size, self.count)
        self.generator = None if seed is None else np.random.default_rng(seed)
        self.steps = -(-self.count // self.size)
        self.order = np.arange(self.count)

    def state(self) -> dict[str, Any]:
        """Return the state of the generator that shuffles the rows."""
        return {} if self.generator is None else dict(self.generator.bit_generator.state)

    def restore(self, state: dict[str, Any]) -> None:
        """Continue shuffling from this state of the generator."""
        if self.generator is not None:
            self.generator.bit_generator.state = state

    def __len__(self) -> int:
        """Return the number of batches per epoch."""
        return self.steps

    def __getitem__(self, index: int) -> tuple[dict[str, Any]]:
        """Return one batch in the form Keras expects."""
        chosen = self.order[index * self.size : (index + 1) * self.size]
        return (self.rows.take(chosen).padded(self.size).arrays(),)

    def on_epoch_begin(self) -> None:
        """Shuffle the rows."""
        if self.generator is not None:
            self.order = self.generator.permutation(self.count)
