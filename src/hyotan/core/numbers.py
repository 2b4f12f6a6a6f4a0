"""Numbers for display: as short text, and in the smaller type in which pages keep them."""

from __future__ import annotations

import numpy as np


def number(value: float, digits: int = 3, keep: bool = False) -> str:
    """Return a number as short text; ``keep`` keeps trailing zeros, so that numbers in a column look alike.

    Examples
    --------
    >>> number(1234.5), number(0.01234), number(-2.0), number(2, keep=True)
    ('1,234', '0.0123', '−2', '2.00')
    """
    if 1000 <= abs(value) < 1e6:
        text = f"{value:,.0f}"
    else:
        text = f"{value:#.{digits}g}".rstrip(".") if keep else f"{value:.{digits}g}"
    return text.replace("-", "−")


def single(array: np.ndarray) -> np.ndarray:
    """Return numbers as float32; those that are too large for it are as large as it allows.

    Examples
    --------
    >>> bool(np.isfinite(single(np.array([-1e300]))).all())
    True
    """
    largest = float(np.finfo(np.float32).max)
    return np.asarray(np.clip(array, -largest, largest), np.float32)
