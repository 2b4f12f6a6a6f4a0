"""Evaluation: run every metric that applies and collect the data for the plots."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from hyotan.artifact.describe import describe
from hyotan.artifact.summary import layers
from hyotan.core.errors import DataError, not_fitted
from hyotan.core.numbers import single
from hyotan.core.terms import to_json
from hyotan.core.versions import versions
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.metrics._base import in_order, registered
from hyotan.metrics._learning import overfit
from hyotan.metrics._pictures import pictures
from hyotan.metrics.record import Record
from hyotan.metrics.view import View, ends_of

LABELS = 100  # distinct labels listed in the record, at most


def evaluate(model: Autoencoder, X: Any, y: Any = None, *, reference: Any = None, command: str = "") -> Record:
    """Measure a fitted model on rows with every metric that applies.

    Parameters
    ----------
    model : Autoencoder
    X : array, frame or list of series
        Rows to evaluate on, preferably rows the model was not trained on.
    y : array of shape (n,), optional
        Labels, for the colours of plots and for the linear probe.
    reference : array, frame or list of series, optional
        Rows to fit the baselines on, usually the training rows. By default the baselines are cross-fitted: fitted on
        each half of ``X`` and measured on the other half.
    command : str
        The shell command of this run, if any; the report shows it.

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
    known = registered()
    metrics = {name: found for name, metric in known.items() if (found := metric(view)) is not None}
    declared = {name: known[name].keys for name in metrics}
    return Record(
        model={
            "line": describe(fitted),
            "parts": {kind: " ".join(repr(part).split()) for kind, part in fitted.parts.items() if part is not None},
            "layers": layers(fitted),
            "data": fitted.data_summary(),
            "score": fitted.score_meaning(),
            "normalised": fitted.normalised,
            "code": list(fitted.network.code),
            "probabilistic": view.can("sample"),
            "abilities": sorted(fitted.parts.latent.abilities),
            "charged": view.latent.charged,
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
        terms=to_json(fitted.about),
        keys={name: [key.to_json() for key in keys] for name, keys in declared.items() if keys is not None},
        metrics=metrics,
        pictures=pictures(view),
        warnings=list(dict.fromkeys([*fitted.warnings, *_remarks(view, metrics)])),
        versions=versions(),
        command=command,
    )


def _labels(view: View) -> dict[str, Any]:
    """Return the distinct labels (the first 100 at most) and the number of rows with each."""
    if view.y is None:
        return {"labels": None, "label_rows": None}
    labels, counts = np.unique(view.y, return_counts=True)
    return {"labels": [str(v) for v in labels[:LABELS]], "label_rows": counts[:LABELS].tolist()}


def _cells(view: View) -> dict[str, Any]:
    """Return the number of missing cells, the range of the observed ones, and a fingerprint of the rows."""
    rows = np.ascontiguousarray(single(view.rows))
    known = ~np.isnan(rows)
    missing = int(np.sum(~known))
    if view.series:  # the padding after the end of a series does not count as missing
        missing -= int(np.sum(rows.shape[1] - ends_of(rows))) * int(np.prod(rows.shape[2:]))
    span = [float(rows[known].min()), float(rows[known].max())] if known.any() else None
    return {"missing": missing, "range": span, "mark": hashlib.sha256(rows.tobytes()).hexdigest()[:16]}


def _remarks(view: View, metrics: dict[str, Any]) -> Iterator[str]:
    """Yield the warnings of the metrics, and one if the model overfits."""
    for name, metric in in_order(metrics):
        if metric.remark is not None:
            yield from metric.remark(metrics[name], view)
    rose = overfit(view.model.history_, view.model._fitted.info.get("epoch"))
    if rose is not None:
        yield f"validation loss was lowest at epoch {rose[0]} and rose after: the model overfits"
