"""Point latent: a deterministic code, as in the plain autoencoder.

z = activation(W h + b),    loss of a row = −log p(x|z)
"""

from __future__ import annotations

from hyotan.core.ops import ACTIVATIONS
from hyotan.core.spec import Seeds, Spec
from hyotan.latents._base import DeterministicLayer, Latent, LatentLayer


class Point(Latent):
    """A deterministic code.

    Parameters
    ----------
    dim : int or None
        Size of the code; None uses the encoder's last layer as the code, with no head of its own.
    activation : str
        Activation of the code, such as "relu".
    layout : {"vector", "grid"}
        "vector" is one vector per row; "grid" has ``dim`` channels at each position of a convolutional net's
        smallest level.

    Examples
    --------
    >>> Point(32, activation="relu")
    Point(activation='relu', dim=32)
    """

    def __init__(self, dim: int | None = 2, activation: str = "linear", layout: str = "vector") -> None:
        self.dim = dim
        self.activation = activation
        self.layout = layout

    def build(self, spec: Spec, seeds: Seeds) -> LatentLayer:
        dim = None if self.dim is None else self.check_whole("dim", low=1)
        activation = self.check_choice("activation", ACTIVATIONS)
        return PointLayer(seeds, dim, activation, self.check_choice("layout", ("vector", "grid")))


class PointLayer(DeterministicLayer):
    """Layer of :class:`Point`: its only loss term is the negative log-likelihood."""
