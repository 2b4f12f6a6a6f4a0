"""Early stopping that can be resumed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from hyotan.core.ops import to_numpy
from hyotan.training.moving_average import averages_of


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Stop when ``val_loss`` no longer improves, and restore the best weights; its state can be saved and resumed."""

    name = "early_stopping"

    def __init__(self, patience: int) -> None:
        super().__init__("val_loss", patience=patience, restore_best_weights=True)
        self.before: dict[str, Any] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Start counting, or continue from a restored state."""
        super().on_train_begin(logs)
        if self.before is not None:
            for name in ("wait", "best", "best_epoch"):
                setattr(self, name, self.before[name])
            kept = iter(self.before["best_weights"])
            # ``progress`` is not saved: the best weights belong to the full schedules (1), as used in validation.
            self.best_weights = [np.ones(()) if w is self.model.progress else next(kept) for w in self.model.weights]

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Compare the losses, and keep the best weights: the averages, if the optimizer makes them."""
        super().on_epoch_end(epoch, logs)
        averages = averages_of(self.model.optimizer)
        if averages is not None and self.best_epoch == epoch and self.best_weights is not None:
            place = {id(variable): at for at, variable in enumerate(self.model.weights)}
            for variable, average in zip(self.model.trainable_variables, averages, strict=True):
                self.best_weights[place[id(variable)]] = to_numpy(average)

    def state(self) -> dict[str, Any]:
        """Return the best loss, its epoch, the number of epochs without improvement, and the best weights."""
        best = None if self.best is None else float(self.best)
        best_weights = zip(self.model.weights, self.best_weights or (), strict=False)
        weights = [np.array(value) for variable, value in best_weights if variable is not self.model.progress]
        return {"wait": self.wait, "best": best, "best_epoch": self.best_epoch, "best_weights": weights}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from this state when training begins."""
        self.before = state
