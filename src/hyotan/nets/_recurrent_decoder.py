"""Decoders of series: recurrent layers that decode step by step, from a code and optional further inputs.

With true frames (values of a time step) as inputs, all inputs are known beforehand, and the layers process the whole
series at once. An autoregressive decoder needs its output of one step as the input of the next, so the likelihood's
output layer is computed inside the loop over steps.
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
    """The hyper-parameters of a decoder."""

    cell: str
    units: tuple[int, ...]
    hidden: tuple[int, ...]
    activation: str
    sees: str


def recurrent(cell: str, units: int, seeds: Seeds, name: str, **args: Any) -> Any:
    """Return a recurrent layer with seeded initialisers."""
    return CELLS[cell](
        units,
        kernel_initializer=seeds.glorot(),
        recurrent_initializer=seeds.orthogonal(),
        seed=seeds(),
        name=name,
        **args,
    )


def zeros(z: Any, steps: int, width: int) -> Any:
    """Return zeros (B, steps, width), with the batch size of the codes, which may be symbolic."""
    one = ops.zeros_like(z[:, :1, None])
    return ops.tile(one, (1, steps, width))


@dataclass(frozen=True)
class Frames:
    """Frames that a decoder may get as inputs, (B, T, C), and the mask of their observed cells (None for all)."""

    values: Any
    known: Any

    def reversed(self, steps: Any) -> Frames:
        """Return the frames in reverse order, where ``steps`` is the step mask or None."""
        return Frames(reverse(self.values, steps), None if self.known is None else reverse(self.known, steps))


class RecurrentDecoder(keras.Layer):
    """A decoder: recurrent and dense layers that map a code to the input of the likelihood's head at each step.

    Attributes
    ----------
    width : int
        Size of the output at each step.
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
        """Return the output of all steps, of shape (B, length, width).

        Parameters
        ----------
        z : array of shape (B, d)
        emit : Emit
        length : int
            Number of steps to decode.
        first : array of shape (B, 1, C)
            The input of the first step in place of a previous frame.
        frames : Frames or None
            The true frames that may be used as inputs; with None, the decoder uses its own output.
        """
        if self.sees == "previous frames":
            return self._fed(z, emit, length, first, frames)
        seen = frames.values if self.sees == "input" and frames is not None else zeros(z, length, 0)
        return self._known(z, seen)

    def _known(self, z: Any, seen: Any) -> Any:
        """Return (B, T, width) from codes and inputs of every step that are known beforehand, (B, T, k)."""
        first, *others = self.cells
        return run(self.dense, run(others, first(seen, still=z)))

    def _fed(self, z: Any, emit: Emit, length: int, first: Any, frames: Frames | None) -> Any:
        truth = known = None
        if frames is not None:
            truth = before(frames.values, first)
            if self.sampling is None and frames.known is None:
                # All inputs are true frames, so no step depends on the output of the previous one.
                return self._known(z, truth)
            known = ops.ones_like(frames.values, dtype="bool") if frames.known is None else frames.known
            known = before(known, ops.zeros_like(known[:, :1]))
            if self.sampling is not None:
                known = ops.logical_and(known, self.sampling(truth))
        if isinstance(z, keras.KerasTensor):
            # Layers create their weights at their first call, which must not happen inside the loop.
            emit(self._known(z, first))

        def step(x: Any, states: Any) -> tuple[Any, Any, Any]:
            """Return the output of the dense layers, the new states, and the next input."""
            after = []
            for layer, state in zip(self.cells, states, strict=True):
                x, state = layer.cell(x, list(state))
                after.append(tuple(state))
            h = run(self.dense, x)
            return h, tuple(after), emit(h[:, None])[1][:, 0]

        return self.loop(z, first[:, 0], truth, known, step=step, length=length)


class Loop(keras.Layer):
    """An autoregressive loop: the input of each step depends on the output of the previous one.

    It is a layer because Keras's symbolic tensors can pass through layers, but not through ``ops.scan``.

    Parameters
    ----------
    sizes : tuple of tuples of int
        Sizes of the states of each recurrent cell.
    width : int
        Size of the output at each step.
    name : str
    """

    def __init__(self, sizes: tuple[tuple[int, ...], ...], width: int, name: str) -> None:
        super().__init__(name=name)
        self.sizes, self.width = sizes, width
        self.built = True

    def call(
        self, z: Any, first: Any, truth: Any = None, known: Any = None, *, step: Callable[..., Any], length: int
    ) -> Any:
        """Return the outputs, (B, length, width), from codes, the first input, and true frames where they are known.

        ``step(x, states)`` returns the output, the new states, and the next input.
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
        """Return the shape and type of the output; Keras cannot infer them, because ``step`` is not a tensor."""
        return keras.KerasTensor((z.shape[0], length, self.width), z.dtype)


class ScheduledSampling(keras.Layer):
    """Scheduled sampling: decide at random, for each time step of each row, whether the true frame is the input.

    Parameters
    ----------
    share : float
        Share of time steps at which the decoder's own output is used instead.
    epochs : int
        Number of epochs over which that share rises to its full value in equal steps; 0 for the full share at once.
    seed : int
    """

    def __init__(self, share: float, epochs: int, seed: int) -> None:
        super().__init__(name="sampling")
        self.full, self.epochs = share, epochs
        # A Python float would be a constant in the compiled step, so a share that changes in training is a variable.
        self.share = self.add_weight(
            shape=(), initializer=keras.initializers.Constant(share), trainable=False, name="share"
        )
        self.generator = random.SeedGenerator(seed)
        self.built = True

    def call(self, frames: Any, training: bool = False) -> Any:
        """Return a mask (B, T, 1), True where the true frame may be used; outside training it is True everywhere."""
        size = (*ops.shape(frames)[:2], 1)
        return random.uniform(size, seed=self.generator) >= self.share if training else ops.ones(size, "bool")

    def schedule(self, epoch: int | None) -> None:
        """Set the share for a training epoch; None sets the full share."""
        if self.epochs:
            self.share.assign(self.full * (1.0 if epoch is None else min(1.0, (epoch + 1) / self.epochs)))
