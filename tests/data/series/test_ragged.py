"""Series of unequal length become one array and a list again; what is no series is refused with its place."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from hyotan.core.errors import DataError
from hyotan.data.series.ragged import is_ragged, lengths_of, padded, read_series, unpadded
from hyotan.data.tables.selection import take_rows

RNG = np.random.default_rng(0)
RAGGED = [RNG.normal(size=(length, 3)) for length in (5, 1, 8, 3)]


def test_there_and_back() -> None:
    array = padded(RAGGED)
    assert (array.shape, array.dtype) == ((4, 8, 3), np.float64)
    np.testing.assert_array_equal(lengths_of(array), [5, 1, 8, 3])
    for found, expected in zip(unpadded(array, lengths_of(array)), RAGGED, strict=True):
        np.testing.assert_array_equal(found, expected)
    assert np.isnan(array).sum() == (4 * 8 - (5 + 1 + 8 + 3)) * 3


def test_lengths_against_a_loop() -> None:
    array = RNG.normal(size=(50, 9, 2))
    array[RNG.random(array.shape) < 0.7] = np.nan
    array[:, 0, 0] = 1  # something is known of each
    expected = []
    for row in array:
        last = 0
        for step, cells in enumerate(row, start=1):
            if any(cell == cell for cell in cells):
                last = step
        expected.append(last)
    assert len(set(expected)) > 4
    np.testing.assert_array_equal(lengths_of(array), expected)
    np.testing.assert_array_equal(lengths_of(array[..., 0]), [max(np.flatnonzero(r == r)) + 1 for r in array[..., 0]])


def test_a_hole_inside_is_missing_and_not_an_end() -> None:
    assert lengths_of(np.array([[[1.0], [np.nan], [3.0], [np.nan]]])).tolist() == [3]
    assert lengths_of(np.array([[[1.0, np.nan], [np.nan, 2.0]]])).tolist() == [2]


@pytest.mark.parametrize("kind", [np.int16, np.uint8, bool])
def test_whole_numbers_are_full(kind: type) -> None:
    assert lengths_of(np.zeros((3, 4, 2), kind)).tolist() == [4, 4, 4]


def test_a_series_of_which_nothing_is_known_is_named() -> None:
    array = np.ones((5, 3, 2))
    array[[1, 4]] = np.nan
    with pytest.raises(DataError, match=r"Nothing is known of series 1 .*2 of 5 series.*leave"):
        lengths_of(array)


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [((np.float32, np.float32), np.float32), ((np.float32, np.float64), np.float64), ((int, int), np.float64)],
)
def test_float32_stays_float32(kinds: tuple[type, type], expected: type) -> None:
    assert padded([np.ones((2 + i, 1), kind) for i, kind in enumerate(kinds)]).dtype == expected


@pytest.mark.parametrize(
    "series",
    [
        [[[1, None], [3, 4]], [[5, 6]]],
        [pd.DataFrame({"a": [1, 3], "b": [None, 4]}), pd.DataFrame({"a": [5], "b": [6]})],
        [pl.DataFrame({"a": [1, 3], "b": [None, 4]}), np.array([[5, 6]])],
        [pa.table({"a": [1, 3], "b": [None, 4]}), np.array([[5.0, 6]])],
        (np.array([[1, None], [3, 4]], dtype=object), np.array([[5, 6]], dtype=np.int8)),
    ],
    ids=["lists", "pandas", "polars", "arrow", "objects"],
)
def test_anything_with_two_dimensions_is_a_series(series: list[object]) -> None:
    assert is_ragged(series)
    np.testing.assert_array_equal(padded(series), [[[1, np.nan], [3, 4]], [[5, 6], [np.nan] * 2]])


def test_one_dimension_is_one_channel() -> None:
    np.testing.assert_array_equal(padded([np.array([1, 2]), [3]])[..., 0], [[1, 2], [3, np.nan]])


@pytest.mark.parametrize(
    ("series", "words"),
    [
        ([], "Z holds no series.*at least one"),
        ("abc", "Z is not a list of series.*str"),
        ([np.ones((2, 3)), np.ones((4, 3)), np.ones((2, 2)), np.ones((5, 1))],
         r"same number of channels.*3 channels each, as series 0.*2 channels in series 2, and 1 more"),
        ([np.ones((2, 1)), np.ones((0, 1))], r"Series 1 of Z is empty.*\(0, 1\)"),
        ([np.ones(2), np.ones((0,))], "Series 1 of Z is empty"),
        ([np.ones((2, 0))], "Series 0 of Z is empty.*one channel"),
        ([np.ones((2, 3, 1))], r"Series 0 of Z has 3 dimensions.*\(steps, channels\).*\(2, 3, 1\)"),
        ([3.0], "Series 0 of Z has 0 dimensions"),
        ([np.array([["a", "b"]])], "Series 0 of Z does not hold numbers.*<U1"),
        ([np.array([[1, "b"]], dtype=object)], "Series 0 of Z does not hold numbers.*object"),
        ([np.array([1j])], "Series 0 of Z does not hold numbers.*complex"),
        ([np.ones((3, 2)), np.array([[1, 2], [3, -np.inf]])],
         "Series 1 of Z contains infinity.*1 infinite cells, the first at step 1, channel 1"),
        ([[[1, 2], [3]]], "Series 0 of Z is not rectangular.*every step"),
        ([pd.DataFrame({"a": ["x"]})], "'a'.*other than numbers|other than numbers.*'a'"),
    ],
)  # fmt: skip
def test_refusals(series: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        padded(series, "Z")


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
@pytest.mark.parametrize("names", [("b", "a"), ("a", "c"), ("a",)])
def test_frames_with_other_columns_are_refused(kind: type, names: tuple[str, ...]) -> None:
    one, other = kind({"a": [1, 2], "b": [3, 4]}), kind({name: [1] for name in names})
    assert padded([one, one]).shape == (2, 2, 2)
    words = r"series of Z do not have the same columns.*\['a', 'b'\], as series 1 has.*in series 3, and 1 more"
    with pytest.raises(DataError, match=words):
        padded([np.ones((3, 2)), one, one, other, other], "Z")


def test_numbered_columns_are_no_names() -> None:
    assert padded([pd.DataFrame([[1, 2]]), pd.DataFrame({"a": [1], "b": [2]})]).shape == (2, 1, 2)


def test_the_data_are_left_alone() -> None:
    series = [np.array([[1.0], [2.0]]), np.array([[3.0]])]
    padded(series)[0, 0, 0] = 9
    assert series[0][0, 0] == 1


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        ([np.ones((2, 3)), np.ones((4, 3))], True),
        ((np.ones(2), np.ones(4)), True),
        ([np.ones(3), np.ones((3, 1))], True),
        ([np.ones((2, 3)), np.ones((2, 3))], False),  # an array
        ([np.ones(3), np.ones(3)], False),
        ([[1, 2, 3], [4]], False),  # a broken table
        ([[1, 2, 3], np.ones(2)], False),
        ([1, 2, 3], False),
        ([], False),
        ([np.ones((2, 3, 1)), np.ones((4, 3, 1))], False),  # images
        ([np.ones((2, 3)), "a"], False),
        ([np.ones((2, 3)), None], False),
        ([[[1], [2]], [[3]]], True),
        ([[[1], [2]], []], True),  # refused later, with its place
        (np.ones((3, 4, 1)), False),
        (pd.DataFrame({"a": [1]}), False),
        ("series", False),
    ],
    ids=str,
)
def test_is_ragged(X: object, expected: bool) -> None:
    assert is_ragged(X) is expected


@pytest.mark.parametrize("kind", [list, tuple])
def test_some_series_of_a_list(kind: type) -> None:
    chosen = take_rows(kind(RAGGED), np.array([2, 0]))
    assert isinstance(chosen, list)
    assert (len(chosen), chosen[0] is RAGGED[2], chosen[1] is RAGGED[0]) == (2, True, True)


def test_is_ragged_looks_at_no_cells() -> None:
    row = list(range(1000))
    began = time.perf_counter()
    assert not is_ragged([row] * 1_000_000)
    assert not is_ragged([[row] * 50] * 100_000)
    assert time.perf_counter() - began < 1


def test_read_series_keeps_what_it_can() -> None:
    series = np.ones((4, 2), np.float32)
    assert read_series(series, "The series") is series or np.shares_memory(read_series(series, "The series"), series)
    assert read_series([1, 2], "The series").shape == (2, 1)
