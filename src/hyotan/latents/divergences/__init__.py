"""Divergences: what holds the posterior of a latent to its prior."""

from typing import Any

from hyotan.core import part
from hyotan.latents.divergences._base import Divergence, DivergenceLayer

part.discover(__name__, __path__)

__all__ = ["Divergence", "DivergenceLayer"]


def __getattr__(name: str) -> Any:
    """Return a registered divergence by its class's name."""
    return part.by_class_name("divergence", name, __name__)


def __dir__() -> list[str]:
    """Return the public names, those of registered parts included."""
    return sorted([*__all__, *part.class_names("divergence")])
