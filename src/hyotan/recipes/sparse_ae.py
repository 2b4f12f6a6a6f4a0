"""Sparse autoencoder.

Loss of a row = −log p(x|z) + l1 · Σ_j |z_j|
"""

from __future__ import annotations

from typing import Any

from hyotan.latents.sparse import Sparse
from hyotan.recipes._base import Computed, Recipe


class SparseAE(Recipe):
    """Sparse autoencoder: with an L1 penalty, most units of the code are zero for a given row.

    Parameters
    ----------
    latent_dim : int
        Size of the code.
    l1 : float
        Weight of Σ|z| in nats per row.
    activation : str
        Activation of the code; ReLU gives exact zeros.
    layout : {"vector", "grid"}
        Shape of the code: a vector, or ``latent_dim`` channels on the coarsest grid of a convolutional net.
    net : Part, str or None
        Encoder and decoder; None means ``Dense(hidden=(256,))``.
    **params
        Other parameters of :class:`~hyotan.Autoencoder`, and parameters of the parts, such as ``net__hidden=(64,)``.

    References
    ----------
    Ng, "Sparse autoencoder", CS294A lecture notes (2011).

    Examples
    --------
    >>> import hyotan as hy
    >>> hy.SparseAE(64, l1=0.05).latent
    Sparse(dim=64, l1=0.05)
    """

    latent = Computed(Sparse(), latent_dim="dim", l1="l1", activation="activation", layout="layout")

    def __init__(
        self,
        latent_dim: int = 32,
        *,
        l1: float = 0.1,
        activation: str = "relu",
        layout: str = "vector",
        net: Any = "dense",
        **params: Any,
    ) -> None:
        self.latent_dim = latent_dim
        self.l1 = l1
        self.activation = activation
        self.layout = layout
        super().__init__(net=net, **params)
