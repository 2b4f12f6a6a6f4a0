"""Denoising autoencoder.

Loss of a row = −log p(x|z),    z = f(x̃),    x̃ = corrupted x
"""

from __future__ import annotations

from typing import Any

from hyotan.corruptions.gaussian_noise import GaussianNoise
from hyotan.latents.point import Point
from hyotan.recipes._base import Computed, PartOr, Recipe


class DenoisingAE(Recipe):
    """Denoising autoencoder: it is shown a corrupted row and has to give the clean one.

    Parameters
    ----------
    latent_dim : int or None
        Size of the code; None makes the encoder's last layer the code itself.
    corruption : Part, str or None
        What the encoder is shown in training; None stands for ``GaussianNoise(stddev=0.5)`` in network units.
    activation : str
        Activation of the code.
    layout : {"vector", "grid"}
        A vector, or ``latent_dim`` channels on the smallest level of a convolutional net.
    net : Part, str or None
        How a row is read and written; None stands for ``Dense(hidden=(256,))``.
    **params
        Any other parameter of :class:`~hyotan.Autoencoder`, and those of the parts, as ``net__hidden=(64,)``.

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
