"""Random splits into training and held-out rows."""

from __future__ import annotations

import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown
from hyotan.core.validation import is_number


def held_out(n: int, fraction: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the indices of the training rows and of the held-out rows, chosen at random, both sorted.

    At least one row is held out, and at least one remains for training.

    Raises
    ------
    ParameterError
        If the fraction does not lie in (0, 1).
    DataError
        If there are fewer than two rows.

    Examples
    --------
    >>> train, test = held_out(10, 0.2, seed=0)
    >>> len(train), len(test)
    (8, 2)
    """
    if not is_number(fraction) or not 0 < fraction < 1:
        raise ParameterError(
            "The held-out fraction is not valid", expected="a number between 0 and 1", received=shown(fraction)
        )
    if n < 2:
        raise DataError(
            "There are too few rows to hold any out",
            expected="at least 2 rows",
            received=f"n_samples = {n}",
            do="fit without early_stopping and without a held-out fraction",
        )
    size = min(n - 1, max(1, round(n * fraction)))
    order = np.random.default_rng(seed).permutation(n)
    return np.sort(order[size:]), np.sort(order[:size])
