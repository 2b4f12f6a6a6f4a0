"""The training of one model: batches, schedules, early stopping, NaN guard, history and resuming, in Keras's loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from hyotan.core.batch import Batch
from hyotan.core.keras_defaults import settled
from hyotan.model.autoencoding import Autoencoding
from hyotan.training.early_stopping import EarlyStopping
from hyotan.training.history import History
from hyotan.training.minibatches import Minibatches
from hyotan.training.moving_average import Averaged
from hyotan.training.nan_guard import NanGuard
from hyotan.training.progress import Progress, wanted
from hyotan.training.resume import RestoreState, StateCheckpoint
from hyotan.training.schedules import Schedules
from hyotan.training.state import TrainingState


class Training:
    """One training run: a model, its rows in batches, its optimizer and its callbacks.

    Parameters
    ----------
    model : Autoencoding
    rows, validation : Batch
        Training rows, and validation rows, on which ``val_*`` is measured after each epoch.
    epochs, batch_size : int
        If there are fewer rows than ``batch_size``, the batch is smaller. When resuming from a ``state``, ``epochs``
        includes the epochs already done.
    optimizer : keras.optimizers.Optimizer
        Do not use it again: this training changes its state.
    seed : int
        Seed for shuffling the rows.
    patience : int or None
        Stop when ``val_loss`` has not improved for this many epochs; the best weights are restored in any case.
        None turns early stopping off.
    callbacks : sequence of keras.callbacks.Callback
        The user's callbacks. They run after the built-in ones and find every term in ``logs``.
    verbose : {0, 1, 2}
        0 prints nothing, 1 shows a progress bar on a terminal, 2 prints one line per epoch.
    warn : callable
        Called with the text of each warning.
    state : TrainingState, optional
        State to resume from. The final weights are identical, bit by bit, to those of an uninterrupted training.
    keep : callable, optional
        Called with the state after every epoch that ended with finite numbers.

    Attributes
    ----------
    batches, held : Minibatches
        The training batches; the validation batches, or None.
    callbacks : list of keras.callbacks.Callback
        In the order they run: built-in ones, the user's, and last the one that keeps the state.
    """

    def __init__(
        self,
        model: Autoencoding,
        rows: Batch,
        validation: Batch | None = None,
        *,
        epochs: int,
        batch_size: int,
        optimizer: Any,
        seed: int,
        patience: int | None = None,
        callbacks: Sequence[Any] = (),
        verbose: int = 0,
        warn: Callable[[str], None],
        state: TrainingState | None = None,
        keep: Callable[[TrainingState], None] | None = None,
    ) -> None:
        self.model, self.epochs, self.warn = model, epochs, warn
        self.done = 0 if state is None else state.epoch
        self.batches = Minibatches(rows, batch_size, seed)
        size = self.batches.size
        self.held = None if validation is None else Minibatches(validation, size, None)
        model.rows = self.batches.count
        self.guard = NanGuard(stops_by_validation=patience is not None)
        self.history = History()
        self.progress = Progress(epochs, model.about, bar=verbose == 1, done=self.done) if wanted(verbose) else None
        stopping = None if patience is None else EarlyStopping(patience)
        watched = [each for each in (self.batches, self.history, self.guard, stopping) if each is not None]
        self.checkpoint = StateCheckpoint(self.guard, watched, keep)
        first = None if state is None else RestoreState(state, watched)
        averaged = Averaged() if getattr(getattr(optimizer, "inner_optimizer", optimizer), "use_ema", False) else None
        self.users = tuple(callbacks)  # they may change weights, so the checkpoint comes after them
        # The history must read the training averages before the schedules change anything for validation.
        watching = (
            first,
            averaged,
            self.guard,
            self.history,
            Schedules(epochs),
            stopping,
            self.progress,
            *self.users,
            self.checkpoint,
        )
        self.callbacks = [callback for callback in watching if callback is not None]
        with settled():
            model.compile(optimizer=optimizer)

    def run(self) -> TrainingState | None:
        """Train in Keras's loop; on JAX, many steps run in one compiled block where possible.

        Returns
        -------
        TrainingState or None
            The state to resume from; None if training ended at a number that is not finite and cannot be resumed.

        Raises
        ------
        TrainingError
            If the loss stops being finite in the first epoch, or early stopping finds no finite ``val_loss``.
        """
        model = self.model
        batches: Any = self.batches
        held: Any = self.held
        if keras.backend.backend() == "jax":
            from hyotan.training import compiled_loop  # imports JAX

            batches, held = compiled_loop.install(model, batches, held, self.users)
        try:
            with settled():
                model.fit(
                    batches,
                    epochs=self.epochs,
                    initial_epoch=self.done,
                    shuffle=False,
                    verbose=0,
                    validation_data=held,
                    callbacks=self.callbacks,
                )
        finally:
            self.close()
        return self.finish()

    @property
    def rows(self) -> list[Batch]:
        """The training rows, and the validation rows if there are any."""
        return [batches.rows for batches in (self.batches, self.held) if batches is not None]

    def close(self) -> None:
        """Close the progress bar, free the rows on the device, and detach the model from the user's callbacks."""
        if self.progress is not None:
            self.progress.close()
        self.model.train_function = self.model.test_function = None
        for callback in self.users:
            callback.set_model(None)

    def finish(self) -> TrainingState | None:
        """Raise or warn if a loss was not finite, and return the training state; see :meth:`run`."""
        self.guard.close(self.warn)
        return self.checkpoint.state


def train(model: Autoencoding, rows: Batch, validation: Batch | None = None, **how: Any) -> TrainingState | None:
    """Train a model; parameters as for :class:`Training`, return value as for :meth:`Training.run`."""
    return Training(model, rows, validation, **how).run()
