"""Recipes: named choices of parts. Each returns an ``Autoencoder``; none has a training loop of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hyotan.estimator.autoencoder import Autoencoder

# Keras is imported when a recipe is called: the list of recipes is told without it.


def AE(latent_dim: int | None = 2, *, activation: str = "linear", net: Any = None, **params: Any) -> Autoencoder:
    """Plain autoencoder: a code and a reconstruction.

    Parameters
    ----------
    latent_dim : int or None
        Size of the code.
    activation : str
        Activation of the code.
    net : Part, str or None
        None stands for ``Dense(hidden=(256,))``.
    **params
        Any parameter of :class:`~hyotan.Autoencoder`.

    References
    ----------
    Hinton and Salakhutdinov, "Reducing the dimensionality of data with neural networks", Science (2006).

    Examples
    --------
    >>> import hyotan as hy
    >>> hy.AE(32, activation="relu").latent
    Point(activation='relu', dim=32)
    """
    from hyotan import latents

    return _autoencoder(latents.Point(latent_dim, activation=activation), net, params)


def SparseAE(latent_dim: int = 32, *, l1: float = 0.1, net: Any = None, **params: Any) -> Autoencoder:
    """Sparse autoencoder: an L1 penalty keeps most units of the code silent.

    Parameters
    ----------
    latent_dim : int
        Size of the code.
    l1 : float
        Weight of Σ|z| in nats per row.
    net : Part, str or None
        None stands for ``Dense(hidden=(256,))``.
    **params
        Any parameter of :class:`~hyotan.Autoencoder`.

    References
    ----------
    Ng, "Sparse autoencoder", CS294A lecture notes (2011).
    """
    from hyotan import latents

    return _autoencoder(latents.Sparse(latent_dim, l1=l1), net, params)


def DenoisingAE(
    latent_dim: int | None = 2,
    *,
    corruption: Any = None,
    activation: str = "linear",
    net: Any = None,
    **params: Any,
) -> Autoencoder:
    """Denoising autoencoder: it is shown a corrupted row and has to give the clean one.

    Parameters
    ----------
    latent_dim : int or None
        Size of the code.
    corruption : Part, str or None
        None stands for ``GaussianNoise(stddev=0.5)`` in network units.
    activation : str
        Activation of the code.
    net : Part, str or None
        None stands for ``Dense(hidden=(256,))``.
    **params
        Any parameter of :class:`~hyotan.Autoencoder`.

    References
    ----------
    Vincent et al., "Stacked denoising autoencoders", JMLR (2010).
    """
    from hyotan import corruptions, latents

    corruption = corruptions.GaussianNoise(stddev=0.5) if corruption is None else corruption
    return _autoencoder(latents.Point(latent_dim, activation=activation), net, {**params, "corruption": corruption})


def VAE(
    latent_dim: int = 2,
    *,
    beta: float = 1.0,
    free_bits: float = 0.0,
    warmup: int = 0,
    net: Any = None,
    **params: Any,
) -> Autoencoder:
    """Variational autoencoder; a β-VAE with ``beta`` other than 1.

    Parameters
    ----------
    latent_dim : int
        Size of the code.
    beta : float
        Weight of the KL.
    free_bits : float
        Nats a dimension may use at no cost.
    warmup : int
        Epochs over which β rises to its full value.
    net : Part, str or None
        None stands for ``Dense(hidden=(256,))``.
    **params
        Any parameter of :class:`~hyotan.Autoencoder`.

    References
    ----------
    Kingma and Welling, "Auto-encoding variational Bayes" (2014); Higgins et al., "β-VAE" (2017).

    Examples
    --------
    >>> import hyotan as hy
    >>> hy.VAE(2, beta=4).get_params()["latent__divergence__beta"]
    4
    """
    from hyotan import latents

    divergence = latents.divergences.KL(beta=beta, free_bits=free_bits, warmup=warmup)
    return _autoencoder(latents.Gaussian(latent_dim, divergence=divergence), net, params)


RECIPES: dict[str, Callable[..., Any]] = {"ae": AE, "sparse-ae": SparseAE, "denoising-ae": DenoisingAE, "vae": VAE}


def _autoencoder(latent: Any, net: Any, params: dict[str, Any]) -> Autoencoder:
    from hyotan import nets
    from hyotan.estimator.autoencoder import Autoencoder

    return Autoencoder(latent, nets.Dense() if net is None else net, **params)
