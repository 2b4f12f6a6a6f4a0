"""Early stopping that can be resumed."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np


class Stopping(keras.callbacks.EarlyStopping):
    """Stop when ``val_loss`` no longer improves, and put the best weights back; it can go on where it stood."""

    def __init__(self, patience: int) -> None:
        super().__init__("val_loss", patience=patience, restore_best_weights=True)
        self.before: tuple[dict[str, Any], list[np.ndarray]] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        """Start counting, or go on counting."""
        super().on_train_begin(logs)
        if self.before is not None:
            stood, self.best_weights = self.before
            self.wait, self.best, self.best_epoch = stood["wait"], stood["best"], stood["best_epoch"]

    def stands(self) -> dict[str, Any]:
        """Return what it goes by."""
        best = None if self.best is None else float(self.best)
        return {"wait": self.wait, "best": best, "best_epoch": self.best_epoch}
