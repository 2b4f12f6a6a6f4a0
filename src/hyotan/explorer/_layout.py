"""Two-dimensional layout of codes with more than two dimensions: t-SNE, which keeps neighbours together."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyotan.core.errors import ParameterError, shown

PLACED = 2500  # codes that t-SNE is fitted on, at most; the others are interpolated
NEAREST = 5  # fitted neighbours used to interpolate each other code
LAYOUTS = ("tsne",)


def check_layout(layout: Any, d: int) -> None:
    """Raise if the layout is unknown, or if the code of ``d`` dimensions needs no layout."""
    if layout is None:
        return
    if not isinstance(layout, str) or layout not in LAYOUTS:
        raise ParameterError(
            "The 'layout' parameter of explore() is not valid",
            expected="None, or one of " + ", ".join(map(repr, LAYOUTS)),
            received=shown(layout),
        )
    if d <= 2:
        raise ParameterError(
            "The 'layout' parameter of explore() does not fit the code",
            expected="a code of more than 2 dimensions",
            received=f"layout={layout!r} and a code of {d}",
            do="leave layout= out: the map shows the code itself, and what is under the pointer is exact",
        )


def tsne(codes: np.ndarray) -> np.ndarray:
    """Return the t-SNE position of each code, (n, 2) float32, with PCA as the initial layout.

    If there are more than 2,500 codes, t-SNE is fitted on a random subset, which is the same every time. Each other
    code is put at the mean position of its five nearest neighbours in the subset, weighted by the inverse distance.

    Parameters
    ----------
    codes : ndarray of shape (n, d)

    Examples
    --------
    >>> codes = np.repeat(np.eye(3), 20, axis=0) + np.random.default_rng(0).normal(scale=0.01, size=(60, 3))
    >>> places = tsne(codes).reshape(3, 20, 2)
    >>> apart = np.linalg.norm(np.diff(places.mean(axis=1), axis=0), axis=1)
    >>> tsne(np.zeros((9, 3))).tolist() == [[0.0, 0.0]] * 9  # codes that are all the same stay where they are
    True
    >>> bool((apart > 2 * np.linalg.norm(places - places.mean(axis=1, keepdims=True), axis=2).max()).all())
    True
    """
    from sklearn.manifold import TSNE
    from sklearn.neighbors import NearestNeighbors

    n = len(codes)
    if n < 4 or np.ptp(codes, axis=0).max() == 0:  # too few codes for t-SNE, or all of them equal
        return np.asarray(codes[:, :2], np.float32)
    chosen = np.sort(np.random.default_rng(0).permutation(n)[:PLACED])
    perplexity = min(30.0, (len(chosen) - 1) / 3)
    fitted = TSNE(init="pca", perplexity=perplexity, random_state=0).fit_transform(codes[chosen].astype(np.float64))
    if len(chosen) == n:
        return np.asarray(fitted, np.float32)
    distance, near = NearestNeighbors(n_neighbors=NEAREST).fit(codes[chosen]).kneighbors(codes)
    weight = 1 / np.maximum(distance, 1e-12)
    weight /= weight.sum(axis=1, keepdims=True)
    places = np.sum(fitted[near] * weight[..., None], axis=1)
    places[chosen] = fitted
    return np.asarray(places, np.float32)
