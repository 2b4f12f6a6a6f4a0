"""Divergences: loss terms that pull the posterior of a latent towards its prior."""

from typing import Any

from hyotan.core import part
from hyotan.latents.divergences._base import Divergence, DivergenceLayer

part.discover(__name__, __path__)

__all__ = ["Divergence", "DivergenceLayer"]


def __getattr__(name: str) -> Any:
    """Return the registered divergence class of this name."""
    return part.by_class_name("divergence", name, __name__)


def __dir__() -> list[str]:
    """Return the public names, including those of registered parts."""
    return sorted([*__all__, *part.class_names("divergence")])
