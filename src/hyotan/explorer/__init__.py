"""Explorer: one HTML page with a map of the codes and the decoder in it."""

from hyotan.explorer._page import Explorer, explore

__all__ = ["Explorer", "explore"]
