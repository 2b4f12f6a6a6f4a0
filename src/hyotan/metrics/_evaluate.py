"""Evaluate: run every metric that applies and gather what the pictures need."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from hyotan.artifact.describe import describe
from hyotan.core.errors import DataError, not_fitted
from hyotan.core.versions import versions
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.metrics._base import Record, View, ends_of, registered
from hyotan.metrics._learning import overfit
from hyotan.metrics._pictures import pictures
from hyotan.metrics.code_use import UNUSED

LABELS = 100  # that are listed


def evaluate(model: Autoencoder, X: Any, y: Any = None, *, reference: Any = None, command: str = "") -> Record:
    """Measure a fitted model on rows, every metric that applies.

    Parameters
    ----------
    model : Autoencoder
    X : array, frame or list of series
        Rows, best ones the model was not trained on.
    y : array of shape (n,), optional
        Labels, for colours and for the probe.
    reference : array, frame or list of series, optional
        Rows to fit the baselines on (those the model was trained on). Without them each half of ``X`` serves the
        other.
    command : str
        The command that asked, to be shown in the report.

    Returns
    -------
    Record

    Examples
    --------
    >>> import hyotan as hy
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> record = hy.evaluate(hy.AE(2, epochs=2, random_state=0, verbose=0).fit(X), X)
    >>> sorted(record.metrics)
    ['codes', 'likelihood', 'reconstruction']
    """
    if not hasattr(model, "_fitted"):
        raise not_fitted(model, "evaluate")
    view = View(model, X, y, reference)
    if view.y is not None and view.y.shape != (len(view.rows),):
        raise DataError("y does not fit X", expected=f"{len(view.rows)} labels", received=f"shape {view.y.shape}")
    fitted = model._fitted
    metrics = {name: found for name, function in registered().items() if (found := function(view)) is not None}
    return Record(
        model={
            "line": describe(fitted),
            "parts": {kind: " ".join(repr(part).split()) for kind, part in fitted.parts.items() if part is not None},
            "data": fitted.data_summary(),
            "score": fitted.score_meaning(),
            "normalised": fitted.normalised,
            "code": list(fitted.network.code),
            "probabilistic": view.can("sample"),
            "abilities": sorted(fitted.parts.latent.abilities),
            "decoder_sees": view.sees,
            "seed": fitted.seed,
            "params": {name: " ".join(repr(value).split()) for name, value in model.get_params(deep=False).items()},
            **{k: v for k, v in fitted.info.items() if k not in ("versions", "created")},
        },
        data={
            "kind": fitted.schema.kind,
            "rows": len(view.rows),
            "shape": list(fitted.schema.shape),
            "ragged": fitted.schema.ragged,
            "future": view.future,
            "columns": None if fitted.schema.columns is None else list(fitted.schema.columns),
            **_labels(view),
            **_cells(view),
            "scaling": fitted.scaler.describe(),
        },
        history=fitted.history,
        metrics=metrics,
        pictures=pictures(view),
        warnings=list(dict.fromkeys([*fitted.warnings, *_remarks(view, metrics)])),
        versions=versions(),
        command=command,
    )


def _labels(view: View) -> dict[str, Any]:
    """Return the labels, 100 at most, and how many rows have each."""
    if view.y is None:
        return {"labels": None, "label_rows": None}
    labels, counts = np.unique(view.y, return_counts=True)
    return {"labels": [str(v) for v in labels[:LABELS]], "label_rows": counts[:LABELS].tolist()}


def _cells(view: View) -> dict[str, Any]:
    """Return what is known of the cells: how many are missing, their range, and a mark the same rows have again."""
    rows = np.ascontiguousarray(view.rows, np.float32)
    known = np.isfinite(rows)
    missing = int(np.sum(~known))
    if view.series:  # what comes after the end of a series is not missing
        missing -= int(np.sum(rows.shape[1] - ends_of(rows))) * int(np.prod(rows.shape[2:]))
    span = [float(rows[known].min()), float(rows[known].max())] if known.any() else None
    return {"missing": missing, "range": span, "mark": hashlib.sha256(rows.tobytes()).hexdigest()[:16]}


def _remarks(view: View, metrics: dict[str, Any]) -> list[str]:
    """Return in plain words what a reader should not miss."""
    remarks = []
    codes, reconstruction = metrics["codes"], metrics.get("reconstruction", {})
    dim, active = view.codes.shape[1], codes.get("active_units")
    enough = len(view.codes) >= 30  # the variance over a handful of rows tells nothing
    if enough and active is not None and active < dim:
        idle = f"{dim - active} of {dim} latent units carry nothing (their mean hardly varies over the rows)"
        remarks.append(idle + ("; the model has collapsed" if active == 0 else ""))
    dead = codes.get("dead_units", 0) if enough else 0
    if dead and active is None:
        remarks.append(f"{dead} of {dim} code units never change: they are dead")
    use = metrics.get("code_use", {})
    if use.get("ratio", UNUSED) < UNUSED:
        remarks.append(use["reading"])
    future = metrics.get("forecast", {})
    if future and future["rmse"] >= min(future[name] for name in ("last_rmse", "repeat_rmse") if name in future):
        remarks.append(future["reading"])
    pca = reconstruction.get("pca_mean")
    if pca is not None and reconstruction["mean"] > pca:
        remarks.append(
            f"PCA with {dim} components reconstructs better (mean error {pca:.4g} against "
            f"{reconstruction['mean']:.4g}): train longer, or use a larger net"
        )
    rose = overfit(view.model.history_, view.model._fitted.info.get("epoch"))
    if rose is not None:
        remarks.append(f"validation loss was lowest at epoch {rose[0]} and rose after: the model overfits")
    if "likelihood" in metrics and not view.model._fitted.normalised:
        remarks.append("scores are cross-entropies on grey values: compare them with each other, not with likelihoods")
    return remarks
