"""Custom net: the user's own Keras encoder and decoder."""

from __future__ import annotations

from typing import Any, ClassVar

import keras

from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError, shown
from hyotan.core.ops import to_numpy
from hyotan.core.spec import Seeds, Spec
from hyotan.nets._base import Emit, Net, NetLayer


class Custom(Net):
    """A Keras encoder and decoder of your own.

    Parameters
    ----------
    encoder : keras.Model or keras.Layer
        Maps features of shape ``(B, *event)`` to a hidden state; the latent adds its own layer to it.
    decoder : keras.Model or keras.Layer
        Maps codes to a last hidden layer, or to the parameters of p(x|z).
    outputs : {"features", "parameters"}
        What the decoder outputs. With "features", the likelihood adds its own output layer. With "parameters", the
        decoder outputs one number for each cell, in the shape of the event: the logit for ``Bernoulli()``, the
        probability for ``Bernoulli(link="identity")``, the mean for ``Gaussian()``. For
        ``Gaussian(sigma="predicted")`` it outputs two, the mean and log σ, stacked on the last axis.

    Notes
    -----
    Each fit starts from a copy of the networks with their current weights; the originals are never changed. A saved
    model contains only the weights, so pass the networks again to load it:
    ``hyotan.load(path, net=Custom(encoder, decoder))``.

    Examples
    --------
    >>> import hyotan as hy  # before Keras, which looks for TensorFlow unless it is told otherwise
    >>> import keras
    >>> encoder = keras.Sequential([keras.Input((64,)), keras.layers.Dense(16, "relu")])
    >>> decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(16, "relu")])
    >>> hy.nets.Custom(encoder, decoder).outputs
    'features'
    """

    layouts: ClassVar[frozenset[str]] = frozenset({"vector", "grid"})
    not_saved: ClassVar[tuple[str, ...]] = ("encoder", "decoder")

    def __init__(self, encoder: Any = None, decoder: Any = None, outputs: str = "features") -> None:
        self.encoder = encoder
        self.decoder = decoder
        self.outputs = outputs

    @property
    def reads_images(self) -> bool | None:
        """Whether the encoder takes rows of three dimensions."""
        return len(getattr(self.encoder, "input_shape", None) or ()) == 4

    @property
    def reads_series(self) -> bool:
        """Whether the encoder takes rows of two dimensions."""
        return len(getattr(self.encoder, "input_shape", None) or ()) == 3

    def __repr__(self) -> str:
        """Return the names of the networks; their own repr is a memory address."""
        names = (getattr(net, "name", shown(net)) for net in (self.encoder, self.decoder))
        return "Custom({}, {}, outputs={!r})".format(*names, self.outputs)

    def build(self, spec: Spec, seeds: Seeds) -> NetLayer:
        """Return its layer, which contains copies of the two networks."""
        for name in ("encoder", "decoder"):
            if not isinstance(getattr(self, name), keras.Layer):
                raise self.refusal(name, "a keras.Model or keras.Layer", "pass Custom(encoder, decoder)")
        self.check_choice("outputs", ("features", "parameters"))
        return CustomLayer(spec, _copy(self.encoder, seeds), _copy(self.decoder, seeds), self.outputs == "parameters")


def _copy(network: Any, seeds: Seeds) -> Any:
    """Return a copy with the same weights, so that a fit changes neither the user's network nor the next fit's start.

    A network without weights creates them during the fit. Its initialisers get seeds here, because they would use
    Python's global generator otherwise.
    """
    copy = type(network).from_config(network.get_config())
    for layer in copy._flatten_layers():
        for name, value in vars(layer).items():
            if isinstance(value, keras.initializers.Initializer) and "seed" in value.get_config():
                setattr(layer, name, type(value).from_config({**value.get_config(), "seed": seeds()}))
    if network.built and network.weights:
        if not copy.built:
            copy.build_from_config(network.get_build_config() or {})
        for ours, theirs in zip(copy.weights, network.weights, strict=True):
            ours.assign(to_numpy(theirs))
    return copy


class CustomLayer(NetLayer):
    """Layer of :class:`Custom`."""

    numbered = True

    def __init__(self, spec: Spec, encoder: Any, decoder: Any, parameters: bool) -> None:
        super().__init__(spec)
        self.encoder, self.decoder, self.parameters = encoder, decoder, parameters

    def encode(self, features: Any, batch: Batch, ctx: Context) -> Any:
        """Return the output of the user's encoder."""
        return self.encoder(features)

    def decode(self, z: Any, ctx: Context, emit: Emit, teacher: Batch | None = None) -> dict[str, Any]:
        """Return the parameters of p(x|z)."""
        output = self.decoder(z)
        *positions, last = self.spec.event
        if not self.parameters:
            if len(output.shape) > 2 and list(output.shape[1:-1]) != positions:
                raise ParameterError(
                    f"The custom decoder does not give features for rows of shape {self.spec.event}",
                    expected=f"(B, {', '.join(map(str, [*positions, 'k']))})" + ", or (B, k)" * bool(positions),
                    received=f"(B, {', '.join(map(str, output.shape[1:]))})",
                    do="change its last layer"
                    + ", or set kind='images' or kind='series' if the rows were taken for the other" * bool(positions),
                )
            return emit(output)[0]
        shape = (*positions, last * emit.numbers)
        if tuple(output.shape[1:]) != shape:
            raise ParameterError(
                f"The custom decoder does not give {emit.numbers} number(s) for each cell",
                expected=f"outputs of shape (B, {', '.join(map(str, shape))})",
                received=f"(B, {', '.join(map(str, output.shape[1:]))})",
                do="change its last layer, or use outputs='features' and let the likelihood add one",
            )
        return emit.given(output)[0]
