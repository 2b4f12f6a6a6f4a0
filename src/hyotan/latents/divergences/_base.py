"""What every divergence is: a part that holds the posterior to the prior."""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.context import Context
from hyotan.core.part import Part
from hyotan.core.spec import Seeds, Spec
from hyotan.core.terms import Terms


class Divergence(Part, kind="divergence"):
    """What holds the posterior to the prior; abstract.

    One with weights, or with a weight that changes in training, builds a :class:`DivergenceLayer`; one without is its
    own layer and overrides ``terms`` itself.
    """

    def build(self, spec: Spec, seeds: Seeds) -> Any:
        """Return what holds its weights: itself, if it has none."""
        return self

    def terms(self, q: Any, prior: Any, z: Any, ctx: Context) -> Terms:
        """Return what is minimised and what is reported of every row; see :meth:`DivergenceLayer.terms`."""
        raise NotImplementedError


class DivergenceLayer(keras.Layer):
    """The layer of a divergence; abstract."""

    def __init__(self) -> None:
        super().__init__(name="divergence")
        self.built = True

    def terms(self, q: Any, prior: Any, z: Any, ctx: Context) -> Terms:
        """Return what is minimised and what is reported of every row.

        Parameters
        ----------
        q : Posterior
            Of a batch of B rows.
        prior : Prior or its layer
        z : array of shape (n, B, *code)
            Draws from the posterior.
        ctx : Context
            Its ``weight`` says which rows count: an average over rows must leave out those of weight 0.
        """
        raise NotImplementedError
