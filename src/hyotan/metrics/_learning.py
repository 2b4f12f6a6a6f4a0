"""Diagnosis of the training from the history: non-finite losses, too few epochs, overfitting."""

from __future__ import annotations

from typing import Any

import numpy as np

ENOUGH = 0.05  # share of the range of the loss; if the last fifth of the epochs brought more, the loss still falls
RISE = 0.02  # tolerated rise, as a share of the lowest validation loss or of the decrease before it, if larger
FEWEST = 5  # epochs; with fewer, a rise may be noise


def curve(history: dict[str, list[Any]]) -> np.ndarray:
    """Return the validation loss of each epoch, or the training loss if there is no validation.

    Examples
    --------
    >>> curve({"loss": [3.0, 2.0], "val_loss": [3.5, None]})
    array([3.5, nan])
    """
    return np.asarray(history.get("val_loss") or history.get("loss") or [], np.float64)


def broken_at(history: dict[str, list[Any]]) -> int | None:
    """Return the first epoch with a non-finite training or validation loss, or None.

    Examples
    --------
    >>> broken_at({"loss": [3.0, float("nan")]}), broken_at({"loss": [3.0, 2.0]})
    (2, None)
    """
    losses = [np.asarray(history[name], np.float64) for name in ("loss", "val_loss") if history.get(name)]
    odd = [np.flatnonzero(~np.isfinite(values)) for values in losses]
    first = [int(where[0]) + 1 for where in odd if len(where)]
    return min(first) if first else None


def overfit(history: dict[str, list[Any]], kept: int | None = None) -> tuple[int, float, float] | None:
    """Return the best epoch, its validation loss and the one of the kept epoch if the model overfits, else None.

    The model overfits if the validation loss rose after the best epoch by more than 2 % of the lowest loss, or of the
    decrease from the first epoch to the best one, if that is larger. With fewer than five epochs the result is None.

    Parameters
    ----------
    history : dict of lists
    kept : int, optional
        The epoch whose weights the model has kept; the last one by default.

    Examples
    --------
    >>> overfit({"val_loss": [9.0, 5.0, 4.0, 4.5, 5.0]})
    (3, 4.0, 5.0)
    >>> overfit({"val_loss": [9.0, 5.0, 4.0, 4.5, 5.0]}, kept=3) is None
    True
    """
    values = np.asarray(history.get("val_loss") or [], np.float64)
    if len(values) < FEWEST or not np.isfinite(values).all():
        return None
    best = int(np.argmin(values))
    end = float(values[(kept or len(values)) - 1])
    lowest = float(values[best])
    allowed = RISE * max(abs(lowest), float(values[0]) - lowest)
    return (best + 1, lowest, end) if end - lowest > allowed else None


def last_fifth(epochs: int) -> int:
    """Return the number of epochs in the last fifth, at least one."""
    return max(1, epochs // 5)


def falling(history: dict[str, list[Any]]) -> float | None:
    """Return the decrease in the last fifth of the epochs as a share of the range of the loss, if it exceeds 5 %.

    A share above 5 % means that the loss was still falling when training ended. Otherwise, and with a single epoch,
    the result is None.

    Examples
    --------
    >>> falling({"loss": [10.0, 8.0, 6.0, 4.0, 2.0]}), falling({"loss": [10.0, 2.0, 1.0, 1.0, 1.0]})
    (0.25, None)
    """
    values = curve(history)
    if len(values) < 2 or not np.isfinite(values).all():
        return None
    gained = float(values.max() - values.min())
    last = float(values[-1 - last_fifth(len(values))] - values[-1])
    return last / gained if gained > 0 and last > ENOUGH * gained else None
