"""Log-densities in the data's own units: the log-Jacobian of the scaling, and the cells that are scored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from hyotan.artifact.fitted import Fitted
from hyotan.core.errors import ParameterError
from hyotan.inference.tiles import Rows


def scored_cells(fitted: Fitted, rows: Rows) -> np.ndarray:
    """Return a mask of the scored cells, of the shape of the values."""
    scored = ~np.isnan(rows.values)
    cells = fitted.parts.net.masks(rows.values.shape[1:])[1]
    scored = scored if cells is None else scored & cells
    return scored if rows.step_mask is None else scored & rows.step_mask[..., None]


def log_jacobian(fitted: Fitted, rows: Rows) -> np.ndarray:
    """Return the log-Jacobian of the scaling for each row, of shape (n,), in nats: add it to the log-density."""
    density = fitted.parts.likelihood.density(fitted.network.spec)
    if not np.any(density):
        return np.zeros(len(rows))
    event = rows.values.shape[1:]
    if fitted.schema.kind == "series":  # count cells first, so that padding does not change the order of summation
        counts = scored_cells(fitted, rows).sum(axis=1)
        return np.sum(counts * fitted.scaler.log_jacobian(counts.shape[1:]), axis=1)
    # Sum each row in the same way, whether or not other rows have missing cells: its result must not depend on them.
    each = fitted.scaler.log_jacobian(event)
    found = np.full(len(rows), np.sum(each.reshape(1, -1), axis=1))
    holes = np.isnan(rows.values.reshape(len(rows), -1)).any(axis=1)
    if holes.any():
        counted = np.where(np.isnan(rows.values[holes]), 0.0, each)
        found[holes] = np.sum(counted.reshape(len(counted), -1), axis=1)
    return found


def normalised(fitted: Fitted, pieces: Iterable[Rows]) -> Iterator[Rows]:
    """Yield the pieces; raise if the likelihood is not normalised on one of their values."""
    likelihood = fitted.parts.likelihood
    for rows in pieces:
        if not likelihood.normalised(rows.values[scored_cells(fitted, rows)]):
            raise ParameterError(
                f"The {type(likelihood).__name__} likelihood is not normalised on these data",
                expected="values 0 or 1, for which its probabilities add up to one",
                received="grey values in between",
                do="binarise the data, or fit with likelihood='gaussian'; score_samples() compares rows as it is",
            )
        yield rows


class Jacobians:
    """Iterates over pieces of rows, and stores the log-Jacobian of the scaling for each row on the way."""

    def __init__(self, fitted: Fitted, pieces: Iterable[Rows]) -> None:
        self.fitted, self.pieces, self.found = fitted, pieces, list[np.ndarray]()

    def __iter__(self) -> Iterator[Rows]:
        """Yield the pieces."""
        for rows in self.pieces:
            self.found.append(log_jacobian(self.fitted, rows))
            yield rows

    def all(self) -> np.ndarray:
        """Return the log-Jacobians of all rows, of shape (n,), in nats."""
        return np.concatenate(self.found)
