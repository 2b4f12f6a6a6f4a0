"""Priors p(z): what codes look like before any data."""

from typing import Any

from hyotan.core import part
from hyotan.latents.priors._base import Prior, PriorLayer

part.discover(__name__, __path__)

__all__ = ["Prior", "PriorLayer"]


def __getattr__(name: str) -> Any:
    """Return a registered prior by its class's name."""
    return part.by_class_name("prior", name, __name__)


def __dir__() -> list[str]:
    """Return the public names, those of registered parts included."""
    return sorted([*__all__, *part.class_names("prior")])
