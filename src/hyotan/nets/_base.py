"""Base classes of nets: the part, and its layer with an encoder and a decoder."""

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
    """Maps the decoder's output to the parameters of p(x|z); an argument of :meth:`NetLayer.decode`."""

    numbers: int  # how many numbers per cell a decoder with its own output layer must give

    def __call__(self, h: Any) -> tuple[dict[str, Any], Any]:
        """Return the parameters from the likelihood's own output layer, and the next autoregressive input."""

    def given(self, output: Any) -> tuple[dict[str, Any], Any]:
        """Return the same for a decoder that has its own output layer."""


class Net(Part, kind="net"):
    """An encoder and a decoder; abstract.

    Attributes
    ----------
    layouts : frozenset of str
        Layouts of the code that it supports: "vector" (B, d), "grid" (B, …, d) with the positions of a feature map.
    ranks : frozenset of int
        Numbers of dimensions that an event may have: 1 for tables, 2 for series, 3 for images.
    reads_series : bool
        Whether it reads an array (n, a, b) as n series of a steps, rather than as n images.
    reads_images : bool or None
        Whether it reads such an array as images; None if it reads either, so that the user has to say which.
    any_length : bool
        Whether it handles series of any length and skips padding. Other nets get all series padded to one length,
        with an observed flag for each cell.
    future : int
        Number of steps at the end of a row that are hidden from the encoder and predicted.
    reconstruct : bool
        Whether the encoder's input is reconstructed; False predicts the future only.
    order : {"forward", "reversed"}
        The order in which steps are decoded.
    decoder_sees : str
        The decoder's input besides the code: "nothing", "previous frames" (the previous steps) or "input".
    """

    foreign_names: ClassVar[dict[str, str]] = {
        "mlp": "give net='dense'",
        **dict.fromkeys(("lstm", "gru", "rnn"), "give net=hyotan.nets.Recurrent(cell='lstm'), or cell='gru'"),
    }
    foreign_parameters: ClassVar[dict[str, str]] = {
        "activity_regularizer": "leave it out here: a penalty on the code belongs to the latent, as in "
        "hyotan.SparseAE(l1=0.1, net=...)"
    }
    layouts: ClassVar[frozenset[str]] = frozenset({"vector"})
    ranks: ClassVar[frozenset[int]] = frozenset({1, 2, 3})
    any_length: ClassVar[bool] = False
    future: int = 0
    reconstruct: bool = True
    order: str = "forward"

    @property
    def reads_series(self) -> bool:
        """Whether it reads an array (n, a, b) as series."""
        return False

    @property
    def reads_images(self) -> bool | None:
        """Whether it reads an array (n, a, b) as images; None if it reads either."""
        return False

    @property
    def decoder_sees(self) -> str:
        """The decoder's input besides the code."""
        return "nothing"

    @property
    def writes_past(self) -> bool:
        """Whether there is a reconstruction; False if the net predicts the future only."""
        return not self.future or bool(self.reconstruct)

    def build(self, spec: Spec, seeds: Seeds) -> NetLayer:
        """Return its layer, with new weights."""
        raise NotImplementedError

    def masks(self, event: tuple[int, ...]) -> tuple[np.ndarray | None, np.ndarray | None]:
        """Return two masks over an event: the encoder's visible cells, and the cells in the loss; None means all."""
        return None, None

    def check_fits(self, spec: Spec, layout: str) -> None:
        """Raise if this net does not support such rows or codes of this layout."""
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
        """Return the activation given as parameter ``name``, or raise if it is not one of the supported ones."""
        return str(self.check_choice(name, ACTIVATIONS))


class NetLayer(keras.Layer):
    """The layer of a net; abstract.

    Attributes
    ----------
    numbered : bool
        Whether weights are saved under the positions of its layers, because the layers' names are the user's own or
        change from build to build.
    """

    numbered: bool = False

    def __init__(self, spec: Spec) -> None:
        super().__init__(name="net")
        self.spec = spec
        self.built = True

    @property
    def slow_in_loop(self) -> bool:
        """Whether training is faster with one compiled call per step than with a compiled loop over many steps.

        On a CPU, XLA does not use its fast kernels for convolutions inside a loop, which makes them several times
        slower.
        """
        return on_xla_cpu() and any(isinstance(layer, CONVOLUTIONS) for layer in self._flatten_layers())

    def encode(self, features: Any, batch: Batch, ctx: Context) -> Any:
        """Return the hidden state h, the input of the latent, in the layout ``spec.layout``.

        Parameters
        ----------
        features : array of shape (B, *event)
            The encoder's input, as made by the likelihood; twice as many channels if cells may be missing.
        batch : Batch
            The rows themselves, with the masks of visible cells and of steps that are not padding.
        ctx : Context
        """
        raise NotImplementedError

    def decode(self, z: Any, ctx: Context, emit: Emit, teacher: Batch | None = None) -> dict[str, Any]:
        """Return the parameters of p(x|z) for codes.

        Parameters
        ----------
        z : array of shape (B, *code)
        ctx : Context
            With ``teacher_forcing``, an autoregressive decoder gets the true previous steps where they are observed;
            otherwise it gets its own output.
        emit : Emit
            ``emit(h)`` gives ``(params, feedback)``: the parameters of p(x|z), and the next input of an
            autoregressive decoder.
        teacher : Batch, optional
            The rows to decode: their lengths and, for a decoder that uses the data as input, their values.
        """
        raise NotImplementedError
