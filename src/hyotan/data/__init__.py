"""Data: from whatever the user has to arrays of events, and back."""

from hyotan.data.io.load import Source, load
from hyotan.data.series.windows import Windows, windows

__all__ = ["Source", "Windows", "load", "windows"]
