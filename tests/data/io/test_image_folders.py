"""Folders of real image files written with Pillow."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hyotan.core.errors import DataError, ParameterError
from hyotan.data import load
from hyotan.data.io.image_folders import read_folder

RANDOM = np.random.default_rng(0)
GREY = RANDOM.integers(0, 256, (4, 6), dtype=np.uint8)
RGB = RANDOM.integers(0, 256, (4, 6, 3), dtype=np.uint8)


def save(path: Path, array: np.ndarray) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(array).save(path)


def test_grey_images_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b.png", "C.PNG", "a.bmp", "d.tif", "e.tiff"):
        save(tmp_path / name, np.full((4, 6), ord(name[0]), np.uint8))
    (tmp_path / "notes.txt").write_text("not an image")
    (tmp_path / "._a.png").write_text("a shadow a Mac leaves")
    X, y = read_folder(tmp_path)
    assert (X.shape, X.dtype, y) == ((5, 4, 6), np.uint8, None)
    assert "".join(chr(value) for value in X[:, 0, 0]) == "Cabde"


def test_one_colour_image_makes_all_of_them_colour(tmp_path: Path) -> None:
    save(tmp_path / "a.png", GREY)
    save(tmp_path / "b.png", RGB)
    X, _ = read_folder(tmp_path)
    np.testing.assert_array_equal(X[0], np.stack([GREY] * 3, axis=-1))
    np.testing.assert_array_equal(X[1], RGB)


@pytest.mark.parametrize("suffix", [".jpg", ".jpeg", ".webp", ".gif"])
def test_other_formats_come_close(tmp_path: Path, suffix: str) -> None:
    flat = np.full((8, 8, 3), (200, 100, 50), np.uint8)
    save(tmp_path / f"a{suffix}", flat)
    X, _ = read_folder(tmp_path)
    assert np.abs(X[0].astype(int) - flat).max() <= 8


@pytest.mark.parametrize("suffix", [".gif", ".jpg"])
def test_grey_gif_and_jpeg_stay_grey(tmp_path: Path, suffix: str) -> None:
    flat = np.full((8, 8), 77, np.uint8)
    flat[:, 4:] = 150
    save(tmp_path / f"a{suffix}", flat)
    X, _ = read_folder(tmp_path)
    assert X.shape == (1, 8, 8)
    assert np.abs(X[0].astype(int) - flat).max() <= 3


def test_black_and_white_becomes_0_and_255(tmp_path: Path) -> None:
    Image.fromarray(np.array([[True, False], [False, True]])).save(tmp_path / "a.png")
    assert read_folder(tmp_path)[0].tolist() == [[[255, 0], [0, 255]]]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("high", [200, 4096, 65536])
def test_sixteen_bits_are_kept(tmp_path: Path, suffix: str, high: int) -> None:
    deep = RANDOM.integers(0, high, (3, 4, 6)).astype(np.uint16)
    for index, image in enumerate(deep):
        save(tmp_path / f"{index}{suffix}", image)
    X, _ = read_folder(tmp_path)
    assert X.dtype == np.uint16
    np.testing.assert_array_equal(X, deep)
    save(tmp_path / "3.png", GREY)  # eight bits beside them, on the same scale
    np.testing.assert_array_equal(read_folder(tmp_path)[0][3], GREY.astype(int) * 257)
    save(tmp_path / "4.png", RGB)
    with pytest.raises(DataError, match=r"16 bits and images in colour.*0\.\w+ and 4\.png.*8 bits"):
        read_folder(tmp_path)


@pytest.mark.parametrize(("suffix", "array"), [(".pgm", GREY), (".ppm", RGB), (".pgm", GREY.astype(np.uint16) * 200)])
def test_portable_maps(tmp_path: Path, suffix: str, array: np.ndarray) -> None:
    header = f"{'P6' if array.ndim == 3 else 'P5'} 6 4 {255 if array.dtype == np.uint8 else 65535}\n".encode()
    (tmp_path / f"a{suffix}").write_bytes(header + array.astype(array.dtype.newbyteorder(">")).tobytes())
    np.testing.assert_array_equal(read_folder(tmp_path)[0][0], array)


def test_train_and_test_are_parts(tmp_path: Path) -> None:
    for part, count in (("train", 3), ("Test", 2), ("val", 1)):
        for label in ("cat", "dog"):
            for index in range(count):
                (tmp_path / part).mkdir(exist_ok=True)
                save(tmp_path / part / label / f"{index}.png", GREY + index)
    source = load(tmp_path)
    assert (source.X.shape, source.X_test.shape) == ((6, 4, 6), (4, 4, 6))
    assert source.y.tolist() == ["cat"] * 3 + ["dog"] * 3 and source.y_test.tolist() == ["cat"] * 2 + ["dog"] * 2
    assert "left out: the folder 'val'" in source.note


def test_a_part_without_labels_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    save(tmp_path / "train" / "cat" / "a.png", GREY)
    save(tmp_path / "test" / "b.png", GREY)
    with pytest.raises(DataError, match="Only one part of .* has labels.*in train only"):
        load(tmp_path)


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    save(tmp_path / "cat" / "a.png", GREY)
    (tmp_path / "cat" / "a.svg").write_text("<svg/>")
    (tmp_path / "cat" / "b.svg").write_text("<svg/>")
    (tmp_path / "cat" / "gone.png").symlink_to(tmp_path / "nowhere.png")
    (tmp_path / "cat" / "deeper").mkdir()
    (tmp_path / "dog").mkdir()
    note = load(tmp_path).note
    assert "left out: 2 .svg, 1 links that lead nowhere, 1 folders further down" in note
    assert "no image in 'dog'" in note


def test_transparency_is_dropped(tmp_path: Path) -> None:
    save(tmp_path / "a.png", np.dstack([RGB, np.full((4, 6), 9, np.uint8)]))
    np.testing.assert_array_equal(read_folder(tmp_path)[0][0], RGB)


def test_a_photo_is_turned_as_its_camera_noted(tmp_path: Path) -> None:
    note = Image.Exif()
    note[0x0112] = 6  # turn a quarter clockwise to see it upright
    Image.fromarray(GREY).save(tmp_path / "a.png", exif=note)
    np.testing.assert_array_equal(read_folder(tmp_path)[0][0], np.rot90(GREY, -1))


def test_sub_folders_are_labels(tmp_path: Path) -> None:
    for name, count in (("dog", 2), ("cat", 1), ("empty", 0), (".hidden", 1)):
        (tmp_path / name).mkdir()
        for index in range(count):
            save(tmp_path / name / f"{index}.png", GREY + index)
    X, y = read_folder(tmp_path)
    assert y.tolist() == ["cat", "dog", "dog"]
    np.testing.assert_array_equal(X[2], GREY + 1)


def test_resize_is_height_then_width_and_smooth(tmp_path: Path) -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (64, 32))
    save(tmp_path / "a.png", stripes)
    save(tmp_path / "b.png", RANDOM.integers(0, 256, (10, 20), dtype=np.uint8))
    assert read_folder(tmp_path, (5, 7))[0].shape == (2, 5, 7)
    X, _ = read_folder(tmp_path, 8)
    assert X.shape == (2, 8, 8)
    assert np.abs(X[0, 2:-2, 2:-2].astype(int) - 127).max() < 12  # picking pixels would give 0 or 255


def test_resizing_sixteen_bits_and_bits(tmp_path: Path) -> None:
    save(tmp_path / "a.png", np.full((8, 8), 25700, np.uint16))
    Image.fromarray(np.ones((8, 8), bool)).save(tmp_path / "b.png")
    assert [np.unique(image).tolist() for image in read_folder(tmp_path, 4)[0]] == [[25700], [65535]]


@pytest.mark.parametrize("resize", [0, -1, 2.5, "28", (28,), (28, 28, 3), (28, 0), True])
def test_other_sizes_are_refused(tmp_path: Path, resize: object) -> None:
    save(tmp_path / "a.png", GREY)
    with pytest.raises(ParameterError, match=r"'resize'.*whole number above 0.*\(height, width\)"):
        read_folder(tmp_path, resize)


def test_unequal_sizes_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "one" / "a.png", GREY)
    save(tmp_path / "two" / "b.png", GREY[:, :5])
    with pytest.raises(DataError, match=r"differ in size.*4 x 6 .*one/a\.png.*4 x 5 in two/b\.png.*resize=4"):
        read_folder(tmp_path)


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".bmp", ".tif", ".webp"])
def test_a_broken_image_is_named(tmp_path: Path, damage: str, suffix: str) -> None:
    save(tmp_path / "a.png", RGB)
    path = tmp_path / f"broken{suffix}"
    save(path, RANDOM.integers(0, 256, (64, 64, 3), dtype=np.uint8))
    raw = path.read_bytes()
    path.write_bytes({"cut": raw[: len(raw) // 2], "text": b"hello", "empty": b""}[damage])
    with pytest.raises(DataError, match=rf"broken\{suffix} is not an image that can be read"):
        read_folder(tmp_path, 4)


@pytest.mark.parametrize("pixels", [np.full((4, 4), 0.5, np.float32), np.full((4, 4), -1, np.int32)])
def test_pixels_of_unknown_scale_are_refused(tmp_path: Path, pixels: np.ndarray) -> None:
    save(tmp_path / "a.tif", pixels)
    with pytest.raises(DataError, match=r"a\.tif has pixels whose scale is not known.*8 bits.*\.npy"):
        read_folder(tmp_path)


def test_a_folder_without_images_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds no images.*\.png.*no image"):
        read_folder(tmp_path)
    (tmp_path / "a" / "b").mkdir(parents=True)
    save(tmp_path / "a" / "b" / "c.png", GREY)
    with pytest.raises(DataError, match="one sub-folder down.*1 sub-folders"):
        read_folder(tmp_path)


def test_images_at_two_levels_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "a.png", GREY)
    save(tmp_path / "dog" / "b.png", GREY)
    with pytest.raises(DataError, match=r"beside and inside.*a\.png and dog/b\.png"):
        read_folder(tmp_path)


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read anything")
def test_a_locked_folder_is_refused(tmp_path: Path) -> None:
    save(tmp_path / "locked" / "a.png", GREY)
    (tmp_path / "locked").chmod(0)
    try:
        with pytest.raises(DataError, match="may not be read.*permissions"):
            read_folder(tmp_path / "locked")
    finally:
        (tmp_path / "locked").chmod(0o700)


def test_a_refusal_by_the_system_is_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("hyotan.data.io.image_folders.os.scandir", refuse)
    with pytest.raises(DataError, match="may not be read.*Permission denied.*permissions"):
        read_folder(tmp_path)
