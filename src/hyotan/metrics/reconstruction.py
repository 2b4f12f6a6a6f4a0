"""Reconstruction error, beside that of PCA with as many components."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from hyotan.metrics._base import View, metric

DROWNS = 5  # times the median spread of the channels, above which one of them would be all that a sum shows


@metric
def reconstruction(view: View) -> dict[str, Any] | None:
    """Euclidean error of each row in the data's own units: sum, mean, quantiles; and PCA's.

    PCA works in network units, as the model does, and is fitted on ``view.reference``, or on each half of the rows
    for the other. The root mean squared error of each column of a table and of each channel of series stands beside
    its standard deviation (``column_*``); that of each step of series beside the standard deviation there, over rows
    (``step_*``). Steps are measured in the data's own units (``step_units`` is "own"), or in standard deviations of
    each channel ("deviations") where one channel would drown the others: where its standard deviation is more than
    five times their median.

    None for a net that predicts the future alone.
    """
    if not view.reconstructs:
        return None
    error, rows = view.error, view.target.astype(np.float64).reshape(len(view.rows), -1)
    known = ~np.isnan(rows)
    found: dict[str, Any] = {
        "sum": float(error.sum()),
        "mean": float(error.mean()),
        "median": float(np.median(error)),
        "p95": float(np.quantile(error, 0.95)),
        "max": float(error.max()),
        "rmse": float(np.sqrt(np.sum(np.square(view.residuals)) / known.sum())),
    }
    pca = pca_error(view, view.codes.shape[1])
    if pca is not None:
        found |= {"pca_sum": float(pca.sum()), "pca_mean": float(pca.mean())}
        found["pca_fitted_on"] = "the training rows" if view.reference is not None else "the other half of these rows"
    if view.model.schema_.kind in ("table", "series"):
        cells = rows.shape[1] if not view.series else view.model.schema_.event[-1]
        found |= _columns(rows.reshape(-1, cells), view.residuals.reshape(-1, cells))
    if view.series:
        found |= _steps(view, rows, np.asarray(found["column_std"]))
    return found


def _columns(rows: np.ndarray, residuals: np.ndarray) -> dict[str, list[float]]:
    """Return the error of each column with its mean and standard deviation."""
    count = (~np.isnan(rows)).sum(axis=0)
    with np.errstate(invalid="ignore"):  # a column nothing is known of has neither error nor spread: NaN
        mean = np.nansum(rows, axis=0) / count
        variance = np.nansum(np.square(rows - mean), axis=0) / count
        rmse = np.sqrt(np.sum(np.square(residuals), axis=0) / count)
    return {"column_rmse": rmse.tolist(), "column_mean": mean.tolist(), "column_std": np.sqrt(variance).tolist()}


def _steps(view: View, rows: np.ndarray, deviation: np.ndarray) -> dict[str, Any]:
    """Return the error at each step over rows and channels, and the spread there, both NaN where nothing is known."""
    shape = (len(rows), -1, len(deviation))
    shared = deviation.max() <= DROWNS * np.quantile(deviation, 0.5, method="lower")
    unit = np.ones_like(deviation) if shared else np.where(deviation > 0, deviation, 1.0)
    x, residuals = rows.reshape(shape) / unit, view.residuals.reshape(shape) / unit
    known = ~np.isnan(x)
    each, count = known.sum(axis=0), known.sum(axis=(0, 2))
    with np.errstate(invalid="ignore"):
        center = np.nansum(x, axis=0) / each
        spread = np.sqrt(np.nansum(np.square(x - center), axis=(0, 2)) / count)
        rmse = np.sqrt(np.sum(np.square(residuals), axis=(0, 2)) / count)
    return {
        "step_rmse": rmse.tolist(),
        "step_std": spread.tolist(),
        "step_rows": known.any(axis=2).sum(axis=0).tolist(),
        "step_units": "own" if shared else "deviations",
    }


def pca_error(view: View, size: int) -> np.ndarray | None:
    """Return the Euclidean error of each row under PCA of ``size`` components, or None where PCA has no room."""
    rows = view.network_rows(view.X)
    if view.reference is not None:
        folds = [(view.network_rows(view.reference), np.arange(len(rows)))]
    else:
        halves = np.arange(len(rows)) % 2
        folds = [(rows[halves != half], np.flatnonzero(halves == half)) for half in (0, 1)]
    if min(*folds[0][0].shape, *folds[-1][0].shape) <= size:
        return None
    error = np.empty(len(rows))
    own = np.asarray(view.target, np.float64).reshape(len(rows), -1)
    for fitting, measured in folds:
        pca = PCA(size, random_state=0).fit(fitting)
        back = view.own(pca.inverse_transform(pca.transform(rows[measured])))
        error[measured] = np.sqrt(np.sum(np.square(np.nan_to_num(own[measured] - back, nan=0.0)), axis=1))
    return error
