"""Denoising autoencoder.

Loss of a row = −log p(x|z),    z = f(x̃),    x̃ = corrupted x
"""

from __future__ import annotations

from typing import Any

from hyotan.corruptions.gaussian_noise import GaussianNoise
from hyotan.latents.point import Point
from hyotan.recipes._base import Computed, PartOr, Recipe


class DenoisingAE(Recipe):
    """Denoising autoencoder: in training, it reads a corrupted row and learns to reconstruct the clean row.

    Parameters
    ----------
    latent_dim : int or None
        Size of the code; None uses the output of the encoder's last layer as the code.
    corruption : Part, str or None
        Corruption of the encoder's input in training; None means ``GaussianNoise(stddev=0.5)`` in network units.
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
    Vincent et al., "Stacked denoising autoencoders", JMLR (2010).

    Examples
    --------
    >>> import hyotan as hy
    >>> hy.DenoisingAE(8).corruption
    GaussianNoise(stddev=0.5)
    """

    latent = Computed(Point(), latent_dim="dim", activation="activation", layout="layout")
    corruption = PartOr(GaussianNoise(stddev=0.5))

    def __init__(
        self,
        latent_dim: int | None = 2,
        *,
        corruption: Any = None,
        activation: str = "linear",
        layout: str = "vector",
        net: Any = "dense",
        **params: Any,
    ) -> None:
        self.latent_dim = latent_dim
        self.activation = activation
        self.layout = layout
        super().__init__(corruption=corruption, net=net, **params)
