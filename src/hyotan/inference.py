"""Inference in tiles: codes, reconstructions, scores and likelihoods of any number of rows.

Compiled arithmetic differs in the last bits from one batch size to another. So rows always go through in tiles of
one shape, the last one filled up, with both masks written out; and whatever is random uses the same fixed noise for
every row. A row's result then depends on that row alone: equal to the bit across calls, orders and neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np

from hyotan._layers import to_numpy
from hyotan.batch import Batch
from hyotan.model import Autoencoding

TILE = 128  # rows in a tile
SCORE_DRAWS = 16  # fixed draws behind a score
WEIGHT_DRAWS = 50  # importance draws in one compiled call
CELLS = 2**24  # decoded cells held at once, so that wide rows take fewer draws a call


def compiled(model: Autoencoding, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``function`` of arrays, compiled where the backend compiles, giving NumPy arrays."""
    if keras.backend.backend() != "jax":

        def eager(*args: Any) -> Any:
            args = keras.tree.map_structure(keras.ops.convert_to_tensor, args)
            return keras.tree.map_structure(
                to_numpy, keras.tree.map_structure(keras.ops.stop_gradient, function(*args))
            )

        return eager

    import jax  # the default backend; never imported when another one runs

    variables = model.variables

    @jax.jit
    def run(values: list[Any], *args: Any) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return function(*args)

    return lambda *args: jax.tree.map(np.asarray, run([v.value for v in variables], *args))


def score_noise(n: int, code: tuple[int, ...]) -> np.ndarray:
    """Return the fixed standard noise (n, *code) behind every score: antithetic, with exact moments.

    Pairs ±ε make every odd moment zero. While the code has at most n / 2 dimensions the draws are also made white
    (their second moment is the identity), so the expectation of any quadratic is exact; above, every dimension has
    second moment 1.
    """
    dims = int(np.prod(code))
    half = np.random.default_rng(20240229).standard_normal((n // 2, dims))
    if dims <= n // 2:
        second = half.T @ half / len(half)
        half = half @ np.linalg.inv(np.linalg.cholesky(second)).T
    else:
        half /= np.sqrt(np.mean(half**2, axis=0, keepdims=True))
    return np.concatenate([half, -half]).reshape(n, *code).astype(np.float32)


class Tiles:
    """A trained model, run over any number of rows.

    Parameters
    ----------
    model : Autoencoding
    """

    def __init__(self, model: Autoencoding) -> None:
        self.model = model
        self._functions: dict[str, Callable[..., Any]] = {}

    def _run(self, name: str, function: Callable[..., Any], rows: Batch, *args: Any, codes: Any = None) -> Any:
        if name not in self._functions:
            self._functions[name] = compiled(self.model, function)
        run = self._functions[name]
        parts, order = [], []
        for tile, places in self.tiles(rows, codes):
            real = slice(len(places))
            parts.append(keras.tree.map_structure(lambda a, real=real: a[real], run(tile, *args)))
            order.append(places)
        back = np.argsort(np.concatenate(order), kind="stable")
        return keras.tree.map_structure(lambda *a: _joined(a)[back], *parts)

    def tiles(self, rows: Batch, codes: Any = None) -> Iterator[tuple[dict[str, Any], np.ndarray]]:
        """Yield tiles of one shape with both masks (and codes, if rows have some), and which rows are in each.

        Series of unequal length are cut to a few lengths, and only those of one such length share a tile: which
        one that is, is told by the series alone.
        """
        lengths = self._lengths(rows)
        buckets = self._buckets(lengths)
        for bucket in np.unique(buckets):
            within = np.flatnonzero(buckets == bucket)
            for start in range(0, len(within), TILE):
                places = within[start : start + TILE]
                tile = rows.take(places).masked().padded(TILE).arrays()
                if bucket:
                    tile |= {name: _to_length(tile[name], bucket) for name in ("values", "seen", "scored")}
                    tile["there"] = np.arange(bucket) < np.resize(lengths[places], TILE)[:, None]
                if codes is not None:
                    tile["codes"] = codes[np.resize(places, TILE)]
                yield tile, places

    def _lengths(self, rows: Batch) -> np.ndarray:
        """Return how many steps each row has; 0 stands for those of the net."""
        if not self.model.any_length or len(rows.values.shape) != 3:
            return np.zeros(len(rows), int)
        return np.full(len(rows), rows.values.shape[1]) if rows.there is None else rows.there.sum(axis=1)

    def _buckets(self, lengths: np.ndarray) -> np.ndarray:
        """Return the number of steps each row is given; 0 leaves it as it is."""
        longest, powers = self.model.spec.event[0], 2 ** np.arange(3, 32)
        # The longest series of the training data fill their tiles; powers of two keep the number of shapes small.
        steps = np.unique([0, *powers[powers < longest], longest, *powers[powers > longest]])
        return steps[np.searchsorted(steps, lengths)]

    def encode(self, rows: Batch) -> np.ndarray:
        """Return the posterior means, of shape (n, *code)."""
        return self._run("encode", lambda b: self.model.posterior(Batch(**b)).mean(), rows)

    def draw(self, rows: Batch, seed: int) -> np.ndarray:
        """Return one draw from the posterior of each row, of shape (n, *code)."""
        parameters = self._run("heads", lambda b: self.model.heads(Batch(**b)), rows)
        parameters = keras.tree.map_structure(keras.ops.convert_to_tensor, parameters)
        return to_numpy(self.model.latent.given(parameters).draw(1, keras.random.SeedGenerator(seed))[0])

    def decode(self, codes: np.ndarray, rows: Batch | None = None, forced: bool = False) -> np.ndarray:
        """Return the mean of p(x|z), of shape (n, *event), in network units.

        Parameters
        ----------
        codes : array of shape (n, *code)
        rows : Batch, optional
            What is to be written: how long each row is and, for a decoder that looks at the data, what is in it.
            Beyond the tile of a shorter series there is NaN.
        forced : bool
            Feed true frames.
        """
        if rows is None:
            return self._run(
                "decode", lambda b: self.model.likelihood.mean(self.model.params(b["values"])), code_rows(codes)
            )

        def means(tile: dict[str, Any]) -> Any:
            z = tile.pop("codes")
            return self.model.likelihood.mean(self.model.params(z, Batch(**tile), forced))

        return self._run(f"decode rows{' forced' * forced}", means, rows, codes=np.asarray(codes, np.float32))

    def decode_noisy(self, codes: np.ndarray, seed: int, rows: Batch | None = None) -> np.ndarray:
        """Return one draw from p(x|z) of each code, of shape (n, *event), in network units."""
        if rows is None:
            params = self._run("params", lambda b: self.model.params(b["values"]), code_rows(codes))
        else:
            function = lambda b: self.model.params(b.pop("codes"), Batch(**b), forced=False)  # noqa: E731
            params = self._run("params rows", function, rows, codes=np.asarray(codes, np.float32))
        params = keras.tree.map_structure(keras.ops.convert_to_tensor, params)
        return to_numpy(self.model.likelihood.sample(params, keras.random.SeedGenerator(seed)))

    def kl_per_dim(self, rows: Batch) -> np.ndarray:
        """Return the KL of every dimension of every row's code, of shape (n, d), in nats."""
        return self._run("kl", lambda b: self.model.kl_per_dim(Batch(**b)), rows)

    def score(self, rows: Batch) -> np.ndarray:
        """Return the score of every row in nats of network units, of shape (n,)."""
        noise = score_noise(SCORE_DRAWS, self.model.code)
        return self._run("score", lambda b, e: self.model.bound(Batch(**b), e), rows, noise)

    def log_likelihood(self, rows: Batch, n_samples: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Return log p(x) and its standard error of every row, importance-sampled, in nats of network units.

        log p(x) ≈ log 1/K Σ_k w_k with w = p(x|z) p(z) / q(z|x) and z ~ q(z|x); the error is that of the mean of w,
        by the delta method.
        """
        model = self.model
        run = self._functions.setdefault("weights", compiled(model, lambda b, e: model.log_weights(Batch(**b), e)))
        draws = max(1, min(WEIGHT_DRAWS, n_samples, CELLS // (TILE * model.spec.size)))
        means, errors, order = [], [], []
        for arrays, places in self.tiles(rows):
            generator, real, weights = np.random.default_rng(seed), len(places), []
            for start in range(0, n_samples, draws):
                # One shape for every call; what the last one draws too much is cut off.
                noise = generator.standard_normal((draws, *model.code)).astype(np.float32)
                weights.append(run(arrays, noise)[: n_samples - start, :real])
            # The draws of a row side by side: NumPy adds up a column otherwise when it is the only one.
            log_w = np.ascontiguousarray(np.concatenate(weights).T, dtype=np.float64)
            top = log_w.max(axis=1)
            w = np.exp(log_w - top[:, None])
            mean = w.mean(axis=1)
            means.append(top + np.log(mean))
            spread = w.std(axis=1, ddof=1) if n_samples > 1 else np.full(real, np.inf)
            errors.append(spread / (mean * np.sqrt(n_samples)))
            order.append(places)
        back = np.argsort(np.concatenate(order), kind="stable")
        return np.concatenate(means)[back], np.concatenate(errors)[back]


def code_rows(codes: np.ndarray) -> Batch:
    """Return codes as rows that can be tiled."""
    return Batch(np.asarray(codes, np.float32), np.ones(len(codes), np.float32))


def _to_length(array: np.ndarray, steps: int) -> np.ndarray:
    """Return (B, T, C) with as many steps as asked for: padding is cut off or added."""
    if array.shape[1] >= steps:
        return array[:, :steps]
    return np.pad(array, ((0, 0), (0, steps - array.shape[1]), (0, 0)))


def _joined(arrays: tuple[np.ndarray, ...]) -> np.ndarray:
    """Return arrays one after another; series of other lengths than the longest end in NaN."""
    if len({array.shape[1:] for array in arrays}) > 1:
        steps = max(array.shape[1] for array in arrays)
        ends = [(steps - array.shape[1], array) for array in arrays]
        arrays = tuple(np.pad(array, ((0, 0), (0, end), (0, 0)), constant_values=np.nan) for end, array in ends)
    return np.concatenate(arrays)
