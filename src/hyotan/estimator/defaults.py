"""What "auto" stands for: scaling and likelihood chosen from the data."""

from __future__ import annotations

import numpy as np


def choose(X: np.ndarray, kind: str, scale: str, likelihood: str) -> tuple[str, str]:
    """Return the scaling method and the name of the likelihood that "auto" stands for.

    Images of bytes are divided by 255; images in [0, 1], and whatever Bernoulli is to score, stay as they are; the
    rest is standardised. Images that end up in [0, 1] get Bernoulli, everything else Gaussian.

    Examples
    --------
    >>> choose(np.array([[[0], [200]]], np.uint8), "images", "auto", "auto")
    ('unit', 'bernoulli')
    >>> choose(np.array([[0.5, 3.0]]), "table", "auto", "auto")
    ('standard', 'gaussian')
    """
    low, high = float(np.nanmin(X)), float(np.nanmax(X))
    images, inside = kind == "images", low >= 0 and high <= 1
    if scale == "auto":
        if images and X.dtype == np.uint8 and high > 1:
            # Bytes that only hold 0 and 1 are a mask, not dim pictures.
            scale = "unit"
        else:
            scale = "none" if (inside and images and likelihood == "auto") or likelihood == "bernoulli" else "standard"
    if likelihood == "auto":
        likelihood = (
            "bernoulli" if images and (scale in ("unit", "minmax") or (scale == "none" and inside)) else "gaussian"
        )
    return scale, likelihood
