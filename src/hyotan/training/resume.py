"""Checkpoints of a training's state, and going on from one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from hyotan.training.early_stopping import Stopping
from hyotan.training.history import Recorder
from hyotan.training.minibatches import Minibatches
from hyotan.training.nan_guard import NanGuard
from hyotan.training.state import State, assign, values_of


class Keeper(keras.callbacks.Callback):
    """Keep where training stands: after its last epoch, and after each if somebody wants it."""

    def __init__(
        self,
        batches: Minibatches,
        guard: NanGuard,
        recorder: Recorder,
        stopping: Stopping | None,
        keep: Callable[[State], None] | None,
    ) -> None:
        super().__init__()
        self.batches, self.guard, self.recorder, self.stopping, self.keep = batches, guard, recorder, stopping, keep
        self.state: State | None = None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Look at everything before anything is put back: averaged weights, best weights, the full β."""
        self.state = None
        last = self.model.stop_training or epoch + 1 == self.params["epochs"]
        if self.guard.failed is None and (last or self.keep is not None):
            self.state = self._stands(epoch + 1)
            if self.keep is not None:
                self.keep(self.state)

    def _stands(self, epoch: int) -> State:
        stopping, generator = self.stopping, self.batches.generator
        best = [] if stopping is None else stopping.best_weights or []
        return State(
            epoch,
            {} if generator is None else dict(generator.bit_generator.state),
            {name: [*values] for name, values in self.recorder.history.items()},
            {
                "model": values_of(self.model.variables),
                "optimizer": values_of(self.model.optimizer.variables),
                "best": [np.array(weight) for weight in best],
            },
            None if stopping is None else stopping.stands(),
            self.guard.validation,
        )


class GoOn(keras.callbacks.Callback):
    """Put everything where it stood, once Keras has built the model and the optimizer."""

    def __init__(self, state: State, keeper: Keeper) -> None:
        super().__init__()
        self.state, self.keeper = state, keeper
        keeper.recorder.history.update({name: [*values] for name, values in state.history.items()})
        if keeper.batches.generator is not None:
            keeper.batches.generator.bit_generator.state = state.order
        keeper.guard.validation = state.validation
        if keeper.stopping is not None and state.stopping is not None:
            keeper.stopping.before = state.stopping, state.arrays["best"]

    def on_train_begin(self, logs: Any = None) -> None:
        """Set every variable, those of the random generators and of the optimizer too."""
        optimizer = self.model.optimizer
        if not optimizer.built:
            optimizer.build(self.model.trainable_variables)
        assign(self.model.variables, self.state.arrays["model"], "model")
        assign(optimizer.variables, self.state.arrays["optimizer"], "optimizer")
        self.keeper.guard.good = values_of(self.model.weights)
