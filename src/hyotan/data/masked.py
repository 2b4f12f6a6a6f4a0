"""Masked arrays of NumPy: their masked cells are missing."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["unmasked"]


def unmasked(X: Any) -> Any:
    """Return a masked array, or a list with some, as plain arrays with NaN in masked cells; other data as they are.

    Examples
    --------
    >>> unmasked(np.ma.array([1, 2], mask=[False, True])).tolist()
    [1.0, nan]
    """
    if isinstance(X, np.ma.MaskedArray):
        if not np.ma.getmaskarray(X).any():
            return np.asarray(X.data)
        plain = np.array(X.data, X.dtype if X.dtype.kind == "f" else np.float64)
        plain[np.ma.getmaskarray(X)] = np.nan
        return plain
    if isinstance(X, (list, tuple)) and any(isinstance(item, np.ma.MaskedArray) for item in X):
        return [unmasked(item) for item in X]
    return X
