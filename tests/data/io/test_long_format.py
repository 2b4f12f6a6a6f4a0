"""Answers in files: read again with pandas and NumPy, they are what was given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.io.long_format import Answer, spans, write_answer
from hyotan.data.series.windows import windows

RNG = np.random.default_rng(0)
TABLES = pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])


def read(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path, sep="\t" if path.suffix == ".tsv" else ",")


@TABLES
def test_numbers_with_something_beside_them(tmp_path: Path, ending: str) -> None:
    values, days = RNG.normal(size=(3, 2)), np.array(["2024-01-01", "2024-01-02", "2024-01-03"])
    values[1, 0] = np.nan
    path, shape = write_answer(tmp_path / f"a.{ending}", Answer(values, ["z0", "z1"], {"time": days}))
    found = read(path)
    assert (list(found), shape) == (["time", "z0", "z1"], (3, 3))
    assert found["time"].tolist() == days.tolist()
    np.testing.assert_allclose(found[["z0", "z1"]], values, rtol=1e-15)
    assert "nan" not in path.read_bytes().decode("latin-1").lower() or ending == "parquet"  # an empty cell


@TABLES
@pytest.mark.parametrize("ids", [None, np.array(["b", "a", "c"])])
@pytest.mark.parametrize("flat", [False, True])
def test_series_of_unequal_length(tmp_path: Path, ending: str, ids: np.ndarray | None, flat: bool) -> None:
    series = [RNG.normal(size=(length, 1 if flat else 2)) for length in (4, 1, 3)]
    given = [one[:, 0] for one in series] if flat else series
    answer = Answer(given, ["x"] if flat else None, {} if ids is None else {"id": ids}, series=True)
    path, shape = write_answer(tmp_path / f"a.{ending}", answer)
    found = read(path)
    assert list(found) == (["id", "step", "x"] if flat else ["id", "step", "channel_0", "channel_1"])
    assert shape == found.shape
    for name, expected in zip([0, 1, 2] if ids is None else ids, series, strict=True):
        group = found[found["id"] == name]
        assert group["step"].tolist() == list(range(len(expected)))
        np.testing.assert_allclose(group.iloc[:, 2:], expected, rtol=1e-15)


def test_series_as_arrays(tmp_path: Path) -> None:
    series = [RNG.normal(size=(length, 2)) for length in (4, 1, 3)]
    write_answer(tmp_path / "a.npz", Answer(series, ["x", "y"], {"id": np.array(["a", "b", "c"])}, series=True))
    with np.load(tmp_path / "a.npz") as found:
        assert (found["id"].tolist(), found["lengths"].tolist()) == (["a", "b", "c"], [4, 1, 3])
        for row, length, expected in zip(found["X"], found["lengths"], series, strict=True):
            np.testing.assert_array_equal(row[:length], expected)
            assert np.isnan(row[length:]).all()
    _, shape = write_answer(tmp_path / "a.npy", Answer(series, series=True))
    assert np.load(tmp_path / "a.npy").shape == shape == (3, 4, 2)
    _, shape = write_answer(tmp_path / "b.npz", Answer(np.stack([series[0]] * 2), series=True))
    assert shape == (2, 4, 2)
    with np.load(tmp_path / "b.npz") as found:
        assert found.files == ["X"]


def test_arrays_with_something_beside_them(tmp_path: Path) -> None:
    answer = Answer(np.ones((2, 3)), ["a", "b", "c"], {"start": np.array([0, 5])})
    write_answer(tmp_path / "a.npz", answer)
    with np.load(tmp_path / "a.npz") as found:
        assert {name: found[name].tolist() for name in found.files} == {
            "X": [[1.0] * 3] * 2, "start": [0, 5], "columns": ["a", "b", "c"],
        }  # fmt: skip
    write_answer(tmp_path / "a.npy", answer)
    assert np.load(tmp_path / "a.npy").shape == (2, 3)


def test_rows_with_nothing_beside_them_are_written_as_ever(tmp_path: Path) -> None:
    images = RNG.random((3, 4, 5))
    path, shape = write_answer(tmp_path / "a.npz", Answer(images))
    np.testing.assert_array_equal(np.load(path)["X"], images)
    assert shape == (3, 4, 5)
    path, _ = write_answer(tmp_path / "a.csv", Answer(images, ["names", "of", "something else"]))
    assert list(pd.read_csv(path)) == [f"value_{i}" for i in range(20)]


@pytest.mark.parametrize("beside", [{}, {"id": np.array([1, 2])}])
@pytest.mark.parametrize("series", [True, False])
def test_refusals(tmp_path: Path, beside: dict[str, np.ndarray], series: bool) -> None:
    answer = Answer(np.ones((2, 3, 1)), None, beside, series)
    for name in ("a.xlsx", "a"):
        with pytest.raises(ParameterError, match=r"Rows cannot be written to 'a.*\.csv"):
            write_answer(tmp_path / name, answer)
    with pytest.raises(DataError, match="cannot be written"):
        write_answer(tmp_path / "no" / "a.csv", answer)
    assert not list(tmp_path.iterdir())


def test_spans() -> None:
    days = pd.date_range("2024-01-30", periods=5)
    found = spans(windows(np.zeros(5), 3, 2, time=days))
    assert found["start"].tolist() == ["2024-01-30", "2024-02-01"]
    assert found["end"].tolist() == ["2024-02-01", "2024-02-03"]
