"""Data: loading, checking, scaling and windowing of tables, images and series."""

from hyotan.data.io.load import Source, load
from hyotan.data.series.ragged import padded_in_front
from hyotan.data.series.windows import Windows, windows

__all__ = ["Source", "Windows", "load", "padded_in_front", "windows"]
