"""What the plots draw, taken from a model and rows: a few examples, codes, grids, samples, traversals."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from hyotan.data.frames import take_rows
from hyotan.metrics._base import View

PAIRS = 10  # rows shown beside their reconstructions
EXTREMES = 8  # best and worst
CODES = 5000  # points in the latent scatter
GRID = 20  # decoded codes a side
SAMPLES = 30
STEPS = 9  # along a traversal
DIMS = 8  # dimensions traversed


def pictures(view: View) -> dict[str, Any]:
    """Return small arrays by name, in the data's own units.

    ``pairs_*``: rows, their reconstruction from the mean and (Gaussian latents) from a draw. ``best_*`` and
    ``worst_*``: by error, with ``_error`` and ``_rank`` (1 is the worst). ``codes``: 1 to 3 columns, PCA above three
    dimensions (``codes_pca`` is then the share of variance). ``grid``: decoded codes over ``grid_axis``², for a 2-D
    code. ``samples``: from the prior. ``traversals``: (dims, steps, *row) along ``traversal_axis`` (one row of code
    values for each dimension in ``traversal_dims``), around the mean code.
    """
    return {**_pairs(view), **_extremes(view), **_codes(view), **_decoded(view)}


def _small(array: np.ndarray) -> np.ndarray:
    return np.asarray(array, np.float32)


def _pairs(view: View) -> dict[str, Any]:
    rows = _spread(view.y, len(view.rows), PAIRS)
    found = {
        "pairs_row": rows,
        "pairs_original": _small(view.rows[rows]),
        "pairs_mean": _small(view.reconstruction[rows]),
    }
    if view.probabilistic:
        drawn = view.model.inverse_transform(view.model.draw(take_rows(view.X, rows), random_state=0))
        found["pairs_draw"] = _small(drawn)
    if view.y is not None:
        found["pairs_label"] = view.y[rows].astype(str)
    return found


def _spread(y: np.ndarray | None, n: int, count: int) -> np.ndarray:
    """Return row numbers: the first of each class in turn, or the first ones; by rule, not by choice."""
    if y is None:
        return np.arange(min(n, count))
    labels = y.astype(str)
    first = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    turn = [rows[i] for i in range(count) for rows in first if i < len(rows)]
    return np.asarray(turn[:count])


def _extremes(view: View) -> dict[str, Any]:
    order = np.argsort(-view.error, kind="stable")
    count = min(EXTREMES, len(order))
    found: dict[str, Any] = {}
    for name, at in (("worst", np.arange(count)), ("best", np.arange(len(order) - 1, len(order) - count - 1, -1))):
        rows = order[at]
        found |= {
            f"{name}_row": rows,
            f"{name}_rank": at + 1,
            f"{name}_error": view.error[rows],
            f"{name}_original": _small(view.rows[rows]),
            f"{name}_reconstruction": _small(view.reconstruction[rows]),
        }
    # A histogram of many rows is told by fewer, the largest always among them.
    found["error"] = _small(view.error[order][:: max(1, len(order) // 2000)][::-1])
    return found


def _codes(view: View) -> dict[str, Any]:
    rows = np.sort(np.random.default_rng(0).permutation(len(view.codes))[:CODES])
    codes = view.codes[rows]
    found: dict[str, Any] = {}
    if codes.shape[1] > 3 and len(codes) > 2 and codes.std(axis=0).any():
        pca = PCA(2, random_state=0).fit(view.codes)
        codes = pca.transform(codes)
        found["codes_pca"] = float(pca.explained_variance_ratio_.sum())
    elif codes.shape[1] > 3:
        codes = codes[:, :2]
    found["codes"] = _small(codes)
    if view.y is not None:
        found["codes_label"] = view.y[rows].astype(str)
    return found


def _decoded(view: View) -> dict[str, Any]:
    model, z = view.model, view.codes
    found: dict[str, Any] = {}
    center, spread = z.mean(axis=0), z.std(axis=0)
    decode = model.inverse_transform
    if z.shape[1] == 2:
        if view.probabilistic:
            axes = np.stack([np.linspace(-2, 2, GRID)] * 2)
        else:
            low, high = np.quantile(z, [0.02, 0.98], axis=0)
            axes = np.linspace(low, high, GRID, axis=1)
        # Rows of the grid go from the top, as rows of a picture do.
        second, first = np.meshgrid(axes[1][::-1], axes[0], indexing="ij")
        grid = decode(np.stack([first.ravel(), second.ravel()], axis=1))
        found |= {"grid": _small(grid).reshape(GRID, GRID, *grid.shape[1:]), "grid_axis": _small(axes)}
    if view.probabilistic:
        found["samples"] = _small(model.sample(SAMPLES, random_state=0))
    order = np.argsort(-(view.kl.mean(axis=0) if view.kl is not None else spread), kind="stable")[:DIMS]
    axis = np.stack(
        [
            np.linspace(-3, 3, STEPS) if view.probabilistic else center[j] + spread[j] * np.linspace(-2.5, 2.5, STEPS)
            for j in order
        ]
    )
    points = np.tile(center, (len(order), STEPS, 1))
    for k, j in enumerate(order):
        points[k, :, j] = axis[k]
    walked = decode(points.reshape(-1, z.shape[1]))
    found |= {
        "traversals": _small(walked).reshape(len(order), STEPS, *walked.shape[1:]),
        "traversal_dims": np.asarray(order),
        "traversal_axis": _small(axis),
    }
    return found
