"""Decoders of series: recurrent layers that write one step after the other from a code and what they may see.

A decoder that is fed true frames knows all its inputs beforehand, and runs as Keras's own layers do. One that is fed
what it has just written waits for it: then the likelihood's head stands inside the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
from keras import ops, random

from hyotan.core.ops import run
from hyotan.core.spec import Seeds
from hyotan.nets._base import Emit
from hyotan.nets._cells import GRU, LSTM
from hyotan.nets._steps import before, reverse

CELLS = {"gru": GRU, "lstm": LSTM}


@dataclass(frozen=True)
class DecoderSpec:
    """What the decoders are made of."""

    cell: str
    units: tuple[int, ...]
    hidden: tuple[int, ...]
    activation: str
    sees: str


def recurrent(cell: str, units: int, seeds: Seeds, name: str, **args: Any) -> Any:
    """Return a recurrent layer, every initialiser seeded."""
    return CELLS[cell](
        units,
        kernel_initializer=seeds.glorot(),
        recurrent_initializer=seeds.orthogonal(),
        seed=seeds(),
        name=name,
        **args,
    )


def zeros(z: Any, steps: int, width: int) -> Any:
    """Return zeros (B, steps, width) for as many rows as there are codes, a number that may not be known yet."""
    one = ops.zeros_like(z[:, :1, None])
    return ops.tile(one, (1, steps, width))


@dataclass(frozen=True)
class Frames:
    """Frames a decoder may be fed, (B, T, C), and which of their cells are known (None for all)."""

    values: Any
    known: Any

    def reversed(self, steps: Any) -> Frames:
        """Return the same from the end."""
        return Frames(reverse(self.values, steps), None if self.known is None else reverse(self.known, steps))


class RecurrentDecoder(keras.Layer):
    """A decoder: recurrent layers and dense ones, from a code to what the likelihood's head reads at every step.

    Attributes
    ----------
    width : int
        Size of what it gives at a step.
    """

    def __init__(self, spec: DecoderSpec, seeds: Seeds, name: str, sampling: ScheduledSampling | None) -> None:
        super().__init__(name=name)
        self.sees, self.sampling = spec.sees, sampling
        self.width = (*spec.units, *spec.hidden)[-1]
        self.cells = [
            recurrent(spec.cell, width, seeds, f"{name}_{i}", return_sequences=True)
            for i, width in enumerate(spec.units)
        ]
        self.dense = [
            keras.layers.Dense(width, spec.activation, kernel_initializer=seeds.glorot(), name=f"{name}_output_{i}")
            for i, width in enumerate(spec.hidden)
        ]
        sizes = tuple(tuple(keras.tree.flatten(layer.cell.state_size)) for layer in self.cells)
        self.loop = Loop(sizes, self.width, f"{name}_loop")
        self.built = True

    def write(self, z: Any, emit: Emit, length: int, first: Any, frames: Frames | None) -> Any:
        """Return (B, length, width).

        Parameters
        ----------
        z : array of shape (B, d)
        emit : Emit
        length : int
            Steps to write.
        first : array of shape (B, 1, C)
            The frame before the first one.
        frames : Frames or None
            What may be fed; None runs free.
        """
        if self.sees == "previous frames":
            return self._fed(z, emit, length, first, frames)
        seen = frames.values if self.sees == "input" and frames is not None else zeros(z, length, 0)
        return self._known(z, seen)

    def _known(self, z: Any, seen: Any) -> Any:
        """Return (B, T, width) from codes and what is seen at every step, (B, T, k)."""
        first, *others = self.cells
        return run(self.dense, run(others, first(seen, still=z)))

    def _fed(self, z: Any, emit: Emit, length: int, first: Any, frames: Frames | None) -> Any:
        truth = known = None
        if frames is not None:
            truth = before(frames.values, first)
            if self.sampling is None and frames.known is None:
                # Every true frame is there, so the steps need not wait for what the head makes of the one before.
                return self._known(z, truth)
            known = ops.ones_like(frames.values, dtype="bool") if frames.known is None else frames.known
            known = before(known, ops.zeros_like(known[:, :1]))
            if self.sampling is not None:
                known = ops.logical_and(known, self.sampling(truth))
        if isinstance(z, keras.KerasTensor):
            # Layers make their weights at their first call, which no loop may hold.
            emit(self._known(z, first))

        def step(x: Any, states: Any) -> tuple[Any, Any, Any]:
            """Return what the dense layers give, the states after, and what is fed next."""
            after = []
            for layer, state in zip(self.cells, states, strict=True):
                x, state = layer.cell(x, list(state))
                after.append(tuple(state))
            h = run(self.dense, x)
            return h, tuple(after), emit(h[:, None])[1][:, 0]

        return self.loop(z, first[:, 0], truth, known, step=step, length=length)


class Loop(keras.Layer):
    """Steps of which each waits for what the one before has made.

    A layer, because Keras's symbolic tensors pass through layers and not through loops.

    Parameters
    ----------
    sizes : tuple of tuples of int
        Widths of the states of every cell.
    width : int
        Of the output.
    name : str
    """

    def __init__(self, sizes: tuple[tuple[int, ...], ...], width: int, name: str) -> None:
        super().__init__(name=name)
        self.sizes, self.width = sizes, width
        self.built = True

    def call(
        self, z: Any, first: Any, truth: Any = None, known: Any = None, *, step: Callable[..., Any], length: int
    ) -> Any:
        """Return (B, length, width) from codes, the frame before the first one, and true frames where they are known.

        ``step(x, states)`` gives the output, the states after it, and the frame that is fed next.
        """

        def fed(carried: Any, frame: Any) -> Any:
            states, mine = carried
            if frame is not None:
                mine = ops.where(frame[1], frame[0], mine)
            h, states, mine = step(ops.concatenate([z, mine], axis=-1), states)
            return (states, mine), h

        states = tuple(tuple(zeros(z, 1, width)[:, 0] for width in widths) for widths in self.sizes)
        frames = None if truth is None else tuple(ops.swapaxes(x, 0, 1) for x in (truth, known))
        _, written = ops.scan(fed, (states, first), frames, length=length)
        return ops.swapaxes(written, 0, 1)

    def compute_output_spec(self, z: Any, *frames: Any, length: int, **others: Any) -> Any:
        """Return what ``call`` would give; Keras would try it out, and stumble over ``step``."""
        return keras.KerasTensor((z.shape[0], length, self.width), z.dtype)


class ScheduledSampling(keras.Layer):
    """Scheduled sampling: decide for every step of training whether the true frame may be fed.

    Parameters
    ----------
    share : float
        Share of steps at which it may not.
    epochs : int
        Epochs over which that share rises in equal steps from nothing.
    seed : int
    """

    def __init__(self, share: float, epochs: int, seed: int) -> None:
        super().__init__(name="sampling")
        self.full, self.epochs = share, epochs
        # What changes in training is a variable: a number would be frozen into the compiled step.
        self.share = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(share), trainable=False, name="share"
        )
        self.generator = random.SeedGenerator(seed)
        self.built = True

    def call(self, frames: Any, training: bool = False) -> Any:
        """Return (B, T, 1): True where the true frame may be fed, which outside training is everywhere."""
        size = (*ops.shape(frames)[:2], 1)
        return random.uniform(size, seed=self.generator) >= self.share if training else ops.ones(size, "bool")

    def schedule(self, epoch: int | None) -> None:
        """Set the share for an epoch of training; None sets the full one."""
        if self.epochs:
            self.share.assign(self.full * (1.0 if epoch is None else min(1.0, (epoch + 1) / self.epochs)))
