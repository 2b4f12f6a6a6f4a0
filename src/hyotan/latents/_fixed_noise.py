"""The fixed noise used to compute scores."""

from __future__ import annotations

import numpy as np


def score_noise(n: int, code: tuple[int, ...]) -> np.ndarray:
    """Return the fixed standard normal noise, of shape (n, *code), used for every score: antithetic pairs, whitened.

    The pairs ±ε make every odd moment zero. If the code has at most n / 2 dimensions, the draws are also whitened
    (their second-moment matrix is the identity), so the expectation of any quadratic function is exact. With more
    dimensions, only the second moment of each dimension is exactly 1.
    """
    dims = int(np.prod(code))
    half = np.random.default_rng(20240229).standard_normal((n // 2, dims))
    if dims <= n // 2:
        second = half.T @ half / len(half)
        half = half @ np.linalg.inv(np.linalg.cholesky(second)).T
    else:
        half /= np.sqrt(np.mean(half**2, axis=0, keepdims=True))
    return np.concatenate([half, -half]).reshape(n, *code).astype(np.float32)
