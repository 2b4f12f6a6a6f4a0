"""Reading rows: from the user's data to checked rows in network units, for methods, metrics and validation.

An array of a table or of images is read in chunks, so that only one chunk needs additional memory, and each chunk is
checked while it is in the CPU cache. All other data are read at once. Both ways raise the same errors.
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
from hyotan.data.missing import UNSEEN, known_cells, missing_cells, missing_words
from hyotan.data.scaling import FARTHEST
from hyotan.data.schema import Schema, inside
from hyotan.data.series.ragged import padded_in_front
from hyotan.data.series.windows import Windows
from hyotan.inference.tiles import AlignedBuffer, Rows
from hyotan.likelihoods import Likelihood
from hyotan.nets import Net

BLOCK = 2**18  # cells that are checked together: few enough for the CPU cache
RANGE_WARNING = "the values lie in [0, 1], and the model was fitted on bytes from 0 to 255: they are read as very dark"


@dataclass(frozen=True)
class Reading:
    """Rows that were read, or that are read in chunks on iteration.

    Parameters
    ----------
    X : object
        The rows as the user gave them.
    array : ndarray of shape (n, …)
        The rows as an array in the data's own units, NaN for missing cells and after the end of a series.
    batch : Batch or None
        The rows in network units; None if they are read in chunks.
    chunks : iterable of Rows
        The rows in network units, NaN for missing cells; can be iterated over once.
    steps : int
        Number of steps in the user's series; smaller than in training if the future is not given.
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
        """All rows at once; only for rows that come as a single chunk, as series always do."""
        (rows,) = self.chunks
        return rows


def read(assembly: Assembly, X: Any, warn: WarningLog, chunk: int = 0, *, fitting: bool = False) -> Reading:
    """Read rows of the same kind as the training data of a model.

    Parameters
    ----------
    assembly : Assembly
        The model; it need not be trained yet.
    X : array, frame or list
    warn : WarningLog
    chunk : int
        Rows in a chunk; 0 reads all of them at once.
    fitting : bool
        True for validation rows of a fit: they must include the future if the net predicts one, and ``X`` may be a
        tuple, of which the first element is used.

    Raises
    ------
    DataError
        If the rows do not match the training data, or contain values that cannot be scored.
    """
    if chunk and plain(X, assembly.schema):
        return Reading(X, X, None, Chunks(assembly, X, chunk, warn))
    if fitting and isinstance(X, tuple):
        X = X[0]
    schema, future = assembly.schema, 0 if fitting else assembly.parts.net.future
    array = read_array(X, owner=warn.owner, series=schema.kind == "series")
    steps = array.shape[1] if array.ndim > 1 else 0
    past_alone, full = future > 0 and steps == schema.shape[0] - future, array
    if past_alone:  # the future need not be given: it is filled with NaN
        full = np.concatenate([array, np.full((len(array), future, *array.shape[2:]), np.nan)], axis=1)
    schema.check(full, X, warn.owner)
    if schema.kind == "series" and not isinstance(X, (Windows, list, tuple)):
        refuse_padding_in_front(full)
    if assembly.scaler.method == "unit" and array.dtype.kind == "f" and 0 < np.nanmax(array, initial=0) <= 1:
        warn(RANGE_WARNING)
    events, lengths = schema.lay_out(full, isinstance(X, Windows))
    # A future that is not given must not be reported as missing cells.
    ends = np.full(len(array), schema.shape[0] - future) if past_alone else lengths
    unseen = "they are not scored" if fitting else becomes_of_missing(assembly)
    known = known_cells(events, fitting=False, warn=warn, ends=ends, series=schema.kind == "series", unseen=unseen)
    batch = batch_of(assembly, events, known, np.ones(len(array)), lengths, bounded=not fitting)
    return Reading(X, array, batch, (Rows.of(batch),), steps)


def becomes_of_missing(assembly: Assembly) -> str:
    """Return what becomes of missing cells, for a warning: it depends on whether the encoder was ever shown any."""
    if assembly.schema.missing or assembly.network.spec.missing:
        return UNSEEN
    taken = "what the model itself expects there" if assembly.network.expects else "0 in its own units"
    return f"the model was fitted on whole rows, so its encoder takes them for {taken}; they are not scored"


def refuse_padding_in_front(array: np.ndarray) -> None:
    """Raise if series begin with steps that look like padding, as Keras's ``pad_sequences`` puts it in front."""
    steps = padded_in_front(array)
    if steps.any():
        raise DataError(
            f"{int((steps > 0).sum()):,} of {len(steps):,} series begin with NaN and none ends in it, as if they were "
            "padded in front",
            expected="padding behind the end of a series, or a list of series of their own length",
            received=f"up to {int(steps.max()):,} steps of NaN in front",
            do="[x[n:] for x, n in zip(X, hyotan.data.padded_in_front(X))] is the list without the padding; list(X) "
            "keeps these steps, as missing cells",
        )


def batch_of(
    assembly: Assembly,
    events: np.ndarray,
    known: np.ndarray | None,
    weight: np.ndarray,
    ends: np.ndarray | None = None,
    bounded: bool = False,
) -> Batch:
    """Return events as a batch in network units; raise if the likelihood cannot score some of the values.

    Parameters
    ----------
    assembly : Assembly
    events : ndarray of shape (n, *event)
    known : ndarray of bool of the same shape, or None if every cell is known
    weight : ndarray of shape (n,)
    ends : ndarray of shape (n,), or None
        Lengths of the series; None if all are as long as the array.
    bounded : bool
        Keep values so far from the training data that their squares would not be finite within bounds.
    """
    values = (assembly.scaler.bounded if bounded else assembly.scaler.apply)(events)
    likelihood, net = assembly.parts.likelihood, assembly.parts.net
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
            known = None  # the only unknown cells are padding, which the step mask already covers
    # A net that predicts must not see the future.
    masks = (None, None) if type(net).masks is Net.masks else net.masks(values.shape[1:])
    seen, scored = (
        known if cells is None else np.broadcast_to(cells, values.shape) if known is None else known & cells
        for cells in masks
    )
    mask = None if ends is None else inside(ends, values.shape[1])[..., 0]
    return Batch(values, weight.astype(np.float32), seen=seen, scored=scored, step_mask=mask)


def scores_everything(likelihood: Likelihood) -> bool:
    """Whether a likelihood can score every number, so that values need not be checked."""
    return type(likelihood).invalid is Likelihood.invalid


def plain(X: Any, schema: Schema) -> bool:
    """Whether rows can be read in chunks: a numeric array of a table or images, with rows of the fitted shape.

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
    """Iterates over the rows of a plain array in chunks, in network units; can be iterated over once.

    Parameters
    ----------
    assembly : Assembly
    X : ndarray of shape (n, *row)
    size : int
        Rows in a chunk.
    warn : WarningLog
        Receives a warning about missing cells after the last chunk.
    """

    def __init__(self, assembly: Assembly, X: np.ndarray, size: int, warn: WarningLog) -> None:
        self.assembly, self.X, self.size, self.warn = assembly, X, size, warn
        self.missing, self.largest, self.far = 0, -np.inf, False
        likelihood, scaler = assembly.parts.likelihood, assembly.scaler
        # None if the likelihood can score every number: then no check is needed.
        self.invalid: Callable[[np.ndarray], np.ndarray] | None = (
            None if scores_everything(likelihood) else likelihood.invalid
        )
        self.interval = likelihood.interval
        self.bytes_expected = scaler.method == "unit" and X.dtype.kind == "f"
        as_float32 = X.dtype == np.float32 and X.dtype.isnative and X.flags.c_contiguous and X.flags.aligned
        self.as_is = scaler.method == "none" and as_float32
        # Two buffers: one is filled while the other is used in the computation.
        buffers = 0 if self.as_is else min(2, -(-len(X) // size))
        self.buffers = [AlignedBuffer.empty(min(size, len(X)) * assembly.network.spec.size) for _ in range(buffers)]

    def __iter__(self) -> Iterator[Rows]:
        """Yield the chunks.

        The memory of a chunk is used again two chunks later, so its result must be ready by then.
        """
        for number, start in enumerate(range(0, len(self.X), self.size)):
            chunk = self.X[start : start + self.size]
            if self.as_is:
                buffer = AlignedBuffer.around(self.X.reshape(-1), start * chunk[0].size, chunk.size)
                values = chunk.reshape(-1, *self.assembly.schema.event)
            else:
                buffer = self.buffers[number % len(self.buffers)]
                values = buffer.cells[: chunk.size].reshape(-1, *self.assembly.schema.event)
            missing = self.missing
            self._read(chunk, values)
            if self.far:  # the user's own memory: it is not changed
                buffer = AlignedBuffer.empty(chunk.size)
                far, values = values, buffer.cells[: chunk.size].reshape(values.shape)
                np.clip(far, -FARTHEST, FARTHEST, out=values)
            yield Rows(values, holes=self.missing > missing, buffer=buffer)
        if self.missing == self.X.size:
            self._refuse()
        if self.bytes_expected and 0 < self.largest <= 1:
            self.warn(RANGE_WARNING)
        if self.missing:
            self.warn(missing_words(self.missing, self.X.size, becomes_of_missing(self.assembly)))

    def _refuse(self) -> None:
        """Raise the error that reading all rows at once raises."""
        read(self.assembly, self.X, self.warn)

    def _read(self, chunk: np.ndarray, values: np.ndarray) -> None:
        """Convert rows to network units, NaN for missing cells, and check them block by block."""
        rows = max(1, BLOCK // max(1, chunk[0].size))
        scaler, self.far = self.assembly.scaler, False
        for start in range(0, len(chunk), rows):
            block = chunk[start : start + rows].reshape(-1, *values.shape[1:])
            found = values[start : start + rows]
            if not self.as_is:
                np.copyto(found, scaler.bounded(block))
            self._look(block, found)

    def _look(self, block: np.ndarray, values: np.ndarray) -> None:
        """Check rows in their own and in network units: count missing cells, and raise if a value is not valid."""
        if block.dtype.kind == "f":
            if not self.as_is and np.isinf(block).any():  # scaled values are within bounds
                self._refuse()
            low, high = values.min(), values.max()  # NaN if any value is NaN
            if self.as_is and not (low >= -FARTHEST and high <= FARTHEST):
                self.far = self.far or bool((np.abs(values) > FARTHEST).any())
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
