"""The arrays that the plots draw: example rows, codes, grids, samples, traversals and forecasts."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr
from sklearn.decomposition import PCA

from hyotan.core.numbers import single
from hyotan.data.series.ragged import padded
from hyotan.data.tables.selection import take_rows
from hyotan.metrics.forecast import split
from hyotan.metrics.prior_gap import FEWEST, idle, kolmogorov, standardised
from hyotan.metrics.view import View

PAIRS = 10  # rows shown next to their reconstructions
EXTREMES = 8  # rows with the lowest errors, and as many with the highest
CODES = 5000  # points in the scatter plot of codes, at most
GRID = 20  # decoded codes along each axis of the grid
SAMPLES = 30
DRAWN = 128  # steps kept of a series decoded from a code, at most
FORECASTS = 4
PAST = 100  # steps shown before a forecast; more if three times the forecast is longer
STEPS = 9  # points along a traversal, and along an interpolation
LINES = 3  # pairs of rows to interpolate between
DIMS = 8  # units to traverse and to compare with the prior, at most


def pictures(view: View) -> dict[str, Any]:
    """Return the small arrays that the plots draw, in the data's own units.

    * ``pairs_*``: rows, their reconstructions from the posterior mean and, where codes are drawn, from one draw.
    * ``best_*``, ``worst_*``: rows with the lowest and the highest errors, with ``_error`` and ``_rank`` (1 is the
      worst row). ``error``: the errors for a histogram.
    * ``codes``: 1 to 3 columns. Larger codes are projected to two columns by PCA; ``codes_pca`` is then the share of
      the variance explained.
    * ``grid``: codes decoded on the square grid ``grid_axis``, for 2-D codes only.
    * ``samples``: rows decoded from draws of the prior.
    * ``traversals``: shape (dims, steps, *row); one unit of ``traversal_dims`` is varied along its row of
      ``traversal_axis``, the others are kept at the mean code.
    * ``interpolation``: rows decoded along the line between the codes of two rows, ``_from`` and ``_to``.
    * ``prior_draws``: posterior draws of the units ``prior_dims``; active units come first, then the units furthest
      from the prior. ``prior_difference``: F_n − Φ of each unit along ``prior_axis``, over all rows.
    * ``forecast_*``: rows of a net that predicts. ``_past`` and ``_future`` are the data from step ``_start`` on;
      ``_written`` and ``_predicted`` are the net's reconstruction and forecast.

    Rows decoded from a code alone are left out where the decoder sees the input. Pairs and extremes are left out where
    the net only predicts.
    """
    found = {**_codes(view), **_prior(view), **_forecasts(view)}
    if view.reconstructs:
        found |= {**_pairs(view), **_extremes(view)}
    if view.sees != "input":
        found |= _decoded(view)
    return found


def _pairs(view: View) -> dict[str, Any]:
    rows = _spread(view.y, len(view.rows), PAIRS)
    found = {
        "pairs_row": rows,
        "pairs_original": single(view.target[rows]),
        "pairs_mean": single(view.reconstruction[rows]),
    }
    if view.can("noise"):
        X = take_rows(view.X, rows)
        drawn = view.model.reconstruct(X, codes=view.model.draw(X, random_state=0))
        found["pairs_draw"] = single(drawn)[:, : view.target.shape[1]]
    if view.y is not None:
        found["pairs_label"] = view.y[rows].astype(str)
    return found


def _forecasts(view: View) -> dict[str, Any]:
    if not view.future:
        return {}
    rows = _spread(view.y, len(view.rows), FORECASTS)
    past, truth = split(view)
    # A plot shows only the end of a long past.
    start = max(0, past.shape[1] - max(PAST, 3 * view.future))
    found = {
        "forecast_row": rows,
        "forecast_start": start,
        "forecast_past": single(past[rows, start:]),
        "forecast_future": single(truth[rows]),
        "forecast_predicted": single(view.forecast[rows]).reshape(len(rows), *truth.shape[1:]),
    }
    if view.reconstructs:
        written = view.reconstruction[rows].reshape(len(rows), *past.shape[1:])
        found["forecast_written"] = single(written[:, start:])
    if view.y is not None:
        found["forecast_label"] = view.y[rows].astype(str)
    return found


def _spread(y: np.ndarray | None, n: int, count: int) -> np.ndarray:
    """Return ``count`` row numbers by a fixed rule: the first rows, or with labels the first of each class in turn."""
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
            f"{name}_original": single(view.target[rows]),
            f"{name}_reconstruction": single(view.reconstruction[rows]),
        }
    # About 2,000 to 4,000 errors are enough for a histogram; the largest is always kept.
    found["error"] = single(view.error[order][:: max(1, len(order) // 2000)][::-1])
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
    found["codes"] = single(codes)
    if view.y is not None:
        found["codes_label"] = view.y[rows].astype(str)
    return found


def _decoded(view: View) -> dict[str, Any]:
    model, z = view.model, view.codes
    found: dict[str, Any] = {}
    center, spread = z.mean(axis=0), z.std(axis=0)

    def decode(codes: np.ndarray) -> np.ndarray:
        return _thinned(view, model.inverse_transform(codes))

    if z.shape[1] == 2:
        span = view.latent.span(2)
        if span is not None:
            axes = np.stack([np.linspace(span[0], span[1], GRID)] * 2)
        else:
            low, high = np.quantile(z, [0.02, 0.98], axis=0)
            axes = np.linspace(low, high, GRID, axis=1)
        # The grid's first row is at the top, as in an image, so the second code unit decreases.
        second, first = np.meshgrid(axes[1][::-1], axes[0], indexing="ij")
        grid = decode(np.stack([first.ravel(), second.ravel()], axis=1))
        found |= {"grid": single(grid).reshape(GRID, GRID, *grid.shape[1:]), "grid_axis": single(axes)}
    if view.can("sample"):
        found["samples"] = single(_thinned(view, _sampled(view)))
    order = np.argsort(-(spread if view.charged is None else view.charged.mean(axis=0)), kind="stable")[:DIMS]
    span = view.latent.span(3)
    axis = np.stack(
        [
            center[j] + spread[j] * np.linspace(-2.5, 2.5, STEPS)
            if span is None
            else np.linspace(span[0], span[1], STEPS)
            for j in order
        ]
    )
    points = np.tile(center, (len(order), STEPS, 1))
    for k, j in enumerate(order):
        points[k, :, j] = axis[k]
    walked = decode(points.reshape(-1, z.shape[1]))
    found |= {
        "traversals": single(walked).reshape(len(order), STEPS, *walked.shape[1:]),
        "traversal_dims": np.asarray(order),
        "traversal_axis": single(axis),
    }
    return found | _interpolated(view)


def _interpolated(view: View) -> dict[str, Any]:
    """Return rows decoded between the codes of pairs of rows; with labels, of pairs from different classes."""
    rows = _spread(view.y, len(view.rows), 2 * LINES)
    rows = rows[: len(rows) // 2 * 2].reshape(-1, 2)
    if not len(rows):
        return {}
    share = np.linspace(0, 1, STEPS)[:, None]
    codes = np.concatenate([(1 - share) * view.codes[a] + share * view.codes[b] for a, b in rows])
    decoded = view.model.inverse_transform(codes.astype(np.float32))
    ends = view.rows[rows.ravel()]
    if view.series:  # as many steps as the decoded rows have, so that both are thinned by the same factor
        reach = decoded.shape[1]
        blank = np.full((len(ends), max(0, reach - ends.shape[1]), *ends.shape[2:]), np.nan)
        ends = np.concatenate([ends[:, :reach], blank], axis=1).reshape(len(ends), *decoded.shape[1:])
    decoded, ends = _thinned(view, decoded), single(_thinned(view, ends))
    found = {
        "interpolation": single(decoded).reshape(len(rows), STEPS, *decoded.shape[1:]),
        "interpolation_from": ends[::2],
        "interpolation_to": ends[1::2],
        "interpolation_row": rows.ravel(),
    }
    if view.y is not None:
        found["interpolation_label"] = view.y[rows.ravel()].astype(str)
    return found


def _sampled(view: View) -> np.ndarray:
    rows = view.model.sample(SAMPLES, random_state=0)
    return padded(rows) if isinstance(rows, list) else rows


def _thinned(view: View, decoded: np.ndarray) -> np.ndarray:
    """Return decoded rows, with long series thinned to 128 steps at most for small plots."""
    if not view.series:
        return decoded
    if not view.reconstructs:
        decoded = decoded[:, -view.future :]
    return decoded[:, :: max(1, -(-decoded.shape[1] // DRAWN))]


def _prior(view: View) -> dict[str, Any]:
    z = standardised(view)
    if z is None or len(z) < FEWEST:
        return {}
    distance = np.asarray([kolmogorov(column) for column in z.T])
    dims = np.lexsort((-distance, idle(view)))[:DIMS]
    # Wide enough for the prior (±4) and for 99.8 % of the codes.
    reach = np.ceil(max(4.0, float(np.quantile(np.abs(z[:, dims]), 0.998))))
    axis = np.linspace(-reach, reach, 241)
    below = np.stack([np.searchsorted(np.sort(z[:, j]), axis, side="right") for j in dims]) / len(z)
    rows = np.sort(np.random.default_rng(0).permutation(len(z))[:CODES])
    return {
        "prior_draws": single(z[np.ix_(rows, dims)].round(4)),
        "prior_dims": dims,
        "prior_axis": single(axis),
        "prior_difference": single(below - ndtr(axis)),
    }
