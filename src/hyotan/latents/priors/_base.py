"""What every prior is: a density over codes that can be sampled."""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.context import Context
from hyotan.core.part import Part
from hyotan.core.spec import Seeds, Spec


class Prior(Part, kind="prior"):
    """What codes look like before any data; abstract.

    A prior with weights builds a :class:`PriorLayer`; one without is its own layer and overrides the methods itself.
    """

    def build(self, spec: Spec, seeds: Seeds) -> Any:
        """Return what holds its weights: itself, if it has none. ``spec.code`` is the shape of a code."""
        return self

    def log_prob(self, z: Any, ctx: Context) -> Any:
        """Return log p(z) of codes (n, B, *code), of shape (n, B)."""
        raise NotImplementedError

    def sample(self, n: int, shape: tuple[int, ...], ctx: Context) -> Any:
        """Return n codes of the given shape, with the random numbers of ``ctx.seed``."""
        raise NotImplementedError

    def kl_of_normal(self, mean: Any, log_var: Any) -> Any:
        """Return KL(N(μ, σ²) ‖ p) of every dimension in closed form, (B, *code) in nats; None if there is none."""
        return None

    def standardise(self, z: Any) -> Any:
        """Return codes mapped to where the prior is N(0, I), for tests of fit; None if that map is not known."""
        return None

    def span(self, sigmas: float) -> tuple[float, float] | None:
        """Return between which values so many standard deviations of each dimension lie; None if that is open."""
        return None


class PriorLayer(keras.Layer):
    """The layer of a prior with weights; abstract. Its methods are those of :class:`Prior`."""

    def __init__(self) -> None:
        super().__init__(name="prior")
        self.built = True

    log_prob = Prior.log_prob
    sample = Prior.sample
    kl_of_normal = Prior.kl_of_normal
    standardise = Prior.standardise
    span = Prior.span
