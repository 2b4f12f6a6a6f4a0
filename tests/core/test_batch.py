"""Batch: rows taken and filled up, masks written out."""

import numpy as np
import pytest

from hyotan.core.batch import Batch

VALUES = np.arange(24, dtype="float32").reshape(4, 3, 2) + 1
WEIGHT = np.array([1, 2, 0.5, 1], "float32")
SEEN = VALUES > 5
SCORED = VALUES < 20
CONDITION = np.arange(8, dtype="float32").reshape(4, 2) + 1
FULL = Batch(VALUES, WEIGHT, SEEN, SCORED, CONDITION)
PLAIN = Batch(VALUES, WEIGHT)


def test_only_fields_that_are_there_are_handed_on():
    assert list(PLAIN.arrays()) == ["values", "weight"]
    assert list(FULL.arrays()) == ["values", "weight", "seen", "scored", "condition"]
    assert len(FULL) == len(PLAIN) == 4


@pytest.mark.parametrize("rows", [np.array([3, 0, 0]), slice(1, 3), np.array([False, True, True, False])], ids=str)
@pytest.mark.parametrize("batch", [FULL, PLAIN], ids=["full", "plain"])
def test_taking_rows_takes_them_everywhere(batch, rows):
    taken = batch.take(rows)
    assert taken.arrays().keys() == batch.arrays().keys()
    for name, array in batch.arrays().items():
        np.testing.assert_array_equal(taken.arrays()[name], array[rows])


@pytest.mark.parametrize("batch", [FULL, PLAIN], ids=["full", "plain"])
def test_filler_rows_are_the_same_rows_again_and_weigh_nothing(batch):
    filled = batch.padded(7)
    assert len(filled) == 7
    assert filled.arrays().keys() == batch.arrays().keys()
    for name, array in batch.arrays().items():
        found = filled.arrays()[name]
        assert found.dtype == array.dtype
        np.testing.assert_array_equal(found[:4], array)
        np.testing.assert_array_equal(found[4:], np.zeros(3) if name == "weight" else array[:3])


@pytest.mark.parametrize("size", [0, 3, 4])
def test_enough_rows_are_not_filled_up(size):
    assert FULL.padded(size) is FULL


def test_a_batch_does_not_change():
    with pytest.raises(AttributeError):
        PLAIN.values = VALUES + 1
