"""What every divergence is: a part, and its layer, that holds the posterior to the prior."""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.part import Part
from hyotan.core.spec import Seeds, Spec
from hyotan.latents._base import Terms


class Divergence(Part, kind="divergence"):
    """What holds the posterior to the prior; abstract."""

    def build(self, spec: Spec, seeds: Seeds) -> DivergenceLayer:
        """Return the built twin."""
        raise NotImplementedError


class DivergenceLayer(keras.Layer):
    """The twin of a divergence; abstract."""

    def terms(self, q: Any, prior: Any, z: Any, weight: Any) -> Terms:
        """Return what is minimised and what is reported, for every row."""
        raise NotImplementedError

    def schedule(self, epoch: int | None) -> None:
        """Set the weight for an epoch of training, or (None) the full weight that scores and validation use."""
        raise NotImplementedError
