"""Rows in tiles, and a function of one tile as a compiled loop over many of them.

How many tiles are filled is an argument of the loop: it cannot be compiled otherwise for one tile than for many.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import ops

from hyotan._layers import to_numpy
from hyotan.batch import Batch
from hyotan.model import Autoencoding

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
class Rows:
    """Rows to ask about, in network units.

    Parameters
    ----------
    values : ndarray of shape (n, *event), float32, or None
        NaN where nothing is known. None where codes are all there is.
    there : ndarray of bool of shape (n, T), or None
        For series, the steps before the end of each; None stands for every step.
    codes : ndarray of shape (n, *code), float32, or None
        What is to be decoded.
    memory : Memory or None
        Where the values lie, if there are as many rows as a buffer holds: then nothing is copied.
    """

    values: Any
    there: Any = None
    codes: Any = None
    memory: Memory | None = None

    @classmethod
    def of(cls, batch: Batch) -> Rows:
        """Return the rows of a batch."""
        if batch.seen is None or batch.scored is None:  # one of them is written out only for what it leaves out
            return cls(batch.values, batch.there)
        return cls(np.where(batch.seen | batch.scored, batch.values, np.float32(np.nan)), batch.there)

    @classmethod
    def blank(cls, batch: Batch) -> Rows:
        """Return rows as long as those of a batch, of which nothing is known."""
        return cls(np.full_like(batch.values, np.nan), batch.there)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(next(iter(self.arrays().values())))

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what is there, by name."""
        found = {name: getattr(self, name) for name in ("values", "there", "codes")}
        return {name: array for name, array in found.items() if array is not None}

    def take(self, rows: slice) -> Rows:
        """Return some of the rows."""
        some = {name: array[rows] for name, array in self.arrays().items()}
        return Rows(some.get("values"), some.get("there"), some.get("codes"))


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


Tile = Callable[..., Any]  # of a batch, its codes if it has some, and further arguments


class Program:
    """A function of one tile, over any number of tiles: one compiled loop where the backend compiles.

    Parameters
    ----------
    model : Autoencoding
    function : callable
        Of a :class:`~hyotan.batch.Batch` (None for codes alone), the codes of its rows (None for rows alone) and
        further arrays; gives arrays whose first axis is that of the rows.
    tile : int
        Rows in a tile.
    """

    def __init__(self, model: Autoencoding, function: Tile, tile: int) -> None:
        self.model, self.function, self.tile = model, function, tile
        self.run = self._compiled() if keras.backend.backend() == "jax" else self._eager

    def _tile(self, tile: dict[str, Any], *args: Any) -> Any:
        """Return what the function gives of one tile, with both masks written out."""
        codes, values, batch = tile.get("codes"), tile.get("values"), None
        if values is not None:
            known = ops.logical_not(ops.isnan(values))
            values = ops.where(known, values, 0.0)
            seen, scored = (
                known if cells is None else ops.logical_and(known, cells)
                for cells in self.model.cells(tuple(values.shape[1:]))
            )
            weight = ops.ones(values.shape[:1])
            batch = Batch(values, weight, seen, scored, there=tile.get("there"))
        return self.function(batch, codes, *args)

    def __call__(self, tiles: Filled, *args: Any) -> Any:
        """Start on tiles; what each gives comes in arrays (T, tile, ...), of which the first ``count`` are filled.

        On JAX this returns at once, and the arrays must be left alone until the answer is read.
        """
        return self.run(tiles, *args)

    def _eager(self, tiles: Filled, *args: Any) -> Any:
        given = keras.tree.map_structure(ops.convert_to_tensor, args)
        found, arrays = [], dict(tiles.arrays)
        if tiles.memory is not None:
            start, size = tiles.memory.start, math.prod(tiles.shape)
            arrays["values"] = tiles.memory.cells[start : start + size].reshape(tiles.shape)
        for i in range(tiles.count):
            # Copies: some backends warn of memory that cannot be written, as that of a file.
            tile = {name: ops.convert_to_tensor(array[i].copy()) for name, array in arrays.items()}
            one = keras.tree.map_structure(ops.stop_gradient, self._tile(tile, *given))
            found.append(keras.tree.map_structure(to_numpy, one))
        return keras.tree.map_structure(lambda *each: np.stack(each), *found)

    def _compiled(self) -> Callable[..., Any]:
        import jax  # the default backend; never imported when another one runs
        from jax import lax
        from jax import numpy as jnp

        variables = self.model.variables

        @partial(jax.jit, static_argnums=0)
        def run(shape: tuple[int, ...], values: list[Any], arrays: dict[str, Any], cells: Any, *at: Any) -> Any:
            start, count, *args = at

            @jax.jit  # traced once, for its shapes and for the loop
            def tile(i: Any) -> Any:
                here = {name: lax.dynamic_index_in_dim(array, i, keepdims=False) for name, array in arrays.items()}
                if cells is not None:
                    size = math.prod(shape[1:])
                    here["values"] = lax.dynamic_slice(cells, (start + i * size,), (size,)).reshape(shape[1:])
                with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                    return self._tile(here, *args)

            def step(i: Any, found: Any) -> Any:
                return jax.tree.map(lambda all_, one: lax.dynamic_update_index_in_dim(all_, one, i, 0), found, tile(i))

            one = jax.eval_shape(tile, np.int32(0))
            found = jax.tree.map(lambda each: jnp.zeros((shape[0], *each.shape), each.dtype), one)
            return lax.fori_loop(0, count, step, found)

        def started(tiles: Filled, *args: Any) -> Any:
            cells, start = (None, 0) if tiles.memory is None else (tiles.memory.cells, tiles.memory.start)
            state = [variable.value for variable in variables]
            return run(tiles.shape, state, tiles.arrays, cells, np.int32(start), np.int32(tiles.count), *args)

        return started
