"""What every net is: a part, and a layer that encodes and decodes."""

from __future__ import annotations

from typing import Any, ClassVar, Protocol

import keras
import numpy as np

from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.core.ops import ACTIVATIONS, on_xla_cpu
from hyotan.core.part import Part
from hyotan.core.spec import Seeds, Spec

CONVOLUTIONS = tuple(cls for name, cls in vars(keras.layers).items() if "Conv" in name)


class Emit(Protocol):
    """The way from a decoder's last layer to the parameters of p(x|z), handed to :meth:`NetLayer.decode`."""

    numbers: int  # for each cell, that a decoder with its own head must give

    def __call__(self, h: Any) -> tuple[dict[str, Any], Any]:
        """Return the parameters from the likelihood's own head, and what a feeding decoder is fed next."""

    def given(self, output: Any) -> tuple[dict[str, Any], Any]:
        """Return the same from a decoder that has its own head."""


class Net(Part, kind="net"):
    """How a row is read and written; abstract.

    Attributes
    ----------
    layouts : frozenset of str
        What a code can look like: "vector" (B, d), "grid" (B, height, width, d).
    ranks : frozenset of int
        Number of dimensions an event may have: 1 a table, 2 series, 3 images.
    reads_series : bool
        Whether (n, a, b) means n series of a steps to it, rather than n images.
    any_length : bool
        Whether it reads and writes series of any length, skipping what is padding; other nets are given all series
        at one length, and a flag beside each cell that tells what is there.
    future : int
        Steps at the end of a row that it predicts instead of reading.
    reconstruct : bool
        Whether it writes what its encoder reads, and not the future alone.
    order : {"forward", "reversed"}
        In which order steps are written.
    decoder_sees : str
        What the decoder looks at beside the code: "nothing", "previous frames" or "input".
    """

    layouts: ClassVar[frozenset[str]] = frozenset({"vector"})
    ranks: ClassVar[frozenset[int]] = frozenset({1, 2, 3})
    any_length: ClassVar[bool] = False
    future: int = 0
    reconstruct: bool = True
    order: str = "forward"

    @property
    def reads_series(self) -> bool:
        """Whether (n, a, b) means series to it."""
        return False

    @property
    def decoder_sees(self) -> str:
        """What the decoder looks at beside the code."""
        return "nothing"

    @property
    def writes_past(self) -> bool:
        """Whether there is a reconstruction at all: a net may predict the future alone."""
        return not self.future or bool(self.reconstruct)

    def build(self, spec: Spec, seeds: Seeds) -> NetLayer:
        """Return its layer, with new weights."""
        raise NotImplementedError

    def masks(self, event: tuple[int, ...]) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return the cells of an event the encoder may look at and those the loss counts, None for all."""
        return None, None

    def check_fits(self, spec: Spec, layout: str) -> None:
        """Raise if this net cannot read such rows or make such codes."""
        name = type(self).__name__
        if layout not in self.layouts:
            raise ParameterError(
                f"The {name} net cannot make a code with layout {layout!r}",
                expected="one of " + ", ".join(map(repr, sorted(self.layouts))),
                received=repr(layout),
                do="change the layout of the latent, or the net",
            )
        if len(spec.event) not in self.ranks:
            raise ParameterError(
                f"The {name} net cannot read rows of shape {spec.event}",
                expected=" or ".join(f"{r} dimensions" for r in sorted(self.ranks)) + " a row",
                received=f"{len(spec.event)}",
                do="use net='dense' for tables; images are (n, height, width) or (n, height, width, channels), "
                "series (n, steps, channels)",
            )

    def check_activation(self, name: str) -> str:
        """Return the parameter ``name`` if Keras has an activation of that name among the field's usual ones."""
        return str(self.check_choice(name, ACTIVATIONS))


class NetLayer(keras.Layer):
    """The layer of a net; abstract.

    Attributes
    ----------
    numbered : bool
        Whether its layers are told apart by their places, for their names are the user's or change from build to build.
    """

    numbered: bool = False

    def __init__(self, spec: Spec) -> None:
        super().__init__(name="net")
        self.spec = spec
        self.built = True

    @property
    def slow_in_loop(self) -> bool:
        """Whether a step of training is faster by itself than in a compiled loop of many.

        On a CPU, XLA computes convolutions inside a loop without its fast kernels, several times slower.
        """
        return on_xla_cpu() and any(isinstance(layer, CONVOLUTIONS) for layer in self._flatten_layers())

    def encode(self, features: Any, batch: Batch, ctx: Context) -> Any:
        """Return the hidden state h the latent reads, of the layout ``spec.layout``.

        Parameters
        ----------
        features : array of shape (B, *event)
            What the likelihood makes of the rows for the encoder.
        batch : Batch
            The rows themselves: which cells may be looked at, which steps of series are no padding.
        ctx : Context
        """
        raise NotImplementedError

    def decode(self, z: Any, ctx: Context, emit: Emit, teacher: Batch | None = None) -> dict[str, Any]:
        """Return the parameters of p(x|z) for codes.

        Parameters
        ----------
        z : array of shape (B, *code)
        ctx : Context
            With ``teacher_forcing`` a decoder that feeds on frames is fed true ones where there are any; without, it
            runs free.
        emit : Emit
            ``emit(h)`` gives ``(params, feedback)``: the likelihood's head, and what a decoder that feeds on its own
            output is fed next.
        teacher : Batch, optional
            The rows that are written: how long they are and, to a decoder that looks at the data, what is in them.
        """
        raise NotImplementedError
