"""Blocks of training steps in one compiled program: the fast path of training on JAX.

Keras's loop returns to Python after every step. If the rows fit into device memory, this is not necessary: a block
receives only row numbers, and a compiled loop gathers a batch, makes a step and repeats. The loop repeats Keras's own
``train_step`` (``test_step`` in validation) on the same batches in the same order, so the weights are the same as with
one step at a time.

A program is traced from the layers of one model, but all its inputs are arguments: weights, optimizer state, rows. So
one program can train every model of the same signature, one after another or, with ``jax.vmap``, several side by side.
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

STEPS = 64  # steps in a block: enough to hide the cost of Python, few enough to stop soon after a NaN
BYTES = 2**32  # rows of more bytes than this stay in host memory, and training goes step by step
SMALL = 2**24  # tables of at most this many bytes are padded: compiling costs more than unused rows


def usable(model: Autoencoding, rows: Sequence[Batch], callbacks: Sequence[Any]) -> bool:
    """Whether this fit can use compiled blocks of steps.

    All rows must fit into memory, no user callback may have a hook that runs at every batch, and every layer must be
    built (Keras would otherwise build it from a block, whose shape is wrong). Nets that are slower inside a loop do
    not use blocks either.
    """
    if model.net.slow_in_loop:
        return False
    built = all(layer.built for layer in model._flatten_layers())
    base = keras.callbacks.Callback
    hooks = [f"on_{kind}batch_{end}" for kind in ("train_", "test_", "") for end in ("begin", "end")]
    # Compare bound methods: LambdaCallback sets its hooks on the object, not on the class.
    bound = ((getattr(callback, hook), getattr(base, hook)) for callback in callbacks for hook in hooks)
    quiet = all(getattr(method, "__func__", None) is own for method, own in bound)
    return (
        built
        and quiet
        and sum(array.nbytes for part in rows for array in vars(part).values() if array is not None) <= BYTES
    )


class StepBlocks(keras.utils.PyDataset):
    """Row numbers and their weights (1, or 0 for padding), ``STEPS`` batches at a time.

    Parameters
    ----------
    batches : PyDataset
        The batches of the step-by-step loop; their ``order`` and ``size`` are used.
    """

    def __init__(self, batches: Any) -> None:
        super().__init__()
        self.batches = batches
        self.steps = min(STEPS, 2 ** (batches.steps - 1).bit_length())  # few shapes, which more fits can share

    def __len__(self) -> int:
        """Return the number of blocks per epoch."""
        return -(-self.batches.steps // self.steps)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray, int]:
        """Return row numbers and their weights (1 or 0), both of shape (STEPS, B), and the number of real steps.

        The last block is padded, so that only one shape is compiled; its padding steps are not executed.
        """
        size, each = self.batches.size, self.steps * self.batches.size
        rows = self.batches.order[index * each : (index + 1) * each]
        taken = -(-len(rows) // size)
        numbers = np.zeros(each, np.int32)
        counts = np.zeros(each, np.float32)
        # A short last batch is padded as in the step-by-step loop: with its own rows, at weight 0.
        last = rows[(taken - 1) * size :]
        numbers[: taken * size] = np.concatenate([rows[: (taken - 1) * size], np.resize(last, size)])
        counts[: len(rows)] = 1
        return numbers.reshape(-1, size), counts.reshape(-1, size), taken

    def on_epoch_begin(self) -> None:
        """Shuffle the rows."""
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
    """Return the rows on the device, a small table padded so that tables of nearly the same length have one shape."""
    arrays = rows.arrays()
    if sum(array.nbytes for array in arrays.values()) > SMALL:
        return {name: jnp.asarray(array) for name, array in arrays.items()}
    unit = 2 ** max(6, (len(rows) - 1).bit_length() - 3)
    more = -len(rows) % unit
    return {name: jnp.asarray(np.pad(a, [(0, more)] + [(0, 0)] * (a.ndim - 1))) for name, a in arrays.items()}


class StepProgram:
    """A block of training or validation steps over rows on the device.

    Parameters
    ----------
    model : Autoencoding
        Compiled, in Keras's sense. The program serves every model of the same signature.
    rows : Batch
    step : {"train_step", "test_step"}
        The method of the model to repeat.

    Attributes
    ----------
    block : callable
        ``(state, traced, table, rows, counts, real)`` → the state after ``real`` steps, and the running loss after
        each step. The state has Keras's format: lists of the values of variables.
    table : dict of arrays
        The rows, on the device.
    """

    def __init__(self, model: Autoencoding, rows: Batch, step: str = "train_step") -> None:
        self.model, self.step, self.table = model, step, _on_device(rows)
        self.block = partial(_block, model, step)

    def function(self, shared: bool) -> Callable[[Any, Iterator[Any]], Any]:
        """Return a function for Keras's loop that runs one block, of a program that equal models may share."""
        model, step = self.model, self.step
        alike: Any = (signature(model), optimizer_signature(model.optimizer)) if shared else (None,)

        def block(model: Autoencoding, *args: Any) -> Any:
            return _block(model, step, *args)

        program = programs.shared(None if None in alike else (step, *alike), block, donate_argnums=0)

        def run(state: Any, iterator: Iterator[Any]) -> Any:
            rows, counts, real = next(iterator)
            state, losses = program(model, state, traced_numbers(model), self.table, rows, counts, real)
            return {"loss": losses if real == len(rows) else losses[:real]}, state

        return run


def install(model: Autoencoding, batches: Any, held: Any, callbacks: Sequence[Any]) -> tuple[Any, Any]:
    """Make Keras's loop run compiled blocks of steps instead of single steps, if this fit can use them.

    Parameters
    ----------
    model : Autoencoding
    batches, held : Minibatches
        Training batches; validation batches, or None.
    callbacks : sequence
        The user's callbacks.

    Returns
    -------
    batches, held
        What Keras's loop should iterate over: blocks, or the batches unchanged.
    """
    if not usable(model, [each.rows for each in (batches, held) if each is not None], callbacks):
        return batches, held
    # A callback of the user's may change the model or the optimizer before a step is traced.
    shared = all(type(callback).__module__.partition(".")[0] == "hyotan" for callback in callbacks)
    model.train_function = StepProgram(model, batches.rows).function(shared)
    if held is None:
        return StepBlocks(batches), None
    model.test_function = StepProgram(model, held.rows, "test_step").function(shared)
    return StepBlocks(batches), StepBlocks(held)
