"""Base classes of latents: the part, the posterior over codes, and the layer that computes the loss terms."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops, random

from hyotan.core.context import Context
from hyotan.core.ops import LOG_2PI
from hyotan.core.part import Part
from hyotan.core.spec import Seeds, Spec
from hyotan.core.terms import NLL, Terms

LOG_VAR = (-30.0, 10.0)  # bounds of log σ² of a posterior; priors have a variance of about 1
ACTIVITY = (
    "a penalty on the code belongs to the latent: hyotan.SparseAE(l1=0.1), or "
    "hyotan.Autoencoder(hyotan.latents.Sparse(l1=0.1)); a weight w in Keras 3, where the loss is a mean over cells, is "
    "l1 = w · the number of cells"
)
ABILITIES = ("sample", "density", "divergence", "noise")


class Posterior:
    """The posterior q(z|x) of each row of a batch; abstract."""

    def mean(self) -> Any:
        """Return the code of each row, of shape (B, *code)."""
        raise NotImplementedError

    def noise(self, n: int, shape: tuple[Any, ...], rng: Any) -> Any:
        """Return the random numbers that :meth:`draw` turns into n draws, of shape (n, *shape).

        Parameters
        ----------
        n : int
        shape : tuple of int
            ``(B, *code)`` for independent noise in each row, ``(*code,)`` for the same noise in every row.
        rng : keras.random.SeedGenerator or numpy.random.Generator
        """
        raise NotImplementedError

    def draw(self, noise: Any) -> Any:
        """Return n draws for each row, of shape (n, B, *code), from noise of shape (n, B, *code) or (n, *code).

        Noise of shape (n, *code) is shared by all rows, so the draws for a row do not depend on the rest of the batch.
        """
        raise NotImplementedError

    def sample(self, n: int, rng: Any) -> Any:
        """Return n draws for each row, of shape (n, B, *code), with independent noise in each row."""
        return self.draw(self.noise(n, ops.shape(self.mean()), rng))

    def log_prob(self, z: Any) -> Any:
        """Return log q(z|x) of draws (n, B, *code), of shape (n, B)."""
        raise NotImplementedError

    def kl(self, prior: Any) -> Any:
        """Return the closed-form KL(q ‖ prior) of each dimension, (B, *code) in nats; None if there is none."""
        return None


class Delta(Posterior):
    """A deterministic posterior: all probability mass is on one code."""

    def __init__(self, code: Any) -> None:
        self.code = code

    def mean(self) -> Any:
        """Return the code."""
        return self.code

    def noise(self, n: int, shape: tuple[Any, ...], rng: Any) -> Any:
        """Return zeros, because nothing is random."""
        return ops.zeros((n, *shape))

    def draw(self, noise: Any) -> Any:
        """Return the code, repeated for each draw."""
        return ops.broadcast_to(self.code[None], (noise.shape[0], *ops.shape(self.code)))

    def log_prob(self, z: Any) -> Any:
        """Return 0 for every draw: a point mass has no density, and no ELBO is computed from it."""
        return ops.zeros(ops.shape(z)[:2])


class DiagonalNormal(Posterior):
    """A normal distribution with diagonal covariance: z = mean + exp(½ log_var) · ε.

    ``log_var`` is kept within :data:`LOG_VAR`, so that the scores of rows far from the training data are finite.
    """

    def __init__(self, mean: Any, log_var: Any) -> None:
        self.location, self.log_var = mean, ops.clip(log_var, *LOG_VAR)

    def mean(self) -> Any:
        """Return the means."""
        return self.location

    def noise(self, n: int, shape: tuple[Any, ...], rng: Any) -> Any:
        """Return standard normal noise."""
        if isinstance(rng, np.random.Generator):
            return rng.standard_normal((n, *shape)).astype(np.float32)
        return random.normal((n, *shape), seed=rng)

    def draw(self, noise: Any) -> Any:
        """Return mean + σ ε."""
        if len(noise.shape) == len(self.location.shape):
            noise = ops.expand_dims(noise, 1)
        return self.location + ops.exp(0.5 * self.log_var) * noise

    def log_prob(self, z: Any) -> Any:
        """Return the log-density, summed over the dimensions of the code."""
        each = -0.5 * (ops.square(z - self.location) * ops.exp(-self.log_var) + self.log_var + LOG_2PI)
        return sum_code(each, skip=2)

    def kl(self, prior: Any) -> Any:
        """Return the KL to the prior if the prior has ``kl_of_normal``, else None."""
        known = getattr(prior, "kl_of_normal", None)  # a learned prior's layer need not define it
        return None if known is None else known(self.location, self.log_var)


class Latent(Part, kind="latent"):
    """The kind of code at the bottleneck; abstract.

    Attributes
    ----------
    abilities : frozenset of str
        What it supports: "sample" (it has a prior to sample from), "density" (prior and posterior have log-densities,
        so log p(x) can be estimated), "divergence" (training pulls the posterior towards the prior), "noise" (codes
        are random, so a draw differs from the mean).
    """

    foreign_names: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("vae", "variational", "normal"), "give latent='gaussian', or fit a hyotan.VAE"),
    }
    foreign_parameters: ClassVar[dict[str, str]] = {"activity_regularizer": ACTIVITY}
    abilities: ClassVar[frozenset[str]] = frozenset()

    def build(self, spec: Spec, seeds: Seeds) -> LatentLayer:
        """Return its layer, with new weights."""
        raise NotImplementedError


class LatentLayer(keras.Layer):
    """The layer of a latent; abstract.

    ``ctx`` is the :class:`~hyotan.core.context.Context` of the call.

    Parameters
    ----------
    layout : {"vector", "grid"}
        Layout of the codes; the encoder's hidden state must have the same layout.

    Attributes
    ----------
    draws : int
        Draws from the posterior per row in a training step.
    idle_below : float
        A unit whose code has at most this variance over the data counts as inactive.
    charged : str
        Name of the entry of ``describe`` (per unit, in nats) that the score of a row subtracts from E_q log p(x|z);
        empty if there is none.
    """

    draws: int = 1
    idle_below: float = 1e-12
    charged: str = ""

    def __init__(self, layout: str = "vector") -> None:
        super().__init__(name="latent")
        self.layout = layout
        self.built = True

    def heads(self, h: Any) -> dict[str, Any]:
        """Return the parameters of q(z|x) by name; the first has the shape of the code."""
        raise NotImplementedError

    def given(self, parameters: dict[str, Any]) -> Posterior:
        """Return the posterior with these parameters."""
        raise NotImplementedError

    def posterior(self, h: Any, ctx: Context) -> Posterior:
        """Return q(z|x) from the encoder's hidden state."""
        return self.given(self.heads(h))

    def log_prior(self, z: Any, ctx: Context) -> Any:
        """Return log p(z) of codes (n, B, *code), of shape (n, B)."""
        raise NotImplementedError

    def sample_prior(self, n: int, shape: tuple[int, ...], ctx: Context) -> Any:
        """Return n codes of the given shape drawn from the prior, using the seed generator ``ctx.seed``."""
        raise NotImplementedError

    def objective(self, log_px: Any, q: Posterior, z: Any, ctx: Context) -> Terms:
        """Return the loss terms of each row, given log p(x|z) of shape (n, B); by default only −E_q log p(x|z)."""
        return Terms({"nll": -expected(log_px)}, about=(NLL,))

    def elbo(self, log_px: Any, q: Posterior, z: Any, ctx: Context) -> Any:
        """Return the score of each row in nats, of shape (B,), without the weights used in training.

        With a prior this is the evidence lower bound (ELBO); by default it is E_q log p(x|z).
        """
        return expected(log_px)

    def describe(self, q: Posterior, z: Any, ctx: Context) -> dict[str, Any]:
        """Return statistics of each row by name, each of shape (B, …)."""
        return {}

    def summary(self, averages: dict[str, Any]) -> dict[str, Any]:
        """Return extra entries for the history, computed from the epoch's averages of the reported terms."""
        return {}

    def diagnose(self, summary: dict[str, Any]) -> list[str]:
        """Return sentences that say what is wrong with the codes and what to do, given the last history entries."""
        return []

    def fixed_noise(self, n: int, shape: tuple[int, ...]) -> np.ndarray:
        """Return the fixed noise used to score every row, at most n draws, of shape (draws, *shape).

        By default one draw of zeros, which is right for a deterministic latent.
        """
        return np.zeros((1, *shape), np.float32)

    def standardise(self, z: Any) -> Any:
        """Return codes mapped to a space where the prior is N(0, I); None without a prior or a known map."""
        return None

    def tempered(self, z: Any, temperature: float) -> Any:
        """Return codes drawn from the prior as draws at another temperature; None if the prior has none."""
        return None

    def span(self, sigmas: float) -> tuple[float, float] | None:
        """Return the interval of ±``sigmas`` standard deviations of the prior per dimension; None if it is unknown."""
        return None


class DeterministicLayer(LatentLayer):
    """The layer of a deterministic latent, with one code per row; abstract.

    Parameters
    ----------
    seeds : Seeds
    dim : int or None
        Size of the code; None applies the activation to the hidden state itself, without a dense layer.
    activation : str
    layout : {"vector", "grid"}
    """

    def __init__(self, seeds: Seeds, dim: int | None, activation: str, layout: str) -> None:
        super().__init__(layout)
        self.code = _code_head(seeds, dim, activation)

    def heads(self, h: Any) -> dict[str, Any]:
        return {"code": self.code(h)}

    def given(self, parameters: dict[str, Any]) -> Posterior:
        return Delta(parameters["code"])


def _code_head(seeds: Seeds, dim: int | None, activation: str) -> Any:
    if dim is None:
        return keras.layers.Activation(activation, name="code")
    return keras.layers.Dense(dim, activation, kernel_initializer=seeds.glorot(), name="code")


def expected(log_px: Any) -> Any:
    """Return the mean of log p(x|z) over the draws, of shape (B,)."""
    return ops.mean(log_px, axis=0)


def sum_code(x: Any, skip: int = 1) -> Any:
    """Return the sum over the axes of a code: all axes but the first ``skip``."""
    return ops.sum(x, axis=tuple(range(skip, len(x.shape))))
