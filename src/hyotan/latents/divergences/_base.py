"""Base classes of divergences: the part and its layer."""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.context import Context
from hyotan.core.part import Part
from hyotan.core.spec import Seeds, Spec
from hyotan.core.terms import Terms


class Divergence(Part, kind="divergence"):
    """A loss term that pulls the posterior towards the prior; abstract.

    A divergence with variables (weights, or a coefficient that changes in training) builds a
    :class:`DivergenceLayer`. One without variables is its own layer and overrides ``terms``.
    """

    def build(self, spec: Spec, seeds: Seeds) -> Any:
        """Return the layer with its variables; by default itself, without any."""
        return self

    def terms(self, q: Any, prior: Any, z: Any, ctx: Context) -> Terms:
        """Return the terms of each row to minimise and to report; see :meth:`DivergenceLayer.terms`."""
        raise NotImplementedError


class DivergenceLayer(keras.Layer):
    """The layer of a divergence; abstract."""

    def __init__(self) -> None:
        super().__init__(name="divergence")
        self.built = True

    def terms(self, q: Any, prior: Any, z: Any, ctx: Context) -> Terms:
        """Return the terms of each row to minimise and to report.

        Parameters
        ----------
        q : Posterior
            The posterior of a batch of B rows.
        prior : Prior or its layer
        z : array of shape (n, B, *code)
            Draws from the posterior.
        ctx : Context
            An average over rows must use ``ctx.weight``: rows of weight 0 do not count.
        """
        raise NotImplementedError
