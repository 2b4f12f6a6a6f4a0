"""Blocks of steps in one compiled program: the fast path of training on JAX.

Keras's loop comes back to Python after every step. For rows that fit in memory that is not needed: they lie on the
device, a block is given row numbers only, and a compiled loop gathers, steps and repeats. It is Keras's own
``train_step`` that is repeated (``test_step`` to validate), on the same batches in the same order, so the weights are
those of the step loop.

A program is traced from the layers of one model, and all it computes with is an argument. So one serves every model of
the same signature, one after another; and, mapped over the models, several of them side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import jax.numpy as jnp
import keras
import numpy as np
from jax import lax

from hyotan.core import programs
from hyotan.core.batch import Batch
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.signature import given, optimizer_signature, signature, traced_numbers

STEPS = 64  # steps in a block: enough to hide Python, few enough to stop soon at a NaN
BYTES = 2**32  # rows above this many bytes stay in host memory, and training keeps the step loop
SMALL = 2**24  # bytes of rows up to which compiling costs more than some rows that nobody reads


def usable(model: Autoencoding, rows: Sequence[Batch], callbacks: Sequence[Any]) -> bool:
    """Whether blocks can do this fit.

    The rows, all of them, must fit, no callback of the user's may want to see every step, and every layer must have
    its weights (Keras would look at a block to make them). A net may be slower in a loop and stay out, too.
    """
    if model.net.slow_in_loop:
        return False
    built = all(layer.built for layer in model._flatten_layers())
    base = keras.callbacks.Callback
    hooks = [f"on_{kind}batch_{end}" for kind in ("train_", "test_", "") for end in ("begin", "end")]
    # The bound method tells of hooks set on an object too, as LambdaCallback's are.
    bound = ((getattr(callback, hook), getattr(base, hook)) for callback in callbacks for hook in hooks)
    quiet = all(getattr(method, "__func__", None) is own for method, own in bound)
    return (
        built
        and quiet
        and sum(array.nbytes for part in rows for array in vars(part).values() if array is not None) <= BYTES
    )


class StepBlocks(keras.utils.PyDataset):
    """Row numbers and how much they count, ``STEPS`` batches at a time.

    Parameters
    ----------
    batches : PyDataset
        The step loop's own batches, whose ``order`` and ``size`` are used.
    """

    def __init__(self, batches: Any) -> None:
        super().__init__()
        self.batches = batches
        self.steps = min(STEPS, 2 ** (batches.steps - 1).bit_length())  # few shapes, which more fits can share

    def __len__(self) -> int:
        """Return the number of blocks an epoch."""
        return -(-self.batches.steps // self.steps)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Return row numbers and whether they count, both (STEPS, B), and how many of the steps are real.

        The last block is filled up, so that there is one shape to compile; its idle steps are not taken.
        """
        size, each = self.batches.size, self.steps * self.batches.size
        rows = self.batches.order[index * each : (index + 1) * each]
        taken = -(-len(rows) // size)
        numbers = np.zeros(each, np.int32)
        counts = np.zeros(each, np.float32)
        # A short last batch is filled up as the step loop fills it: with its own rows, which do not count.
        last = rows[(taken - 1) * size :]
        numbers[: taken * size] = np.concatenate([rows[: (taken - 1) * size], np.resize(last, size)])
        counts[: len(rows)] = 1
        return numbers.reshape(-1, size), counts.reshape(-1, size), taken

    def on_epoch_begin(self) -> None:
        """Shuffle."""
        self.batches.on_epoch_begin()


def _block(
    model: Autoencoding, step: str, state: Any, numbers: Any, table: dict[str, Any], rows: Any, counts: Any, real: Any
) -> Any:
    """Take ``real`` steps; see :class:`StepProgram`."""

    def one(i: Any, carried: Any) -> Any:
        state, losses = carried
        batch = {name: array[rows[i]] for name, array in table.items()}
        batch["weight"] = batch["weight"] * counts[i]
        with given(model, numbers):
            logs, state = getattr(model, step)(state, (batch,))
        return state, losses.at[i].set(logs["loss"])

    return lax.fori_loop(0, real, one, (state, jnp.zeros(len(rows), jnp.float32)))


def _on_device(rows: Batch) -> dict[str, Any]:
    """Return the rows on the device; of a small table so many more that others of nearly the same length look alike."""
    arrays = rows.arrays()
    if sum(array.nbytes for array in arrays.values()) > SMALL:
        return {name: jnp.asarray(array) for name, array in arrays.items()}
    unit = 2 ** max(6, (len(rows) - 1).bit_length() - 3)
    more = -len(rows) % unit
    return {name: jnp.asarray(np.pad(a, [(0, more)] + [(0, 0)] * (a.ndim - 1))) for name, a in arrays.items()}


class StepProgram:
    """Blocks of steps over rows that lie on the device.

    Parameters
    ----------
    model : Autoencoding
        Compiled, in Keras's sense. The program serves every model of the same signature.
    rows : Batch
    step : {"train_step", "test_step"}
        What is repeated.

    Attributes
    ----------
    block : callable
        ``(state, traced, table, rows, counts, real)`` → the state after ``real`` steps, and the running loss after
        each of them. The state is Keras's: lists of the values of variables.
    table : dict of arrays
        The rows, on the device.
    """

    def __init__(self, model: Autoencoding, rows: Batch, step: str = "train_step") -> None:
        self.model, self.step, self.table = model, step, _on_device(rows)
        self.block = partial(_block, model, step)

    def function(self) -> Callable[[Any, Iterator[Any]], Any]:
        """Return what Keras's loop calls instead of a step."""
        model, step, numbers = self.model, self.step, traced_numbers(self.model)
        alike: Any = signature(model), optimizer_signature(model.optimizer)

        def block(model: Autoencoding, *args: Any) -> Any:
            return _block(model, step, *args)

        program = programs.shared(None if None in alike else (step, *alike), block, donate_argnums=0)

        def run(state: Any, iterator: Iterator[Any]) -> Any:
            rows, counts, real = next(iterator)
            state, losses = program(model, state, numbers, self.table, rows, counts, real)
            return {"loss": losses if real == len(rows) else losses[:real]}, state

        return run


def install(model: Autoencoding, batches: Any, held: Any, callbacks: Sequence[Any]) -> tuple[Any, Any]:
    """Let Keras's loop call blocks of steps instead of single ones, if they can do this fit.

    Parameters
    ----------
    model : Autoencoding
    batches, held : Minibatches
        To train on; to validate on, or None.
    callbacks : sequence
        The user's own.

    Returns
    -------
    batches, held
        What Keras's loop is to go through: blocks, or else the batches themselves.
    """
    if not usable(model, [each.rows for each in (batches, held) if each is not None], callbacks):
        return batches, held
    model.train_function = StepProgram(model, batches.rows).function()
    if held is None:
        return StepBlocks(batches), None
    model.test_function = StepProgram(model, held.rows, "test_step").function()
    return StepBlocks(batches), StepBlocks(held)
