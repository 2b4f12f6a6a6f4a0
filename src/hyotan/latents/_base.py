"""What every latent is: a part, a posterior over codes, and a twin that turns log-densities into terms to minimise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import keras
from keras import ops, random

from hyotan.core.ops import LOG_2PI
from hyotan.core.part import Part
from hyotan.core.spec import Seeds, Spec


@dataclass(frozen=True)
class Terms:
    """Terms of every row, in nats.

    Parameters
    ----------
    minimise : dict of arrays of shape (B,)
        Their sum is the loss of a row; weights such as β are already in.
    report : dict of arrays of shape (B,) or (B, d)
        What goes into the history under its own name, unweighted. It wins over a minimised term of the same name.
    """

    minimise: dict[str, Any]
    report: dict[str, Any]


class Posterior:
    """The distribution q(z|x) of a batch; abstract."""

    def mean(self) -> Any:
        """Return the code of each row, of shape (B, *code)."""
        raise NotImplementedError

    def draw(self, n: int, seed: Any) -> Any:
        """Return n draws a row, of shape (n, B, *code).

        ``seed`` is a ``keras.random.SeedGenerator``, or the standard noise itself, of shape (n, *code) and the
        same for every row: then a row's draws depend on that row alone.
        """
        raise NotImplementedError

    def log_prob(self, z: Any) -> Any:
        """Return log q(z|x) of draws (n, B, *code), of shape (n, B)."""
        raise NotImplementedError


class Delta(Posterior):
    """All mass on one code."""

    def __init__(self, code: Any) -> None:
        self.code = code

    def mean(self) -> Any:
        """Return the code."""
        return self.code

    def draw(self, n: int, seed: Any) -> Any:
        """Return the code n times."""
        return ops.broadcast_to(self.code[None], (n, *ops.shape(self.code)))

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

    def draw(self, n: int, seed: Any) -> Any:
        """Return mean + σ ε."""
        if isinstance(seed, random.SeedGenerator):
            noise = random.normal((n, *ops.shape(self.location)), seed=seed)
        else:
            noise = ops.expand_dims(seed, 1)
        return self.location + ops.exp(0.5 * self.log_var) * noise

    def log_prob(self, z: Any) -> Any:
        """Return the log-density, summed over the code."""
        each = -0.5 * (ops.square(z - self.location) * ops.exp(-self.log_var) + self.log_var + LOG_2PI)
        return sum_code(each, skip=2)


class Latent(Part, kind="latent"):
    """What sits at the waist; abstract.

    Attributes
    ----------
    probabilistic : bool
        Whether there is a prior to sample from and a likelihood to bound.
    """

    probabilistic: ClassVar[bool] = False

    def build(self, spec: Spec, seeds: Seeds) -> LatentLayer:
        """Return the built twin."""
        raise NotImplementedError


class LatentLayer(keras.Layer):
    """The twin of a latent; abstract.

    Parameters
    ----------
    layout : {"vector", "grid"}
        What its codes look like; the net is asked for a hidden state of that kind.
    """

    def __init__(self, layout: str) -> None:
        super().__init__(name="latent")
        self.layout = layout
        self.built = True

    def heads(self, h: Any) -> dict[str, Any]:
        """Return the parameters of q(z|x) by name; the first is the one whose shape the code has."""
        raise NotImplementedError

    def given(self, parameters: dict[str, Any]) -> Posterior:
        """Return the posterior with these parameters."""
        raise NotImplementedError

    def posterior(self, h: Any, condition: Any, weight: Any) -> Posterior:
        """Return q(z|x) from the encoder's hidden state."""
        return self.given(self.heads(h))

    def log_prior(self, z: Any, condition: Any) -> Any:
        """Return log p(z) of codes (n, B, *code), of shape (n, B)."""
        raise NotImplementedError

    def sample_prior(self, n: int, shape: tuple[int, ...], condition: Any, seed: Any) -> Any:
        """Return n codes of the given shape drawn from the prior."""
        raise NotImplementedError

    def objective(self, log_px: Any, q: Posterior, z: Any, weight: Any) -> Terms:
        """Return the terms of every row from log p(x|z) of shape (n, B)."""
        raise NotImplementedError

    def bound(self, log_px: Any, q: Posterior, z: Any) -> Any:
        """Return the score of every row in nats, of shape (B,), whatever the training weighed."""
        raise NotImplementedError

    def summary(self, averages: dict[str, Any]) -> dict[str, Any]:
        """Return what this latent can say of itself, from the epoch's averages of what it reported."""
        return {}


def expected(log_px: Any) -> Any:
    """Return the mean of log p(x|z) over the draws, of shape (B,)."""
    return ops.mean(log_px, axis=0)


def sum_code(x: Any, skip: int = 1) -> Any:
    """Return the sum over the axes of a code, all but the first ``skip``."""
    return ops.sum(x, axis=tuple(range(skip, len(x.shape))))
