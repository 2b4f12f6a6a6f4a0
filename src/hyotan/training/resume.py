"""Checkpoints of a training's state, and resuming from one.

Whatever a training's next epoch depends on is kept by who knows it: each has ``name``, ``state()``, which gives plain
values and lists of arrays, and ``restore(state)``. A new one that is handed to :class:`StateCheckpoint` is kept
without a change here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import keras

from hyotan.core.ops import values_of
from hyotan.training.nan_guard import NanGuard
from hyotan.training.state import TrainingState, assign


class Stateful(Protocol):
    """Something that a training's next epoch depends on."""

    name: str

    def state(self) -> dict[str, Any]:
        """Return what there is to remember."""

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from what was remembered."""


class StateCheckpoint(keras.callbacks.Callback):
    """Keep the state of training: after its last epoch, and after each if somebody wants it.

    Parameters
    ----------
    guard : NanGuard
        Of an epoch that it did not let pass nothing is kept.
    watched : sequence of Stateful
        In the order they are restored.
    keep : callable, optional
        Is given the state after every epoch that ended well.
    """

    def __init__(
        self, guard: NanGuard, watched: Sequence[Stateful], keep: Callable[[TrainingState], None] | None
    ) -> None:
        super().__init__()
        self.guard, self.watched, self.keep = guard, watched, keep
        self.state: TrainingState | None = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look at everything before anything is put back: averaged weights, best weights, the full β."""
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
    """Put everything where it stood, once Keras has built the model and the optimizer; the first of all callbacks."""

    def __init__(self, state: TrainingState, watched: Sequence[Stateful]) -> None:
        super().__init__()
        self.state = state
        for each in watched:
            if each.name in state.parts:
                each.restore(state.parts[each.name])

    def on_train_begin(self, logs: Any = None) -> None:
        """Set every variable, those of the random generators and of the optimizer too."""
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        assign(self.model.state_variables, self.state.arrays["model"], "model")
        assign(optimizer.variables, self.state.arrays["optimizer"], "optimizer")
