"""Recurrent net: LSTM or GRU layers that read a series step by step, and others that write it again.

    encoder   hₜ = cell(xₜ, hₜ₋₁),                     h = h_T, the state after the last step there is
    decoder   gₜ = cell([z, what it sees], gₜ₋₁),      parameters of p(xₜ|…) = head(gₜ)

What the decoder sees beside the code z, the same at every step:

    unconditional     nothing
    conditional       the frame before, xₜ₋₁: the true one in training and in scores, its own mean when it runs free
    reversed-input    the input from its end, x_{T−t}: it sees the data

With ``future`` the last steps of a row are hidden from the encoder and written by a second decoder: the composite
model. References: Srivastava, Mansimov and Salakhutdinov, "Unsupervised learning of video representations using
LSTMs" (2015); Bengio et al., "Scheduled sampling for sequence prediction with recurrent neural networks" (2015);
Hochreiter and Schmidhuber, "Long short-term memory" (1997); Cho et al., "Learning phrase representations using RNN
encoder-decoder" (2014).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops, random

from hyotan._errors import ParameterError
from hyotan._layers import glorot, orthogonal, run
from hyotan._parts import Seeds, Spec
from hyotan.batch import Batch
from hyotan.nets._base import Emit, Net, NetLayer
from hyotan.nets._steps import before, reverse, steps_of, up_to_last

CELLS = {"gru": keras.layers.GRU, "lstm": keras.layers.LSTM}
SEES = {"unconditional": "nothing", "conditional": "previous frames", "reversed-input": "input"}


class Recurrent(Net):
    """LSTM or GRU encoder and decoder for series (steps, channels), of equal or unequal length.

    Parameters
    ----------
    units : int or tuple of int
        State of each layer of the encoder; the decoder mirrors them.
    cell : {"gru", "lstm"}
        Keras's own cells, with their default activations.
    bidirectional : bool
        The encoder also reads each series from its end; both last states are joined, 2 · units wide.
    decoder : {"unconditional", "conditional", "reversed-input"}
        What the decoder sees beside the code: nothing; the frame before; or the reversed input. The last one sees
        the data: it cannot decode a code alone, and its code may carry nothing (see the metric ``code_use``).
    order : {"forward", "reversed"}
        In which order the decoder writes the steps. Reversed, it begins with the step the encoder saw last.
    future : int
        F > 0 makes the composite model: rows have T + F steps, the encoder sees the first T, one decoder writes
        those, a second one the F after them.
    reconstruct : bool
        False with ``future`` leaves the first decoder out: a predictor of the future alone.
    output_hidden : tuple of int
        Dense layers between the decoder's last state and the likelihood's head, at every step.
    activation : str
        Activation of those.
    scheduled_sampling : float
        Share of training steps at which a conditional decoder is fed its own mean instead of the true frame.
    sampling_epochs : int
        Epochs over which that share rises in equal steps; 0 for the full share from the start.

    Notes
    -----
    The likelihood stands for each step: Σ_t log p(x_t | z, …) over the scored cells. A conditional decoder is fed
    its own mean wherever the true cell is missing.

    Examples
    --------
    >>> Recurrent(64, cell="lstm", decoder="conditional")
    Recurrent(cell='lstm', decoder='conditional')
    >>> Recurrent((64, 32), bidirectional=True).decoder_sees
    'nothing'
    """

    ranks: ClassVar[frozenset[int]] = frozenset({2})
    any_length: ClassVar[bool] = True

    def __init__(
        self,
        units: int | tuple[int, ...] = 64,
        cell: str = "gru",
        bidirectional: bool = False,
        decoder: str = "unconditional",
        order: str = "forward",
        future: int = 0,
        reconstruct: bool = True,
        output_hidden: tuple[int, ...] = (),
        activation: str = "relu",
        scheduled_sampling: float = 0.0,
        sampling_epochs: int = 0,
    ) -> None:
        self.units = units
        self.cell = cell
        self.bidirectional = bidirectional
        self.decoder = decoder
        self.order = order
        self.future = future
        self.reconstruct = reconstruct
        self.output_hidden = output_hidden
        self.activation = activation
        self.scheduled_sampling = scheduled_sampling
        self.sampling_epochs = sampling_epochs

    @property
    def reads_series(self) -> bool:
        """Whether (n, a, b) means series to it."""
        return True

    @property
    def decoder_sees(self) -> str:
        """What the decoder looks at beside the code: "nothing", "previous frames" or "input"."""
        return SEES.get(self.decoder, "nothing")

    def masks(self, event: tuple[int, ...]) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return the cells the encoder may look at and those the loss counts: not the future, and not only it."""
        if not self.future:
            return None, None
        past = np.zeros(event, bool)
        past[: event[0] - self.future] = True
        return past, None if self.reconstruct else ~past

    def check_fits(self, spec: Spec, layout: str) -> None:
        """Raise if this net cannot read such rows or make such codes."""
        super().check_fits(spec, layout)
        if self.future and (spec.event[0] <= self.future or spec.ragged):
            raise ParameterError(
                "The 'future' parameter of Recurrent does not fit the data",
                expected="series of one length, longer than the future",
                received=f"future={self.future} and series of {'up to ' * spec.ragged}{spec.event[0]} steps",
                do="cut the series with hyotan.data.windows(series, length=past + future)",
            )

    def build(self, spec: Spec, seeds: Seeds) -> NetLayer:
        """Return the built twin."""
        units = self.check_widths("units")
        if not units:
            raise self.refusal("units", "at least one whole number")
        for name in ("bidirectional", "reconstruct"):
            self.check_choice(name, (True, False))
        decoder = self.check_choice("decoder", SEES)
        share = self.check_number("scheduled_sampling", low=0, high=1)
        if share and decoder != "conditional":
            raise self.refusal("scheduled_sampling", "0, unless decoder='conditional'")
        future = self.check_whole("future", low=0)
        if future and decoder == "reversed-input":
            raise self.refusal("future", "0 with decoder='reversed-input', which is shown what it has to write")
        if not (self.reconstruct or future):
            raise self.refusal("reconstruct", "True, unless future > 0")
        written = _Written(
            cell=self.check_choice("cell", CELLS),
            units=units[::-1],
            hidden=self.check_widths("output_hidden"),
            activation=self.check_activation("activation"),
            sees=SEES[decoder],
        )
        epochs = self.check_whole("sampling_epochs", low=0)
        coin = Coin(share, epochs, seeds()) if share else None
        return RecurrentLayer(
            spec,
            seeds,
            units,
            bool(self.bidirectional),
            written,
            reverse_order=self.check_choice("order", ("forward", "reversed")) == "reversed",
            future=future,
            reconstruct=bool(self.reconstruct),
            coin=coin,
        )


@dataclass(frozen=True)
class _Written:
    """What the decoders are made of."""

    cell: str
    units: tuple[int, ...]
    hidden: tuple[int, ...]
    activation: str
    sees: str


def _recurrent(cell: str, units: int, seeds: Seeds, name: str, **args: Any) -> Any:
    """Return Keras's layer, every initialiser seeded."""
    return CELLS[cell](
        units,
        kernel_initializer=glorot(seeds),
        recurrent_initializer=orthogonal(seeds),
        seed=seeds(),
        name=name,
        **args,
    )


class RecurrentLayer(NetLayer):
    """Twin of :class:`Recurrent`."""

    def __init__(
        self,
        spec: Spec,
        seeds: Seeds,
        units: tuple[int, ...],
        bidirectional: bool,
        written: _Written,
        *,
        reverse_order: bool,
        future: int,
        reconstruct: bool,
        coin: Coin | None,
    ) -> None:
        super().__init__(spec)
        self.reverse_order, self.future, self.sees = reverse_order, future, written.sees
        self.readers = []
        for i, width in enumerate(units):
            args = {"return_sequences": i < len(units) - 1}
            layer = _recurrent(written.cell, width, seeds, f"encoder_{i}", **args)
            if bidirectional:
                # Keras would copy the forward layer, seeds and all.
                back = _recurrent(written.cell, width, seeds, f"backward_{i}", go_backwards=True, **args)
                layer = keras.layers.Bidirectional(layer, backward_layer=back, name=f"encoder_{i}")
            self.readers.append(layer)
        self.past = Writer(written, seeds, "past", coin, spec.missing) if reconstruct else None
        self.ahead = Writer(written, seeds, "future", coin, spec.missing) if future else None

    def _whole(self, rows: Any) -> bool:
        return not self.spec.ragged and rows.shape[1] == self.spec.event[0]

    def encode(self, features: Any, seen: Any, condition: Any, layout: str) -> Any:
        """Return the state after the last step that is seen, of shape (B, units)."""
        past = features.shape[1] - self.future
        # Rows of the one length the net was built for end with the array; what is missing there is flagged.
        mask = None if seen is None or self._whole(features) else up_to_last(seen[:, :past])
        h = features[:, :past]
        for layer in self.readers:
            h = layer(h, mask=mask)
        return h

    def decode(
        self, z: Any, condition: Any, emit: Emit, teacher: Batch | None = None, forced: bool = True
    ) -> dict[str, Any]:
        """Return the parameters of p(x|z) at every step, each of shape (B, T, k)."""
        steps = None if teacher is None or self._whole(teacher.values) else steps_of(teacher)
        total = self.spec.event[0] if teacher is None else teacher.values.shape[1]
        past = total - self.future
        nothing = _zeros(z, 1, self.spec.event[-1])
        written = []
        if self.past is not None:
            frames = None
            if teacher is not None and (forced or self.sees == "input"):
                frames = Frames(teacher.values[:, :past], _cut(teacher.seen, slice(past)))
                if self.reverse_order or self.sees == "input":
                    frames = frames.reversed(steps)
            h = self.past.write(z, emit, past, nothing, frames)
            written.append(reverse(h, steps) if self.reverse_order else h)
        elif self.ahead is not None:  # nobody writes the past, and nobody counts it
            written.append(_zeros(z, past, self.ahead.width))
        if self.ahead is not None:
            # A forecast goes on from the last frame that was seen, where there is one.
            first, frames = nothing, None
            if teacher is not None:
                first = teacher.values[:, past - 1 : past]
                if forced:
                    frames = Frames(teacher.values[:, past:], _cut(teacher.scored, slice(past, None)))
            written.append(self.ahead.write(z, emit, self.future, first, frames))
        return emit(ops.concatenate(written, axis=1) if len(written) > 1 else written[0])[0]


@dataclass(frozen=True)
class Frames:
    """Frames a decoder may be fed, (B, T, C), and which of their cells are known (None for all)."""

    values: Any
    known: Any

    def reversed(self, steps: Any) -> Frames:
        """Return the same from the end."""
        return Frames(reverse(self.values, steps), None if self.known is None else reverse(self.known, steps))


def _zeros(z: Any, steps: int, width: int) -> Any:
    """Return zeros (B, steps, width) for as many rows as there are codes, a number that may not be known yet."""
    one = ops.zeros_like(z[:, :1, None])
    return ops.tile(one, (1, steps, width))


def _cut(mask: Any, steps: slice) -> Any:
    return None if mask is None else mask[:, steps]


class Writer(keras.Layer):
    """A decoder: recurrent layers and dense ones, from a code to what the likelihood's head reads at every step.

    Attributes
    ----------
    width : int
        Size of what it gives at a step.
    """

    def __init__(self, made_of: _Written, seeds: Seeds, name: str, coin: Coin | None, missing: bool) -> None:
        super().__init__(name=name)
        self.sees, self.coin, self.missing = made_of.sees, coin, missing
        self.width = (*made_of.units, *made_of.hidden)[-1]
        self.cells = [
            _recurrent(made_of.cell, width, seeds, f"{name}_{i}", return_sequences=True)
            for i, width in enumerate(made_of.units)
        ]
        self.dense = [
            keras.layers.Dense(width, made_of.activation, kernel_initializer=glorot(seeds), name=f"{name}_output_{i}")
            for i, width in enumerate(made_of.hidden)
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
        inputs = ops.repeat(z[:, None], length, axis=1)
        if self.sees == "input" and frames is not None:
            inputs = ops.concatenate([inputs, frames.values], axis=-1)
        return run(self.dense, run(self.cells, inputs))

    def _fed(self, z: Any, emit: Emit, length: int, first: Any, frames: Frames | None) -> Any:
        truth = known = None
        if frames is not None:
            truth = before(frames.values, first)
            if self.coin is None and not self.missing:
                # Every true frame is there, so the steps need not wait for what the head makes of the one before.
                inputs = ops.concatenate([ops.repeat(z[:, None], length, axis=1), truth], axis=-1)
                return run(self.dense, run(self.cells, inputs))
            known = ops.ones_like(frames.values, dtype="bool") if frames.known is None else frames.known
            known = before(known, ops.zeros_like(known[:, :1]))
            if self.coin is not None:
                known = ops.logical_and(known, self.coin(truth))
        if isinstance(z, keras.KerasTensor):
            # Layers make their weights at their first call, which no loop may hold.
            width = z.shape[-1] + first.shape[-1]
            emit(run(self.dense, run(self.cells, keras.KerasTensor((None, 1, width)))))

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

        states = tuple(tuple(_zeros(z, 1, width)[:, 0] for width in widths) for widths in self.sizes)
        frames = None if truth is None else tuple(ops.swapaxes(x, 0, 1) for x in (truth, known))
        _, written = ops.scan(fed, (states, first), frames, length=length)
        return ops.swapaxes(written, 0, 1)

    def compute_output_spec(self, z: Any, *frames: Any, length: int, **others: Any) -> Any:
        """Return what ``call`` would give; Keras would try it out, and stumble over ``step``."""
        return keras.KerasTensor((z.shape[0], length, self.width), z.dtype)


class Coin(keras.Layer):
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
