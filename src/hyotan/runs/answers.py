"""Results of a run's model for rows (codes, reconstructions, scores, samples), as tables to write."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np

from hyotan.core.errors import HyotanWarning
from hyotan.data import Windows
from hyotan.data.io.long_format import Answer
from hyotan.data.series.grid import gaps_in
from hyotan.data.tables.frames import names as names_of
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.estimator.units import norms
from hyotan.runs.open import Query


def codes(asked: Query) -> Answer:
    """Return the code of each row."""
    found = asked.model.transform(asked.X)
    return Answer(found, [f"z{j}" for j in range(found.shape[1])], asked.beside)


def reconstruction(asked: Query) -> Answer:
    """Return each row decoded from its code; for windows, the mean at each time over the windows that cover it.

    With windows and a net that has ``future``, only the steps the encoder saw count as reconstruction. The forecasts
    have their own columns, ``forecast_CHANNEL``: at each time, the mean of the forecasts for it. Forecasts that cross
    a gap or the end of the series are left out.
    """
    model, X = asked.model, asked.X
    if not isinstance(X, Windows):
        return _rows(model, model.reconstruct(X), asked.beside)
    found, names, net = [], channels_of(model, X), model.parts_.net
    if net.future:
        names = names or [f"channel_{j}" for j in range(X.shape[2])]
        names = names * model.parts_.net.writes_past + [f"forecast_{name}" for name in names]
    if model.parts_.net.writes_past:
        found.append(_mean(X, _past(model, model.reconstruct(X))))
    if net.future:
        found.append(_ahead(model, X))
    return Answer(np.concatenate(found, axis=1), names, asked.moments)


def scores(asked: Query) -> Answer:
    """Return the score and the reconstruction error of each row; for windows, of each time.

    For windows, the score at a time is the mean score of the windows that cover it, and the error is the Euclidean
    distance to the mean of their reconstructions. The score of a window is a sum over its known cells, so a window
    with fewer known cells often scores higher. The column ``known`` is the mean fraction of known cells in the windows
    that cover a time; compare only scores with the same fraction. Times without any known cell have NaN.

    A decoder that sees the input has no score. With a net that has ``future``, the error covers the steps the encoder
    saw; there is no error if the net only predicts.
    """
    model, X = asked.model, asked.X
    found = {}
    if model.parts_.net.decoder_sees == "input":
        warnings.warn(HyotanWarning("the decoder sees the input, so there is an error and no score"), stacklevel=2)
    else:
        found["score"] = model.score_samples(X)
    if not isinstance(X, Windows):
        if model.parts_.net.writes_past:
            found["reconstruction_error"] = _errors(model, X)
        return Answer(np.stack([*found.values()], axis=1), [*found], asked.beside)
    share = _known(model, X)
    # A window without known cells gets NaN: the sum over no cells would be the best score of all.
    found = {name: X.per_point(np.where(share > 0, values, np.nan)) for name, values in found.items()}
    if model.parts_.net.writes_past:
        off = X.series - _mean(X, _past(model, model.reconstruct(X)))
        blank = np.isnan(off).all(axis=1)
        found["reconstruction_error"] = np.where(blank, np.nan, norms(np.nan_to_num(off, nan=0.0), 1))
    found["known"] = X.per_point(share)
    values = np.stack([*found.values()], axis=1)
    values[np.isnan(X.series).all(axis=1), : len(found) - 1] = np.nan
    return Answer(values, [*found], asked.moments)


def samples(model: Autoencoder, n: int, seed: int, noise: bool, temperature: float = 1.0) -> Answer:
    """Return new rows drawn from the prior."""
    return _rows(model, model.sample(n, temperature=temperature, random_state=seed, noise=noise), {})


def _rows(model: Autoencoder, found: Any, beside: dict[str, np.ndarray]) -> Answer:
    series = model.schema_.kind == "series"
    return Answer(found, channels_of(model) if series else model.schema_.columns, beside, series)


def channels_of(model: Autoencoder, X: Any = None) -> list[str] | None:
    """Return the names of the channels, from the model or else from ``X``; None if there are none."""
    found = model._fitted.info.get("reading", {}).get("columns") or model.schema_.columns or names_of(X)
    return None if found is None else list(found)


def _past(model: Autoencoder, found: np.ndarray) -> np.ndarray:
    """Return a reconstruction (n, steps, channels) without the steps that a net with ``future`` predicts."""
    return found[:, : model.schema_.shape[0] - model.parts_.net.future] if model.parts_.net.future else found


def _mean(windows: Windows, found: np.ndarray) -> np.ndarray:
    """Return the mean of reconstructions at each step of the whole series, (n_steps, channels)."""
    whole = np.full(windows.shape, np.nan)
    whole[:, : found.shape[1]] = found
    return windows.per_point(whole)


def _errors(model: Autoencoder, X: Any) -> np.ndarray:
    """Return ‖x − x̂‖₂ of each row over its known cells; with ``future``, over the known cells the encoder saw."""
    if not model.parts_.net.future:
        return model.reconstruction_error(X)
    past = _past(model, np.asarray(model.residuals(X)))
    return np.asarray(norms(past.reshape(len(past), -1), 1))


def _ahead(model: Autoencoder, X: Windows) -> np.ndarray:
    """Return the mean of the forecasts of each step of the whole series, (n_steps, channels)."""
    told, count = model.forecast(X), len(X.series)
    past = model.schema_.shape[0] - told.shape[1]
    piece = np.searchsorted(gaps_in(X.time), np.arange(count), side="right")
    last = X.start + past + told.shape[1] - 1
    there = last < count
    there[there] = piece[last[there]] == piece[X.start[there]]
    ahead = replace(X, start=X.start[there] + past, length=told.shape[1])
    return ahead.per_point(told[there])


def _known(model: Autoencoder, X: Windows) -> np.ndarray:
    """Return, for each window, the fraction of known cells among the cells that a score counts."""
    known, net = ~np.isnan(X.X), model.parts_.net
    if not model.parts_.net.writes_past:
        known = known[:, model.schema_.shape[0] - net.future :]
    return np.asarray(known.mean(axis=(1, 2)))
