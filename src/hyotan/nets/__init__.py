"""Nets: how a row is read and written. One encoder/decoder pair a file."""

from hyotan import _parts
from hyotan.nets._base import Net
from hyotan.nets.conv import Conv
from hyotan.nets.custom import Custom
from hyotan.nets.dense import Dense
from hyotan.nets.recurrent import Recurrent

_parts.discover(__name__, __path__)

__all__ = ["Conv", "Custom", "Dense", "Net", "Recurrent"]
