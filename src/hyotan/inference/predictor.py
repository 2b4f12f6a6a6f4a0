"""Inference in tiles: codes, reconstructions, scores and likelihoods for any number of rows.

The result of compiled arithmetic depends, in its last bits, on the batch size. Rows are therefore always processed in
tiles (small batches) of one fixed shape. The last tile is filled up, and both masks are always passed. Scores use the
same fixed noise for every row. A row's result then depends on this row only: it is identical, bit by bit, in every
call, at every position and with any other rows.

On JAX, one compiled program loops over the tiles of a large buffer (``tiles.py``). So thousands of rows take a single
call from Python, which reads the next rows during the computation.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras import ops

from hyotan.core.batch import Batch
from hyotan.core.keras_defaults import settled
from hyotan.core.ops import to_numpy
from hyotan.inference.program import Program, Tile
from hyotan.inference.tiles import Rows, Tiling, to_length
from hyotan.model.autoencoding import Autoencoding

TILE = 128  # rows in a tile
WIDE = 512  # rows in a tile of a small model: larger matrix products are faster
HELD = 2**20  # wide tiles are used if the encoder's layers together output at most this many numbers for one
FEW = 2048  # up to this many rows, tiles are computed one by one: compiling a second program would take longer
BUFFER = 2**24  # bytes in a buffer of many tiles
MOST = 2**17  # largest number of rows in a buffer
SCORE_DRAWS = 16  # fixed draws per score
WEIGHT_DRAWS = 50  # importance samples per compiled call
CELLS = 2**24  # decoded cells in memory at once: wide rows use fewer draws per call
WEIGHTS = 2**23  # importance weights in memory at once
ROUNDS = 10  # of encoding and decoding, in which missing cells are filled for an encoder that never saw any


class Predictor:
    """Runs a trained model over any number of rows.

    Rows are given in chunks of type :class:`Rows`; the next chunk is read while one is computed.

    Parameters
    ----------
    model : Autoencoding

    Attributes
    ----------
    tile : int
        Rows in a tile; methods that take several draws per row always use :data:`TILE`.
    chunk : int
        Rows in a full buffer.
    """

    def __init__(self, model: Autoencoding) -> None:
        self.model = model
        held = sum(math.prod(t.shape[1:]) for layer in model.encoder.layers for t in keras.tree.flatten(layer.output))
        # The tile size changes the last bits of a result, so it must depend on the model only, not on the rows.
        self.tile = WIDE if len(model.spec.event) != 2 and WIDE * held <= HELD else TILE
        self.chunk = self.tile * int(
            np.clip(BUFFER // (4 * self.tile * math.prod(model.spec.event)), 1, MOST // self.tile)
        )
        self.tiling = Tiling(self.chunk, FEW, model.spec.event[0], model.any_length)
        self._programs: dict[str, Program] = {}

    def _program(self, name: str, function: Tile) -> Program:
        if name not in self._programs:
            tile = TILE if name in ("score", "weights") else self.tile
            self._programs[name] = Program(self.model, function, tile, name)
        return self._programs[name]

    def _run(self, name: str, function: Tile, chunks: Iterable[Rows], *args: Any) -> Any:
        """Return the results of a function for all rows, in their order."""
        return keras.tree.map_structure(lambda *a: _joined(a), *self._stream(name, function, chunks, *args))

    def _stream(self, name: str, function: Tile, chunks: Iterable[Rows], *args: Any) -> Iterator[Any]:
        """Yield the results of a function for each chunk; the next chunk is started before a result is yielded."""
        program, started = self._program(name, function), None
        for number, rows in enumerate(chunks):
            running = self._started(program, self._expecting(rows), args, many=number > 0)
            if started is not None:
                yield _finished(started)
            started = running
        if started is not None:
            yield _finished(started)

    def _started(self, program: Program, rows: Rows, args: Any, many: bool = False) -> list[tuple[Any, np.ndarray]]:
        return [(program(filled, *args), places) for filled, places in self.tiling.tiles(rows, program.tile, many)]

    def _expecting(self, rows: Rows) -> Rows:
        """Return rows with what the model expects in missing cells, if its encoder was never shown any.

        Such an encoder would take a missing cell for an average one. Instead, the cell is encoded as it was decoded
        from the code of the round before, as in section 4.2 of Rezende, Mohamed and Wierstra (2014), here with means in
        the place of draws, so that the result is always the same. Of all rounds, a row keeps the one whose code gives
        its known cells the largest density; the first one has 0 in the cell, the mean of a standardised column.
        """
        if not (rows.holes and self.model.expects) or rows.expected is not None or rows.codes is not None:
            return rows
        visible = self.model.masks(rows.values.shape[1:])[0]
        within = True if rows.step_mask is None else rows.step_mask[:, :, None]
        holes = np.isnan(rows.values) & within & (True if visible is None else visible)
        places = np.flatnonzero(holes.any(axis=tuple(range(1, holes.ndim))))
        if not len(places):
            return replace(rows, holes=False)
        program, some, holes = self._program("expect", self._expect), rows.take(places), holes[places]
        nothing = np.float32(np.nan)
        best = expected = np.where(holes, np.float32(0), nothing)
        highest = np.full((len(some), *(1,) * (expected.ndim - 1)), -np.inf)
        for _ in range(ROUNDS + 1):
            found = _finished(self._started(program, replace(some, expected=expected), ()))
            density = found["density"].reshape(highest.shape)
            best, highest = np.where(density > highest, expected, best), np.fmax(density, highest)
            expected = np.where(holes, to_length(found["point"], expected.shape[1]), nothing)
        filled = np.full(rows.values.shape, nothing)
        filled[places] = best
        return replace(rows, expected=filled)

    def _expect(self, batch: Batch, codes: None) -> dict[str, Any]:
        """Return the reconstruction of rows, and the log-density of their known cells."""
        code = self.model.posterior(batch).mean()
        return {"point": self._point(batch, code), "density": self.model.log_px(code[None], batch)[0]}

    def encode(self, chunks: Iterable[Rows]) -> np.ndarray:
        """Return the posterior means, of shape (n, *code)."""
        return self._run("encode", self._encode, chunks)

    def _encode(self, batch: Batch, codes: None) -> Any:
        return self.model.posterior(batch).mean()

    def draw(self, chunks: Iterable[Rows], seed: int) -> np.ndarray:
        """Return one draw from the posterior of each row, of shape (n, *code)."""
        parameters = self._run("heads", lambda batch, codes: self.model.heads(batch), chunks)
        q = self.model.latent.given(keras.tree.map_structure(ops.convert_to_tensor, parameters))
        return to_numpy(q.sample(1, keras.random.SeedGenerator(seed))[0])

    def reconstruct(self, chunks: Iterable[Rows]) -> Iterator[np.ndarray]:
        """Yield the reconstruction of each chunk: the mean of p(x|z), of shape (n, *event), in network units."""
        codes = self._stream("encode", self._encode, chunks)
        yield from self._stream("decode", self._point, (Rows(None, codes=z) for z in codes))

    def _point(self, batch: Batch | None, codes: Any, teacher_forcing: bool = False) -> Any:
        ctx = self.model.context(batch, teacher_forcing=teacher_forcing)
        return self.model.likelihood.point(self.model.params(codes, batch, ctx))

    def decode(self, codes: np.ndarray, rows: Rows | None = None, teacher_forcing: bool = False) -> np.ndarray:
        """Return the mean of p(x|z), of shape (n, *event), in network units.

        Parameters
        ----------
        codes : array of shape (n, *code)
        rows : Rows, optional
            The rows to write: the length of each and, for a decoder that reads the data, its values. Shorter series
            end in NaN.
        teacher_forcing : bool
            Feed the decoder the true previous frames.
        """
        name = "decode" if rows is None else f"decode rows{' forced' * teacher_forcing}"
        return self._run(name, lambda batch, z: self._point(batch, z, teacher_forcing), [_with_codes(rows, codes)])

    def decode_noisy(self, codes: np.ndarray, seed: int, rows: Rows | None = None) -> np.ndarray:
        """Return one draw from p(x|z) of each code, of shape (n, *event), in network units."""
        name = "params" if rows is None else "params rows"
        found = self._run(name, self._free_params, [_with_codes(rows, codes)])
        with settled():
            params = keras.tree.map_structure(ops.convert_to_tensor, found)
            return to_numpy(self.model.likelihood.sample(params, keras.random.SeedGenerator(seed)))

    def _free_params(self, batch: Batch | None, codes: Any) -> Any:
        return self.model.params(codes, batch, self.model.context(batch, teacher_forcing=False))

    def describe(self, chunks: Iterable[Rows]) -> dict[str, np.ndarray]:
        """Return what the latent's ``describe`` reports for every row, by name, each of shape (n, …)."""
        return dict(self._run("describe", lambda batch, codes: self.model.describe(batch), chunks))

    def score(self, chunks: Iterable[Rows]) -> np.ndarray:
        """Return the score of every row, of shape (n,), in nats for data in network units."""
        noise = self.model.latent.fixed_noise(SCORE_DRAWS, self.model.code)
        return self._run("score", lambda batch, codes, noise: self.model.elbo(batch, noise), chunks, noise)

    def log_likelihood(self, chunks: Iterable[Rows], n_samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return log p(x) of every row by importance sampling and its standard error, in nats for network units.

        log p(x) ≈ log 1/K Σ_k w_k with w = p(x|z) p(z) / q(z|x) and z ~ q(z|x). The standard error comes from the
        standard error of the mean of w, by the delta method.
        """
        each = TILE * max(1, WEIGHTS // (TILE * n_samples))  # rows whose weights are in memory at once
        found = [
            self._weighed(part, n_samples, seed)
            for rows in chunks
            for part in (rows.take(slice(start, start + each)) for start in range(0, len(rows), each))
        ]
        means, errors = (np.concatenate(each) for each in zip(*found, strict=True))
        return means, errors

    def _weighed(self, rows: Rows, n_samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        model = self.model
        draws, rows = max(1, min(WEIGHT_DRAWS, n_samples, CELLS // (TILE * model.spec.size))), self._expecting(rows)
        program = self._program("weights", lambda batch, codes, noise: ops.transpose(model.log_weights(batch, noise)))
        generator, weights = np.random.default_rng(seed), []
        for start in range(0, n_samples, draws):
            # Every call has the same shape; the extra draws of the last one are dropped.
            noise = model.draw_noise(draws, model.code, generator)
            found = _finished(self._started(program, rows, (noise,)))
            weights.append(found[:, : n_samples - start])
        # Draws along the last axis: along the first, NumPy would sum in another order if there is only one row.
        log_w = np.concatenate(weights, axis=1, dtype=np.float64)
        top = log_w.max(axis=1)
        w = np.exp(log_w - top[:, None])
        mean = w.mean(axis=1)
        spread = w.std(axis=1, ddof=1) if n_samples > 1 else np.full(len(rows), np.inf)
        return top + np.log(mean), spread / (mean * np.sqrt(n_samples))


def _with_codes(rows: Rows | None, codes: np.ndarray) -> Rows:
    """Return rows with the codes to decode."""
    codes = np.asarray(codes, np.float32)
    return Rows(None, codes=codes) if rows is None else replace(rows, codes=codes)


def _finished(started: list[tuple[Any, np.ndarray]]) -> Any:
    """Wait for the results of a chunk, and return them in the order of its rows."""
    found = []
    for answer, places in started:
        tiles = keras.tree.map_structure(np.asarray, answer)
        found.append(keras.tree.map_structure(lambda a, n=places.size: a.reshape(-1, *a.shape[2:])[:n], tiles))
    if len(found) == 1:
        return found[0]
    back = np.argsort(np.concatenate([places for _, places in started]), kind="stable")
    return keras.tree.map_structure(lambda *a: _joined(a)[back], *found)


def _joined(arrays: tuple[np.ndarray, ...]) -> np.ndarray:
    """Concatenate arrays; series shorter than the longest are padded with NaN."""
    if len({array.shape[1:] for array in arrays}) > 1:
        steps = max(array.shape[1] for array in arrays)
        ends = [(steps - array.shape[1], array) for array in arrays]
        arrays = tuple(np.pad(array, ((0, 0), (0, end), (0, 0)), constant_values=np.nan) for end, array in ends)
    return np.concatenate(arrays)
