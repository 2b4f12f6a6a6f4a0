"""Likelihoods: what a decoded number means.

A likelihood says how a row is read by the encoder, which parameters the decoder's last layer must give, and the
log-density of every single cell. It never sums and never masks: the model does both, in one place.
"""

from typing import Any

from hyotan.core import part
from hyotan.likelihoods._base import Head, Likelihood, LikelihoodLayer

part.discover(__name__, __path__)

__all__ = ["Head", "Likelihood", "LikelihoodLayer"]


def __getattr__(name: str) -> Any:
    """Return the registered likelihood class of this name."""
    return part.by_class_name("likelihood", name, __name__)


def __dir__() -> list[str]:
    """Return the public names, including those of registered parts."""
    return sorted([*__all__, *part.class_names("likelihood")])
