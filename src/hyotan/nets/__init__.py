"""Nets: pairs of encoder and decoder, one pair per file."""

from typing import Any

from hyotan.core import part
from hyotan.nets._base import Net, NetLayer

part.discover(__name__, __path__)

__all__ = ["Net", "NetLayer"]


def __getattr__(name: str) -> Any:
    """Return the registered net class of this name."""
    return part.by_class_name("net", name, __name__)


def __dir__() -> list[str]:
    """Return the public names, including those of registered parts."""
    return sorted([*__all__, *part.class_names("net")])
