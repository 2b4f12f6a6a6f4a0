"""Checks of single values that parameters are made of."""

from __future__ import annotations

import math

import numpy as np


def is_number(value: object) -> bool:
    """Whether a parameter is a finite number; True and False are not."""
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]


def is_whole(value: object, low: int) -> bool:
    """Whether a parameter is a whole number of at least ``low``; True and False are not."""
    return is_number(value) and isinstance(value, (int, np.integer)) and bool(value >= low)
