"""Models of one shape trained in step with each other, an epoch at a time: side by side, or one after another.

Both ways run programs that are compiled once for all the models (see :mod:`hyotan.training.compiled_loop`). Side by
side, weights, optimizers, random numbers and averages of several models are stacked and one program steps them all: an
accelerator that one small model leaves idle is filled. A processor is busy with one model already, so there they follow
one another.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from hyotan.model.signature import traced_numbers
from hyotan.training import compiled_loop
from hyotan.training.loop import Training
from hyotan.training.progress import Progress

WIDTH: int | None = None  # how many models side by side, if that is not to be chosen
MEMORY = 0.6  # share of an accelerator's memory that models side by side may take


class Replica:
    """One of the models: its training, and where its state lies."""

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
        """Call a hook of every callback."""
        for callback in self.training.callbacks:
            getattr(callback, hook)(*args)

    def goes_on(self, epoch: int) -> bool:
        """Whether it has an epoch to train."""
        return epoch < self.training.epochs and not self.model.stop_training

    def begin(self, epoch: int, share: int) -> None:
        """Begin an epoch, in which ``share`` models share the clock."""
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
    """A pass over rows, compiled for any number of models side by side.

    Parameters
    ----------
    members : sequence of Replica
    validation : bool
        Test on the rows held out, instead of training.

    Attributes
    ----------
    blocks : int
        How many there are in a pass.
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
        """Compile what so many models side by side need.

        Raises
        ------
        NotImplementedError
            If the backend has an operation of these models for one at a time only.
        """
        if width in self._compiled:
            return
        block, some = self.program.block, [member] * width
        if width > 1:
            own = None if self.validation else 0  # to test, all look at the same rows
            block = jax.vmap(block, in_axes=(0, 0, None, own, own, None))
        args, _ = self._arguments(some, self._state(some), 0)
        self._compiled[width] = jax.jit(block, donate_argnums=0).lower(*args).compile()

    def bytes(self, width: int) -> int:
        """Return the memory of so many models, the rows left out."""
        found = self._compiled[width].memory_analysis()
        rows = sum(array.nbytes for array in self.program.table.values())
        return int(found.temp_size_in_bytes + found.argument_size_in_bytes + found.output_size_in_bytes - rows)

    def run(self, live: Sequence[Replica], width: int, each: Callable[..., None]) -> None:
        """Run the blocks on all models, so many side by side.

        ``each`` is told a member, a block and the losses of its steps. A model that stopped in the middle computes on
        to no effect if others do so beside it.
        """
        self.prepare(live[0], width)
        for at in range(0, len(live), width):
            self._run(live[at : at + width], width, each)

    def _run(self, some: Sequence[Replica], width: int, each: Callable[..., None]) -> None:
        slots = [*some, *[some[0]] * (width - len(some))]  # one shape for any number; what is too much is thrown away
        state, compiled, before = self._state(slots), self._compiled[width], None
        for index in range(self.blocks):
            args, real = self._arguments(slots, state, index)
            state, losses = compiled(*args)
            if before is not None:  # looked at while the next block runs
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
        """Return what the program is called with, and how many of the block's steps are real."""
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
    """Return the states of several models as one; by way of NumPy, since to compile this would take seconds."""
    return jax.tree.map(lambda *values: np.stack([np.asarray(value) for value in values]), *states)


def _parted(state: Any, width: int) -> list[Any]:
    whole = jax.tree.map(np.asarray, state)
    return [jax.tree.map(lambda values, i=i: values[i].copy(), whole) for i in range(width)]


def train(trainings: Sequence[Training], progress: Progress | None = None) -> str:
    """Train models of one shape, and tell how.

    Parameters
    ----------
    trainings : sequence of Training
        Of models that differ in the values of variables and in ``traced`` numbers only, on the same rows, in batches
        of one size, with no callbacks of the user's.
    progress : Progress, optional
        Is shown the medians of all.

    Returns
    -------
    str
        What was done, and why. Ask each training how it ended: :meth:`Training.finish`.
    """
    try:
        return ParallelTraining([Replica(training) for training in trainings], progress).run()
    finally:
        for training in trainings:
            training.close()
        if progress is not None:
            progress.close()


class ParallelTraining:
    """The loop: an epoch of every model, then the next."""

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
        """Compile for as many models side by side, or see that it must be one."""
        try:
            self.steps.prepare(self.members[0], self.width)
        except NotImplementedError:  # a kernel of the vendor's, say
            self.width, self.because = 1, "an operation of theirs is for one model at a time"
        return self.width > 1

    def text(self) -> str:
        """Return in words how the models are trained."""
        count, width = len(self.members), self.width
        how = f"one after another: {self.because}" if width == 1 else f"{width} side by side at a time"
        return f"{count} models in one compiled program, {'all side by side' if width == count > 1 else how}"

    def run(self) -> str:
        """Train until no model has an epoch left, and tell how that was done."""
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
        """Train one epoch, validate, and return what each model's callbacks were told."""
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
        for member, found in zip(live, logs, strict=True):
            member.tell("on_epoch_end", epoch, found)
            if not member.goes_on(epoch + 1):
                member.end()
        return logs

    def _each(self, member: Replica, index: int, losses: Any) -> None:
        member.tell("on_train_batch_end", index, {"loss": losses})
        if self.progress is not None:
            self.progress.on_train_batch_end(index)
