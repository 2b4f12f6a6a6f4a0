"""Schedules: values that change from epoch to epoch, such as a warm-up of β, and the fraction of training done."""

from __future__ import annotations

from typing import Any

import keras


class Schedules(keras.callbacks.Callback):
    """Set the scheduled values of a model's layers before each epoch; validation and inference use the final value.

    A layer takes part if it has a method ``schedule(epoch)``; ``epoch=None`` asks for the final value.

    Parameters
    ----------
    epochs : int
        Total number of epochs.
    """

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self.epochs = epochs
        self.layers: list[Any] | None = None

    def _set(self, epoch: int | None) -> None:
        self.model.progress.assign(1.0 if epoch is None else epoch / self.epochs)
        if self.layers is None:
            self.layers = self.model.scheduled
        for layer in self.layers:
            layer.schedule(epoch)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Set the values for this epoch."""
        self._set(epoch)

    def on_test_begin(self, logs: Any = None) -> None:
        """Set the final values for validation."""
        self._set(None)

    def on_train_end(self, logs: Any = None) -> None:
        """Set the final values for inference."""
        self._set(None)
