"""HDF5 files as h5py writes them, and those of pandas, which are refused with what to do."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.io.load import load

X = np.arange(12.0).reshape(4, 3)


def write(path: Path, **arrays: np.ndarray) -> Path:
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file.create_dataset(name, data=array, compression="gzip")
    return path


@pytest.mark.parametrize("name", ["a.h5", "a.hdf5"])
@pytest.mark.parametrize("key", ["whatever", "in/a/group"])
def test_the_only_array(tmp_path: Path, name: str, key: str) -> None:
    source = load(write(tmp_path / name, **{key: X}))
    np.testing.assert_array_equal(source.X, X)
    assert source.name == "a"


def test_rows_labels_and_a_test_part(tmp_path: Path) -> None:
    source = load(write(tmp_path / "a.h5", x_train=X, y_train=np.arange(4), x_test=X[:2], y_test=np.arange(2)))
    assert (source.X.shape, source.y.tolist(), source.X_test.shape) == ((4, 3), [0, 1, 2, 3], (2, 3))


def test_key(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", **{"day/one": X, "day/two": X + 1})
    for key in ("day/two", "/day/two"):
        np.testing.assert_array_equal(load(path, key=key).X, X + 1)
    with pytest.raises(DataError, match="several arrays.*day/one, day/two.*key='day/one'"):
        load(path)
    with pytest.raises(ParameterError, match="no array named 'day/tow'.*did you mean 'day/two'"):
        load(path, key="day/tow")


def test_tables_of_pandas(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:  # as PyTables lays them out
        group = file.create_group("df")
        group.attrs["pandas_type"] = np.bytes_("frame")
        group.create_dataset("block0_values", data=X)
    with pytest.raises(DataError, match=r"tables of pandas.*read_hdf\('a.h5', 'df'\)\.to_parquet\('a\.parquet'\)"):
        load(tmp_path / "a.h5")


def test_bad_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", X=X)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataError, match=r"a\.h5 cannot be read.*complete"):
        load(path)
    with pytest.raises(DataError, match="holds no arrays"):
        load(write(path))
    with pytest.raises(DataError, match="does not hold numbers"):
        load(write(path, X=np.array([b"a", b"b"])))
