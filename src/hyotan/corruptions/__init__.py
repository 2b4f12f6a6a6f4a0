"""Corruptions: random changes to the encoder's input in training, as in the denoising autoencoder.

A corruption changes only ``values`` and ``seen`` of the encoder's batch; the loss compares with the clean row. Outside
training nothing is corrupted. Reference: Vincent et al., "Stacked denoising autoencoders" (2010).
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
