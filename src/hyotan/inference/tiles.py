"""Rows in tiles: the input of inference, in buffers of one shape that the device can use without copying."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hyotan.core.batch import Batch

ALIGNED = 64  # bytes: XLA uses an array without copying it if its address is a multiple of this
SLACK = ALIGNED // 4


@dataclass(frozen=True)
class AlignedBuffer:
    """Memory that the device can use without copying, and the position of the first row in it.

    XLA copies an array whose address is not a multiple of 64 bytes into new memory each time, which takes half as long
    as the matrix product of a small network. The address of a NumPy array is usually 16 bytes past such a multiple, so
    ``cells`` is a view of the memory that begins at a multiple.

    Parameters
    ----------
    cells : ndarray of one dimension, float32
        Has :data:`SLACK` more numbers than the rows.
    start : int
        Index of the first row's first number, from 0 to SLACK.
    """

    cells: np.ndarray
    start: int = 0

    @classmethod
    def empty(cls, size: int) -> AlignedBuffer:
        """Return new memory for ``size`` numbers.

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
        """Return an aligned view of an array's own memory, or None if the view would reach beyond the array.

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
        The values, (T, tile, *event), flattened.
    shape : tuple of int
        (T, tile, *event); without values (T, tile).
    count : int
        Number of tiles that hold rows.
    """

    arrays: dict[str, np.ndarray]
    buffer: AlignedBuffer | None
    shape: tuple[int, ...]
    count: int

    @classmethod
    def of(cls, rows: dict[str, np.ndarray], size: int, tile: int, buffer: AlignedBuffer | None) -> TileBatch:
        """Return rows in tiles with room for ``size`` rows in all.

        The last used tile is filled up with copies of the first row; unused tiles are not initialised. Values that
        are already in an aligned ``buffer`` are not copied.
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
    """Input rows for inference, in network units.

    Parameters
    ----------
    values : ndarray of shape (n, *event), float32, or None
        NaN for missing cells. None if there are only codes.
    step_mask : ndarray of bool of shape (n, T), or None
        For series, True for the steps before the end of each; None means every step.
    codes : ndarray of shape (n, *code), float32, or None
        Codes to decode.
    holes : bool
        Whether there may be missing cells within the rows.
    expected : ndarray of shape (n, *event), float32, or None
        What the encoder sees in missing cells; NaN where it sees nothing. They are not scored.
    buffer : AlignedBuffer or None
        The memory that holds the values; if the rows fill a whole buffer, it is used without copying.
    """

    values: Any
    step_mask: Any = None
    codes: Any = None
    holes: bool = False
    expected: Any = None
    buffer: AlignedBuffer | None = None

    @classmethod
    def of(cls, batch: Batch) -> Rows:
        """Return the rows of a batch."""
        if batch.seen is None or batch.scored is None:  # None means all cells, so no cell is missing
            return cls(batch.values, batch.step_mask)
        values = np.where(batch.seen | batch.scored, batch.values, np.float32(np.nan))
        return cls(values, batch.step_mask, holes=True)

    @classmethod
    def blank(cls, batch: Batch) -> Rows:
        """Return rows of the same lengths as in a batch, with every cell missing."""
        return cls(np.full_like(batch.values, np.nan), batch.step_mask)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(next(iter(self.arrays().values())))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays that are not None, by name."""
        found = {name: getattr(self, name) for name in ("values", "step_mask", "codes", "expected")}
        return {name: array for name, array in found.items() if array is not None}

    def take(self, rows: slice | np.ndarray) -> Rows:
        """Return some of the rows."""
        some: dict[str, Any] = {name: array[rows] for name, array in self.arrays().items()}
        return Rows(**{"values": None, **some, "holes": self.holes})


@dataclass(frozen=True)
class Tiling:
    """How rows are divided into tiles.

    Series of unequal length are brought to a few standard lengths by adding or cutting padding, and all series in a
    tile have the same standard length. It depends on the length of the series only, not on the other series.

    Parameters
    ----------
    chunk : int
        Rows in a buffer of many tiles.
    few : int
        Up to this many rows, tiles are computed one by one: compiling a second program would take longer.
    longest : int
        Steps of the longest training series.
    any_length : bool
        Whether the model can encode and decode series of other lengths.
    """

    chunk: int
    few: int
    longest: int
    any_length: bool

    def tiles(self, rows: Rows, tile: int, many: bool) -> Iterator[tuple[TileBatch, np.ndarray]]:
        """Yield a batch of T tiles of ``tile`` rows each, and the numbers of the rows in it.

        T is 1, or the number of tiles in a buffer if ``many`` is true or there are more than ``few`` rows.
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
                    for name in arrays.keys() & {"values", "expected"}:
                        arrays[name] = to_length(arrays[name], bucket)
                    arrays["step_mask"] = np.arange(bucket) < lengths[places][:, None]
                whole = rows.buffer is not None and len(places) == len(rows) == each
                yield TileBatch.of(arrays, each, tile, rows.buffer if whole else None), places

    def _lengths(self, rows: Rows) -> np.ndarray:
        """Return the number of steps of each row; 0 if the rows keep the shape they have."""
        if not self.any_length or rows.values is None or rows.values.ndim != 3:
            return np.zeros(len(rows), int)
        return np.full(len(rows), rows.values.shape[1]) if rows.step_mask is None else rows.step_mask.sum(axis=1)

    def _buckets(self, lengths: np.ndarray) -> np.ndarray:
        """Return the standard length for each row; 0 leaves it as it is."""
        longest, powers = self.longest, 2 ** np.arange(3, 32)
        # The longest training length is one of them, so such series need no padding; powers of two keep shapes few.
        steps = np.unique([0, *powers[powers < longest], longest, *powers[powers > longest]])
        return steps[np.searchsorted(steps, lengths)]


def to_length(array: np.ndarray, steps: int) -> np.ndarray:
    """Return an array (B, T, C) with ``steps`` steps: cut off, or padded with NaN."""
    if array.shape[1] >= steps:
        return array[:, :steps]
    return np.pad(array, ((0, 0), (0, steps - array.shape[1]), (0, 0)), constant_values=np.nan)
