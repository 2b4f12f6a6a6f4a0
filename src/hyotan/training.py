"""The one fit: batching, warm-up, early stopping, NaN guard, history and going on, around Keras's own loop."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from hyotan._errors import ParameterError, TrainingError, shown, unknown_name
from hyotan._parts import is_number
from hyotan.batch import Batch
from hyotan.model import Autoencoding
from hyotan.progress import Progress, wanted
from hyotan.state import State, assign, values_of

CHECK_EVERY = 256  # steps between looks at the loss: a look waits for the device, and a NaN stays a NaN


class Minibatches(keras.utils.PyDataset):
    """Rows in shuffled batches of one shape, from a generator of our own.

    Keras would shuffle by NumPy's global generator; and a last batch of another shape would be compiled again, so it
    is filled up with rows that weigh nothing.
    """

    def __init__(self, rows: Batch, size: int, seed: int | None) -> None:
        super().__init__()
        self.rows, self.size = rows, size
        self.generator = None if seed is None else np.random.default_rng(seed)
        self.order = np.arange(len(rows))

    def __len__(self) -> int:
        """Return the number of batches an epoch."""
        return -(-len(self.rows) // self.size)

    def __getitem__(self, index: int) -> tuple[dict[str, Any]]:
        """Return one batch as Keras wants it."""
        chosen = self.order[index * self.size : (index + 1) * self.size]
        return (self.rows.take(chosen).padded(self.size).arrays(),)

    def on_epoch_begin(self) -> None:
        """Shuffle."""
        if self.generator is not None:
            self.order = self.generator.permutation(len(self.rows))


def optimizer_from(optimizer: Any, learning_rate: Any) -> Any:
    """Return a fresh Keras optimizer from a name or an object, with the learning rate if one is given.

    Raises
    ------
    ParameterError
        If there is no such optimizer or schedule, or the rate is not a positive number.
    """
    if isinstance(optimizer, keras.optimizers.Optimizer):
        fresh = type(optimizer).from_config(optimizer.get_config())
    else:
        known = {name.lower(): cls for name, cls in vars(keras.optimizers).items() if isinstance(cls, type)}
        known.pop("optimizer", None)
        known.pop("lossscaleoptimizer", None)
        if str(optimizer).lower() not in known or not isinstance(optimizer, str):
            raise unknown_name("optimizer", optimizer, known, "or pass a keras.optimizers object")
        fresh = known[optimizer.lower()]()
    if learning_rate is not None:
        schedule = isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule)
        number = is_number(learning_rate) and learning_rate > 0
        if not (schedule or number):
            raise ParameterError(
                "The 'learning_rate' parameter is not valid",
                expected="a number > 0, a schedule of keras.optimizers.schedules, or None",
                received=shown(learning_rate),
            )
        fresh.learning_rate = learning_rate if schedule else float(learning_rate)
    return fresh


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
    say : callable
        Takes the text of a warning.
    history : dict, optional
        Filled as training goes on, for whoever looks at it meanwhile: a list with one entry an epoch for ``loss``,
        every term, ``val_*``, what the latent says of itself, ``seconds``.
    state : State, optional
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
        say: Callable[[str], None],
        history: dict[str, list[Any]] | None = None,
        state: State | None = None,
        keep: Callable[[State], None] | None = None,
    ) -> None:
        size = min(batch_size, len(rows))
        self.model, self.epochs, self.say = model, epochs, say
        self.done = 0 if state is None else state.epoch
        self.batches = Minibatches(rows, size, seed)
        self.held = None if validation is None else Minibatches(validation, min(size, len(validation)), None)
        self.guard = NanGuard(stops_by_validation=patience is not None)
        self.recorder = Recorder({} if history is None else history)
        self.progress = Progress(epochs, bar=verbose == 1, done=self.done) if wanted(verbose) else None
        stopping = None if patience is None else Stopping(patience)
        self.keeper = Keeper(self.batches, self.guard, self.recorder, stopping, keep)
        first = None if state is None else GoOn(state, self.keeper)
        self.users = tuple(callbacks)  # may change weights: what is kept is kept last
        watching = (first, self.guard, self.recorder, stopping, self.progress, *self.users, self.keeper)
        self.callbacks = [callback for callback in watching if callback is not None]
        model.compile(optimizer=optimizer)

    def run(self) -> State | None:
        """Train in Keras's own loop; where the backend allows it, many steps at a time.

        Returns
        -------
        State or None
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
            from hyotan import blocks  # it imports JAX

            if blocks.usable(model, self.rows, self.users):
                batches, model.train_function = blocks.Blocks(batches), blocks.train_function(model, batches.rows)
                if held is not None:
                    held, model.test_function = blocks.Blocks(held), blocks.validation_function(model, held.rows)
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
        return self.stands()

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

    def stands(self) -> State | None:
        """Say how it ended, and return where training stands; see :meth:`run`."""
        self.guard.close(self.say)
        return self.keeper.state


def train(model: Autoencoding, rows: Batch, validation: Batch | None = None, **how: Any) -> State | None:
    """Train a model; the parameters are those of :class:`Training`, and it returns what :meth:`Training.run` does."""
    return Training(model, rows, validation, **how).run()


class NanGuard(keras.callbacks.Callback):
    """Stop at a loss or a weight that is not finite and put the last good epoch's weights back."""

    def __init__(self, stops_by_validation: bool = False) -> None:
        super().__init__()
        self.stops_by_validation = stops_by_validation
        self.validation: int | None = None  # the first epoch whose val_loss was not finite
        self.good: list[np.ndarray] | None = None
        self.failed: tuple[int, int] | None = None
        self.losses: list[Any] = []
        self.epoch = self.steps = self.pending = 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start counting steps."""
        self.epoch, self.steps, self.pending, self.losses = epoch, 0, 0, []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Look at the running losses, of one step or of a block of them, every so many steps."""
        self.losses.append((logs or {})["loss"])
        self.pending += int(np.size(self.losses[-1]))
        if self.pending >= CHECK_EVERY:
            self._look()

    def _look(self) -> bool:
        """Find the first step whose running loss is not finite; it stays so from there on."""
        if self.failed is None and self.losses and not np.isfinite(np.ravel(self.losses[-1])[-1]):
            finite = np.isfinite(np.concatenate([np.ravel(loss) for loss in self.losses]))
            self.failed = (self.epoch + 1, self.steps + int(np.argmin(finite)) + 1)
            self.model.stop_training = True
        self.steps += self.pending
        self.losses, self.pending = [], 0
        return self.failed is not None

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Keep the weights if all is finite, else put the last good ones back."""
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
        """Say what happened, as an error if nothing had been learned yet."""
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


class Recorder(keras.callbacks.Callback):
    """Keep the history: every average of an epoch by name, in training and in validation.

    It also turns what changes with the epochs: β in warm-up, the share of scheduled sampling.
    """

    def __init__(self, history: dict[str, list[Any]]) -> None:
        super().__init__()
        self.history = history
        self.training: dict[str, Any] | None = None
        self.seconds: float | None = None
        self.share = 1  # of how many models that train meanwhile

    def _schedule(self, epoch: int | None) -> None:
        for layer in self.model._flatten_layers():
            if hasattr(layer, "schedule"):  # a divergence, a decoder that is weaned from the true frames
                layer.schedule(epoch)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Start the clock."""
        self._schedule(epoch)
        self.training, self.seconds, self.began = None, None, time.perf_counter()

    def stop(self) -> None:
        """Stop the clock of the epoch, if it has not been."""
        if self.seconds is None:
            self.seconds = (time.perf_counter() - self.began) / self.share

    def _averages(self) -> dict[str, Any]:
        averages = self.model.averages.by_name()
        scalars = {name: value for name, value in averages.items() if np.ndim(value) == 0}
        with np.errstate(invalid="ignore"):  # the guard speaks of what is not finite
            return {**scalars, **self.model.latent.summary(averages)}

    def _take(self) -> dict[str, Any]:
        self.stop()
        self.training = self._averages()
        return self.training

    def on_test_begin(self, logs: Any = None) -> None:
        """Take the training averages before validation overwrites them; validate with the full β."""
        if self.training is None:
            self._take()
            self._schedule(None)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the epoch down, and give the scalars to the callbacks that follow."""
        if self.training is None:
            training, validation = self._take(), {}
        else:
            training = self.training
            validation = {f"val_{name}": value for name, value in self._averages().items()}
        row = {**training, **validation, "seconds": self.seconds}
        if not np.isfinite(row["loss"]):
            return
        for name, value in row.items():
            self.history.setdefault(name, []).append(value)
        if logs is not None:
            logs.update({name: value for name, value in row.items() if np.ndim(value) == 0})

    def on_train_end(self, logs: Any = None) -> None:
        """Leave the full β behind."""
        self._schedule(None)


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
