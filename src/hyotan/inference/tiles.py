"""Rows in tiles: what a fitted model is asked about, in buffers of one shape that the device can use as they lie."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hyotan.core.batch import Batch

ALIGNED = 64  # bytes: an array that begins at a multiple of them is used by XLA as it lies in memory
SLACK = ALIGNED // 4


@dataclass(frozen=True)
class AlignedBuffer:
    """Memory that the device can use as it is, and where in it rows begin.

    XLA copies what does not begin at a multiple of 64 bytes, into new memory each time, which takes as long as half the
    product of a small network. NumPy's own arrays begin 16 bytes after one, so a window is laid over them that does.

    Parameters
    ----------
    cells : ndarray of one dimension, float32
        With :data:`SLACK` numbers more than the rows have.
    start : int
        Where the first row begins, from 0 to SLACK.
    """

    cells: np.ndarray
    start: int = 0

    @classmethod
    def empty(cls, size: int) -> AlignedBuffer:
        """Return new memory for so many numbers.

        Examples
        --------
        >>> found = AlignedBuffer.empty(5)
        >>> len(found.cells) - SLACK, found.cells.ctypes.data % ALIGNED
        (5, 0)
        """
        buffer = np.empty(size + 2 * SLACK, np.float32)
        start = -buffer.ctypes.data % ALIGNED // 4
        return cls(buffer[start : start + size + SLACK])

    @classmethod
    def around(cls, flat: np.ndarray, begin: int, size: int) -> AlignedBuffer | None:
        """Return a window over an array's own memory, or None where it would reach beyond the array.

        Examples
        --------
        >>> flat = np.arange(200, dtype=np.float32)
        >>> found = AlignedBuffer.around(flat, 50, 100)
        >>> found.cells.ctypes.data % ALIGNED, found.cells[found.start], len(found.cells) - SLACK
        (0, np.float32(50.0), 100)
        >>> AlignedBuffer.around(flat, 150, 50) is None
        True
        """
        start = (flat.ctypes.data + 4 * begin) % ALIGNED // 4
        low, high = begin - start, begin - start + size + SLACK
        return cls(flat[low:high], start) if 0 <= low and high <= flat.size else None


@dataclass(frozen=True)
class TileBatch:
    """Tiles of one shape, the first ``count`` of them filled with rows.

    Parameters
    ----------
    arrays : dict of arrays (T, tile, ...)
    buffer : AlignedBuffer or None
        The values, (T, tile, *event) one after another.
    shape : tuple of int
        (T, tile, *event); without values (T, tile).
    count : int
    """

    arrays: dict[str, np.ndarray]
    buffer: AlignedBuffer | None
    shape: tuple[int, ...]
    count: int

    @classmethod
    def of(cls, rows: dict[str, np.ndarray], size: int, tile: int, buffer: AlignedBuffer | None) -> TileBatch:
        """Return ``size`` rows in tiles; the last tile with rows in it is filled up with the first row.

        Nothing is copied that lies in memory as it should. What the tiles after the last hold is not looked at.
        """
        arrays, shape = {}, (size // tile, tile)
        filled = len(next(iter(rows.values())))
        count = -(-filled // tile)
        for name, array in rows.items():
            tiles = (*shape[:2], *array.shape[1:])
            if name == "values":
                shape = tiles
                if buffer is not None:
                    continue
                buffer = AlignedBuffer.empty(math.prod(tiles))
                full = buffer.cells[: math.prod(tiles)].reshape(size, *array.shape[1:])
            else:
                full = np.empty((size, *array.shape[1:]), array.dtype)
                arrays[name] = full.reshape(tiles)
            full[:filled] = array
            full[filled : count * tile] = array[0]
        return cls(arrays, buffer, shape, count)


@dataclass(frozen=True)
class Rows:
    """Rows to ask about, in network units.

    Parameters
    ----------
    values : ndarray of shape (n, *event), float32, or None
        NaN where nothing is known. None where codes are all there is.
    step_mask : ndarray of bool of shape (n, T), or None
        For series, the steps before the end of each; None stands for every step.
    codes : ndarray of shape (n, *code), float32, or None
        What is to be decoded.
    buffer : AlignedBuffer or None
        Where the values lie, if there are as many rows as a buffer holds: then nothing is copied.
    """

    values: Any
    step_mask: Any = None
    codes: Any = None
    buffer: AlignedBuffer | None = None

    @classmethod
    def of(cls, batch: Batch) -> Rows:
        """Return the rows of a batch."""
        if batch.seen is None or batch.scored is None:  # one of them is written out only for what it leaves out
            return cls(batch.values, batch.step_mask)
        return cls(np.where(batch.seen | batch.scored, batch.values, np.float32(np.nan)), batch.step_mask)

    @classmethod
    def blank(cls, batch: Batch) -> Rows:
        """Return rows as long as those of a batch, of which nothing is known."""
        return cls(np.full_like(batch.values, np.nan), batch.step_mask)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(next(iter(self.arrays().values())))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what is there, by name."""
        found = {name: getattr(self, name) for name in ("values", "step_mask", "codes")}
        return {name: array for name, array in found.items() if array is not None}

    def take(self, rows: slice) -> Rows:
        """Return some of the rows."""
        some = {name: array[rows] for name, array in self.arrays().items()}
        return Rows(some.get("values"), some.get("step_mask"), some.get("codes"))


@dataclass(frozen=True)
class Tiling:
    """How rows are cut into tiles.

    Series of unequal length are cut to a few lengths, and only those of one such length share a tile: which one that
    is, is told by the series alone.

    Parameters
    ----------
    chunk : int
        Rows in a buffer of many tiles.
    few : int
        Rows up to which tiles are sent one by one: a second program is not worth compiling for them.
    longest : int
        Steps of the longest training series.
    any_length : bool
        Whether series of other lengths can be read and written.
    """

    chunk: int
    few: int
    longest: int
    any_length: bool

    def tiles(self, rows: Rows, tile: int, many: bool) -> Iterator[tuple[TileBatch, np.ndarray]]:
        """Yield T tiles of so many rows, some of them filled, and which rows are in them.

        T is 1, or as many as a buffer holds: for ``many`` rows, or if there are more than a few tiles of them.
        """
        lengths = self._lengths(rows)
        buckets = self._buckets(lengths)
        for bucket in np.unique(buckets):
            within = np.flatnonzero(buckets == bucket)
            each = self.chunk if many or len(within) > self.few else tile
            for start in range(0, len(within), each):
                places = within[start : start + each]
                chosen = slice(start, start + each) if len(within) == len(rows) else places  # a slice copies nothing
                arrays = {name: array[chosen] for name, array in rows.arrays().items()}
                if bucket:
                    arrays["values"] = _to_length(arrays["values"], bucket)
                    arrays["step_mask"] = np.arange(bucket) < lengths[places][:, None]
                whole = rows.buffer is not None and len(places) == len(rows) == each
                yield TileBatch.of(arrays, each, tile, rows.buffer if whole else None), places

    def _lengths(self, rows: Rows) -> np.ndarray:
        """Return how many steps each row has; 0 stands for those of the net."""
        if not self.any_length or rows.values is None or rows.values.ndim != 3:
            return np.zeros(len(rows), int)
        return np.full(len(rows), rows.values.shape[1]) if rows.step_mask is None else rows.step_mask.sum(axis=1)

    def _buckets(self, lengths: np.ndarray) -> np.ndarray:
        """Return the number of steps each row is given; 0 leaves it as it is."""
        longest, powers = self.longest, 2 ** np.arange(3, 32)
        # The longest series of the training data fill their tiles; powers of two keep the number of shapes small.
        steps = np.unique([0, *powers[powers < longest], longest, *powers[powers > longest]])
        return steps[np.searchsorted(steps, lengths)]


def _to_length(array: np.ndarray, steps: int) -> np.ndarray:
    """Return (B, T, C) with as many steps as asked for: padding is cut off or added."""
    if array.shape[1] >= steps:
        return array[:, :steps]
    return np.pad(array, ((0, 0), (0, steps - array.shape[1]), (0, 0)), constant_values=np.nan)
