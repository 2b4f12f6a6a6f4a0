"""Reconstruction error, next to the errors of two baselines: PCA with as many components, and the mean row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.decomposition import PCA

from hyotan.core.numbers import number
from hyotan.core.terms import Term
from hyotan.estimator.units import deviations, norms
from hyotan.metrics._base import Found, Key, metric, pca
from hyotan.metrics.record import Record
from hyotan.metrics.view import View

HARDLY = 0.1  # share of PCA's gain over the mean row; a model that gains less is called broken
UNITS = "in the data's own units"
DROWNS = 5  # a channel with a standard deviation above this multiple of the median would dominate the step errors


def _words(found: Found, record: Record) -> dict[str, str]:
    """Return the baselines and the reading for the report."""
    beside = "no PCA of this size"
    if "pca_mean" in found:
        beside = f"{number(found['pca_mean'], 4)} by {pca(record)}, fitted on {found['pca_fitted_on']}"
    if "constant_mean" in found:
        beside += f"; {number(found['constant_mean'], 4)} by always giving the mean row"
    what = "a row" if not record.data.get("future") else "the steps it is shown"
    return {"beside": beside, "reading": f"Euclidean, of {what}, {UNITS}; lower is better"}


def _judged(found: Found, record: Record) -> Iterator[tuple[str, str]]:
    if "mean" not in found:
        return
    mean, constant, beside = found["mean"], found.get("constant_mean"), found.get("pca_mean")
    if mean is None or not np.isfinite(mean):
        yield "broken", "The reconstruction error is not finite."
    elif constant is not None and mean >= constant:
        against = f"mean error {number(constant, 4)} against {number(mean, 4)}"
        yield "broken", f"Always giving the mean row does as well or better: {against}. Train longer."
    elif constant is not None and beside is not None and constant - mean < HARDLY * (constant - beside):
        against = f"mean error {number(mean, 4)} against {number(constant, 4)}"
        reach = f"{pca(record)} reaches {number(beside, 4)}"
        yield (
            "broken",
            f"It does hardly better than always giving the mean row: {against}, where {reach}. Train longer.",
        )
    elif beside is not None and mean > beside:
        against = f"mean error {number(beside, 4)} against {number(mean, 4)}"
        yield "usable", f"{pca(record)} reconstructs better: {against}. Train longer, or use a larger net."
    elif beside is not None:
        yield (
            "good",
            f"Rows are reconstructed better than by {pca(record)}: mean error {number(mean, 4)} against "
            f"{number(beside, 4)}{_less(mean, beside)}.",
        )
    elif constant is not None:
        yield (
            "good",
            f"Rows are reconstructed better than by the mean row: mean error {number(mean, 4)} against "
            f"{number(constant, 4)}{_less(mean, constant)}.",
        )


def _less(value: float, than: float) -> str:
    return f", {1 - value / than:.0%} less" if than else ""


def _remarks(found: Found, view: View) -> Iterator[str]:
    beside = found.get("pca_mean")
    if beside is not None and found["mean"] > beside:
        yield (
            f"PCA with {view.codes.shape[1]} components reconstructs better (mean error {beside:.4g} against "
            f"{found['mean']:.4g}): train longer, or use a larger net"
        )


KEYS = (
    Key(
        Term("mean", "Mean reconstruction error", UNITS, 10, "lower"),
        (
            Term("pca_mean", "by PCA of the same size"),
            Term("constant_mean", "by always giving the mean row"),
        ),
        reading=f"Euclidean, {UNITS}",
        words=_words,
        alike=lambda record: record.data.get("future", 0),  # else different steps are reconstructed
    ),
    Key(Term("pca_mean", "Error of PCA of the same size", UNITS, 11), reading="to be beaten", places=("comparison",)),
)


@metric(keys=KEYS, judge=_judged, remark=_remarks)
def reconstruction(view: View) -> dict[str, Any] | None:
    """Euclidean error of each row in the data's own units, with the errors of PCA and of the mean row as baselines.

    Reported are sum, mean, median, 95 % quantile and maximum over the rows. Both baselines are fitted on
    ``view.reference`` or, without it, on each half of the rows and measured on the other half. PCA (``pca_*``) works
    on scaled rows, as the model does. The mean row (``constant_mean``) is the mean of the observed values of each cell.

    ``column_*``: root mean squared error of each column of a table or channel of series, with PCA's error and the
    standard deviation of the column. ``step_*``: root mean squared error of each step of series, with the standard
    deviation over the rows at that step. Step errors are in the data's own units (``step_units`` is "own"); if the
    standard deviation of a channel is more than five times the median, that channel would dominate, and the errors are
    in standard deviations of each channel instead ("deviations").

    None for a net that only predicts.
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
        "rmse": float(norms(view.residuals, (0, 1)) / np.sqrt(known.sum())),
    }
    if len(rows) > 1:
        found["constant_mean"] = float(constant_error(view).mean())
    left = pca_residuals(view, view.codes.shape[1])
    if left is not None:
        total = norms(left, 1)
        found |= {"pca_sum": float(total.sum()), "pca_mean": float(total.mean())}
        found["pca_fitted_on"] = "the training rows" if view.reference is not None else "the other half of these rows"
    if view.model.schema_.kind in ("table", "series"):
        cells = rows.shape[1] if not view.series else view.model.schema_.event[-1]
        own = rows.reshape(-1, cells)
        found |= _columns(own, view.residuals.reshape(-1, cells))
        if left is not None:
            found["column_pca_rmse"] = _columns(own, left.reshape(-1, cells))["column_rmse"]
    if view.series:
        found |= _steps(view, rows, np.asarray(found["column_std"]))
    return found


def _columns(rows: np.ndarray, residuals: np.ndarray) -> dict[str, list[float]]:
    """Return the root mean squared error, mean and standard deviation of each column over its observed cells."""
    count = (~np.isnan(rows)).sum(axis=0)
    with np.errstate(invalid="ignore"):  # NaN for a column without observed cells
        mean = np.nansum(rows, axis=0) / count
        rmse = norms(residuals, 0) / np.sqrt(count)
    return {"column_rmse": rmse.tolist(), "column_mean": mean.tolist(), "column_std": deviations(rows, 0).tolist()}


def _steps(view: View, rows: np.ndarray, deviation: np.ndarray) -> dict[str, Any]:
    """Return the error and the standard deviation at each step, over rows and channels; NaN without observed cells."""
    shape = (len(rows), -1, len(deviation))
    shared = deviation.max() <= DROWNS * np.quantile(deviation, 0.5, method="lower")
    unit = np.ones_like(deviation) if shared else np.where(deviation > 0, deviation, 1.0)
    x, residuals = rows.reshape(shape) / unit, view.residuals.reshape(shape) / unit
    known = ~np.isnan(x)
    each, count = known.sum(axis=0), known.sum(axis=(0, 2))
    with np.errstate(invalid="ignore"):
        center = np.nansum(x, axis=0) / each
        spread = norms(np.nan_to_num(x - center, nan=0.0), (0, 2)) / np.sqrt(count)
        rmse = norms(residuals, (0, 2)) / np.sqrt(count)
    return {
        "step_rmse": rmse.tolist(),
        "step_std": spread.tolist(),
        "step_rows": known.any(axis=2).sum(axis=0).tolist(),
        "step_units": "own" if shared else "deviations",
    }


def pca_error(view: View, size: int) -> np.ndarray | None:
    """Return the Euclidean error of each row for PCA with ``size`` components, or None if PCA cannot have that many."""
    residuals = pca_residuals(view, size)
    return None if residuals is None else norms(residuals, 1)


def pca_residuals(view: View, size: int) -> np.ndarray | None:
    """Return the residuals of PCA with ``size`` components, (n, cells), 0 where missing.

    None if ``size`` is not below the number of rows and of columns that PCA is fitted on.
    """
    rows = view.network_rows(view.X)
    folds = _folds(view, rows, view.network_rows)
    if min(*folds[0][0].shape, *folds[-1][0].shape) <= size:
        return None
    own = np.asarray(view.target, np.float64).reshape(len(rows), -1)
    residuals = np.empty_like(own)
    for fitting, measured in folds:
        fitted = PCA(size, random_state=0).fit(fitting)
        back = view.own(fitted.inverse_transform(fitted.transform(rows[measured])))
        residuals[measured] = np.nan_to_num(own[measured] - back, nan=0.0)
    return residuals


def constant_error(view: View) -> np.ndarray:
    """Return the Euclidean error of each row if it is reconstructed by the mean row.

    The mean row is computed over the rows that the baseline is fitted on. For series, a cell that none of these rows
    observes, such as a step after the end of all of them, gets the mean of its channel.
    """

    def own(X: Any) -> np.ndarray:
        array = view._array(X).astype(np.float64)
        return array[:, : array.shape[1] - view.future] if view.future else array

    rows = view.target.astype(np.float64)
    error = np.empty(len(rows))
    for fitting, measured in _folds(view, rows, own):
        known = ~np.isnan(fitting)
        axes = (0, 1) if view.series else 0
        wide = np.where(known, fitting, 0.0).sum(axis=axes) / np.maximum(known.sum(axis=axes), 1)
        count = known.sum(axis=0)
        with np.errstate(invalid="ignore"):
            each = np.where(count > 0, np.where(known, fitting, 0.0).sum(axis=0) / count, wide)
        if view.series:  # cut or extend the mean row to the number of steps of the rows
            steps = rows.shape[1]
            more = np.broadcast_to(wide, (max(0, steps - len(each)), *each.shape[1:]))
            each = np.concatenate([each[:steps], more])
        error[measured] = norms(np.nan_to_num(rows[measured] - each, nan=0.0).reshape(len(measured), -1), 1)
    return error


def _folds(view: View, rows: np.ndarray, read: Callable[[Any], np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return pairs of the rows to fit a baseline on and the indices of the rows to measure it on."""
    if view.reference is not None:
        return [(read(view.reference), np.arange(len(rows)))]
    halves = np.arange(len(rows)) % 2
    return [(rows[halves != half], np.flatnonzero(halves == half)) for half in (0, 1)]
