"""What "auto" stands for: scaling and likelihood chosen from the data."""

from __future__ import annotations

from typing import Any

import numpy as np

import hyotan.likelihoods  # noqa: F401  (registers them)
from hyotan.core.part import Part, registered, resolve
from hyotan.core.spec import Column


def choose(X: np.ndarray, kind: str, scale: str, likelihood: Any) -> tuple[str, str]:
    """Return the scaling method and the name of the likelihood that "auto" stands for.

    Images of bytes are divided by 255; for the rest the likelihood says how it wants its values. The likelihood is
    the one that suits the scaled values best: Bernoulli for images in [0, 1], Gaussian for everything else.

    Examples
    --------
    >>> choose(np.array([[[0], [200]]], np.uint8), "images", "auto", "auto")
    ('unit', 'bernoulli')
    >>> choose(np.array([[0.5, 3.0]]), "table", "auto", "auto")
    ('standard', 'gaussian')
    """
    column = Column(kind, float(np.nanmin(X)), float(np.nanmax(X)))
    if scale == "auto":
        if kind == "images" and X.dtype == np.uint8 and column.high > 1:
            # Bytes that only hold 0 and 1 are a mask, not dim pictures.
            scale = "unit"
        else:
            scale = _best(column, likelihood).scaling(column)
    return scale, _name(_best(column.scaled(scale), likelihood))


def _best(column: Column, likelihood: Any) -> Any:
    """Return the likelihood that is meant; of all there are the one that suits the values best, for "auto"."""
    if not (isinstance(likelihood, str) and likelihood.lower() == "auto"):
        return resolve("likelihood", likelihood)
    return max((part() for part in registered("likelihood").values()), key=lambda part: part.suits(column))


def _name(part: Part) -> str:
    return type(part).__name__.lower()
