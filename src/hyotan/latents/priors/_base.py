"""Base classes of priors: densities over codes that can be sampled."""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.context import Context
from hyotan.core.part import Part
from hyotan.core.spec import Seeds, Spec


class Prior(Part, kind="prior"):
    """The distribution of codes before any data are seen; abstract.

    A prior with weights builds a :class:`PriorLayer`. One without weights is its own layer and overrides the methods
    below.
    """

    def build(self, spec: Spec, seeds: Seeds) -> Any:
        """Return the layer with its weights; by default itself, without any. ``spec.code`` is the shape of a code."""
        return self

    def log_prob(self, z: Any, ctx: Context) -> Any:
        """Return log p(z) of codes (n, B, *code), of shape (n, B)."""
        raise NotImplementedError

    def sample(self, n: int, shape: tuple[int, ...], ctx: Context) -> Any:
        """Return n codes of the given shape, drawn with the seed generator ``ctx.seed``."""
        raise NotImplementedError

    def kl_of_normal(self, mean: Any, log_var: Any) -> Any:
        """Return the closed-form KL(N(μ, σ²) ‖ p) of each dimension, (B, *code) in nats; None if there is none."""
        return None

    def standardise(self, z: Any) -> Any:
        """Return codes mapped to a space where the prior is N(0, I), for goodness-of-fit tests; None if unknown."""
        return None

    def tempered(self, z: Any, temperature: float) -> Any:
        """Return draws of this prior as draws at another temperature, as T · z for N(0, I); None if it has none."""
        return None

    def span(self, sigmas: float) -> tuple[float, float] | None:
        """Return the interval of ±``sigmas`` standard deviations of each dimension; None if it is unknown."""
        return None


class PriorLayer(keras.Layer):
    """The layer of a prior with weights; abstract. It has the methods of :class:`Prior`."""

    def __init__(self) -> None:
        super().__init__(name="prior")
        self.built = True

    log_prob = Prior.log_prob
    sample = Prior.sample
    kl_of_normal = Prior.kl_of_normal
    standardise = Prior.standardise
    tempered = Prior.tempered
    span = Prior.span
