"""Recurrent net: an encoder of LSTM or GRU layers that reads a series step by step, and a recurrent decoder.

    encoder   hₜ = cell(xₜ, hₜ₋₁),                     h = h_T, the state after the last step of the series
    decoder   gₜ = cell([z, input], gₜ₋₁),             parameters of p(xₜ|…) = head(gₜ)

The decoder gets the code z at every step. Its other input is:

    unconditional     none
    conditional       the previous step xₜ₋₁: the true one in training and scoring, else the decoder's own mean
    reversed-input    the input series in reverse order, x_{T−t}, so the decoder sees the data

With ``future``, the last steps of a row are hidden from the encoder, and a second decoder predicts them (the composite
model). References: Srivastava, Mansimov and Salakhutdinov, "Unsupervised learning of video representations using
LSTMs" (2015); Bengio et al., "Scheduled sampling for sequence prediction with recurrent neural networks" (2015);
Hochreiter and Schmidhuber, "Long short-term memory" (1997); Cho et al., "Learning phrase representations using RNN
encoder-decoder" (2014).
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.core.spec import Seeds, Spec
from hyotan.nets._base import Emit, Net, NetLayer
from hyotan.nets._recurrent_decoder import (
    CELLS,
    DecoderSpec,
    Frames,
    RecurrentDecoder,
    ScheduledSampling,
    recurrent,
    zeros,
)
from hyotan.nets._steps import last_seen, reverse

SEES = {"unconditional": "nothing", "conditional": "previous frames", "reversed-input": "input"}


class Recurrent(Net):
    """LSTM or GRU encoder and decoder for series (steps, channels), of equal or unequal length.

    Parameters
    ----------
    units : int or tuple of int
        State size of each encoder layer; the decoder has the same sizes in reverse order.
    cell : {"gru", "lstm"}
        Keras's own cells, with their default activations.
    bidirectional : bool
        Whether the encoder also reads each series backwards. The final states of both directions are concatenated to
        a hidden state of size 2 · units.
    decoder : {"unconditional", "conditional", "reversed-input"}
        The decoder's input besides the code: none, the previous step, or the reversed input series. With
        "reversed-input" the decoder sees the data, so it cannot decode a code alone, and the code may carry no
        information (see the metric ``code_use``).
    order : {"forward", "reversed"}
        The order in which steps are decoded. "reversed" begins with the last step that the encoder has read.
    future : int
        With F > 0, the composite model: rows have T + F steps, the encoder reads the first T, one decoder
        reconstructs them, and a second decoder predicts the last F.
    reconstruct : bool
        False, with ``future`` > 0, omits the first decoder, so that only the future is predicted.
    output_hidden : tuple of int
        Widths of dense layers between the decoder's state and the likelihood's output layer, applied at each step.
    activation : str
        Activation of the dense layers.
    scheduled_sampling : float
        Share of time steps at which, in training, a conditional decoder gets its own mean instead of the true
        previous step.
    sampling_epochs : int
        Number of epochs over which that share rises to its full value in equal steps; 0 for the full share at once.

    Notes
    -----
    The log-likelihood of a row is Σ_t log p(x_t | z, …) over the scored cells. Where the previous step has a missing
    cell, a conditional decoder gets its own mean of that cell.

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
        """Whether it reads an array (n, a, b) as series."""
        return True

    @property
    def decoder_sees(self) -> str:
        """The decoder's input besides the code: "nothing", "previous frames" or "input"."""
        return SEES.get(self.decoder, "nothing")

    def masks(self, event: tuple[int, ...]) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return the masks of the cells the encoder may see (the past) and of those in the loss; None means all."""
        if not self.future:
            return None, None
        past = np.zeros(event, bool)
        past[: event[0] - self.future] = True
        return past, None if self.reconstruct else ~past

    def check_fits(self, spec: Spec, layout: str) -> None:
        """Raise if this net does not support such rows or codes of this layout."""
        super().check_fits(spec, layout)
        self.check_whole("future", low=0)
        if self.future and (spec.event[0] <= self.future or spec.ragged):
            raise ParameterError(
                "The 'future' parameter of Recurrent does not fit the data",
                expected="series of one length, longer than the future",
                received=f"future={self.future} and series of {'up to ' * spec.ragged}{spec.event[0]} steps",
                do="cut one long series with hyotan.data.windows(series, length=past + future); a series that ends in "
                "NaN counts as a shorter one",
            )

    def build(self, spec: Spec, seeds: Seeds) -> NetLayer:
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
        written = DecoderSpec(
            cell=self.check_choice("cell", CELLS),
            units=units[::-1],
            hidden=self.check_widths("output_hidden"),
            activation=self.check_activation("activation"),
            sees=SEES[decoder],
        )
        epochs = self.check_whole("sampling_epochs", low=0)
        sampling = ScheduledSampling(share, epochs, seeds()) if share else None
        return RecurrentLayer(
            spec,
            seeds,
            units,
            bool(self.bidirectional),
            written,
            reverse_order=self.check_choice("order", ("forward", "reversed")) == "reversed",
            future=future,
            reconstruct=bool(self.reconstruct),
            sampling=sampling,
        )


class RecurrentLayer(NetLayer):
    """Layer of :class:`Recurrent`."""

    def __init__(
        self,
        spec: Spec,
        seeds: Seeds,
        units: tuple[int, ...],
        bidirectional: bool,
        written: DecoderSpec,
        *,
        reverse_order: bool,
        future: int,
        reconstruct: bool,
        sampling: ScheduledSampling | None,
    ) -> None:
        super().__init__(spec)
        self.reverse_order, self.future, self.sees = reverse_order, future, written.sees
        self.readers = []
        for i, width in enumerate(units):
            args = {"return_sequences": i < len(units) - 1}
            layer = recurrent(written.cell, width, seeds, f"encoder_{i}", **args)
            if bidirectional:
                # Without it, Keras would copy the forward layer with its seeds.
                back = recurrent(written.cell, width, seeds, f"backward_{i}", go_backwards=True, **args)
                layer = keras.layers.Bidirectional(layer, backward_layer=back, name=f"encoder_{i}")
            self.readers.append(layer)
        self.past = RecurrentDecoder(written, seeds, "past", sampling) if reconstruct else None
        self.ahead = RecurrentDecoder(written, seeds, "future", sampling) if future else None

    def encode(self, features: Any, batch: Batch, ctx: Context) -> Any:
        """Return the state after the last visible step, of shape (B, units), or (B, 2 · units) if bidirectional."""
        past = features.shape[1] - self.future
        mask = None if batch.step_mask is None else batch.step_mask[:, :past]
        h = features[:, :past]
        for layer in self.readers:
            h = layer(h, mask=mask)
        return h

    def decode(self, z: Any, ctx: Context, emit: Emit, teacher: Batch | None = None) -> dict[str, Any]:
        """Return the parameters of p(x|z) at each step, each of shape (B, T, k)."""
        total = self.spec.event[0] if teacher is None else teacher.values.shape[1]
        step_mask = None if teacher is None else teacher.step_mask
        forced = ctx.teacher_forcing
        past = total - self.future
        nothing = zeros(z, 1, self.spec.event[-1])
        written = []
        if self.past is not None:
            frames = None
            if teacher is not None and (forced or self.sees == "input"):
                frames = Frames(teacher.values[:, :past], _cut(teacher.seen, slice(past)))
                if self.reverse_order or self.sees == "input":
                    frames = frames.reversed(step_mask)
            h = self.past.write(z, emit, past, nothing, frames)
            written.append(reverse(h, step_mask) if self.reverse_order else h)
        if self.ahead is not None:
            # The forecast starts from the last visible values, or else from the last reconstructed step.
            frames, first = None, nothing
            if self.past is None:  # the past is not reconstructed, and the loss does not include it
                written.append(zeros(z, past, self.ahead.width))
            elif self.sees == "previous frames":
                first = emit(written[0][:, -1:])[1]
            if teacher is not None:
                first = last_seen(teacher.values[:, :past], _cut(teacher.seen, slice(past)), first)
                if forced:
                    frames = Frames(teacher.values[:, past:], _cut(teacher.scored, slice(past, None)))
            written.append(self.ahead.write(z, emit, self.future, first, frames))
        return emit(ops.concatenate(written, axis=1) if len(written) > 1 else written[0])[0]


def _cut(mask: Any, steps: slice) -> Any:
    return None if mask is None else mask[:, steps]
