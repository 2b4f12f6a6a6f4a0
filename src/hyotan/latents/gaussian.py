"""Gaussian latent: the variational autoencoder.

    q(z|x) = N(μ(x), diag σ²(x)),    loss of a row = −E_q log p(x|z) + divergence(q, p(z))

Reference: Kingma and Welling, "Auto-encoding variational Bayes" (2014).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from hyotan.core.context import Context
from hyotan.core.part import Part, resolve
from hyotan.core.spec import Seeds, Spec
from hyotan.core.terms import NLL, Term, Terms
from hyotan.latents._base import ABILITIES, DiagonalNormal, Latent, LatentLayer, Posterior, expected
from hyotan.latents._fixed_noise import score_noise
from hyotan.latents.divergences.kl import KL, kl_per_row

ACTIVE = 0.01  # variance of the posterior mean over the data above which a unit is active (Burda et al., 2016)
ACTIVE_UNITS = Term("active_units", "active units", "", 50, "higher")
KL_PER_DIM = Term("kl_per_dim", "KL to the prior of each unit", "nats", 60)


class Gaussian(Latent):
    """A Gaussian code: the encoder gives a mean and a variance for each dimension.

    Parameters
    ----------
    dim : int
        Size of the code.
    divergence : Part
        The loss term that pulls the posterior towards the prior; ``None`` means ``KL(beta=1)``.
    prior : Part or str
        The prior p(z).
    head : {"log_var", "sigma"}
        What the encoder's second head outputs. "log_var" is log σ², which always gives a valid variance. "sigma" is σ
        itself from a linear head, as in some papers: it may cross zero, where log σ² diverges, so 1e-12 is added to σ².
    layout : {"vector", "grid"}
        As for :class:`~hyotan.latents.Point`.

    Examples
    --------
    >>> Gaussian(8, divergence=KL(beta=4))
    Gaussian(dim=8, divergence=KL(beta=4))
    """

    abilities: ClassVar[frozenset[str]] = frozenset(ABILITIES)

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
        divergence = KL() if self.divergence is None else resolve("divergence", self.divergence)
        spec = replace(spec, code=(self.check_whole("dim", low=1),))
        prior = resolve("prior", self.prior).build(spec, seeds)
        head = self.check_choice("head", ("log_var", "sigma"))
        layout = self.check_choice("layout", ("vector", "grid"))
        return GaussianLayer(seeds, spec.code[0], divergence.build(spec, seeds), prior, head, layout)


class GaussianLayer(LatentLayer):
    """Layer of :class:`Gaussian`."""

    idle_below = ACTIVE
    charged = KL_PER_DIM.name

    def __init__(self, seeds: Seeds, dim: int, divergence: Any, prior: Any, head: str, layout: str) -> None:
        super().__init__(layout)
        self.divergence, self.prior, self.head = divergence, prior, head
        self.location = keras.layers.Dense(dim, kernel_initializer=seeds.glorot(), name="mean")
        self.spread = keras.layers.Dense(dim, kernel_initializer=seeds.glorot(), name=head)

    def heads(self, h: Any) -> dict[str, Any]:
        """Return mean and log_var (or sigma)."""
        return {"mean": self.location(h), self.head: self.spread(h)}

    def given(self, parameters: dict[str, Any]) -> Posterior:
        """Return the diagonal normal posterior."""
        if self.head == "sigma":
            return DiagonalNormal(parameters["mean"], ops.log(ops.square(parameters["sigma"]) + 1e-12))
        return DiagonalNormal(parameters["mean"], parameters["log_var"])

    def log_prior(self, z: Any, ctx: Context) -> Any:
        return self.prior.log_prob(z, ctx)

    def sample_prior(self, n: int, shape: tuple[int, ...], ctx: Context) -> Any:
        return self.prior.sample(n, shape, ctx)

    def objective(self, log_px: Any, q: Posterior, z: Any, ctx: Context) -> Terms:
        """Return −log p(x|z) and the divergence; code means and their squares are reported to count active units."""
        held = self.divergence.terms(q, self.prior, z, ctx)
        mean = ops.reshape(q.mean(), (ops.shape(log_px)[1], -1))
        moments = {"code_mean": mean, "code_square": ops.square(mean)}
        about = (NLL, *held.about, ACTIVE_UNITS, KL_PER_DIM)
        return Terms({"nll": -expected(log_px), **held.minimise}, {**held.report, **moments}, about)

    def elbo(self, log_px: Any, q: Any, z: Any, ctx: Context) -> Any:
        """Return the ELBO, E_q log p(x|z) − KL(q ‖ p), whichever divergence and weight were used in training."""
        return expected(log_px) - kl_per_row(q, self.prior, z, ctx)[0]

    def describe(self, q: Posterior, z: Any, ctx: Context) -> dict[str, Any]:
        """Return ``kl_per_dim``, the KL of each dimension in nats, of shape (B, d), if it has a closed form."""
        each = q.kl(self.prior)
        return {} if each is None else {"kl_per_dim": ops.reshape(each, (ops.shape(each)[0], -1))}

    def summary(self, averages: dict[str, Any]) -> dict[str, Any]:
        """Return the number of active units (Var_x(E_q[z]) > 0.01) and the KL of each dimension if it was reported."""
        variance = np.asarray(averages["code_square"]) - np.square(averages["code_mean"])
        found: dict[str, Any] = {"active_units": int(np.sum(variance > ACTIVE))}
        if "kl_per_dim" in averages:
            found["kl_per_dim"] = [float(v) for v in np.atleast_1d(averages["kl_per_dim"])]
        return found

    def diagnose(self, summary: dict[str, Any]) -> list[str]:
        """Return a sentence if the posterior has collapsed, that is, no unit is active."""
        if summary.get("active_units") != 0:
            return []
        dim = len(summary.get("kl_per_dim", ())) or self.location.units
        return [
            f"posterior collapse: 0 of {dim} latent units are active, so the codes say nothing about the rows · "
            "what to do: lower beta, use KL(warmup=…) or KL(free_bits=…), or train longer"
        ]

    def fixed_noise(self, n: int, shape: tuple[int, ...]) -> np.ndarray:
        """Return n draws of noise with exact moments; see :func:`~hyotan.latents._fixed_noise.score_noise`."""
        return score_noise(n, shape)

    def standardise(self, z: Any) -> Any:
        """Return the codes as standardised by the prior; None if the prior cannot do that."""
        return self.prior.standardise(z) if hasattr(self.prior, "standardise") else None

    def tempered(self, z: Any, temperature: float) -> Any:
        """Return the codes at another temperature of the prior; None if the prior has none."""
        return self.prior.tempered(z, temperature) if hasattr(self.prior, "tempered") else None

    def span(self, sigmas: float) -> tuple[float, float] | None:
        """Return the prior's interval; None if the prior does not give one."""
        return self.prior.span(sigmas) if hasattr(self.prior, "span") else None
