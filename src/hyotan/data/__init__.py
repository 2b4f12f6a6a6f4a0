"""Data: loading, checking, scaling and windowing of tables, images and series."""

from hyotan.data.io.load import Source, load
from hyotan.data.series.windows import Windows, windows

__all__ = ["Source", "Windows", "load", "windows"]
