"""Latents: the codes at the bottleneck, and the priors and divergences of probabilistic ones."""

from typing import Any

from hyotan.core import part
from hyotan.latents import divergences, priors
from hyotan.latents._base import DeterministicLayer, Latent, LatentLayer, Posterior

part.discover(__name__, __path__)

__all__ = ["DeterministicLayer", "Latent", "LatentLayer", "Posterior", "divergences", "priors"]


def __getattr__(name: str) -> Any:
    """Return the registered latent class of this name."""
    return part.by_class_name("latent", name, __name__)


def __dir__() -> list[str]:
    """Return the public names, including those of registered parts."""
    return sorted([*__all__, *part.class_names("latent")])
