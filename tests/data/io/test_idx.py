"""IDX files packed by hand with struct, so that the reader is held against the format and not against itself."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from hyotan.core.errors import DataError
from hyotan.data.io import idx

CODES = {"uint8": (0x08, "B"), "int8": (0x09, "b"), "int16": (0x0B, "h"), "int32": (0x0C, "i")}
CODES |= {"float32": (0x0D, "f"), "float64": (0x0E, "d")}


def packed(array: np.ndarray) -> bytes:
    code, letter = CODES[array.dtype.name]
    head = struct.pack(">HBB", 0, code, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + struct.pack(f">{array.size}{letter}", *array.ravel().tolist())


def write(path: Path, array: np.ndarray) -> Path:
    raw = packed(array)
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize("name", ["a-ubyte", "a.idx", "a.idx3-ubyte.gz"])
def test_every_kind_of_number_is_read(tmp_path: Path, kind: str, name: str) -> None:
    array = (np.arange(24).reshape(2, 3, 4) * 5 - (0 if kind == "uint8" else 60)).astype(kind)
    read = idx.read_idx(write(tmp_path / name, array))
    np.testing.assert_array_equal(read, array)
    assert read.dtype == np.dtype(kind)
    assert read.dtype.isnative
    assert read.flags.writeable


@pytest.mark.parametrize(
    "style", ["{}-{}-idx{}-ubyte", "{}-{}-idx{}-ubyte.gz", "{}-{}.idx{}-ubyte", "x-{}-{}-idx{}-ubyte"]
)
@pytest.mark.parametrize("test", ["t10k", "test"])
def test_labels_and_test_files_come_along(tmp_path: Path, style: str, test: str) -> None:
    X, y = np.arange(24, dtype=np.uint8).reshape(3, 2, 4), np.array([2, 0, 1], dtype=np.uint8)
    for part, count in (("train", 3), (test, 2)):
        write(tmp_path / style.format(part, "images", 3), X[:count])
        write(tmp_path / style.format(part, "labels", 1), y[:count])
    found = idx.load_idx(tmp_path / style.format("train", "images", 3))
    for read, expected in zip(found, (X, y, X[:2], y[:2]), strict=True):
        np.testing.assert_array_equal(read, expected)
    alone = idx.load_idx(tmp_path / style.format(test, "images", 3))
    np.testing.assert_array_equal(alone[1], y[:2])
    assert alone[2] is None


def test_packed_and_plain_files_may_be_mixed(tmp_path: Path) -> None:
    path = write(tmp_path / "train-images-idx3-ubyte.gz", np.zeros((1, 2, 2), np.uint8))
    write(tmp_path / "train-labels-idx1-ubyte", np.array([7], np.uint8))
    assert idx.load_idx(path)[1].tolist() == [7]


def test_a_file_alone_has_no_labels(tmp_path: Path) -> None:
    path = write(tmp_path / "train-images-idx3-ubyte", np.zeros((1, 2, 2), np.uint8))
    assert idx.load_idx(path)[1:] == (None, None, None)


def test_labels_of_another_set_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "train-images-idx3-ubyte", np.zeros((3, 2, 2), np.uint8))
    write(tmp_path / "train-labels-idx1-ubyte", np.zeros(2, np.uint8))
    with pytest.raises(DataError, match=r"train-labels-idx1-ubyte does not hold one label.*\(3,\).*\(2,\)"):
        idx.load_idx(path)


@pytest.mark.parametrize("cut", [1, 20, 24 + 8])
def test_truncated_files_are_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.idx"
    path.write_bytes(packed(np.zeros((2, 3, 4), np.uint8))[:-cut])
    with pytest.raises(DataError, match=r"a\.idx is truncated.*bytes.*again"):
        idx.read_idx(path)


def test_a_longer_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.idx"
    path.write_bytes(packed(np.zeros((2, 3), np.int16)) + b"\0")
    with pytest.raises(DataError, match="longer than its header says.*24 bytes.*25 bytes"):
        idx.read_idx(path)


def test_a_header_that_promises_the_moon_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.idx"
    path.write_bytes(struct.pack(">HBB4I", 0, 0x0E, 4, *[2**32 - 1] * 4))
    with pytest.raises(DataError, match="truncated"):
        idx.read_idx(path)


@pytest.mark.parametrize("raw", [b"\x89PNG\r\n", b"\0\0\x07\x01", b"\0\0\x08\0", b"\0"])
def test_other_files_are_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a-ubyte"
    path.write_bytes(raw)
    with pytest.raises(DataError, match="not an IDX file.*two zero bytes"):
        idx.read_idx(path)


@pytest.mark.parametrize("damage", ["plain", "cut", "flipped"])
def test_broken_gzip_is_refused(tmp_path: Path, damage: str) -> None:
    raw = gzip.compress(packed(np.arange(200, dtype=np.uint8)))
    path = tmp_path / "a.idx.gz"
    flipped = raw[:30] + bytes([raw[30] ^ 255]) + raw[31:]
    path.write_bytes({"plain": b"hello", "cut": raw[:-12], "flipped": flipped}[damage])
    with pytest.raises(DataError, match=r"a\.idx\.gz cannot be read.*complete"):
        idx.read_idx(path)


@pytest.mark.parametrize("name", ["a.npy", "idx.csv", "ubyte", "a.gz"])
def test_other_names_are_not_idx(name: str) -> None:
    assert not idx.is_idx(Path(name))
