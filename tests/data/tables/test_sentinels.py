"""Numbers that stand for missing cells are suspected; those that do not, are not."""

from __future__ import annotations

import numpy as np
import pytest

from hyotan.data.tables.sentinels import sentinels_of, told

DRAWS = np.random.default_rng(0)


def with_some(values, sentinel, every=10):
    values = np.array(values)
    values[::every] = sentinel
    return values


@pytest.mark.parametrize("sentinel", [-9999.0, -999.0, 9999.0, -99.9, 1e20, -32768.0, 99999.0])
def test_a_sentinel_is_suspected(sentinel):
    values = with_some(DRAWS.normal(15, 3, 200), sentinel)
    assert sentinels_of({"a": values, "b": DRAWS.normal(size=200)}) == {"a": [sentinel]}
    whole = with_some(DRAWS.integers(0, 40, 200), int(sentinel)) if abs(sentinel) < 1e9 else None
    if whole is not None and sentinel == int(sentinel):
        assert sentinels_of({"a": whole}) == {"a": [sentinel]}


def test_two_at_once():
    values = with_some(with_some(DRAWS.normal(15, 3, 200), -999.0), -9999.0, 21)
    assert sentinels_of({"a": values}) == {"a": [-9999.0, -999.0]}


def test_missing_cells_do_not_matter():
    values = with_some(with_some(DRAWS.normal(15, 3, 200), -9999.0), np.nan, 7)
    assert sentinels_of({"a": values}) == {"a": [-9999.0]}


@pytest.mark.parametrize(
    "values",
    [
        DRAWS.normal(0, 5000, 500),
        np.arange(0, 20_000),
        with_some(DRAWS.normal(15, 3, 200), 150.0),  # far, but not written like one
        np.r_[DRAWS.normal(15, 3, 200), -9999.0],  # once: an outlier
        with_some(DRAWS.uniform(0, 41_310, 500), 99_999.0),  # a cap: not far from the rest
        with_some(DRAWS.uniform(0, 100, 200), 99.0),
        np.full(50, -9999.0),
        np.array([np.nan] * 20),
        np.array([0, 1] * 20),
        np.array([1.0, 2.0]),
    ],
    ids=str,
)
def test_others_are_not(values):
    assert sentinels_of({"a": values}) == {}


def test_many_are_told_in_short():
    words = told({f"c{i}": [-9999.0] for i in range(8)})
    assert words.startswith("−9999 in 'c0'") and words.endswith("and 3 more")
