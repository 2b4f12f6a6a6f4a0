"""The four parts of a model, resolved, and the order they have wherever they are listed."""

from __future__ import annotations

from dataclasses import dataclass

from hyotan.core.part import Part
from hyotan.corruptions import Corruption
from hyotan.latents import Latent
from hyotan.likelihoods import Likelihood
from hyotan.nets import Net

KINDS = ("corruption", "net", "latent", "likelihood")  # in the order a row meets them


@dataclass(frozen=True)
class Parts:
    """The four parts of a model, resolved."""

    net: Net
    latent: Latent
    likelihood: Likelihood
    corruption: Corruption | None = None

    def items(self) -> list[tuple[str, Part | None]]:
        """Return (kind, part) of the four, in the order a row meets them."""
        return [(kind, getattr(self, kind)) for kind in KINDS]
