"""A linear probe: how well a label can be predicted from the codes, compared with raw cells and PCA."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from sklearn.decomposition import PCA
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hyotan.core.terms import Term
from hyotan.metrics._base import Found, Key, metric, pca
from hyotan.metrics.record import Record
from hyotan.metrics.view import View

ROWS = 2000  # at most
FOLDS = 3
CLASSES = 50  # at most


def _words(found: Found, record: Record) -> dict[str, str]:
    names = {"pca": pca(record), "raw": "the raw cells", "majority": "the largest class"}
    beside = ", ".join(f"{found[key]:.1%} by {name}" for key, name in names.items() if key in found)
    reading = f"cross-validated accuracy of a linear classifier on {found['rows']:,} rows; higher is better"
    return {"beside": beside, "reading": reading}


def _judged(found: Found, record: Record) -> Iterator[tuple[str, str]]:
    if "pca" in found and found["codes"] > found["pca"]:
        yield (
            "good",
            f"The codes hold more of the label than PCA of the same size: a linear classifier is right on "
            f"{found['codes']:.1%} against {found['pca']:.1%}.",
        )


KEY = Key(
    Term("codes", "Label read off the codes", "", 70, "higher"),
    (
        Term("pca", "by PCA of the same size"),
        Term("raw", "by the raw cells"),
        Term("majority", "by the largest class"),
    ),
    reading="accuracy of a linear classifier",
    text=lambda value, found: f"{value:.1%}",
    words=_words,
    alike=lambda record: repr((record.data.get("labels"), record.data.get("label_rows"))),
)


@metric(keys=[KEY], judge=_judged)
def probe(view: View) -> dict[str, Any] | None:
    """Cross-validated accuracy of logistic regression on the codes, on PCA of the same size and on the raw cells.

    At most 2,000 rows and three folds are used. None without labels, and unless there are 2 to 50 classes with at
    least three rows each.
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
    """Return the cross-validated accuracy of a linear classifier after the transformers ``before``.

    Every step of the pipeline is fitted on the training folds only.
    """
    probe = make_pipeline(*before, StandardScaler(), LogisticRegression(max_iter=500))
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the probe need not be fully optimised
        return float(np.mean(cross_val_predict(probe, X, y, cv=folds) == y))
