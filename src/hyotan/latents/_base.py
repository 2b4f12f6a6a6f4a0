"""What every latent is: a part, a posterior over codes, and a layer that turns log-densities into terms to minimise."""

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

ABILITIES = ("sample", "density", "divergence", "noise")


class Posterior:
    """The distribution q(z|x) of a batch; abstract."""

    def mean(self) -> Any:
        """Return the code of each row, of shape (B, *code)."""
        raise NotImplementedError

    def noise(self, n: int, shape: tuple[Any, ...], rng: Any) -> Any:
        """Return the noise behind n draws, of shape (n, *shape).

        Parameters
        ----------
        n : int
        shape : tuple of int
            ``(B, *code)`` for noise of each row's own, ``(*code,)`` for the same noise in every row.
        rng : keras.random.SeedGenerator or numpy.random.Generator
        """
        raise NotImplementedError

    def draw(self, noise: Any) -> Any:
        """Return draws of each row, of shape (n, B, *code), from noise of shape (n, B, *code) or (n, *code).

        Noise of shape (n, *code) is the same for every row: a row's draws then depend on that row alone.
        """
        raise NotImplementedError

    def sample(self, n: int, rng: Any) -> Any:
        """Return n draws of each row from noise of its own, of shape (n, B, *code)."""
        return self.draw(self.noise(n, ops.shape(self.mean()), rng))

    def log_prob(self, z: Any) -> Any:
        """Return log q(z|x) of draws (n, B, *code), of shape (n, B)."""
        raise NotImplementedError

    def kl(self, prior: Any) -> Any:
        """Return KL(q ‖ prior) of every dimension in closed form, (B, *code) in nats; None if there is none."""
        return None


class Delta(Posterior):
    """All mass on one code."""

    def __init__(self, code: Any) -> None:
        self.code = code

    def mean(self) -> Any:
        """Return the code."""
        return self.code

    def noise(self, n: int, shape: tuple[Any, ...], rng: Any) -> Any:
        """Return zeros: nothing is random."""
        return ops.zeros((n, *shape))

    def draw(self, noise: Any) -> Any:
        """Return the code, as often as there is noise."""
        return ops.broadcast_to(self.code[None], (noise.shape[0], *ops.shape(self.code)))

    def log_prob(self, z: Any) -> Any:
        """Return 0 for every draw: there is no density, and no bound is made of it."""
        return ops.zeros(ops.shape(z)[:2])


class DiagonalNormal(Posterior):
    """Independent normals: z = mean + exp(½ log_var) · ε."""

    def __init__(self, mean: Any, log_var: Any) -> None:
        self.location, self.log_var = mean, log_var

    def mean(self) -> Any:
        """Return the means."""
        return self.location

    def noise(self, n: int, shape: tuple[Any, ...], rng: Any) -> Any:
        """Return standard normal numbers."""
        if isinstance(rng, np.random.Generator):
            return rng.standard_normal((n, *shape)).astype(np.float32)
        return random.normal((n, *shape), seed=rng)

    def draw(self, noise: Any) -> Any:
        """Return mean + σ ε."""
        if len(noise.shape) == len(self.location.shape):
            noise = ops.expand_dims(noise, 1)
        return self.location + ops.exp(0.5 * self.log_var) * noise

    def log_prob(self, z: Any) -> Any:
        """Return the log-density, summed over the code."""
        each = -0.5 * (ops.square(z - self.location) * ops.exp(-self.log_var) + self.log_var + LOG_2PI)
        return sum_code(each, skip=2)

    def kl(self, prior: Any) -> Any:
        """Return the KL to a prior that knows that of a normal; None for others."""
        known = getattr(prior, "kl_of_normal", None)  # the layer of a learned prior need not speak of it
        return None if known is None else known(self.location, self.log_var)


class Latent(Part, kind="latent"):
    """What sits at the bottleneck; abstract.

    Attributes
    ----------
    abilities : frozenset of str
        What can be asked of it: "sample" (a prior to draw from), "density" (a prior and a posterior with
        log-densities, so that log p(x) can be estimated), "divergence" (something holds the posterior to the prior),
        "noise" (codes are drawn, so that a draw is another thing than the mean).
    """

    abilities: ClassVar[frozenset[str]] = frozenset()

    def build(self, spec: Spec, seeds: Seeds) -> LatentLayer:
        """Return its layer, with new weights."""
        raise NotImplementedError


class LatentLayer(keras.Layer):
    """The layer of a latent; abstract.

    Every method that is given a ``ctx`` may use what :class:`~hyotan.core.context.Context` holds.

    Parameters
    ----------
    layout : {"vector", "grid"}
        What its codes look like; the net is asked for a hidden state of that kind.

    Attributes
    ----------
    draws : int
        Draws from the posterior of each row in a step of training.
    idle_below : float
        Variance of a unit's code over the data up to which it carries nothing.
    charged : str
        Name of what ``describe`` gives of each unit in nats that the score of a row takes off from log p(x|z); empty
        if there is no such thing.
    """

    draws: int = 1
    idle_below: float = 1e-12
    charged: str = ""

    def __init__(self, layout: str = "vector") -> None:
        super().__init__(name="latent")
        self.layout = layout
        self.built = True

    def heads(self, h: Any) -> dict[str, Any]:
        """Return the parameters of q(z|x) by name; the first is the one whose shape the code has."""
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
        """Return n codes of the given shape drawn from the prior, with the random numbers of ``ctx.seed``."""
        raise NotImplementedError

    def objective(self, log_px: Any, q: Posterior, z: Any, ctx: Context) -> Terms:
        """Return the terms of every row from log p(x|z) of shape (n, B); −E_q log p(x|z) alone, if not overridden."""
        return Terms({"nll": -expected(log_px)}, about=(NLL,))

    def elbo(self, log_px: Any, q: Posterior, z: Any, ctx: Context) -> Any:
        """Return the score of every row in nats, of shape (B,), whatever the training weighed.

        The evidence lower bound where there is a prior; E_q log p(x|z), if not overridden.
        """
        return expected(log_px)

    def describe(self, q: Posterior, z: Any, ctx: Context) -> dict[str, Any]:
        """Return what the latent can say of every row, by name, each of shape (B, …)."""
        return {}

    def summary(self, averages: dict[str, Any]) -> dict[str, Any]:
        """Return what goes into the history beside the scalars, from the epoch's averages of what was reported."""
        return {}

    def diagnose(self, summary: dict[str, Any]) -> list[str]:
        """Return what is wrong with the codes, and what to do, in sentences; from the last entries of the history."""
        return []

    def fixed_noise(self, n: int, shape: tuple[int, ...]) -> np.ndarray:
        """Return the noise behind every row's score, at most n draws: (draws, *shape), always the same.

        One draw of zeros, if not overridden: right for a latent that draws nothing.
        """
        return np.zeros((1, *shape), np.float32)

    def standardise(self, z: Any) -> Any:
        """Return codes mapped to where the prior is N(0, I); None if there is no prior, or the map is not known."""
        return None

    def span(self, sigmas: float) -> tuple[float, float] | None:
        """Return between which values of a code so many standard deviations of the prior lie; None if that is open."""
        return None


class DeterministicLayer(LatentLayer):
    """The layer of a latent that gives one code and no distribution; abstract.

    Parameters
    ----------
    seeds : Seeds
    dim : int or None
        Size of the code; None takes the hidden state itself.
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
    """Return the sum over the axes of a code, all but the first ``skip``."""
    return ops.sum(x, axis=tuple(range(skip, len(x.shape))))
