"""Training of several models of one shape together, epoch by epoch: side by side, or one after another.

In both cases the program is compiled once for all models (see :mod:`hyotan.training.compiled_loop`). Side by side,
the weights, optimizer states, random numbers and averages of several models are stacked, and one program makes a step
of all of them. This uses an accelerator fully where one small model would not. A single model already keeps a CPU
busy, so on a CPU the models train one after another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hyotan.core.keras_defaults import settled
from hyotan.model.signature import traced_numbers
from hyotan.training import compiled_loop
from hyotan.training.loop import Training
from hyotan.training.progress import Progress

WIDTH: int | None = None  # number of models side by side; None chooses it automatically
MEMORY = 0.6  # fraction of an accelerator's memory that models side by side may use


class Replica:
    """One of the models: its training, and the variables that hold its state."""

    def __init__(self, training: Training) -> None:
        self.training, self.model = training, training.model
        model, optimizer = training.model, training.model.optimizer
        optimizer.build(model.trainable_variables)
        shared = [model.trainable_variables, model.non_trainable_variables]
        self.trained = [*shared, optimizer.variables, model.metrics_variables]
        self.tested = [*shared, model.metrics_variables]
        self.traced = traced_numbers(model)
        self.batches = compiled_loop.StepBlocks(training.batches)
        self.held = None if training.held is None else compiled_loop.StepBlocks(training.held)
        for callback in training.callbacks:
            callback.set_model(model)
            callback.set_params({"epochs": training.epochs, "steps": len(self.batches)})
        model.stop_training = False

    def tell(self, hook: str, *args: Any) -> None:
        """Call a hook, such as "on_epoch_end", of every callback."""
        for callback in self.training.callbacks:
            getattr(callback, hook)(*args)

    def goes_on(self, epoch: int) -> bool:
        """Whether this model still has to train the given epoch."""
        return epoch < self.training.epochs and not self.model.stop_training

    def begin(self, epoch: int, share: int) -> None:
        """Begin an epoch; its time is divided by ``share``, the number of models trained in it."""
        self.model.reset_metrics()
        self.training.history.share = share
        self.tell("on_epoch_begin", epoch)
        self.batches.on_epoch_begin()

    def loss(self) -> float:
        """Return the average loss so far."""
        return float(self.model.averages.by_name()["loss"])

    def end(self) -> None:
        """End the training as Keras does."""
        self.model.optimizer.finalize_variable_values(self.model.trainable_weights)
        self.tell("on_train_end")


class Pass:
    """One pass over the training or validation rows, compiled for any number of models side by side.

    Parameters
    ----------
    members : sequence of Replica
    validation : bool
        Run validation steps on the validation rows, instead of training steps.

    Attributes
    ----------
    blocks : int
        Number of blocks of steps in a pass.
    """

    def __init__(self, members: Sequence[Replica], validation: bool = False) -> None:
        first, self.validation = members[0].training, validation
        batches = first.held if validation else first.batches
        assert batches is not None
        step = "test_step" if validation else "train_step"
        self.program = compiled_loop.StepProgram(first.model, batches.rows, step)
        self.blocks = len(members[0].held if validation else members[0].batches)  # type: ignore[arg-type]
        self._compiled: dict[int, Any] = {}

    def prepare(self, member: Replica, width: int) -> None:
        """Compile the program for ``width`` models side by side.

        Raises
        ------
        NotImplementedError
            If an operation of these models cannot be mapped over several models (``jax.vmap``).
        """
        if width in self._compiled:
            return
        block, some = self.program.block, [member] * width
        if width > 1:
            own = None if self.validation else 0  # in validation all models use the same rows in the same order
            block = jax.vmap(block, in_axes=(0, 0, None, own, own, None))
        args, _ = self._arguments(some, self._state(some), 0)
        self._compiled[width] = jax.jit(block, donate_argnums=0).lower(*args).compile()

    def bytes(self, width: int) -> int:
        """Return the memory in bytes that ``width`` models need, without the rows."""
        found = self._compiled[width].memory_analysis()
        rows = sum(array.nbytes for array in self.program.table.values())
        return int(found.temp_size_in_bytes + found.argument_size_in_bytes + found.output_size_in_bytes - rows)

    def run(self, live: Sequence[Replica], width: int, each: Callable[..., None]) -> None:
        """Run all blocks for the models in ``live``, ``width`` of them side by side.

        After each block, ``each`` is called with the member, the number of the block and the losses of its steps.
        Side by side, a model that stops in the middle of the pass is still computed until the pass ends.
        """
        self.prepare(live[0], width)
        for at in range(0, len(live), width):
            self._run(live[at : at + width], width, each)

    def _run(self, some: Sequence[Replica], width: int, each: Callable[..., None]) -> None:
        slots = [*some, *[some[0]] * (width - len(some))]  # keep the compiled width; results of extra slots are dropped
        state, compiled, before = self._state(slots), self._compiled[width], None
        for index in range(self.blocks):
            args, real = self._arguments(slots, state, index)
            state, losses = compiled(*args)
            if before is not None:  # report a block while the next one is computed
                _tell(some, each, *before)
            before = index, losses, real
            if width == 1 and some[0].model.stop_training and not self.validation:
                break
        if before is not None:
            _tell(some, each, *before)
        for member, own in zip(some, _parted(state, width) if width > 1 else [state], strict=False):
            for kind, values in zip(self._variables(member), own, strict=True):
                for variable, value in zip(kind, values, strict=True):
                    variable.assign(value)

    def _state(self, slots: Sequence[Replica]) -> Any:
        states = [_taken(self._variables(member)) for member in slots]
        return _stacked(states) if len(slots) > 1 else states[0]

    def _arguments(self, slots: Sequence[Replica], state: Any, index: int) -> tuple[tuple[Any, ...], int]:
        """Return the arguments of the program for one block, and the number of real steps in it."""
        found = [self._block(member, index) for member in (slots[:1] if self.validation else slots)]
        numbers, counts = ([block[i] for block in found] for i in (0, 1))
        traced = [member.traced for member in slots]
        if len(slots) == 1:
            rows: tuple[Any, ...] = (numbers[0], counts[0])
            given = traced[0]
        else:
            rows = (numbers[0], counts[0]) if self.validation else (np.stack(numbers), np.stack(counts))
            given = np.stack(traced)
        real = found[0][2]
        return (state, given, self.program.table, *rows, np.int32(real)), real

    def _block(self, member: Replica, index: int) -> tuple[np.ndarray, np.ndarray, int]:
        return (member.held if self.validation else member.batches)[index]  # type: ignore[index]

    def _variables(self, member: Replica) -> list[Any]:
        return member.tested if self.validation else member.trained


def _tell(some: Sequence[Replica], each: Callable[..., None], index: int, losses: Any, real: int) -> None:
    found = np.asarray(losses).reshape(-1, losses.shape[-1])
    for member, own in zip(some, found, strict=False):
        each(member, index, own[:real])


def _taken(variables: list[Any]) -> tuple[list[Any], ...]:
    return tuple([variable.value for variable in kind] for kind in variables)


def _stacked(states: list[Any]) -> Any:
    """Stack the states of several models, in NumPy: JAX would compile the stacking, which takes seconds."""
    return jax.tree.map(lambda *values: np.stack([np.asarray(value) for value in values]), *states)


def _parted(state: Any, width: int) -> list[Any]:
    whole = jax.tree.map(np.asarray, state)
    return [jax.tree.map(lambda values, i=i: values[i].copy(), whole) for i in range(width)]


def train(trainings: Sequence[Training], progress: Progress | None = None) -> str:
    """Train several models of one shape, and return in words how it was done.

    Parameters
    ----------
    trainings : sequence of Training
        The models may differ only in the values of variables and of ``traced`` numbers. The rows and the batch size
        must be the same, and there must be no user callbacks.
    progress : Progress, optional
        Shows the median over all models.

    Returns
    -------
    str
        How the models were trained, and why. Call :meth:`Training.finish` of each training for its result.
    """
    try:
        with settled():
            return ParallelTraining([Replica(training) for training in trainings], progress).run()
    finally:
        for training in trainings:
            training.close()
        if progress is not None:
            progress.close()


class ParallelTraining:
    """The training loop over epochs; in each epoch, all models are trained and validated."""

    def __init__(self, members: Sequence[Replica], progress: Progress | None) -> None:
        self.members, self.progress = members, progress
        self.steps = Pass(members)
        self.check = Pass(members, validation=True) if members[0].held is not None else None
        on_cpu = jax.default_backend() == "cpu"
        self.width = WIDTH or (1 if on_cpu else len(members))
        self.because = "as it was asked for" if WIDTH else "a processor is busy with one model already"
        memory = (jax.local_devices()[0].memory_stats() or {}).get("bytes_limit")
        if self.width > 1 and self._prepared() and memory is not None and not on_cpu:
            fit = int(MEMORY * memory / self.steps.bytes(self.width) * self.width)
            if fit < self.width:
                self.width, self.because = max(fit, 1), "two of them do not fit side by side"

    def _prepared(self) -> bool:
        """Compile for ``self.width`` models side by side, or set the width to 1; return whether it is more than 1."""
        try:
            self.steps.prepare(self.members[0], self.width)
        except NotImplementedError:  # for example a kernel of the vendor
            self.width, self.because = 1, "an operation of theirs is for one model at a time"
        return self.width > 1

    def text(self) -> str:
        """Return a sentence that says how the models are trained."""
        count, width = len(self.members), self.width
        how = f"one after another: {self.because}" if width == 1 else f"{width} side by side at a time"
        return f"{count} models in one compiled program, {'all side by side' if width == count > 1 else how}"

    def run(self) -> str:
        """Train until no model has an epoch left, and return :meth:`text`."""
        progress = self.progress
        if progress is not None:
            progress.set_params({"steps": self.steps.blocks * len(self.members)})
            progress.on_train_begin()
        for member in self.members:
            member.tell("on_train_begin")
        epoch = 0
        while live := [member for member in self.members if member.goes_on(epoch)]:
            if progress is not None:
                progress.on_epoch_begin(epoch)
            logs = self._epoch(live, epoch)
            if progress is not None:
                names = set.intersection(*map(set, logs))
                progress.on_epoch_end(epoch, {name: float(np.median([log[name] for log in logs])) for name in names})
            epoch += 1
        if progress is not None:
            progress.on_train_end()
        return self.text()

    def _epoch(self, live: Sequence[Replica], epoch: int) -> list[dict[str, Any]]:
        """Train and validate one epoch, and return the ``logs`` of each model."""
        for member in live:
            member.begin(epoch, len(live))
        self.steps.run(live, self.width, self._each)
        for member in live:
            member.training.history.stop()
        logs: list[dict[str, Any]] = [{"loss": member.loss()} for member in live]
        if self.check is not None:
            for member in live:
                member.tell("on_test_begin")
                member.model.reset_metrics()
            self.check.run(live, self.width, lambda *_: None)
            for member, found in zip(live, logs, strict=True):
                found["val_loss"] = member.loss()
                member.tell("on_test_end")
        for member, found in zip(live, logs, strict=True):
            member.tell("on_epoch_end", epoch, found)
            if not member.goes_on(epoch + 1):
                member.end()
        return logs

    def _each(self, member: Replica, index: int, losses: Any) -> None:
        member.tell("on_train_batch_end", index, {"loss": losses})
        if self.progress is not None:
            self.progress.on_train_batch_end(index)
