"""Priors p(z) of a Gaussian latent."""

from __future__ import annotations

from typing import Any

from keras import ops, random

from hyotan._layers import LOG_2PI
from hyotan._parts import Part
from hyotan.latents._base import sum_code


class Prior(Part, kind="prior"):
    """What codes look like before any data; abstract."""

    def log_prob(self, z: Any, condition: Any) -> Any:
        """Return log p(z) of codes (n, B, *code), of shape (n, B)."""
        raise NotImplementedError

    def sample(self, n: int, shape: tuple[int, ...], condition: Any, seed: Any) -> Any:
        """Return n codes of the given shape."""
        raise NotImplementedError


class StandardNormal(Prior):
    """N(0, I): it has nothing to learn, so the part is its own twin.

    Examples
    --------
    >>> import numpy as np
    >>> float(StandardNormal().log_prob(np.zeros((1, 1, 2)), None)[0, 0]).__round__(4)
    -1.8379
    """

    def log_prob(self, z: Any, condition: Any) -> Any:
        """Return −½ (z² + log 2π), summed over the code."""
        return sum_code(-0.5 * (ops.square(z) + LOG_2PI), skip=2)

    def sample(self, n: int, shape: tuple[int, ...], condition: Any, seed: Any) -> Any:
        """Return standard normal noise."""
        return random.normal((n, *shape), seed=seed)
