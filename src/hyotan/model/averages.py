"""Weighted averages of every term over an epoch."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from hyotan.core.ops import to_numpy


class TermAverages(keras.metrics.Metric):
    """Weighted averages of every term over an epoch, in one vector, so that a step updates a single variable."""

    def __init__(self, shapes: dict[str, tuple[int, ...]]) -> None:
        super().__init__(name="terms", dtype="float32")
        self.shapes = shapes
        size = 1 + sum(math.prod(shape) for shape in shapes.values())
        self.sums = self.add_weight(shape=(size,), initializer="zeros", name="sums")

    def update_state(self, entries: dict[str, Any], weight: Any) -> None:
        """Add the rows of a batch."""
        sums = [ops.sum(weight)[None]]
        for name in self.shapes:
            rows = entries[name]
            sums.append(ops.sum(weight * rows)[None] if len(rows.shape) == 1 else ops.sum(weight[:, None] * rows, 0))
        self.sums.assign(self.sums + ops.concatenate(sums))

    def loss(self) -> Any:
        """Return the average loss so far."""
        return self.sums[1] / ops.maximum(self.sums[0], 1e-12)  # the loss is the first entry after the weight

    def result(self) -> Any:
        """Return the average loss so far; Keras calls this."""
        return self.loss()

    def by_name(self) -> dict[str, Any]:
        """Return the averages by name: floats, or vectors for terms that are reported per dimension."""
        sums = to_numpy(self.sums).astype(np.float64)
        means, at, by_name = sums / max(sums[0], 1e-12), 1, {}
        for name, shape in self.shapes.items():
            size = math.prod(shape)
            by_name[name] = means[at : at + size].copy() if shape else float(means[at])
            at += size
        return by_name
