"""The one fit: batching, warm-up, early stopping, NaN guard, history and going on, around Keras's own loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from hyotan.core.batch import Batch
from hyotan.model.autoencoding import Autoencoding
from hyotan.training.early_stopping import EarlyStopping
from hyotan.training.history import History
from hyotan.training.minibatches import Minibatches
from hyotan.training.nan_guard import NanGuard
from hyotan.training.progress import Progress, wanted
from hyotan.training.resume import RestoreState, StateCheckpoint
from hyotan.training.schedules import Schedules
from hyotan.training.state import TrainingState


class Training:
    """One training: a model, its rows in batches, its optimizer, and the callbacks that watch over it.

    Parameters
    ----------
    model : Autoencoding
    rows, validation : Batch
        What to train on, and what to measure ``val_*`` on after each epoch.
    epochs, batch_size : int
        Fewer rows than a batch make a smaller batch. With a ``state``, ``epochs`` counts those that are done, too.
    optimizer : keras.optimizers.Optimizer
        Used up by this training.
    seed : int
        Order of the rows.
    patience : int or None
        Stop when ``val_loss`` has not improved for so many epochs; the best weights come back in any case.
    callbacks : sequence of keras.callbacks.Callback
        Run after ours; they see every term in ``logs``.
    verbose : {0, 1, 2}
        Nothing; a progress bar if the output is a terminal; a line an epoch.
    warn : callable
        Takes the text of a warning.
    state : TrainingState, optional
        Go on from there: the weights become, to the bit, those of a training that was never interrupted.
    keep : callable, optional
        Is given the state after every epoch that ended well.

    Attributes
    ----------
    batches, held : Minibatches
        Of the rows to train on; of those to validate on, or None.
    callbacks : list of keras.callbacks.Callback
        In the order they run: ours, the user's, and the one that keeps the state.
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
        self.users = tuple(callbacks)  # may change weights: what is kept is kept last
        # The history takes the averages of training before the schedules change anything for validation.
        watching = (
            first,
            self.guard,
            self.history,
            Schedules(epochs),
            stopping,
            self.progress,
            *self.users,
            self.checkpoint,
        )
        self.callbacks = [callback for callback in watching if callback is not None]
        model.compile(optimizer=optimizer)

    def run(self) -> TrainingState | None:
        """Train in Keras's own loop; where the backend allows it, many steps at a time.

        Returns
        -------
        TrainingState or None
            Where training stands; None if it ended at a number that is not finite, from where there is no way on.

        Raises
        ------
        TrainingError
            If the loss stops being finite in the first epoch, or early stopping finds no finite ``val_loss``.
        """
        model = self.model
        batches: Any = self.batches
        held: Any = self.held
        if keras.backend.backend() == "jax":
            from hyotan.training import compiled_loop  # it imports JAX

            batches, held = compiled_loop.install(model, batches, held, self.users)
        try:
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
        """The rows to train on, and those to validate on if there are any."""
        return [batches.rows for batches in (self.batches, self.held) if batches is not None]

    def close(self) -> None:
        """Close the bar, and let go of the rows on the device and of the user's callbacks: nobody is to keep them."""
        if self.progress is not None:
            self.progress.close()
        self.model.train_function = self.model.test_function = None
        for callback in self.users:
            callback.set_model(None)

    def finish(self) -> TrainingState | None:
        """Warn of how it ended, and return the state of training; see :meth:`run`."""
        self.guard.close(self.warn)
        return self.checkpoint.state


def train(model: Autoencoding, rows: Batch, validation: Batch | None = None, **how: Any) -> TrainingState | None:
    """Train a model; the parameters are those of :class:`Training`, and it returns what :meth:`Training.run` does."""
    return Training(model, rows, validation, **how).run()
