"""A callback that stops training when the loss or a weight is not finite."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from hyotan.core.errors import TrainingError
from hyotan.core.ops import values_of

CHECK_EVERY = 256  # steps between checks: reading the loss waits for the device, and a NaN in the average stays


class NanGuard(keras.callbacks.Callback):
    """Stop training when the loss or a weight is not finite, and restore the weights of the last good epoch."""

    name = "nan_guard"

    def __init__(self, stops_by_validation: bool = False) -> None:
        super().__init__()
        self.resumed = False
        self.stops_by_validation = stops_by_validation
        self.validation: int | None = None  # the first epoch whose val_loss was not finite
        self.good: list[np.ndarray] | None = None
        self.failed: tuple[int, int] | None = None
        self.losses: list[Any] = []
        self.epoch = self.steps = self.pending = 0

    def state(self) -> dict[str, Any]:
        """Return the first epoch whose ``val_loss`` was not finite."""
        return {"validation": self.validation}

    def restore(self, state: dict[str, Any]) -> None:
        """Restore :meth:`state`; the restored weights count as good."""
        self.validation, self.resumed = state["validation"], True

    def on_train_begin(self, logs: Any = None) -> None:
        """Keep the weights as good ones when resuming."""
        if self.resumed:
            self.good = values_of(self.model.weights)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start counting steps."""
        self.epoch, self.steps, self.pending, self.losses = epoch, 0, 0, []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Collect the running losses of a step, or of a block of steps, and check them every ``CHECK_EVERY`` steps."""
        self.losses.append((logs or {})["loss"])
        self.pending += int(np.size(self.losses[-1]))
        if self.pending >= CHECK_EVERY:
            self._look()

    def _look(self) -> bool:
        """Find the first step whose running loss is not finite; the average of all later steps is not finite either."""
        if self.failed is None and self.losses and not np.isfinite(np.ravel(self.losses[-1])[-1]):
            finite = np.isfinite(np.concatenate([np.ravel(loss) for loss in self.losses]))
            self.failed = (self.epoch + 1, self.steps + int(np.argmin(finite)) + 1)
            self.model.stop_training = True
        self.steps += self.pending
        self.losses, self.pending = [], 0
        return self.failed is not None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the weights if loss and weights are finite, else restore the last good ones."""
        if self.validation is None and not np.isfinite((logs or {}).get("val_loss", 0.0)):
            self.validation = epoch + 1
            self.model.stop_training = self.model.stop_training or self.stops_by_validation
        weights = values_of(self.model.weights)
        if not self._look() and all(np.isfinite(w).all() for w in weights):
            self.good = weights
            return
        self.failed = self.failed or (epoch + 1, self.steps)
        self.model.stop_training = True
        if self.good is not None:
            for variable, value in zip(self.model.weights, self.good, strict=True):
                variable.assign(value)

    def close(self, say: Callable[[str], None]) -> None:
        """Report what happened: by ``say`` if good weights are kept, as a TrainingError if there are none."""
        if self.failed is None:
            self._close_validation(say)
            return
        epoch, step = self.failed
        what = f"The loss is not finite (NaN or Inf) in epoch {epoch}, step {step}"
        do = (
            "lower learning_rate, clip gradients (optimizer=keras.optimizers.Adam(clipnorm=1.0)), "
            "or look for extreme values in the data"
        )
        if self.good is None:
            raise TrainingError(what, expected="a finite loss", received="no epoch to go back to", do=do)
        say(f"{what}; training stopped and the weights of epoch {epoch - 1} are kept · what to do: {do}")

    def _close_validation(self, say: Callable[[str], None]) -> None:
        if self.validation is None:
            return
        what = f"The validation loss is not finite (NaN or Inf) in epoch {self.validation}"
        do = "look for extreme values in the validation rows"
        if self.stops_by_validation:
            raise TrainingError(what, expected="a finite val_loss to stop by", received="no best epoch", do=do)
        say(f"{what} · what to do: {do}")
