"""What changes with the epochs: the weights that parts warm up, and the share of training that is done."""

from __future__ import annotations

from typing import Any

import keras


class Schedules(keras.callbacks.Callback):
    """Set what the layers of a model schedule, before each epoch; validation and answers use the full value.

    A layer takes part by having ``schedule(epoch)``, where None stands for the full value.

    Parameters
    ----------
    epochs : int
        In all.
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
        """Set the values of the epoch."""
        self._set(epoch)

    def on_test_begin(self, logs: Any = None) -> None:
        """Validate with the full values."""
        self._set(None)

    def on_train_end(self, logs: Any = None) -> None:
        """Leave the full values behind."""
        self._set(None)
