"""KL divergence of the posterior from the prior.

KL(N(μ, σ²) ‖ N(0, 1)) = ½ (μ² + σ² − log σ² − 1)      for each dimension, in nats
"""

from __future__ import annotations

from typing import Any, ClassVar

from keras import ops

from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.core.spec import Seeds, Spec
from hyotan.core.terms import Term, Terms
from hyotan.latents._base import expected, sum_code
from hyotan.latents.divergences import Divergence, DivergenceLayer

KL_TERM = Term("kl", "KL to the prior", "nats", 30)


def kl_per_row(q: Any, prior: Any, z: Any, ctx: Context) -> tuple[Any, Any]:
    """Return KL(q ‖ p) in nats: of each row, of shape (B,), and of each dimension, (B, *code), or None.

    Without a closed form the first is the mean of log q(z|x) − log p(z) over the draws z, (n, B, *code), and the
    second is None.
    """
    each = q.kl(prior)
    if each is not None:
        return sum_code(each), each
    return expected(q.log_prob(z) - prior.log_prob(z, ctx)), None


class KL(Divergence):
    """Kullback–Leibler divergence: in closed form if posterior and prior have one, else estimated from the draws.

    The loss of a row is ``β · Σ_j max(KL_j, free_bits)``; which of the two applies is decided by the mean of KL_j over
    the batch. Without a closed form it is ``β · mean_k (log q(z_k|x) − log p(z_k))``, not split by dimension.

    Parameters
    ----------
    beta : float
        Weight β; 1 gives the evidence lower bound (Higgins et al., "β-VAE", 2017).
    free_bits : float
        Nats that each dimension may use without increasing the loss (Kingma et al., "Improved variational inference
        with inverse autoregressive flow", 2016).
    warmup : int
        Number of epochs over which β rises in equal steps to its full value (Bowman et al., 2016); 0 for no warm-up.
        The validation loss always uses the full β.

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
        warmup = self.check_whole("warmup", low=0)
        return KLLayer(self.check_number("beta", low=0), self.check_number("free_bits", low=0), warmup)


class KLLayer(DivergenceLayer):
    """Layer of :class:`KL`."""

    traced: ClassVar[tuple[str, ...]] = KL.traced

    def __init__(self, beta: float, free_bits: float, warmup: int) -> None:
        super().__init__()
        self.full, self.free_bits, self.warmup = beta, free_bits, warmup
        # A Python float would be a constant in the compiled step, so a β that changes in training is a variable.
        self.beta: Any = self.add_weight(shape=(), trainable=False, name="beta") if warmup else beta
        self.schedule(None)

    def terms(self, q: Any, prior: Any, z: Any, ctx: Context) -> Terms:
        """Return β · KL to minimise, and the unweighted KL to report, in total and per dimension if that is known."""
        total, each = kl_per_row(q, prior, z, ctx)
        if each is None:
            if self.free_bits:
                raise ParameterError(
                    "free_bits needs a KL of each dimension, and this prior has none in closed form",
                    expected="free_bits=0, or prior='standardnormal'",
                    received=f"free_bits={self.free_bits:g} with {prior!r}",
                    do="set free_bits=0",
                )
            return Terms({"kl": self.beta * total}, {"kl": total}, (KL_TERM,))
        charged = total
        if self.free_bits:
            axes = [-1] + [1] * (len(each.shape) - 1)
            share = ops.reshape(ctx.weight / ops.maximum(ops.sum(ctx.weight), 1e-12), axes)
            mean = ops.sum(share * each, axis=0, keepdims=True)
            charged = sum_code(ops.where(mean > self.free_bits, each, self.free_bits))
        flat = ops.reshape(each, (ops.shape(each)[0], -1))
        return Terms({"kl": self.beta * charged}, {"kl": total, "kl_per_dim": flat}, (KL_TERM,))

    def schedule(self, epoch: int | None) -> None:
        """Set β to full · (epoch + 1) / warmup during warm-up; None sets the full β, for validation and scores."""
        if self.warmup:
            share = 1.0 if epoch is None else min(1.0, (epoch + 1) / self.warmup)
            self.beta.assign(self.full * share)
