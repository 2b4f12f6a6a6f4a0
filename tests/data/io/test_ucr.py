"""The .tsv files of the UCR archive; NumPy reads the same numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hyotan.data import load

RNG = np.random.default_rng(0)


def written(
    path: Path, rows: int, steps: int = 40, labels: tuple[int, ...] = (1, 2, 3), ends: bool = False
) -> np.ndarray:
    array = np.c_[RNG.choice(labels, rows), RNG.normal(size=(rows, steps)).cumsum(axis=1)]
    if ends:
        for row, end in zip(array, RNG.integers(steps // 2, steps + 1, rows), strict=True):
            row[end + 1 :] = np.nan
    np.savetxt(path, array, delimiter="\t", fmt=["%d"] + ["%.7f"] * steps)
    return np.loadtxt(path, delimiter="\t")


@pytest.mark.parametrize("labels", [(1, 2, 3), (-1, 1), (0, 1)])
def test_label_first_and_the_test_part_beside_it(tmp_path: Path, labels: tuple[int, ...]) -> None:
    train = written(tmp_path / "Gun_TRAIN.tsv", 30, labels=labels)
    test = written(tmp_path / "Gun_TEST.tsv", 50, labels=labels)
    source = load(tmp_path / "Gun_TRAIN.tsv")
    np.testing.assert_array_equal(source.X[..., 0], train[:, 1:])
    np.testing.assert_array_equal(source.y, train[:, 0])
    np.testing.assert_array_equal(source.X_test[..., 0], test[:, 1:])
    np.testing.assert_array_equal(source.y_test, test[:, 0])
    assert source.kind == "series" and "the label first" in source.note
    assert load(tmp_path / "Gun_TEST.tsv").X_test is None


def test_series_of_unequal_length(tmp_path: Path) -> None:
    array = written(tmp_path / "a_TRAIN.tsv", 30, ends=True)
    found = load(tmp_path / "a_TRAIN.tsv").X
    assert isinstance(found, list)
    for series, row in zip(found, array, strict=True):
        np.testing.assert_array_equal(series[:, 0], row[1:][~np.isnan(row[1:])])


def test_other_tables_stay_tables(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "a.tsv", RNG.normal(size=(20, 30)), delimiter="\t")
    assert load(tmp_path / "a.tsv").note.endswith(
        "20 rows x 30 columns, no row of names, so columns are called f0, f1, ..."
    )
    np.savetxt(tmp_path / "b.csv", np.c_[RNG.integers(0, 2, 20), RNG.normal(size=(20, 30))], delimiter=",")
    assert "20 rows x 31 columns" in load(tmp_path / "b.csv").note


def test_as_many_classes_as_the_archive_has(tmp_path: Path) -> None:
    for rows, classes in ((120, 60), (18, 18)):
        array = np.c_[np.arange(rows) % classes, RNG.normal(size=(rows, 40))]
        np.savetxt(tmp_path / "a_TRAIN.tsv", array, delimiter="\t", fmt=["%d"] + ["%.7f"] * 40)
        source = load(tmp_path / "a_TRAIN.tsv")
        assert source.X.shape == (rows, 40, 1) and len(np.unique(source.y)) == classes
