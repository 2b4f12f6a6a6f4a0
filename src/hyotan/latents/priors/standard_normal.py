"""The standard normal prior N(0, I)."""

from __future__ import annotations

from typing import Any

from keras import ops, random

from hyotan.core.context import Context
from hyotan.core.ops import LOG_2PI
from hyotan.latents._base import sum_code
from hyotan.latents.priors import Prior


class StandardNormal(Prior):
    """The prior N(0, I), which has no weights.

    Examples
    --------
    >>> import numpy as np
    >>> from hyotan.core.context import Context
    >>> float(StandardNormal().log_prob(np.zeros((1, 1, 2)), Context())[0, 0]).__round__(4)
    -1.8379
    """

    def log_prob(self, z: Any, ctx: Context) -> Any:
        """Return −½ (z² + log 2π), summed over the dimensions of the code."""
        return sum_code(-0.5 * (ops.square(z) + LOG_2PI), skip=2)

    def sample(self, n: int, shape: tuple[int, ...], ctx: Context) -> Any:
        """Return standard normal noise."""
        return random.normal((n, *shape), seed=ctx.seed)

    def kl_of_normal(self, mean: Any, log_var: Any) -> Any:
        """Return KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − log σ² − 1) of every dimension, in nats."""
        return 0.5 * (ops.square(mean) + ops.exp(log_var) - log_var - 1.0)

    def standardise(self, z: Any) -> Any:
        """Return the codes unchanged, because this prior is N(0, I) already."""
        return z

    def tempered(self, z: Any, temperature: float) -> Any:
        """Return draws of N(0, T² I)."""
        return temperature * z

    def span(self, sigmas: float) -> tuple[float, float]:
        """Return (−sigmas, sigmas)."""
        return -sigmas, sigmas
