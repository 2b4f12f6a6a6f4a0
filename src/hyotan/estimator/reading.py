"""The one reader of rows: from what a user gives to checked rows in network units, for a fit, a verb or a metric.

An array of a table or of images is read a chunk at a time, so that only a chunk is ever held beside it, and looked at
while it is in the processor's cache. Everything else is read whole. What is refused is the same both ways.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hyotan.artifact.fitted import Assembly
from hyotan.core.batch import Batch
from hyotan.core.errors import DataError
from hyotan.core.warn import WarningLog
from hyotan.data.arrays import read_array
from hyotan.data.missing import known_cells, missing_cells, missing_words
from hyotan.data.schema import Schema, inside
from hyotan.data.series.windows import Windows
from hyotan.inference.tiles import AlignedBuffer, Rows
from hyotan.likelihoods import Likelihood
from hyotan.nets import Net

BLOCK = 2**18  # cells that are looked at together: few enough for the processor's cache
RANGE_WARNING = "the values lie in [0, 1], and the model was fitted on bytes from 0 to 255: they are read as very dark"


@dataclass(frozen=True)
class Reading:
    """Rows as they were read.

    Parameters
    ----------
    X : object
        As the user gave them.
    array : ndarray of shape (n, …)
        The same as an array in the data's own units, NaN where missing and after the end of a series.
    batch : Batch or None
        In network units; None where they are read in chunks.
    chunks : iterable of Rows
        In network units, NaN where nothing is known; can be gone through once.
    steps : int
        Steps that series were given with: without a future that is to be predicted there are fewer.
    """

    X: Any
    array: np.ndarray
    batch: Batch | None
    chunks: Iterable[Rows]
    steps: int = 0

    def __len__(self) -> int:
        return len(self.array)

    @property
    def rows(self) -> Rows:
        """All rows at once; of series, which are never read in chunks."""
        (rows,) = self.chunks
        return rows


def read(assembly: Assembly, X: Any, warn: WarningLog, chunk: int = 0, *, fitting: bool = False) -> Reading:
    """Read rows as those a model was, or is being, fitted on.

    Parameters
    ----------
    assembly : Assembly
        The model, or one that is built and not yet trained.
    X : array, frame or list
    warn : WarningLog
    chunk : int
        Rows in a chunk; 0 reads all of them at once.
    fitting : bool
        For rows to validate on: a net that predicts needs their future, and of a tuple the first element counts.

    Raises
    ------
    DataError
        If they are no rows of that kind, or hold what cannot be scored.
    """
    if chunk and plain(X, assembly.schema):
        return Reading(X, X, None, Chunks(assembly, X, chunk, warn))
    if fitting and isinstance(X, tuple):
        X = X[0]
    schema, future = assembly.schema, 0 if fitting else assembly.parts.net.future
    array = read_array(X, owner=warn.owner, series=schema.kind == "series")
    steps = array.shape[1] if array.ndim > 1 else 0
    past_alone, full = future > 0 and steps == schema.shape[0] - future, array
    if past_alone:  # what is to be predicted need not be given
        full = np.concatenate([array, np.full((len(array), future, *array.shape[2:]), np.nan)], axis=1)
    schema.check(full, X, warn.owner)
    if assembly.scaler.method == "unit" and array.dtype.kind == "f" and 0 < np.nanmax(array) <= 1:
        warn(RANGE_WARNING)
    events, lengths = schema.lay_out(full, isinstance(X, Windows))
    # A future that is not given is not missing, and nothing to warn of.
    ends = np.full(len(array), schema.shape[0] - future) if past_alone else lengths
    known = known_cells(events, fitting=False, warn=warn, ends=ends, series=schema.kind == "series")
    batch = batch_of(assembly, events, known, np.ones(len(array)), lengths)
    return Reading(X, array, batch, (Rows.of(batch),), steps)


def batch_of(
    assembly: Assembly, events: np.ndarray, known: np.ndarray | None, weight: np.ndarray, ends: np.ndarray | None = None
) -> Batch:
    """Return events as a batch in network units, or refuse values the likelihood cannot score.

    Parameters
    ----------
    assembly : Assembly
    events : ndarray of shape (n, *event)
    known : ndarray of bool of the same shape, or None for every cell
    weight : ndarray of shape (n,)
    ends : ndarray of shape (n,), or None
        Lengths of series that are not all as long as the array.
    """
    values, likelihood, net = assembly.scaler.apply(events), assembly.parts.likelihood, assembly.parts.net
    invalid = None if scores_everything(likelihood) else likelihood.invalid(values)
    if invalid is not None and invalid.any():
        worst = values[invalid]
        raise DataError(
            f"{int(invalid.sum()):,} values cannot be scored by the {type(likelihood).__name__} likelihood",
            expected=likelihood.support,
            received=f"values from {worst.min():.4g} to {worst.max():.4g} (values {assembly.scaler.describe()})",
            do="clip them to the range of the training rows, or fit with likelihood='gaussian'"
            if assembly.scaler.method == "minmax"
            else "fit with likelihood='gaussian', or with scale='minmax'; or clip the data",
        )
    if known is not None:
        known = known.reshape(values.shape)
        values = np.where(known, values, np.float32(0))
        if ends is not None and not (assembly.network.spec.missing or missing_cells(known, ends)):
            known = None  # there is padding and nothing else, which the step mask tells
    # A net that predicts is not shown what it has to predict.
    masks = (None, None) if type(net).masks is Net.masks else net.masks(values.shape[1:])
    seen, scored = (
        known if cells is None else np.broadcast_to(cells, values.shape) if known is None else known & cells
        for cells in masks
    )
    mask = None if ends is None else inside(ends, values.shape[1])[..., 0]
    return Batch(values, weight.astype(np.float32), seen=seen, scored=scored, step_mask=mask)


def scores_everything(likelihood: Likelihood) -> bool:
    """Whether a likelihood can score every number, so that nothing need be looked at."""
    return type(likelihood).invalid is Likelihood.invalid


def plain(X: Any, schema: Schema) -> bool:
    """Whether rows can be read in chunks: an array of real numbers, of the shape the model was fitted on.

    Examples
    --------
    >>> schema = Schema("table", (2,), "float64")
    >>> plain(np.zeros((3, 2)), schema), plain(np.zeros((3, 4)), schema), plain([[0.0, 1.0]], schema)
    (True, False, False)
    """
    return (
        type(X) in (np.ndarray, np.memmap)
        and schema.kind != "series"
        and X.shape[1:] == schema.shape
        and len(X) > 0
        and X.dtype.kind in "fiu"
    )


class Chunks:
    """Rows of a plain array in network units, in chunks; can be gone through once.

    Parameters
    ----------
    assembly : Assembly
    X : ndarray of shape (n, *row)
    size : int
        Rows in a chunk.
    warn : WarningLog
        Is told what is missing, after the last chunk.
    """

    def __init__(self, assembly: Assembly, X: np.ndarray, size: int, warn: WarningLog) -> None:
        self.assembly, self.X, self.size, self.warn = assembly, X, size, warn
        self.missing, self.largest = 0, -np.inf
        likelihood, scaler = assembly.parts.likelihood, assembly.scaler
        # Asked only of a likelihood that cannot score every number.
        self.invalid: Callable[[np.ndarray], np.ndarray] | None = (
            None if scores_everything(likelihood) else likelihood.invalid
        )
        self.interval = likelihood.interval
        self.bytes_expected = scaler.method == "unit" and X.dtype.kind == "f"
        as_float32 = X.dtype == np.float32 and X.dtype.isnative and X.flags.c_contiguous and X.flags.aligned
        self.as_is = scaler.method == "none" and as_float32
        # Two take turns: one is computed from, the other one is filled.
        buffers = 0 if self.as_is else min(2, -(-len(X) // size))
        self.buffers = [AlignedBuffer.empty(min(size, len(X)) * assembly.network.spec.size) for _ in range(buffers)]

    def __iter__(self) -> Iterator[Rows]:
        """Yield the chunks; one must have been computed before the next but one is asked for."""
        for number, start in enumerate(range(0, len(self.X), self.size)):
            chunk = self.X[start : start + self.size]
            if self.as_is:
                buffer = AlignedBuffer.around(self.X.reshape(-1), start * chunk[0].size, chunk.size)
                values = chunk.reshape(-1, *self.assembly.schema.event)
            else:
                buffer = self.buffers[number % len(self.buffers)]
                values = buffer.cells[: chunk.size].reshape(-1, *self.assembly.schema.event)
            self._read(chunk, values)
            yield Rows(values, buffer=buffer)
        if self.missing == self.X.size:
            self._refuse()
        if self.bytes_expected and 0 < self.largest <= 1:
            self.warn(RANGE_WARNING)
        if self.missing:
            self.warn(missing_words(self.missing, self.X.size))

    def _refuse(self) -> None:
        """Raise what reading all rows at once raises."""
        read(self.assembly, self.X, self.warn)

    def _read(self, chunk: np.ndarray, values: np.ndarray) -> None:
        """Bring rows into network units, NaN where missing, and look at them block by block."""
        rows = max(1, BLOCK // max(1, chunk[0].size))
        scaler = self.assembly.scaler
        for start in range(0, len(chunk), rows):
            block = chunk[start : start + rows].reshape(-1, *values.shape[1:])
            found = values[start : start + rows]
            if not self.as_is:
                np.copyto(found, block if scaler.method == "none" else scaler.apply(block))
            self._look(block, found)

    def _look(self, block: np.ndarray, values: np.ndarray) -> None:
        """Look at rows as they came and in network units: count what is missing, refuse what has to be refused."""
        if block.dtype.kind == "f":
            low, high = values.min(), values.max()  # NaN if there is one
            if self.bytes_expected:
                self.largest = max(self.largest, np.nanmax(block, initial=-np.inf))
            if not (np.isfinite(low) and np.isfinite(high)):
                if np.isinf(block).any():
                    self._refuse()
                self.missing += int(np.isnan(block).sum())
            elif self.interval is not None and self.interval[0] <= low and high <= self.interval[1]:
                return
        if self.invalid is not None and self.invalid(values).any():
            self._refuse()
