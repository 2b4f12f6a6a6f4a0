"""The meaning of "auto": scaling and likelihood are chosen from the data."""

from __future__ import annotations

from typing import Any

import numpy as np

import hyotan.likelihoods  # noqa: F401  (registers them)
from hyotan.core.part import registered, resolve
from hyotan.core.spec import Column


def choose(X: np.ndarray, kind: str, scale: str, likelihood: Any) -> tuple[str, str]:
    """Return the scaling method and the name of the likelihood, with "auto" resolved.

    Images of bytes are divided by 255, those of 16 bits by their largest grey value; otherwise the likelihood
    determines the scaling. "auto" chooses the likelihood that suits the scaled values best: Bernoulli for images in
    [0, 1], Gaussian for everything else.

    Examples
    --------
    >>> choose(np.array([[[0], [200]]], np.uint8), "images", "auto", "auto")
    ('unit', 'bernoulli')
    >>> choose(np.array([[0.5, 3.0]]), "table", "auto", "auto")
    ('standard', 'gaussian')
    """
    column = Column(kind, float(np.nanmin(X)), float(np.nanmax(X)))
    auto = isinstance(likelihood, str) and likelihood.lower() == "auto"
    known = [part() for part in registered("likelihood").values()] if auto else [resolve("likelihood", likelihood)]
    if scale == "auto":
        # Bytes with only the values 0 and 1 are a binary mask, not very dark images.
        pictures = kind == "images" and X.dtype in (np.uint8, np.uint16) and column.high > 1
        if not pictures:  # the likelihood that is chosen also determines the scaling
            best = _best(column, known)
            return best.scaling(column), type(best).__name__.lower()
        scale = "unit"
    return scale, type(_best(column.scaled(scale), known)).__name__.lower()


def _best(column: Column, known: list[Any]) -> Any:
    """Return the likelihood that suits the values best."""
    return max(known, key=lambda part: part.suits(column)) if len(known) > 1 else known[0]
