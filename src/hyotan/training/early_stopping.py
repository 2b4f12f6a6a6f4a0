"""Early stopping that can be resumed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


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

    def state(self) -> dict[str, Any]:
        """Return the best loss, its epoch, the number of epochs without improvement, and the best weights."""
        best = None if self.best is None else float(self.best)
        best_weights = zip(self.model.weights, self.best_weights or (), strict=False)
        weights = [np.array(value) for variable, value in best_weights if variable is not self.model.progress]
        return {"wait": self.wait, "best": best, "best_epoch": self.best_epoch, "best_weights": weights}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from this state when training begins."""
        self.before = state
