"""The four parts of a model, resolved."""

from __future__ import annotations

from dataclasses import dataclass

from hyotan.core.part import Part
from hyotan.corruptions import Corruption
from hyotan.latents import Latent
from hyotan.likelihoods import Likelihood
from hyotan.nets import Net


@dataclass(frozen=True)
class Parts:
    """The four parts of a model, resolved."""

    net: Net
    latent: Latent
    likelihood: Likelihood
    corruption: Corruption | None = None

    def items(self) -> list[tuple[str, Part | None]]:
        """Return (kind, part) of the four, in the order a row meets them."""
        order = ("corruption", "net", "latent", "likelihood")
        return [(kind, getattr(self, kind)) for kind in order]
