"""Data: from whatever the user has to arrays of events, and back."""

from hyotan.data.sources import Source, load
from hyotan.data.windowing import Windows, windows

__all__ = ["Source", "Windows", "load", "windows"]
