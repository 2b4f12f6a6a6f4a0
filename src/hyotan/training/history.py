"""The training history: every term of every epoch, by name."""

from __future__ import annotations

import time
from typing import Any

import keras
import numpy as np


class History(keras.callbacks.Callback):
    """Record the averages of each epoch by name, for training and validation.

    Attributes
    ----------
    history : dict of lists
        One entry per epoch for ``loss``, every term, ``val_*``, the latent's ``summary``, and ``seconds``.
    """

    name = "history"

    def __init__(self) -> None:
        super().__init__()
        self.history: dict[str, list[Any]] = {}
        self.training: dict[str, Any] | None = None
        self.seconds: float | None = None
        self.share = 1  # how many models train at the same time; each gets its share of the seconds

    def state(self) -> dict[str, Any]:
        """Return the history so far."""
        return {name: [*values] for name, values in self.history.items()}

    def restore(self, state: dict[str, Any]) -> None:
        """Load an earlier history; new epochs are appended to it."""
        self.history.update({name: [*values] for name, values in state.items()})

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock."""
        self.training, self.seconds, self.began = None, None, time.perf_counter()

    def stop(self) -> None:
        """Stop the clock of the epoch, if it is still running."""
        if self.seconds is None:
            self.seconds = (time.perf_counter() - self.began) / self.share

    def _averages(self) -> dict[str, Any]:
        averages = self.model.averages.by_name()
        scalars = {name: value for name, value in averages.items() if np.ndim(value) == 0}
        with np.errstate(invalid="ignore"):  # NanGuard reports values that are not finite
            return {**scalars, **self.model.latent.summary(averages)}

    def _take(self) -> dict[str, Any]:
        self.stop()
        self.training = self._averages()
        return self.training

    def on_test_begin(self, logs: Any = None) -> None:
        """Take the training averages before validation overwrites them."""
        if self.training is None:
            self._take()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Append the epoch to the history, and pass its scalars in ``logs`` to the callbacks that follow."""
        if self.training is None:
            training, validation = self._take(), {}
        else:
            training = self.training
            validation = {f"val_{name}": value for name, value in self._averages().items()}
        row = {**training, **validation, "seconds": self.seconds}
        if not np.isfinite(row["loss"]):
            return
        for name, value in row.items():
            self.history.setdefault(name, []).append(value)
        if logs is not None:
            logs.update({name: value for name, value in row.items() if np.ndim(value) == 0})
