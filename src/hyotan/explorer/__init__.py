"""Explorer: an interactive map of the codes that runs the decoder, in one HTML page."""

from hyotan.explorer._page import Explorer, explore

__all__ = ["Explorer", "explore"]
