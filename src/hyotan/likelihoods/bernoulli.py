"""Bernoulli likelihood: each cell has a probability of being 1.

    log p(x|z) = x · l − log(1 + exp(l)),    mean = 1 / (1 + exp(−l))

with the logit l given by the decoder. For x in {0, 1} this is a log-probability. For grey values in (0, 1) it is the
usual cross-entropy, which is a useful loss but not a normalised distribution (Loaiza-Ganem and Cunningham, "The
continuous Bernoulli", 2019); such scores are labelled *unnormalised*.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from keras import ops, random

from hyotan.core.ops import softplus
from hyotan.core.spec import Column, Seeds, Spec
from hyotan.likelihoods._base import Head, Likelihood, LikelihoodLayer


class Bernoulli(Likelihood):
    """Values in [0, 1], scored by cross-entropy in nats.

    Parameters
    ----------
    link : {"sigmoid", "identity"}
        How the decoder's output becomes a probability. "identity" is for a custom decoder that already ends in a
        sigmoid: its output is clipped to [1e-7, 1 − 1e-7] and converted back to a logit.

    Examples
    --------
    >>> Bernoulli()
    Bernoulli()
    >>> Bernoulli().normalised(np.array([0.0, 0.5, 1.0]))
    False
    """

    support: ClassVar[str] = "numbers in [0, 1]"
    interval: ClassVar[tuple[float, float] | None] = (0.0, 1.0)

    def __init__(self, link: str = "sigmoid") -> None:
        self.link = link

    def build(self, spec: Spec, seeds: Seeds) -> LikelihoodLayer:
        return BernoulliLayer(spec, seeds, self.check_choice("link", ("sigmoid", "identity")))

    def density(self, spec: Spec) -> bool | np.ndarray:
        """Return False, because it gives probabilities."""
        return False

    def suits(self, column: Column) -> float:
        """Return 1 for images in [0, 1], 0 for everything else."""
        return float(column.kind == "images" and column.low >= 0 and column.high <= 1)

    def scaling(self, column: Column) -> str:
        """Return "none", because values must lie in [0, 1]."""
        return "none"

    def constant_nll(self, mean: np.ndarray, variance: np.ndarray, share: np.ndarray) -> float | None:
        """Return Σ share · H(mean), with the entropy H of a coin."""
        p = np.clip(mean, 1e-7, 1 - 1e-7)
        return float(np.sum(share * -(mean * np.log(p) + (1 - mean) * np.log1p(-p))))

    def invalid(self, values: np.ndarray) -> np.ndarray:
        """Return a mask of the ``values`` outside [0, 1]."""
        with np.errstate(invalid="ignore"):
            return (values < 0) | (values > 1)

    def normalised(self, values: np.ndarray) -> bool:
        """Whether every observed value is 0 or 1."""
        return bool(np.all((values == 0) | (values == 1) | np.isnan(values)))


class BernoulliLayer(LikelihoodLayer):
    """Layer of :class:`Bernoulli`: the parameter of a cell is its logit."""

    elementwise_iid = True

    def __init__(self, spec: Spec, seeds: Seeds, link: str) -> None:
        super().__init__(spec)
        self.link = link
        self.logit = Head(spec, seeds, "logit")

    def head(self, h: Any) -> dict[str, Any]:
        """Return the logits."""
        return self.given(self.logit(h))

    def given(self, output: Any) -> dict[str, Any]:
        """Return the logits from a decoder's output, which is logits or, with the identity link, probabilities."""
        if self.link == "sigmoid":
            return {"logits": output}
        p = ops.clip(output, 1e-7, 1 - 1e-7)
        return {"logits": ops.log(p) - ops.log1p(-p)}

    def log_prob(self, params: dict[str, Any], values: Any) -> Any:
        """Return x · l − softplus(l) of each cell."""
        logits = params["logits"]
        return values * logits - softplus(logits)

    def mean(self, params: dict[str, Any]) -> Any:
        """Return the probability of each cell."""
        return ops.sigmoid(params["logits"])

    def sample(self, params: dict[str, Any], seed: Any) -> Any:
        """Return random zeros and ones."""
        mean = self.mean(params)
        return ops.cast(random.uniform(ops.shape(mean), seed=seed) < mean, mean.dtype)
