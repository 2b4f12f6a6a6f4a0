"""Forecast error, next to the errors of naive forecasts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hyotan.core.terms import Term
from hyotan.estimator.units import norms
from hyotan.metrics._base import Found, Key, metric
from hyotan.metrics.record import Record
from hyotan.metrics.view import View

UNITS = "in the data's own units"
CHEAP = (Term("last_rmse", "by repeating the last frame"), Term("repeat_rmse", "by repeating the last steps"))


def _words(found: Found, record: Record) -> dict[str, str]:
    return {"reading": f"root mean squared error of the {found['steps']} steps ahead, {UNITS}. {found['reading']}"}


def _beaten(found: Found) -> bool:
    return bool(found["rmse"] < min(found[term.name] for term in CHEAP if term.name in found))


def _judged(found: Found, record: Record) -> Iterator[tuple[str, str]]:
    if _beaten(found):
        yield "good", f"What follows is predicted better than by what costs nothing. {found['reading']}"
    else:
        yield "usable" if "reconstruction" in record.metrics else "broken", found["reading"]


def _remarks(found: Found, view: View) -> Iterator[str]:
    if not _beaten(found):
        yield found["reading"]


KEY = Key(
    Term("rmse", "Forecast error", UNITS, 20, "lower"),
    CHEAP,
    reading="root mean squared",
    words=_words,
    alike=lambda record: record.data.get("future", 0),  # errors over different horizons are not comparable
)


@metric(keys=[KEY], judge=_judged, remark=_remarks)
def forecast(view: View) -> dict[str, Any] | None:
    """Root mean squared error of the predicted steps over rows, steps and channels, in the data's own units.

    The baselines are two naive forecasts: repeating the last frame (``last_rmse``) and, where the past is long enough,
    repeating as many of the last steps as are predicted (``repeat_rmse``). Their missing cells are filled with the
    last observed value. ``step_rmse``, ``last_step_rmse`` and ``repeat_step_rmse`` are the errors at each step.

    None for a net that does not predict, and for rows without observed future steps.
    """
    if not view.future:
        return None
    past, truth = split(view)
    channels = truth.shape[2]
    guesses = {"": view.forecast.reshape(truth.shape), **repeated(past, view.future)}
    known = ~np.isnan(truth)
    if not known.any():
        return None
    found: dict[str, Any] = {"steps": view.future, "past": past.shape[1], "channels": channels}
    for name, guess in guesses.items():
        off = np.where(known, truth - guess, 0.0)
        with np.errstate(invalid="ignore"):  # NaN for a step without observed cells
            each = norms(off, (0, 2)) / np.sqrt(known.sum(axis=(0, 2)))
        prefix = f"{name}_" if name else ""
        found |= {
            f"{prefix}rmse": float(norms(off, (0, 1, 2)) / np.sqrt(known.sum())),
            f"{prefix}step_rmse": each.tolist(),
        }
    found["reading"] = _reading(found)
    return found


def split(view: View) -> tuple[np.ndarray, np.ndarray]:
    """Return the past, which the net reads, and the future, which it predicts, each (n, steps, channels)."""
    rows = view.rows.astype(np.float64).reshape(*view.rows.shape[:2], -1)
    return rows[:, : -view.future], rows[:, -view.future :]


def repeated(past: np.ndarray, future: int) -> dict[str, np.ndarray]:
    """Return the naive forecasts: the last frame repeated, and the last ``future`` steps repeated.

    Missing cells are filled with the last observed value of the series, before any observed value with the channel's
    mean. ``repeat`` is left out if the past is shorter than ``future``.

    Examples
    --------
    >>> past = np.array([[[1.0], [2.0], [np.nan]]])
    >>> {name: guess[0, :, 0].tolist() for name, guess in repeated(past, 2).items()}
    {'last': [2.0, 2.0], 'repeat': [2.0, 2.0]}
    """
    filled = past.copy()
    with np.errstate(invalid="ignore"):
        known = ~np.isnan(past)
        mean = np.where(known, past, 0).sum(axis=(0, 1)) / np.maximum(known.sum(axis=(0, 1)), 1)
    filled[:, 0] = np.where(known[:, 0], past[:, 0], mean)
    for step in range(1, past.shape[1]):
        filled[:, step] = np.where(known[:, step], past[:, step], filled[:, step - 1])
    found = {"last": np.repeat(filled[:, -1:], future, axis=1)}
    if past.shape[1] >= future:
        found["repeat"] = filled[:, -future:]
    return found


def _reading(found: dict[str, Any]) -> str:
    names = {"last_rmse": "repeating the last frame", "repeat_rmse": f"repeating the last {found['steps']} steps"}
    best = min((name for name in names if name in found), key=lambda name: found[name])
    if not found[best]:
        return f"The future is what {names[best]} gives: there is nothing to predict."
    share = 1 - found["rmse"] / found[best]
    if share <= 0:
        return f"The forecast is no better than {names[best]}, {-share:.0%} worse: the net has learned no dynamics."
    return f"The error is {share:.0%} lower than that of {names[best]}, the better of what costs nothing."
