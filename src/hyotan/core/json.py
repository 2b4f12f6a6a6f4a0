"""Conversion of values to strict JSON."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np


def plain(value: Any, array: Callable[[np.ndarray], Any] = np.ndarray.tolist) -> Any:
    """Return a value that strict JSON can represent: NumPy numbers become Python numbers, NaN and infinity None.

    Parameters
    ----------
    value : dict, list, tuple, array, number, str or None
        Values of other types are returned unchanged.
    array : callable
        Converts an array; by default to a list.

    Examples
    --------
    >>> plain({"a": (np.float32(0.5), float("nan")), 1: np.array([2.0, np.inf])})
    {'a': [0.5, None], '1': [2.0, None]}
    """
    if isinstance(value, np.ndarray):
        value = array(value)
    if isinstance(value, dict):
        return {str(k): plain(v, array) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v, array) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
