"""Sparse latent: a code in which most units are zero (or near zero) for any given row.

    loss of a row = −log p(x|z) + l1 · Σ_j |z_j|

The penalty is in nats, summed over the code and averaged over rows, as all terms here are. To translate the weight w
of a Keras activity regulariser, used together with ``keras.losses`` (which average over cells): l1 = w · cells if
Keras averages the regulariser over the batch (Keras 3), and w · cells · batch size if it sums it (Keras 1 and 2).
"""

from __future__ import annotations

from typing import Any, ClassVar

from keras import ops

from hyotan.core.context import Context
from hyotan.core.ops import ACTIVATIONS
from hyotan.core.spec import Seeds, Spec
from hyotan.core.terms import NLL, Term, Terms
from hyotan.latents._base import DeterministicLayer, Latent, LatentLayer, Posterior, expected, sum_code

SPARSITY = Term("sparsity", "Σ|z|", "", 40, "lower")


class Sparse(Latent):
    """A deterministic code with an L1 penalty.

    Parameters
    ----------
    dim : int
        Size of the code.
    l1 : float
        Weight of Σ|z| in nats per row.
    activation : str
        Activation of the code; ReLU gives exact zeros.
    layout : {"vector", "grid"}
        As for :class:`~hyotan.latents.Point`.

    Examples
    --------
    >>> Sparse(64, l1=0.05)
    Sparse(dim=64, l1=0.05)
    """

    traced: ClassVar[tuple[str, ...]] = ("l1",)

    def __init__(self, dim: int = 32, l1: float = 0.1, activation: str = "relu", layout: str = "vector") -> None:
        self.dim = dim
        self.l1 = l1
        self.activation = activation
        self.layout = layout

    def build(self, spec: Spec, seeds: Seeds) -> LatentLayer:
        activation = self.check_choice("activation", ACTIVATIONS)
        layout = self.check_choice("layout", ("vector", "grid"))
        return SparseLayer(seeds, self.check_whole("dim", low=1), self.check_number("l1", low=0), activation, layout)


class SparseLayer(DeterministicLayer):
    """Layer of :class:`Sparse`; the penalty is part of the training loss, but not of a row's score."""

    traced: ClassVar[tuple[str, ...]] = Sparse.traced

    def __init__(self, seeds: Seeds, dim: int, l1: float, activation: str, layout: str) -> None:
        super().__init__(seeds, dim, activation, layout)
        self.l1 = l1

    def objective(self, log_px: Any, q: Posterior, z: Any, ctx: Context) -> Terms:
        """Return the negative log-likelihood and the weighted penalty; the unweighted Σ|z| is reported."""
        total = sum_code(ops.absolute(q.mean()))
        return Terms({"nll": -expected(log_px), "sparsity": self.l1 * total}, {"sparsity": total}, (NLL, SPARSITY))
