"""The standard normal prior N(0, I)."""

from __future__ import annotations

from typing import Any

from keras import ops, random

from hyotan.core.ops import LOG_2PI
from hyotan.latents._base import sum_code
from hyotan.latents.priors._base import Prior


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
