"""Divergences: what holds the posterior of a Gaussian latent to its prior.

KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − log σ² − 1)      a dimension, in nats
"""

from __future__ import annotations

from typing import Any, ClassVar

from keras import ops

from hyotan.core.errors import ParameterError
from hyotan.core.spec import Seeds, Spec
from hyotan.latents._base import Terms, sum_code
from hyotan.latents.divergences._base import Divergence, DivergenceLayer
from hyotan.latents.priors.standard_normal import StandardNormal


def kl_per_dim(q: Any, prior: Any) -> Any:
    """Return KL(q ‖ N(0, I)) of every dimension of the code, of shape (B, *code), in nats."""
    if not isinstance(prior, StandardNormal):
        raise ParameterError(
            "The KL has no closed form for this prior", expected="StandardNormal()", received=repr(prior)
        )
    return 0.5 * (ops.square(q.location) + ops.exp(q.log_var) - q.log_var - 1.0)


class KL(Divergence):
    """Kullback–Leibler divergence in closed form.

    Loss of a row: ``β · Σ_j max(KL_j, free_bits)``, where KL_j is compared as its mean over the batch.

    Parameters
    ----------
    beta : float
        Weight β; 1 gives the evidence lower bound (Higgins et al., "β-VAE", 2017).
    free_bits : float
        Nats every dimension may use at no cost (Kingma et al., "Improved variational inference with inverse
        autoregressive flow", 2016).
    warmup : int
        Epochs over which β rises in equal steps to its full value (Bowman et al., 2016); 0 for none. Validation
        always weighs with the full β.

    Examples
    --------
    >>> KL(beta=4, warmup=10)
    KL(beta=4, warmup=10)
    """

    traced: ClassVar[tuple[str, ...]] = ("beta",)

    def __init__(self, beta: float = 1.0, free_bits: float = 0.0, warmup: int = 0) -> None:
        self.beta = beta
        self.free_bits = free_bits
        self.warmup = warmup

    def build(self, spec: Spec, seeds: Seeds) -> DivergenceLayer:
        """Return the built twin."""
        warmup = self.check_whole("warmup", low=0)
        return KLLayer(self.check_number("beta", low=0), self.check_number("free_bits", low=0), warmup)


class KLLayer(DivergenceLayer):
    """Twin of :class:`KL`."""

    traced: ClassVar[tuple[str, ...]] = KL.traced

    def __init__(self, beta: float, free_bits: float, warmup: int) -> None:
        super().__init__(name="divergence")
        self.full, self.free_bits, self.warmup = beta, free_bits, warmup
        # A Python float would be frozen into the compiled step: what changes in training is a variable.
        self.beta: Any = self.add_weight(shape=(), trainable=False, name="beta") if warmup else beta
        self.built = True
        self.schedule(None)

    def terms(self, q: Any, prior: Any, z: Any, weight: Any) -> Terms:
        """Return β · KL to minimise; the unweighted KL, and that of each dimension, to report."""
        each = kl_per_dim(q, prior)
        total = sum_code(each)
        charged = total
        if self.free_bits:
            axes = [-1] + [1] * (len(each.shape) - 1)
            share = ops.reshape(weight / ops.maximum(ops.sum(weight), 1e-12), axes)
            mean = ops.sum(share * each, axis=0, keepdims=True)
            charged = sum_code(ops.where(mean > self.free_bits, each, self.free_bits))
        flat = ops.reshape(each, (ops.shape(each)[0], -1))
        return Terms({"kl": self.beta * charged}, {"kl": total, "kl_per_dim": flat})

    def schedule(self, epoch: int | None) -> None:
        """Set β to full · (epoch + 1) / warmup while warming up."""
        if self.warmup:
            share = 1.0 if epoch is None else min(1.0, (epoch + 1) / self.warmup)
            self.beta.assign(self.full * share)
