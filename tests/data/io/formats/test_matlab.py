"""MATLAB's files: version 5 as SciPy writes it, 7.3 as MATLAB does: HDF5 with a block before it and axes reversed."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy import sparse
from scipy.io import savemat

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.io.load import load

X = np.random.default_rng(0).normal(size=(6, 4))
Y = np.array([0, 1, 0, 0, 1, 0])


def save73(path: Path, **arrays: np.ndarray) -> Path:
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, array in arrays.items():
            text = array.dtype.kind == "U"
            values = np.array([[ord(letter)] for letter in str(array)], np.uint16) if text else array.T
            made = file.create_dataset(name, data=values)
            made.attrs["MATLAB_class"] = np.bytes_("char" if text else "double")
        file.create_dataset("#refs#/a", data=np.zeros(2))
    raw = bytearray(path.read_bytes())
    raw[:19] = b"MATLAB 7.3 MAT-file"
    path.write_bytes(raw)
    return path


def save5(path: Path, **arrays: np.ndarray) -> Path:
    savemat(path, {**arrays, "info": {"by": "nobody"}})
    return path


both = pytest.mark.parametrize("save", [save5, save73], ids=["5", "7.3"])


@both
def test_rows_and_labels(tmp_path: Path, save: object) -> None:
    path = save(tmp_path / "a.mat", X=X, y=Y[:, None], words=np.array("hello"))
    source = load(path)
    np.testing.assert_array_equal(source.X, X)
    np.testing.assert_array_equal(source.y, Y)
    assert (source.name, source.note) == ("a", f"a from {path}: 6 x 4 float64, labelled")


@both
def test_key(tmp_path: Path, save: object) -> None:
    path = save(tmp_path / "a.mat", first=X, second=X + 1, classes=Y[:, None])
    with pytest.raises(DataError, match="several arrays.*key="):
        load(path)
    source = load(path, key="second", label="classes")
    np.testing.assert_array_equal(source.X, X + 1)
    np.testing.assert_array_equal(source.y, Y)
    assert source.reading == {"key": "second"}
    with pytest.raises(ParameterError, match="no array named 'secnd'.*did you mean 'second'"):
        load(path, key="secnd")
    assert load(path, key="first", window=2).reading == {"key": "first", "window": 2}


@both
def test_without_arrays_of_numbers(tmp_path: Path, save: object) -> None:
    with pytest.raises(DataError, match=r"a\.mat holds no arrays of numbers"):
        load(save(tmp_path / "a.mat", words=np.array("hello")))


@both
def test_cut_off(tmp_path: Path, save: object) -> None:
    path = save(tmp_path / "a.mat", X=np.random.default_rng(0).normal(size=(100, 9)))
    whole = path.read_bytes()
    for raw in (whole[:100], whole[: len(whole) // 2]):
        path.write_bytes(raw)
        with pytest.raises(DataError, match=r"a\.mat cannot be read.*complete"):
            load(path)


def test_sparse_arrays(tmp_path: Path) -> None:
    savemat(tmp_path / "a.mat", {"X": sparse.csc_matrix(np.eye(5))})
    np.testing.assert_array_equal(load(tmp_path / "a.mat").X, np.eye(5))


def test_version_4(tmp_path: Path) -> None:
    savemat(tmp_path / "a.mat", {"X": X}, format="4")
    np.testing.assert_array_equal(load(tmp_path / "a.mat").X, X)
