"""Latents: what sits at the bottleneck, with the priors and divergences of those that have a distribution there."""

from typing import Any

from hyotan.core import part
from hyotan.latents import divergences, priors
from hyotan.latents._base import DeterministicLayer, Latent, LatentLayer, Posterior

part.discover(__name__, __path__)

__all__ = ["DeterministicLayer", "Latent", "LatentLayer", "Posterior", "divergences", "priors"]


def __getattr__(name: str) -> Any:
    """Return a registered latent by its class's name."""
    return part.by_class_name("latent", name, __name__)


def __dir__() -> list[str]:
    """Return the public names, those of registered parts included."""
    return sorted([*__all__, *part.class_names("latent")])
