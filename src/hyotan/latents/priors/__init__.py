"""Priors p(z): distributions of codes before any data are seen."""

from typing import Any

from hyotan.core import part
from hyotan.latents.priors._base import Prior, PriorLayer

part.discover(__name__, __path__)

__all__ = ["Prior", "PriorLayer"]


def __getattr__(name: str) -> Any:
    """Return the registered prior class of this name."""
    return part.by_class_name("prior", name, __name__)


def __dir__() -> list[str]:
    """Return the public names, including those of registered parts."""
    return sorted([*__all__, *part.class_names("prior")])
