"""Data: from whatever the user has to arrays of events, and back."""

from hyotan.data.sources import Source, load

__all__ = ["Source", "load"]
