"""Variational autoencoder.

Loss of a row = −E_q log p(x|z) + β · KL(q(z|x) ‖ p(z)),    q(z|x) = N(μ(x), diag σ²(x))
"""

from __future__ import annotations

from typing import Any

from hyotan.latents.divergences.kl import KL
from hyotan.latents.gaussian import Gaussian
from hyotan.recipes._base import Computed, Recipe


class VAE(Recipe):
    """Variational autoencoder; a β-VAE if ``beta`` is not 1.

    Parameters
    ----------
    latent_dim : int
        Size of the code.
    beta : float
        Weight β of the KL term.
    free_bits : float
        KL in nats per dimension that is not penalised.
    warmup : int
        Number of epochs in which β increases to its final value.
    prior : Part or str
        The prior p(z).
    head : {"log_var", "sigma"}
        Output of the encoder's second head: log σ², or σ.
    layout : {"vector", "grid"}
        Shape of the code: a vector, or ``latent_dim`` channels on the coarsest grid of a convolutional net.
    net : Part, str or None
        Encoder and decoder; None means ``Dense(hidden=(256,))``.
    **params
        Other parameters of :class:`~hyotan.Autoencoder`, and parameters of the parts, such as ``net__hidden=(64,)``.

    References
    ----------
    Kingma and Welling, "Auto-encoding variational Bayes" (2014); Higgins et al., "β-VAE" (2017).

    Examples
    --------
    >>> import hyotan as hy
    >>> model = hy.VAE(beta=4, net__hidden=(64,))
    >>> model
    VAE(beta=4, net=Dense(hidden=(64,)))
    >>> model.get_params()["latent__divergence__beta"]
    4
    """

    latent = Computed(
        Gaussian(divergence=KL()),
        latent_dim="dim",
        beta="divergence__beta",
        free_bits="divergence__free_bits",
        warmup="divergence__warmup",
        prior="prior",
        head="head",
        layout="layout",
    )

    def __init__(
        self,
        latent_dim: int = 2,
        *,
        beta: float = 1.0,
        free_bits: float = 0.0,
        warmup: int = 0,
        prior: Any = "standardnormal",
        head: str = "log_var",
        layout: str = "vector",
        net: Any = "dense",
        **params: Any,
    ) -> None:
        self.latent_dim = latent_dim
        self.beta = beta
        self.free_bits = free_bits
        self.warmup = warmup
        self.prior = prior
        self.head = head
        self.layout = layout
        super().__init__(net=net, **params)
