"""Early stopping that can be resumed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


class EarlyStopping(keras.callbacks.EarlyStopping):
    """Stop when ``val_loss`` no longer improves, and put the best weights back; it can go on where it stood."""

    name = "early_stopping"

    def __init__(self, patience: int) -> None:
        super().__init__("val_loss", patience=patience, restore_best_weights=True)
        self.before: dict[str, Any] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Start counting, or go on counting."""
        super().on_train_begin(logs)
        if self.before is not None:
            for name in ("wait", "best", "best_epoch"):
                setattr(self, name, self.before[name])
            kept = iter(self.before["best_weights"])
            # Validation is measured with the full schedules, and so are the weights that come back.
            self.best_weights = [np.ones(()) if w is self.model.progress else next(kept) for w in self.model.weights]

    def state(self) -> dict[str, Any]:
        """Return the best loss, where it was, for how many epochs it did not improve, and the best weights."""
        best = None if self.best is None else float(self.best)
        best_weights = zip(self.model.weights, self.best_weights or (), strict=False)
        weights = [np.array(value) for variable, value in best_weights if variable is not self.model.progress]
        return {"wait": self.wait, "best": best, "best_epoch": self.best_epoch, "best_weights": weights}

    def restore(self, state: dict[str, Any]) -> None:
        """Go on counting from there."""
        self.before = state
