"""Splits: a partition of the rows, of the right size, by the seed alone."""

import numpy as np
import pytest

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.splits import held_out


@pytest.mark.parametrize(
    ("n", "fraction", "size"),
    [(10, 0.2, 2), (100, 0.1, 10), (2, 0.5, 1), (2, 0.01, 1), (2, 0.99, 1), (1000, 0.999, 999), (7, 0.3, 2)],
)
def test_every_row_is_on_one_side(n, fraction, size):
    kept, held = held_out(n, fraction, seed=3)
    assert len(held) == size
    np.testing.assert_array_equal(np.sort(np.concatenate([kept, held])), np.arange(n))
    assert (np.diff(kept) > 0).all()
    assert (np.diff(held) > 0).all()


def test_the_seed_alone_decides():
    np.testing.assert_array_equal(held_out(50, 0.2, 1)[1], held_out(50, 0.2, 1)[1])
    assert held_out(50, 0.2, 1)[1].tolist() != held_out(50, 0.2, 2)[1].tolist()


def test_every_row_is_as_likely_to_be_held_out():
    times = np.zeros(20)
    for seed in range(2000):
        times[held_out(20, 0.25, seed)[1]] += 1
    assert (np.abs(times / 2000 - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 2000)).all()


@pytest.mark.parametrize("fraction", [0, 1, -0.1, 1.5, float("nan"), "0.1", None, True], ids=repr)
def test_a_bad_fraction_is_refused(fraction, refused):
    with refused(ParameterError, "held-out fraction", "between 0 and 1", f"received: {fraction!r}"):
        held_out(10, fraction, 0)


@pytest.mark.parametrize("n", [0, 1])
def test_too_few_rows_are_refused(n, refused):
    with refused(DataError, "too few rows", "at least 2 rows", f"n_samples = {n}", "without early_stopping"):
        held_out(n, 0.5, 0)
