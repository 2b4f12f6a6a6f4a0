"""Reconstruction error, beside that of PCA with as many components."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from hyotan.metrics._base import View, metric


@metric
def reconstruction(view: View) -> dict[str, Any]:
    """Euclidean error of each row in the data's own units: sum, mean, quantiles; and PCA's.

    PCA works in network units, as the model does, and is fitted on ``view.reference``, or on each half of the rows
    for the other. Where columns are named, the root mean squared error of each stands beside its standard deviation.
    """
    error, rows = view.error, view.rows.astype(np.float64).reshape(len(view.rows), -1)
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
    if view.model.schema_.kind == "table":
        count = known.sum(axis=0)
        with np.errstate(invalid="ignore"):  # a column nothing is known of has neither error nor spread: NaN
            mean = np.nansum(rows, axis=0) / count
            variance = np.nansum(np.square(rows - mean), axis=0) / count
            found["column_rmse"] = np.sqrt(np.sum(np.square(view.residuals), axis=0) / count).tolist()
        found |= {"column_mean": mean.tolist(), "column_std": np.sqrt(variance).tolist()}
    return found


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
    own = np.asarray(view.rows, np.float64).reshape(len(rows), -1)
    for fitting, measured in folds:
        pca = PCA(size, random_state=0).fit(fitting)
        back = view.own(pca.inverse_transform(pca.transform(rows[measured])))
        error[measured] = np.sqrt(np.sum(np.square(np.nan_to_num(own[measured] - back, nan=0.0)), axis=1))
    return error
