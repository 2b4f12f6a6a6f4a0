"""Corruptions: what the encoder is shown in training instead of the row itself.

A corruption changes ``values`` and ``seen`` only; what is scored stays the clean row. Outside training nothing is
corrupted. Reference: Vincent et al., "Stacked denoising autoencoders" (2010).
"""

from typing import Any

from hyotan.core import part
from hyotan.corruptions._base import Corruption

part.discover(__name__, __path__)

__all__ = ["Corruption"]


def __getattr__(name: str) -> Any:
    """Return the registered corruption class of this name."""
    return part.by_class_name("corruption", name, __name__)


def __dir__() -> list[str]:
    """Return the public names, including those of registered parts."""
    return sorted([*__all__, *part.class_names("corruption")])
