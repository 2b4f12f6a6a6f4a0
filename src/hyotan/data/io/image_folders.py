"""Folders of images: all images of a folder as one array, with the names of sub-folders as labels."""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown
from hyotan.core.files import reading

if TYPE_CHECKING:
    from PIL.Image import Image


__all__ = ["IMAGES", "read_folder"]


IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")


def read_folder(folder: Path, resize: tuple[int, int] | int | None = None) -> tuple[np.ndarray, np.ndarray | None]:
    """Read all images of a folder, in the order of their names.

    If all images are greyscale, the array has no colour axis, and 16-bit values keep their upper 8 bits. Otherwise all
    images become RGB. Transparency is dropped, the EXIF orientation is applied, and only the first frame of an
    animation or multi-page file is used. Hidden files and other kinds of files are ignored.

    Parameters
    ----------
    folder : Path
        A folder of images, or a folder with one level of sub-folders of images; the sub-folder names are the labels.
    resize : int or (int, int), optional
        Height and width to resize every image to; one number for both.

    Returns
    -------
    X : numpy.ndarray
        uint8, shape (images, height, width) or (images, height, width, 3).
    y : numpy.ndarray or None
        The name of the sub-folder of each image, if there are sub-folders.

    Raises
    ------
    DataError
        If there are no images, one is broken, their sizes differ, or some are in the folder and some in sub-folders.
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
    size = _height_width(resize)
    files, labels = _find(folder)
    grey = all(_is_grey(file) for file in files)
    X = np.empty(0)
    for index, file in enumerate(files):
        pixels = _pixels(file, grey, size)
        if index == 0:
            X = np.empty((len(files), *pixels.shape), dtype=np.uint8)
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


def _is_grey(file: Path) -> bool:
    """Return whether an image is greyscale, from its header only, without decoding its pixels."""
    from PIL import Image

    try:
        with Image.open(file) as image:
            if image.mode == "P":  # a palette, as in every GIF; greyscale if all its entries are grey
                palette = np.array(image.getpalette("RGB") or [0, 1, 2]).reshape(-1, 3)
                return bool((palette == palette[:, :1]).all())
            return image.mode in ("1", "L", "LA", "La", "F") or image.mode.startswith("I")
    except Exception as err:  # Pillow may raise any kind of error for a damaged file
        raise _broken(file, err) from err


def _pixels(file: Path, grey: bool, size: tuple[int, int] | None) -> np.ndarray:
    from PIL import Image, ImageOps

    try:
        with Image.open(file) as image:
            upright = ImageOps.exif_transpose(image)
            upright = _eight_bits(upright, file).convert("L" if grey else "RGB")
            if size is not None and upright.size != size[::-1]:
                upright = upright.resize(size[::-1], Image.Resampling.LANCZOS)  # with antialiasing
            return np.asarray(upright)
    except DataError:
        raise
    except Exception as err:  # as above
        raise _broken(file, err) from err


def _eight_bits(image: Image, file: Path) -> Image:
    """Convert 16-bit greyscale to 8 bits; Pillow's own conversion would clip all values above 255 to white."""
    from PIL import Image as pillow

    if image.mode != "F" and not image.mode.startswith("I"):
        return image
    values = np.asarray(image)
    if image.mode == "F" or values.min() < 0 or values.max() > 65535:
        raise DataError(
            f"{file} has pixels whose scale is not known",
            expected="8 or 16 bits per pixel",
            received=f"{values.dtype} from {values.min():g} to {values.max():g}",
            do="save it with 8 bits per pixel, or give the images as one array in a .npy file",
        )
    return pillow.fromarray((values >> 8).astype(np.uint8))
