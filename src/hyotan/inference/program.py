"""A function of one tile of rows, run over many tiles in a compiled loop.

The number of filled tiles is an argument of the loop, so the same compiled code runs for one tile and for many.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from hyotan.core import programs
from hyotan.core.batch import Batch
from hyotan.core.keras_defaults import settled
from hyotan.core.ops import to_numpy
from hyotan.inference.tiles import TileBatch
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.signature import given, signature, traced_numbers

Tile = Callable[..., Any]  # (batch or None, codes or None, *further arguments) → arrays


class Program:
    """Runs a function of one tile over any number of tiles: on JAX in one compiled loop, else one by one.

    Parameters
    ----------
    model : Autoencoding
    function : callable
        Takes a :class:`~hyotan.core.batch.Batch` (None if there are only codes), the codes (None if there are only
        rows) and further arrays; returns arrays with one entry per row on the first axis.
    tile : int
        Rows in a tile.
    name : str, optional
        Identifies the function: models of the same signature share one compiled program per name. Not shared if None.
    """

    def __init__(self, model: Autoencoding, function: Tile, tile: int, name: str | None = None) -> None:
        self.model, self.function, self.tile, self.name = model, function, tile, name
        self.run = self._compiled() if keras.backend.backend() == "jax" else self._eager

    def _tile(self, tile: dict[str, Any], *args: Any) -> Any:
        """Return the result of the function for one tile; both masks are always passed as arrays, never as None."""
        codes, values, batch = tile.get("codes"), tile.get("values"), None
        if values is not None:
            known = ops.logical_not(ops.isnan(values))
            values = ops.where(known, values, 0.0)
            seen, scored = (
                known if cells is None else ops.logical_and(known, cells)
                for cells in self.model.masks(tuple(values.shape[1:]))
            )
            more = {name: tile[name] for name in ("step_mask", "expected") if name in tile}
            batch = Batch(values, ops.ones(values.shape[:1]), seen, scored, **more)
        return self.function(batch, codes, *args)

    def __call__(self, tiles: TileBatch, *args: Any) -> Any:
        """Start the computation; the result is arrays of shape (T, tile, ...), of which the first ``count`` are filled.

        On JAX this returns at once, and the input arrays must not be changed until the result has been read.
        """
        with settled():
            return self.run(tiles, *args)

    def _eager(self, tiles: TileBatch, *args: Any) -> Any:
        given = keras.tree.map_structure(ops.convert_to_tensor, args)
        found, arrays = [], dict(tiles.arrays)
        if tiles.buffer is not None:
            start, size = tiles.buffer.start, math.prod(tiles.shape)
            arrays["values"] = tiles.buffer.cells[start : start + size].reshape(tiles.shape)
        for i in range(tiles.count):
            # Copy, because some backends warn about read-only memory, such as a memory-mapped file.
            tile = {name: ops.convert_to_tensor(array[i].copy()) for name, array in arrays.items()}
            one = keras.tree.map_structure(ops.stop_gradient, self._tile(tile, *given))
            found.append(keras.tree.map_structure(to_numpy, one))
        return keras.tree.map_structure(lambda *each: np.stack(each), *found)

    def _compiled(self) -> Callable[..., Any]:
        variables, numbers = self.model.variables, traced_numbers(self.model)
        alike = None if self.name is None else signature(self.model)
        program = programs.shared(
            None if alike is None else ("tiles", self.name, self.tile, alike),
            Program._loop,
            static_argnums=0,
        )

        def started(tiles: TileBatch, *args: Any) -> Any:
            cells, start = (None, 0) if tiles.buffer is None else (tiles.buffer.cells, tiles.buffer.start)
            state = [variable.value for variable in variables]
            at = np.int32(start), np.int32(tiles.count)
            return program(self, tiles.shape, state, numbers, tiles.arrays, cells, *at, *args)

        return started

    def _loop(self, shape: tuple[int, ...], state: Any, numbers: Any, arrays: Any, cells: Any, *at: Any) -> Any:
        """Loop over the tiles that are filled."""
        import jax  # the default backend; never imported when another one runs
        from jax import lax
        from jax import numpy as jnp

        start, count, *args = at

        @jax.jit  # traced once, for its shapes and for the loop
        def tile(i: Any) -> Any:
            here = {name: lax.dynamic_index_in_dim(array, i, keepdims=False) for name, array in arrays.items()}
            if cells is not None:
                size = math.prod(shape[1:])
                here["values"] = lax.dynamic_slice(cells, (start + i * size,), (size,)).reshape(shape[1:])
            values = list(zip(self.model.variables, state, strict=True))
            with keras.StatelessScope(state_mapping=values), given(self.model, numbers):
                return self._tile(here, *args)

        def step(i: Any, found: Any) -> Any:
            return jax.tree.map(lambda all_, one: lax.dynamic_update_index_in_dim(all_, one, i, 0), found, tile(i))

        one = jax.eval_shape(tile, np.int32(0))
        found = jax.tree.map(lambda each: jnp.zeros((shape[0], *each.shape), each.dtype), one)
        return lax.fori_loop(0, count, step, found)
