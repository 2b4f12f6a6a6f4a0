"""Averaged weights: an optimizer with ``use_ema=True`` is judged, stopped and kept by its averages."""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.ops import to_numpy


def averages_of(optimizer: Any) -> list[Any] | None:
    """Return the averages an optimizer keeps of the trainable variables; None if it keeps none.

    Examples
    --------
    >>> averages_of(keras.optimizers.Adam()) is None
    True
    """
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return list(getattr(inner, "_model_variables_moving_average", ())) or None if inner.use_ema else None


class Averaged(keras.callbacks.Callback):
    """Validate the averaged weights, which are those that the model ends with; training goes on with its own."""

    def _swap(self) -> None:
        averages = averages_of(self.model.optimizer)
        for variable, average in zip(self.model.trainable_variables, averages or (), strict=False):
            own = to_numpy(variable)
            variable.assign(average)
            average.assign(own)

    def on_test_begin(self, logs: Any = None) -> None:
        """Put the averages in the place of the weights."""
        self._swap()

    def on_test_end(self, logs: Any = None) -> None:
        """Put the weights back."""
        self._swap()
