"""Likelihoods: the distribution p(x|z) of each cell of a row, given the decoder's output.

A likelihood defines the input of the encoder, the parameters that the decoder's last layer must output, and the
log-density of each cell. It neither sums over cells nor masks any: the model does both, in one place.
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
