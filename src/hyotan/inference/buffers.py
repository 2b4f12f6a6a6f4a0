"""Memory that the device can use as it lies, filled with tiles of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

ALIGNED = 64  # bytes: an array that begins at a multiple of them is used by XLA as it lies in memory


SLACK = ALIGNED // 4


@dataclass(frozen=True)
class Memory:
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
    def empty(cls, size: int) -> Memory:
        """Return new memory for so many numbers.

        Examples
        --------
        >>> found = Memory.empty(5)
        >>> len(found.cells) - SLACK, found.cells.ctypes.data % ALIGNED
        (5, 0)
        """
        memory = np.empty(size + 2 * SLACK, np.float32)
        start = -memory.ctypes.data % ALIGNED // 4
        return cls(memory[start : start + size + SLACK])

    @classmethod
    def around(cls, flat: np.ndarray, begin: int, size: int) -> Memory | None:
        """Return a window over an array's own memory, or None where it would reach beyond the array.

        Examples
        --------
        >>> flat = np.arange(200, dtype=np.float32)
        >>> found = Memory.around(flat, 50, 100)
        >>> found.cells.ctypes.data % ALIGNED, found.cells[found.start], len(found.cells) - SLACK
        (0, np.float32(50.0), 100)
        >>> Memory.around(flat, 150, 50) is None
        True
        """
        start = (flat.ctypes.data + 4 * begin) % ALIGNED // 4
        low, high = begin - start, begin - start + size + SLACK
        return cls(flat[low:high], start) if 0 <= low and high <= flat.size else None


@dataclass(frozen=True)
class Filled:
    """Tiles of one shape, the first ``count`` of them filled with rows.

    Parameters
    ----------
    arrays : dict of arrays (T, tile, ...)
    memory : Memory or None
        The values, (T, tile, *event) one after another.
    shape : tuple of int
        (T, tile, *event); without values (T, tile).
    count : int
    """

    arrays: dict[str, np.ndarray]
    memory: Memory | None
    shape: tuple[int, ...]
    count: int

    @classmethod
    def of(cls, rows: dict[str, np.ndarray], size: int, tile: int, memory: Memory | None) -> Filled:
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
                if memory is not None:
                    continue
                memory = Memory.empty(math.prod(tiles))
                full = memory.cells[: math.prod(tiles)].reshape(size, *array.shape[1:])
            else:
                full = np.empty((size, *array.shape[1:]), array.dtype)
                arrays[name] = full.reshape(tiles)
            full[:filled] = array
            full[filled : count * tile] = array[0]
        return cls(arrays, memory, shape, count)
