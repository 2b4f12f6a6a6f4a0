"""Gaussian latent: the variational autoencoder.

    q(z|x) = N(μ(x), diag σ²(x)),    loss of a row = −E_q log p(x|z) + divergence(q, p(z))

Reference: Kingma and Welling, "Auto-encoding variational Bayes" (2014).
"""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from hyotan.core.ops import glorot
from hyotan.core.part import Part, resolve
from hyotan.core.spec import Seeds, Spec
from hyotan.latents._base import DiagonalNormal, Latent, LatentLayer, Posterior, Terms, expected, sum_code
from hyotan.latents.divergences import DivergenceLayer
from hyotan.latents.divergences.kl import KL, kl_per_dim
from hyotan.latents.priors.standard_normal import StandardNormal

ACTIVE = 0.01  # variance of the posterior mean over the data above which a unit is active (Burda et al., 2016)


class Gaussian(Latent):
    """A code with a mean and a variance.

    Parameters
    ----------
    dim : int
        Size of the code.
    divergence : Part
        What holds the posterior to the prior; ``None`` stands for ``KL(beta=1)``.
    prior : Part or str
        p(z).
    head : {"log_var", "sigma"}
        What the encoder's second head gives. "log_var" is always a valid variance. "sigma" is σ itself from a
        linear head, as some articles have it: it may cross zero, where log σ² has a pole; σ² is kept above 1e-12.
    layout : {"vector", "grid"}
        As for :class:`~hyotan.latents.Point`.

    Examples
    --------
    >>> Gaussian(8, divergence=KL(beta=4))
    Gaussian(dim=8, divergence=KL(beta=4))
    """

    probabilistic: ClassVar[bool] = True

    def __init__(
        self,
        dim: int = 2,
        divergence: Part | None = None,
        prior: Part | str = "standardnormal",
        head: str = "log_var",
        layout: str = "vector",
    ) -> None:
        self.dim = dim
        self.divergence = divergence
        self.prior = prior
        self.head = head
        self.layout = layout

    def build(self, spec: Spec, seeds: Seeds) -> LatentLayer:
        """Return the built twin."""
        divergence = KL() if self.divergence is None else resolve("divergence", self.divergence)
        prior = resolve("prior", self.prior)
        head = self.check_choice("head", ("log_var", "sigma"))
        layout = self.check_choice("layout", ("vector", "grid"))
        return GaussianLayer(seeds, self.check_whole("dim", low=1), divergence.build(spec, seeds), prior, head, layout)


class GaussianLayer(LatentLayer):
    """Twin of :class:`Gaussian`."""

    def __init__(
        self, seeds: Seeds, dim: int, divergence: DivergenceLayer, prior: StandardNormal, head: str, layout: str
    ) -> None:
        super().__init__(layout)
        self.divergence, self.prior, self.head = divergence, prior, head
        self.location = keras.layers.Dense(dim, kernel_initializer=glorot(seeds), name="mean")
        self.spread = keras.layers.Dense(dim, kernel_initializer=glorot(seeds), name=head)

    def heads(self, h: Any) -> dict[str, Any]:
        """Return mean and log_var (or sigma)."""
        return {"mean": self.location(h), self.head: self.spread(h)}

    def given(self, parameters: dict[str, Any]) -> Posterior:
        """Return the diagonal normal."""
        if self.head == "sigma":
            return DiagonalNormal(parameters["mean"], ops.log(ops.square(parameters["sigma"]) + 1e-12))
        return DiagonalNormal(parameters["mean"], parameters["log_var"])

    def log_prior(self, z: Any, condition: Any) -> Any:
        """Return log p(z)."""
        return self.prior.log_prob(z, condition)

    def sample_prior(self, n: int, shape: tuple[int, ...], condition: Any, seed: Any) -> Any:
        """Return draws from p(z)."""
        return self.prior.sample(n, shape, condition, seed)

    def objective(self, log_px: Any, q: Posterior, z: Any, weight: Any) -> Terms:
        """Return −log p(x|z) and the divergence; means and their squares are reported for the active units."""
        held = self.divergence.terms(q, self.prior, z, weight)
        mean = ops.reshape(q.mean(), (ops.shape(log_px)[1], -1))
        moments = {"code_mean": mean, "code_square": ops.square(mean)}
        return Terms({"nll": -expected(log_px), **held.minimise}, {**held.report, **moments})

    def bound(self, log_px: Any, q: Any, z: Any) -> Any:
        """Return the evidence lower bound E_q log p(x|z) − KL(q ‖ p), with β = 1 whatever β training used."""
        return expected(log_px) - sum_code(kl_per_dim(q, self.prior))

    def summary(self, averages: dict[str, Any]) -> dict[str, Any]:
        """Return the number of active units, Var_x(E_q[z]) > 0.01, and the KL of each dimension."""
        variance = np.asarray(averages["code_square"]) - np.square(averages["code_mean"])
        kl = [float(v) for v in np.atleast_1d(averages["kl_per_dim"])]
        return {"active_units": int(np.sum(variance > ACTIVE)), "kl_per_dim": kl}
