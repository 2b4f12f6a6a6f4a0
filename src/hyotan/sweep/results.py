"""Results of a sweep: scores of all models on the same rows, the table, the best model."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from hyotan.core.errors import HyotanWarning
from hyotan.data.tables.selection import take_rows
from hyotan.estimator import preparation
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.sweep.variant import Variant

SCORED = 10_000  # maximum number of rows for a score; they are evenly spaced


def _scored_rows(X: Any, validation_data: Any, all_ready: list[preparation.Ready]) -> Any:
    """Return the rows for scoring all models: validation rows, or training rows if a model has no validation rows."""
    first = all_ready[0]
    if not all(len(ready.held) for ready in all_ready):
        return take_rows(X, _spread(first.kept))
    if validation_data is None:
        return take_rows(X, _spread(first.held))
    rows = validation_data[0] if isinstance(validation_data, tuple) else validation_data
    return take_rows(rows, _spread(first.held))


def _spread(rows: np.ndarray) -> np.ndarray:
    """Return at most ``SCORED`` of the row numbers, evenly spaced."""
    return rows if len(rows) <= SCORED else rows[np.linspace(0, len(rows) - 1, SCORED).astype(int)]


def _score(group: list[Variant], X: Any) -> None:
    """Score fitted models of one shape; the weights are arguments of the compiled program, so it is compiled once."""
    if group[0].model.parts_.net.decoder_sees == "input":  # there is no score
        return
    for variant in group:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HyotanWarning)  # the fit has already warned about these rows
            with _in_place_of(group[0].model, variant.model) as model:
                variant.score = float(np.mean(model.score_samples(X)))


@contextmanager
def _in_place_of(model: Autoencoder, other: Autoencoder) -> Iterator[Autoencoder]:
    """Within the context, give ``model`` the weights of another model of the same shape."""
    if model is other:
        yield model
        return
    variables, given = (m._fitted.network.variables for m in (model, other))
    own = [variable.value for variable in variables]
    try:
        for variable, value in zip(variables, given, strict=True):
            variable.assign(value.value)
        yield model
    finally:
        for variable, value in zip(variables, own, strict=True):
            variable.assign(value)


def _table(variants: list[Variant]) -> list[dict[str, Any]]:
    """Return one row per model; all rows have the same columns."""
    rows = []
    for variant in variants:
        row = dict(variant.varied)
        if variant.error is None:
            fitted = variant.model._fitted
            at = fitted.info["epoch"] - 1
            terms = {name: values[at] for name, values in fitted.history.items() if np.ndim(values[at]) == 0}
            terms.pop("seconds", None)
            row |= {**terms, "score": variant.score, "epochs": len(fitted.history["loss"])}
            row |= {"seconds": fitted.info["seconds"]}
        else:
            row["error"] = str(variant.error)
        rows.append(row)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name) for name in columns} for row in rows]


def _best(variants: list[Variant]) -> int:
    """Return the number of the best model: the highest score or, if any model has no score, the lowest loss."""
    alive = [variant for variant in variants if variant.error is None]
    if all(variant.score is not None for variant in alive):
        ranked = {variant.number: variant.score for variant in alive}
    else:
        histories = {variant.number: variant.model.history_ for variant in alive}
        name = "val_loss" if all("val_loss" in history for history in histories.values()) else "loss"
        epochs = {variant.number: variant.model._fitted.info["epoch"] - 1 for variant in alive}
        ranked = {number: -history[name][epochs[number]] for number, history in histories.items()}
    return max(ranked, key=lambda number: ranked[number] if math.isfinite(ranked[number] or 0) else -math.inf)  # type: ignore[arg-type,return-value]
