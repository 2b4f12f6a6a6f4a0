"""Plain autoencoder.

Loss of a row = −log p(x|z),    z = f(x)
"""

from __future__ import annotations

from typing import Any

from hyotan.latents.point import Point
from hyotan.recipes._base import Computed, Recipe


class AE(Recipe):
    """Plain autoencoder: a code and a reconstruction.

    Parameters
    ----------
    latent_dim : int or None
        Size of the code; None uses the output of the encoder's last layer as the code.
    activation : str
        Activation of the code.
    layout : {"vector", "grid"}
        Shape of the code: a vector, or ``latent_dim`` channels on the coarsest grid of a convolutional net.
    net : Part, str or None
        Encoder and decoder; None means ``Dense(hidden=(256,))``.
    **params
        Other parameters of :class:`~hyotan.Autoencoder`, and parameters of the parts, such as ``net__hidden=(64,)``.

    References
    ----------
    Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science (2006).

    Examples
    --------
    >>> import hyotan as hy
    >>> hy.AE(32, activation="relu").latent
    Point(activation='relu', dim=32)
    """

    latent = Computed(Point(), latent_dim="dim", activation="activation", layout="layout")

    def __init__(
        self,
        latent_dim: int | None = 2,
        *,
        activation: str = "linear",
        layout: str = "vector",
        net: Any = "dense",
        **params: Any,
    ) -> None:
        self.latent_dim = latent_dim
        self.activation = activation
        self.layout = layout
        super().__init__(net=net, **params)
