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

    def _run(self, name: str, function: Callable[..., Any], rows: Batch, *args: Any) -> Any:
        if name not in self._functions:
            self._functions[name] = compiled(self.model, function)
        run = self._functions[name]
        parts = [
            keras.tree.map_structure(lambda a, n=real: a[:n], run(tile.arrays(), *args)) for tile, real in tiles(rows)
        ]
        return keras.tree.map_structure(lambda *a: np.concatenate(a), *parts)

    def encode(self, rows: Batch) -> np.ndarray:
        """Return the posterior means, of shape (n, *code)."""
        return self._run("encode", lambda b: self.model.posterior(Batch(**b)).mean(), rows)

    def draw(self, rows: Batch, seed: int) -> np.ndarray:
        """Return one draw from the posterior of each row, of shape (n, *code)."""
        parameters = self._run("heads", lambda b: self.model.heads(Batch(**b)), rows)
        parameters = keras.tree.map_structure(keras.ops.convert_to_tensor, parameters)
        return to_numpy(self.model.latent.given(parameters).draw(1, keras.random.SeedGenerator(seed))[0])

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Return the mean of p(x|z), of shape (n, *event), in network units."""
        return self._run("decode", lambda b: self.model.decoder(b["values"]), code_rows(codes))

    def decode_noisy(self, codes: np.ndarray, seed: int) -> np.ndarray:
        """Return one draw from p(x|z) of each code, of shape (n, *event), in network units."""
        params = self._run("params", lambda b: self.model.params(b["values"]), code_rows(codes))
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
        means, errors = [], []
        for tile, real in tiles(rows):
            arrays, generator = tile.arrays(), np.random.default_rng(seed)
            weights = []
            for start in range(0, n_samples, draws):
                # One shape for every call; what the last one draws too much is cut off.
                noise = generator.standard_normal((draws, *model.code)).astype(np.float32)
                weights.append(run(arrays, noise)[: n_samples - start, :real])
            log_w = np.concatenate(weights).astype(np.float64)
            top = log_w.max(axis=0)
            w = np.exp(log_w - top)
            mean = w.mean(axis=0)
            means.append(top + np.log(mean))
            spread = w.std(axis=0, ddof=1) if n_samples > 1 else np.full(real, np.inf)
            errors.append(spread / (mean * np.sqrt(n_samples)))
        return np.concatenate(means), np.concatenate(errors)


def code_rows(codes: np.ndarray) -> Batch:
    """Return codes as rows that can be tiled."""
    return Batch(np.asarray(codes, np.float32), np.ones(len(codes), np.float32))


def tiles(rows: Batch) -> Iterator[tuple[Batch, int]]:
    """Yield tiles of one shape with both masks, and how many rows of each are real."""
    for start in range(0, len(rows), TILE):
        part = rows.take(slice(start, start + TILE))
        yield part.masked().padded(TILE), len(part)
