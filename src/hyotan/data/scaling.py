"""Scaling between the user's units and network units, fitted on the training rows only.

    u = (x − offset) / scale,    log p(x) = log p(u) − Σ log scale  over the scored cells

The second formula gives densities in the user's units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown

METHODS = ("none", "unit", "standard", "minmax")
FARTHEST = 1e12  # largest value in network units: squares of larger ones, summed over a row, overflow float32


@dataclass(frozen=True)
class Scaler:
    """An affine transformation of each cell.

    Parameters
    ----------
    method : {"none", "unit", "standard", "minmax"}
        No scaling; division by the largest grey value, 255 for bytes; to mean 0 and variance 1; to [0, 1].
    offset, scale : ndarray
        They broadcast to events: one number each for images, one per column for tables.
    constant : ndarray of bool, or None
        The columns that had one value only, which is what they are decoded to. None if there are none.

    Examples
    --------
    >>> X = np.array([[0.0, 10.0], [2.0, 30.0]])
    >>> scaler = Scaler.fit(X, "standard", per_column=True)
    >>> scaler.apply(X).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    >>> scaler.undo(scaler.apply(X)).round(6).tolist()
    [[0.0, 10.0], [2.0, 30.0]]
    """

    method: str
    offset: np.ndarray
    scale: np.ndarray
    constant: np.ndarray | None = None

    @classmethod
    def fit(cls, X: np.ndarray, method: str, *, per_column: bool, weight: np.ndarray | None = None) -> Scaler:
        """Return the scaler fitted on training events; ``weight`` are sample weights, used by "standard" only.

        A constant column is shifted, but not scaled.

        Raises
        ------
        DataError
            If every observed cell has the same value, or the spread is not finite.
        """
        if method not in METHODS:
            raise ParameterError(
                "The 'scale' parameter is not valid",
                expected="one of 'auto', " + ", ".join(map(repr, METHODS)),
                received=shown(method),
            )
        low, high = np.nanmin(X), np.nanmax(X)
        if low == high:
            raise DataError(
                "X is constant",
                expected="at least two different values",
                received=f"every known cell is {low:g}",
                do="check how the data were read",
            )
        axis = 0 if per_column else None
        if method == "standard":
            offset, spread = _moments(X, axis, weight)
        elif method == "minmax":
            offset = np.asarray(np.nanmin(X, axis=axis), dtype=np.float64)
            spread = np.asarray(np.nanmax(X, axis=axis), dtype=np.float64) - offset
        else:
            offset, spread = np.zeros(()), np.full((), full_scale(X) if method == "unit" else 1.0)
        # A spread that is only rounding error means a constant column, which must not be scaled.
        rounding = 8 * np.finfo(np.float64).eps * np.maximum(np.abs(offset), np.nanmax(np.abs(X), axis=axis))
        still = spread <= rounding
        scale = np.where(still, 1.0, spread) if spread.shape else spread
        if not (np.isfinite(scale).all() and np.isfinite(offset).all() and (scale > 0).all()):
            raise DataError(
                "X cannot be scaled",
                expected="values whose spread is a number",
                received=f"values from {low:g} to {high:g}",
                do="rescale the data, or take the extreme values out",
            )
        if not (spread.shape and still.any()):
            return cls(method, offset, scale)
        # The mean of equal numbers may be off by rounding; the smallest of them is not.
        return cls(method, np.where(still, np.nanmin(X, axis=axis), offset), scale, still)

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return events in network units, float32."""
        if self.method == "none":
            return X.astype(np.float32, copy=False)
        return ((X - self.offset) / self.scale).astype(np.float32)

    def bounded(self, X: np.ndarray) -> np.ndarray:
        """Return the same within ±1e12, so that the score of every finite row is finite."""
        with np.errstate(over="ignore"):
            values = X if self.method == "none" else (X - self.offset) / self.scale
        if _far(values):
            values = np.clip(values, -FARTHEST, FARTHEST)
        return values.astype(np.float32, copy=False)

    def undo(self, events: np.ndarray) -> np.ndarray:
        """Return events in the user's units, as float64 if an offset is added, for which float32 may be too coarse."""
        if self.method in ("none", "unit"):
            return np.asarray(events, dtype=np.float32) * np.float32(self.scale)
        found = np.asarray(events, dtype=np.float64) * self.scale + self.offset
        return found if self.constant is None else np.where(self.constant, self.offset, found)

    def log_jacobian(self, event: tuple[int, ...]) -> np.ndarray:
        """Return log |du/dx| of each cell, in the shape of the event."""
        return np.broadcast_to(-np.log(self.scale), event)

    def describe(self) -> str:
        """Return a description of the scaling in words."""
        return {
            "none": "as they are",
            "unit": f"divided by {np.max(self.scale):g}",
            "standard": "standardised (training mean 0, variance 1)",
            "minmax": "mapped onto [0, 1] (training range)",
        }[self.method]


def _far(values: np.ndarray) -> bool:
    if values.dtype.kind != "f" or not values.size:
        return False
    return bool(np.nanmax(values, initial=0) > FARTHEST or np.nanmin(values, initial=0) < -FARTHEST)


def full_scale(X: np.ndarray) -> float:
    """Return the largest grey value of images: 255 for bytes; for 16 bits, that of the fewest bits that suffice.

    Cameras write 10, 12 or 14 bits into files of 16.

    Examples
    --------
    >>> full_scale(np.array([7], np.uint8)), full_scale(np.array([199, 3000], np.uint16))
    (255.0, 4095.0)
    """
    if X.dtype.kind not in "iu" or X.dtype.itemsize < 2:
        return 255.0
    return float(next(2**bits - 1 for bits in (8, 10, 12, 14, 16, 31, 64) if X.max() < 2**bits))


def _moments(X: np.ndarray, axis: int | None, weight: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the weighted mean and standard deviation of the observed cells."""
    known = ~np.isnan(X) if X.dtype.kind == "f" else np.ones(X.shape, bool)
    share = known * np.reshape(np.ones(len(X)) if weight is None else weight, (-1, *[1] * (X.ndim - 1)))
    total = np.sum(share, axis=axis)
    values = np.where(known, X, 0).astype(np.float64)
    # Divided by the largest absolute value, so that squares neither overflow nor underflow.
    unit = np.max(np.abs(values), axis=axis)
    unit = np.where(unit > 0, unit, 1.0)
    values = values / unit
    mean = np.sum(share * values, axis=axis) / total
    variance = np.sum(share * np.square(values - mean), axis=axis) / total
    return np.asarray(mean * unit), np.asarray(np.sqrt(variance) * unit)
