"""A linear probe: how much of a label the codes hold, beside the raw cells and PCA."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hyotan.metrics._base import View, metric

ROWS = 2000
FOLDS = 3
CLASSES = 50


@metric
def probe(view: View) -> dict[str, Any] | None:
    """Cross-validated accuracy of logistic regression on the codes, on PCA of the same size and on the raw cells.

    On at most 2,000 rows, three folds; needs labels of 2 to 50 classes with three rows each.
    """
    if view.y is None:
        return None
    rows = np.sort(np.random.default_rng(0).permutation(len(view.y))[:ROWS])
    classes, y, counts = np.unique(view.y[rows].astype(str), return_inverse=True, return_counts=True)
    if not 2 <= len(classes) <= CLASSES or counts.min() < FOLDS:
        return None
    raw = view.network_rows(view.X)[rows]
    found: dict[str, Any] = {
        "rows": len(rows),
        "classes": len(classes),
        "majority": float(counts.max() / counts.sum()),
        "codes": accuracy(view.codes[rows], y),
        "raw": accuracy(raw, y),
    }
    size = view.codes.shape[1]
    if size < min(raw.shape[1], len(rows) * (FOLDS - 1) // FOLDS):
        found["pca"] = accuracy(raw, y, PCA(size, random_state=0))
    return found


def accuracy(X: np.ndarray, y: np.ndarray, *before: Any) -> float:
    """Return the cross-validated accuracy of a linear classifier; every step is fitted on the training folds."""
    probe = make_pipeline(*before, StandardScaler(), LogisticRegression(max_iter=500))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # a probe need not be the best of classifiers
        return float(np.mean(cross_val_predict(probe, X, y, cv=folds) == y))
