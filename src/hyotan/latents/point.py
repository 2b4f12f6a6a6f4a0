"""Point latent: a code and nothing else, the plain autoencoder.

z = activation(W h + b),    loss of a row = −log p(x|z)
"""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.ops import ACTIVATIONS, glorot
from hyotan.core.spec import Seeds, Spec
from hyotan.latents._base import Delta, Latent, LatentLayer, Posterior, Terms, expected


class Point(Latent):
    """A deterministic code.

    Parameters
    ----------
    dim : int or None
        Size of the code; None makes the encoder's last layer the code itself, with no head.
    activation : str
        Activation of the code, such as "relu".
    layout : {"vector", "grid"}
        A vector, or ``dim`` channels on the smallest level of a convolutional net.

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
        """Return the built twin."""
        dim = None if self.dim is None else self.check_whole("dim", low=1)
        activation = self.check_choice("activation", ACTIVATIONS)
        return PointLayer(seeds, dim, activation, self.check_choice("layout", ("vector", "grid")))


class PointLayer(LatentLayer):
    """Twin of :class:`Point`."""

    def __init__(self, seeds: Seeds, dim: int | None, activation: str, layout: str) -> None:
        super().__init__(layout)
        self.code = code_head(seeds, dim, activation)

    def heads(self, h: Any) -> dict[str, Any]:
        """Return the code."""
        return {"code": self.code(h)}

    def given(self, parameters: dict[str, Any]) -> Posterior:
        """Return all mass on the code."""
        return Delta(parameters["code"])

    def objective(self, log_px: Any, q: Posterior, z: Any, weight: Any) -> Terms:
        """Return the negative log-likelihood."""
        return Terms({"nll": -expected(log_px)}, {})

    def bound(self, log_px: Any, q: Posterior, z: Any) -> Any:
        """Return log p(x|z)."""
        return expected(log_px)


def code_head(seeds: Seeds, dim: int | None, activation: str) -> Any:
    """Return the layer that makes a deterministic code from the hidden state."""
    if dim is None:
        return keras.layers.Activation(activation, name="code")
    return keras.layers.Dense(dim, activation, kernel_initializer=glorot(seeds), name="code")
