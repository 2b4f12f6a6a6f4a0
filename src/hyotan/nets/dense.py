"""Dense net: fully connected layers on the flattened row.

x → [W x + b, activation] × hidden → h          z → [W z + b, activation] × reversed(hidden) → h'
"""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.ops import flat, run
from hyotan.core.spec import Seeds, Spec
from hyotan.nets._base import Emit, Net, NetLayer


class Dense(Net):
    """Fully connected encoder and decoder.

    Parameters
    ----------
    hidden : tuple of int
        Widths of the encoder's hidden layers; ``()`` for none. The decoder has the same widths in reverse order.
    activation : str
        Activation of the hidden layers.
    decoder_hidden : tuple of int or None
        Widths of the decoder's hidden layers; None for the encoder's in reverse order.
    dropout : float
        Dropout rate of the encoder's hidden layers.

    Examples
    --------
    >>> Dense(hidden=(512, 128))
    Dense(hidden=(512, 128))
    """

    def __init__(
        self,
        hidden: tuple[int, ...] = (256,),
        activation: str = "relu",
        decoder_hidden: tuple[int, ...] | None = None,
        dropout: float = 0.0,
    ) -> None:
        self.hidden = hidden
        self.activation = activation
        self.decoder_hidden = decoder_hidden
        self.dropout = dropout

    def build(self, spec: Spec, seeds: Seeds) -> NetLayer:
        hidden = self.check_widths("hidden")
        mirrored = hidden[::-1] if self.decoder_hidden is None else self.check_widths("decoder_hidden")
        self.check_number("dropout", low=0, high=0.99)
        return DenseLayer(spec, seeds, hidden, mirrored, self.check_activation("activation"), float(self.dropout))


class DenseLayer(NetLayer):
    """Layer of :class:`Dense`."""

    def __init__(
        self,
        spec: Spec,
        seeds: Seeds,
        hidden: tuple[int, ...],
        decoder_hidden: tuple[int, ...],
        activation: str,
        dropout: float,
    ) -> None:
        super().__init__(spec)

        def layers(side: str, widths: tuple[int, ...]) -> list[Any]:
            made: list[Any] = []
            for i, width in enumerate(widths):
                kernel = seeds.glorot()
                made.append(keras.layers.Dense(width, activation, kernel_initializer=kernel, name=f"{side}_{i}"))
                if dropout and side == "encoder":
                    made.append(keras.layers.Dropout(dropout, seed=seeds(), name=f"dropout_{i}"))
            return made

        self.encoder_layers = layers("encoder", hidden)
        self.decoder_layers = layers("decoder", decoder_hidden)

    def encode(self, features: Any, batch: Batch, ctx: Context) -> Any:
        """Return the last hidden layer of the encoder, of shape (B, width)."""
        return run(self.encoder_layers, flat(features))

    def decode(self, z: Any, ctx: Context, emit: Emit, teacher: Batch | None = None) -> dict[str, Any]:
        """Return the parameters of p(x|z)."""
        return emit(run(self.decoder_layers, z))[0]
