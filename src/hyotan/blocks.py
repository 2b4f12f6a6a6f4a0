"""Blocks of steps in one compiled program: the fast path of training on JAX.

Keras's loop comes back to Python after every step. For rows that fit in memory that is not needed: they lie on the
device, a block is given row numbers only, and a compiled loop gathers, steps and repeats. It is Keras's own
``train_step`` that is repeated, on the same batches in the same order, so the weights are those of the step loop.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
from jax import lax

from hyotan.batch import Batch
from hyotan.model import Autoencoding

STEPS = 64  # steps in a block: enough to hide Python, few enough to stop soon at a NaN
BYTES = 2**32  # rows above this many bytes stay in host memory, and training keeps the step loop


def usable(model: Autoencoding, rows: Batch, callbacks: Sequence[Any]) -> bool:
    """Whether blocks can do this fit.

    The rows must fit, no callback of the user's may want to see every step, and every layer must have its weights
    (Keras would look at a block to make them).
    """
    built = all(layer.built for layer in model._flatten_layers())
    base = keras.callbacks.Callback
    hooks = ("on_train_batch_begin", "on_train_batch_end", "on_batch_begin", "on_batch_end")
    # The bound method tells of hooks set on an object too, as LambdaCallback's are.
    bound = ((getattr(callback, hook), getattr(base, hook)) for callback in callbacks for hook in hooks)
    quiet = all(getattr(method, "__func__", None) is own for method, own in bound)
    return built and quiet and sum(array.nbytes for array in rows.arrays().values()) <= BYTES


class Blocks(keras.utils.PyDataset):
    """Row numbers and how much they count, ``STEPS`` batches at a time.

    Parameters
    ----------
    batches : PyDataset
        The step loop's own batches, whose ``order`` and ``size`` are used.
    """

    def __init__(self, batches: Any) -> None:
        super().__init__()
        self.batches = batches
        self.steps = min(STEPS, len(batches))

    def __len__(self) -> int:
        """Return the number of blocks an epoch."""
        return -(-len(self.batches) // self.steps)

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


def train_function(model: Autoencoding, rows: Batch) -> Callable[[Any, Iterator[Any]], Any]:
    """Return what Keras's loop calls instead of a step: one block, giving the running loss after each of its steps."""
    table = {name: jnp.asarray(array) for name, array in rows.arrays().items()}

    def block(state: Any, table: dict[str, Any], numbers: Any, counts: Any, real: Any) -> Any:
        def step(i: Any, carried: Any) -> Any:
            state, losses = carried
            batch = {name: array[numbers[i]] for name, array in table.items()}
            batch["weight"] = batch["weight"] * counts[i]
            logs, state = model.train_step(state, (batch,))
            return state, losses.at[i].set(logs["loss"])

        losses = jnp.zeros(len(numbers), jnp.float32)
        state, losses = lax.fori_loop(0, real, step, (state, losses))
        return {"loss": losses}, state

    compiled = jax.jit(block, donate_argnums=0)

    def run(state: Any, iterator: Iterator[Any]) -> Any:
        numbers, counts, real = next(iterator)
        logs, state = compiled(state, table, numbers, counts, real)
        return logs if real == len(numbers) else {"loss": logs["loss"][:real]}, state

    return run
