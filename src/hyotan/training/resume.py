"""Checkpoints of the training state, and resuming from one.

Each object that the next epoch depends on saves and restores its own state. It has a ``name``, a method ``state()``
that returns plain values and lists of arrays, and a method ``restore(state)``. To save a further object, pass it to
:class:`StateCheckpoint`; nothing here needs to change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import keras

from hyotan.core.ops import values_of
from hyotan.training.nan_guard import NanGuard
from hyotan.training.state import TrainingState, assign


class Stateful(Protocol):
    """An object with state that the next epoch depends on."""

    name: str

    def state(self) -> dict[str, Any]:
        """Return the state to save."""

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a saved state."""


class StateCheckpoint(keras.callbacks.Callback):
    """Keep the training state after the last epoch, and after every epoch if ``keep`` is given.

    Parameters
    ----------
    guard : NanGuard
        No state is kept after this guard has found a number that is not finite.
    watched : sequence of Stateful
        Objects whose state is saved.
    keep : callable, optional
        Called with the state after every epoch that ended with finite numbers.
    """

    def __init__(
        self, guard: NanGuard, watched: Sequence[Stateful], keep: Callable[[TrainingState], None] | None
    ) -> None:
        super().__init__()
        self.guard, self.watched, self.keep = guard, watched, keep
        self.state: TrainingState | None = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Save the state before the end of training changes it (averaged weights, best weights, full β)."""
        self.state = None
        last = self.model.stop_training or epoch + 1 == self.params["epochs"]
        if self.guard.failed is None and (last or self.keep is not None):
            arrays = {
                "model": values_of(self.model.state_variables),
                "optimizer": values_of(self.model.optimizer.variables),
            }
            self.state = TrainingState(epoch + 1, arrays, {each.name: each.state() for each in self.watched})
            if self.keep is not None:
                self.keep(self.state)


class RestoreState(keras.callbacks.Callback):
    """Restore a training state when training begins; must be the first callback.

    The variables are set in ``on_train_begin``, because Keras has built the model and the optimizer by then.
    """

    def __init__(self, state: TrainingState, watched: Sequence[Stateful]) -> None:
        super().__init__()
        self.state = state
        for each in watched:
            if each.name in state.parts:
                each.restore(state.parts[each.name])

    def on_train_begin(self, logs: Any = None) -> None:
        """Set every variable of the model and the optimizer, including random generators."""
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        assign(self.model.state_variables, self.state.arrays["model"], "model")
        assign(optimizer.variables, self.state.arrays["optimizer"], "optimizer")
