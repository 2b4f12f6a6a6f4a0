"""The four parts of a model as objects, and the order in which they are listed everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from hyotan.core.part import Part
from hyotan.corruptions import Corruption
from hyotan.latents import Latent
from hyotan.likelihoods import Likelihood
from hyotan.nets import Net

KINDS = ("corruption", "net", "latent", "likelihood")  # in the order in which a row passes through them


@dataclass(frozen=True)
class Parts:
    """The four parts of a model, as objects: names and "auto" are already resolved."""

    net: Net
    latent: Latent
    likelihood: Likelihood
    corruption: Corruption | None = None

    def items(self) -> list[tuple[str, Part | None]]:
        """Return (kind, part) of the four, in the order in which a row passes through them."""
        return [(kind, getattr(self, kind)) for kind in KINDS]
