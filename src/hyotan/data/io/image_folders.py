"""Folders of images: all images of a folder as one array, with the names of sub-folders as labels."""

from __future__ import annotations

import operator
import os
import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown
from hyotan.core.files import reading

if TYPE_CHECKING:
    from PIL.Image import Image


__all__ = ["IMAGES", "load_folder", "read_folder"]


IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".pgm", ".ppm", ".pbm", ".pnm")
TRAIN, TEST = ("train", "training"), ("test", "testing")
VALIDATION = ("val", "valid", "validation")


def load_folder(folder: Path, resize: tuple[int, int] | int | None = None) -> tuple[Any, Any, Any, Any, Any, str]:
    """Read all images of a folder, or of its sub-folders ``train`` and ``test``.

    Parameters
    ----------
    folder : Path
        As for :func:`read_folder`, or a folder with two such folders called ``train`` and ``test``.
    resize : int or (int, int), optional

    Returns
    -------
    X, y
        As from :func:`read_folder`.
    X_test, y_test
        The same for the test part, or None.
    files : ndarray of str
        The path of each image of ``X`` inside the folder.
    remark : str
        What was left out, in words; often empty.

    Raises
    ------
    DataError
        As :func:`read_folder`; or if only one of the parts has labels.
    ParameterError
        If ``resize`` is not valid.
    """
    size = _height_width(resize)
    with reading(folder):
        below = {entry.name.lower(): Path(entry.path) for entry in os.scandir(folder) if entry.is_dir()}
    parts = [next((below[name] for name in names if name in below), None) for names in (TRAIN, TEST)]
    others = [path.name for name, path in below.items() if name in VALIDATION]
    beside = len([name for name in below if _visible(name)]) - len(others) - 2
    if None in parts or beside or _images(folder):
        found, names = _find(folder)
        X, y = _read(folder, found, names, size)
        return X, y, None, None, _names(found, folder), _left_out([folder])
    (train, labels), (test, test_labels) = (_find(part) for part in parts if part is not None)
    if (labels is None) != (test_labels is None):
        raise DataError(
            f"Only one part of {folder} has labels",
            expected="sub-folders named after labels in both train and test, or in neither",
            received=f"sub-folders in {'train' if test_labels is None else 'test'} only",
            do="sort the images of the other part in the same way",
        )
    X, y = _read(folder, [*train, *test], [*(labels or ()), *(test_labels or ())] or None, size)
    at, remark = len(train), _left_out([path for path in parts if path is not None])
    if others:
        remark = ", ".join(filter(None, (remark, f"left out: the folder {others[0]!r}")))
    return X[:at], None if y is None else y[:at], X[at:], None if y is None else y[at:], _names(train, folder), remark


def read_folder(folder: Path, resize: tuple[int, int] | int | None = None) -> tuple[np.ndarray, np.ndarray | None]:
    """Read all images of a folder, in the order of their names.

    If all images are greyscale, the array has no colour axis; if some of them have 16 bits per pixel, all are given
    with 16 bits, and those of 8 bits are multiplied by 257. Otherwise all images become RGB. Transparency is dropped,
    the EXIF orientation is applied, and only the first frame of an animation or multi-page file is used. Hidden files
    and other kinds of files are ignored.

    Parameters
    ----------
    folder : Path
        A folder of images, or a folder with one level of sub-folders of images; the sub-folder names are the labels.
    resize : int or (int, int), optional
        Height and width to resize every image to; one number for both.

    Returns
    -------
    X : numpy.ndarray
        uint8 or uint16, shape (images, height, width) or (images, height, width, 3).
    y : numpy.ndarray or None
        The name of the sub-folder of each image, if there are sub-folders.

    Raises
    ------
    DataError
        If there are no images, one is broken, their sizes differ, some have 16 bits and some are in colour, or some are
        in the folder and some in sub-folders.
    ParameterError
        If ``resize`` is not one or two whole numbers greater than 0.

    Examples
    --------
    >>> import tempfile
    >>> from PIL import Image
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("a", "b"):
    ...     (folder / name).mkdir()
    ...     Image.new("L", (6, 4)).save(folder / name / "one.png")
    >>> X, y = read_folder(folder)
    >>> X.shape, y.tolist()
    ((2, 4, 6), ['a', 'b'])
    """
    return _read(folder, *_find(folder), _height_width(resize))


def _read(
    folder: Path, files: list[Path], labels: list[str] | None, size: tuple[int, int] | None
) -> tuple[np.ndarray, np.ndarray | None]:
    looks = [_look(file) for file in files]
    grey, deep = all(is_grey for is_grey, _ in looks), any(is_deep for _, is_deep in looks)
    if deep and not grey:
        of_16 = files[next(i for i, (_, is_deep) in enumerate(looks) if is_deep)]
        in_colour = files[next(i for i, (is_grey, _) in enumerate(looks) if not is_grey)]
        raise DataError(
            f"{folder} holds grey images of 16 bits and images in colour",
            expected="images of one kind",
            received=f"{_within(of_16, folder)} and {_within(in_colour, folder)}",
            do="save the grey ones with 8 bits per pixel, or the ones in colour as grey",
        )
    X = np.empty(0)
    for index, file in enumerate(files):
        pixels = _pixels(file, grey, deep, size)
        if index == 0:
            X = np.empty((len(files), *pixels.shape), dtype=np.uint16 if deep else np.uint8)
        elif pixels.shape != X.shape[1:]:
            h, w, other_h, other_w = *X.shape[1:3], *pixels.shape[:2]
            raise DataError(
                f"The images in {folder} differ in size",
                expected=f"{h} x {w} (height x width) as in {_within(files[0], folder)}",
                received=f"{other_h} x {other_w} in {_within(file, folder)}",
                do=f"bring them to one size with resize=, such as resize={min(h, w)}",
            )
        X[index] = pixels
    return X, None if labels is None else np.array(labels, dtype=str)


def _names(files: list[Path], folder: Path) -> np.ndarray:
    return np.array([_within(file, folder) for file in files])


def _left_out(folders: list[Path]) -> str:
    """Return in words which files and folders inside were not read, and which sub-folders have no image."""
    other: Counter[str] = Counter()
    empty, deeper = [], 0
    for folder in folders:
        with reading(folder):
            below = [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir() and _visible(entry.name)]
            for place in (folder, *below):
                entries = [entry for entry in os.scandir(place) if _visible(entry.name)]
                files = [entry for entry in entries if not entry.is_dir()]
                known = [entry for entry in files if entry.name.lower().endswith(IMAGES)]
                other.update(Path(entry.name).suffix.lower() or entry.name for entry in files if entry not in known)
                other["links that lead nowhere"] += sum(not entry.is_file() for entry in known)
                if place != folder:
                    deeper += sum(entry.is_dir() for entry in entries)
                    if not any(entry.is_file() for entry in known):
                        empty.append(place.name)
    names = [f"{count:,} {name}" for name, count in other.most_common(4) if count]
    names += [f"{deeper:,} folders further down"] if deeper else []
    told = [f"left out: {', '.join(names)}"] if names else []
    told += [f"no image in {', '.join(map(repr, empty[:4]))}{' …' * (len(empty) > 4)}"] if empty else []
    return ", ".join(told)


def _height_width(resize: object) -> tuple[int, int] | None:
    if resize is None:
        return None
    try:
        pair: Any = resize if isinstance(resize, (tuple, list)) else (resize, resize)
        height, width = (operator.index(number) for number in pair)
        if isinstance(resize, bool) or min(height, width) < 1:
            raise ValueError
    except (TypeError, ValueError) as err:
        raise ParameterError(
            "The 'resize' parameter is not a size",
            expected="a whole number above 0, or two as (height, width)",
            received=shown(resize),
        ) from err
    return height, width


def _find(folder: Path) -> tuple[list[Path], list[str] | None]:
    """Return the image files in order and, if they are in sub-folders, the name of the sub-folder of each."""
    here = _images(folder)
    with reading(folder):
        below = sorted(entry.name for entry in os.scandir(folder) if entry.is_dir() and _visible(entry.name))
    labelled = [(file, name) for name in below for file in _images(folder / name)]
    if here and labelled:
        raise DataError(
            f"{folder} holds images both beside and inside sub-folders",
            expected="all images in the folder, or all in sub-folders named after their labels",
            received=f"{_within(here[0], folder)} and {_within(labelled[0][0], folder)}",
            do="move the ones or the others",
        )
    if not here and not labelled:
        raise DataError(
            f"{folder} holds no images",
            expected=f"files ending in {', '.join(IMAGES)}, here or one sub-folder down",
            received=f"{len(below)} sub-folders and no image" if below else "no image",
        )
    return ([file for file, _ in labelled], [name for _, name in labelled]) if labelled else (here, None)


def _images(folder: Path) -> list[Path]:
    with reading(folder):
        return sorted(
            Path(entry.path)
            for entry in os.scandir(folder)
            if _visible(entry.name) and entry.name.lower().endswith(IMAGES) and entry.is_file()
        )


def _visible(name: str) -> bool:
    return not name.startswith((".", "__MACOSX"))  # macOS archives contain a hidden companion of every file


def _within(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()


def _broken(file: Path, err: Exception) -> DataError:
    if isinstance(err, PermissionError):
        return DataError(f"{file} may not be read", received="PermissionError", do="check its permissions")
    return DataError(
        f"{file} is not an image that can be read",
        expected="a complete image",
        received=f"{type(err).__name__}: {' '.join(str(err).split())}",
        do="repair it or take it out of the folder",
    )


def _look(file: Path) -> tuple[bool, bool]:
    """Return whether an image is grey, and whether it has 16 bits per pixel, from its header only."""
    from PIL import Image

    try:
        with _quiet(), Image.open(file) as image:
            if image.mode == "P":  # a palette, as in every GIF; greyscale if all its entries are grey
                palette = np.array(image.getpalette("RGB") or [0, 1, 2]).reshape(-1, 3)
                return bool((palette == palette[:, :1]).all()), False
            deep = image.mode == "F" or image.mode.startswith("I")
            return deep or image.mode in ("1", "L", "LA", "La"), deep
    except Exception as err:  # Pillow may raise any kind of error for a damaged file
        raise _broken(file, err) from err


def _pixels(file: Path, grey: bool, deep: bool, size: tuple[int, int] | None) -> np.ndarray:
    from PIL import Image, ImageOps

    try:
        with _quiet(), Image.open(file) as image:
            upright = ImageOps.exif_transpose(image)
            own = _grey_values(upright, file) if deep else None
            if own is None:
                upright = upright.convert("L" if grey else "RGB")
            elif size is None or upright.size == size[::-1]:
                return own
            else:  # Pillow resizes 16 bits as real numbers only
                upright = Image.fromarray(own.astype(np.float32))
            if size is not None and upright.size != size[::-1]:
                upright = upright.resize(size[::-1], Image.Resampling.LANCZOS)  # with antialiasing
            found = np.asarray(upright)
            return found if own is None else np.rint(found).clip(0, 65535).astype(np.uint16)
    except DataError:
        raise
    except Exception as err:  # as above
        raise _broken(file, err) from err


def _quiet() -> warnings.catch_warnings:
    """Keep Pillow's own warnings, such as that an image is large, to itself."""
    return warnings.catch_warnings(action="ignore")


def _grey_values(image: Image, file: Path) -> np.ndarray:
    """Return the values of a grey image as 16 bits; Pillow's own conversion would clip all values above 255."""
    if image.mode != "F" and not image.mode.startswith("I"):
        return np.asarray(image.convert("L")).astype(np.uint16) * np.uint16(257)
    values = np.asarray(image)
    if image.mode == "F" or values.min() < 0 or values.max() > 65535:
        raise DataError(
            f"{file} has pixels whose scale is not known",
            expected="8 or 16 bits per pixel",
            received=f"{values.dtype} from {values.min():g} to {values.max():g}",
            do="save it with 8 bits per pixel, or give the images as one array in a .npy file",
        )
    return values.astype(np.uint16)
