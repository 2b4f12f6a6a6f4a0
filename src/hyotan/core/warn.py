"""Warnings that point to the user's own line and are kept for the report."""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass, field

from hyotan.core.errors import HyotanWarning


@dataclass(eq=False)
class WarningLog:
    """Issues warnings, and keeps their texts for the report."""

    owner: str
    texts: list[str] = field(default_factory=list)

    def __call__(self, text: str) -> None:
        """Issue a warning with the owner's name before the text."""
        self.texts.append(text)
        frame, level = sys._getframe(), 1
        while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "hyotan":
            frame, level = frame.f_back, level + 1  # so that the warning shows the user's line
        warnings.warn(f"{self.owner}: {text}", HyotanWarning, stacklevel=level)
