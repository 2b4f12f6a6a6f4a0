"""IDX files: the format of MNIST and similar data sets, with labels in a separate file.

The header has two zero bytes, one byte for the number type, one byte for the number of dimensions, and four bytes for
the size of each dimension. The numbers follow. Everything is big-endian.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from hyotan.core.errors import DataError
from hyotan.core.files import reading
from hyotan.data.io.opening import PACKINGS, Opened, opened_from, unpacked_name

__all__ = ["ENDINGS", "is_idx", "load_idx", "read_idx"]

ENDINGS = ("-ubyte", ".idx")  # with the number of dimensions in them, too: is_idx
KINDS = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def is_idx(path: Path) -> bool:
    """Return whether a file has a name that is usual for IDX files, packed or not.

    Parameters
    ----------
    path : Path

    Returns
    -------
    bool

    Examples
    --------
    >>> [is_idx(Path(name)) for name in ("t10k-labels-idx1-ubyte.gz", "a.idx", "a.idx3-ubyte", "a.npy")]
    [True, True, True, False]
    """
    return re.search(r"(-ubyte|\.idx|[.-]idx\d(-\w+)?)$", unpacked_name(path.name.lower())) is not None


def read_idx(path: Path | Opened) -> np.ndarray:
    """Read one IDX file, which may be packed.

    Parameters
    ----------
    path : Path

    Returns
    -------
    numpy.ndarray
        With the shape and number type given in the header, in this machine's byte order.

    Raises
    ------
    DataError
        If it cannot be read, is not an IDX file, or has another length than its header says.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.idx")
    >>> _ = path.write_bytes(bytes([0, 0, 0x0B, 1, 0, 0, 0, 2, 0, 5, 1, 0]))
    >>> read_idx(path)
    array([  5, 256], dtype=int16)
    """
    path = opened_from(path)
    with reading(path):
        raw = path.read()
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in KINDS or raw[3] == 0:
        raise DataError(
            f"{path} is not an IDX file",
            expected="two zero bytes, then the kind of number and how many dimensions",
            received=f"it starts with {raw[:4].hex(' ')}" if raw else "no bytes",
        )
    kind, start = np.dtype(KINDS[raw[2]]), 4 + 4 * raw[3]
    shape = tuple(int.from_bytes(raw[at : at + 4], "big") for at in range(4, start, 4))
    size = start + kind.itemsize
    for length in shape:  # Python integers do not overflow, even with an invalid header
        size = start + (size - start) * length
    if len(raw) < start or len(raw) != size:
        raise DataError(
            f"{path} is {'truncated' if len(raw) < max(size, start) else 'longer than its header says'}",
            expected=f"{size:,} bytes for shape {shape}" if len(raw) >= start else f"a header of {start} bytes",
            received=f"{len(raw):,} bytes",
            do="download or copy it again",
        )
    return np.frombuffer(raw, kind, offset=start).reshape(shape).astype(kind.newbyteorder("="))


def load_idx(path: Path | Opened) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None, np.ndarray | None]:
    """Read an IDX file, and the files in the same folder that belong to it by name.

    With ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte`` and the test files ``t10k-...`` (or ``test-...``) are
    read if they exist; with other ``images`` files, their ``labels``. Each file may be packed.

    Parameters
    ----------
    path : Path

    Returns
    -------
    X, y, X_test, y_test : numpy.ndarray
        All except X may be None.

    Raises
    ------
    DataError
        If one of them cannot be read, or there is not one label per row.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.idx")
    >>> _ = path.write_bytes(bytes([0, 0, 8, 1, 0, 0, 0, 1, 7]))
    >>> load_idx(path)
    (array([7], dtype=uint8), None, None, None)
    """
    X, y = _with_labels(path)
    own = path.path if isinstance(path, Opened) else path
    if own is not None and "train-images" in own.name:
        for word in ("t10k", "test"):
            test = _beside(own, own.name.replace("train-images", f"{word}-images"))
            if test is not None:
                return X, y, *_with_labels(test)
    return X, y, None, None


def _with_labels(path: Path | Opened) -> tuple[np.ndarray, np.ndarray | None]:
    X = read_idx(path)
    beside = None
    own = path.path if isinstance(path, Opened) else path
    if own is not None and "images" in own.name:
        beside = _beside(own, re.sub(r"idx\d", "idx1", own.name.replace("images", "labels")))
    if beside is None:
        return X, None
    y = read_idx(beside)
    if y.shape != X.shape[:1]:
        raise DataError(
            f"{beside} does not hold one label for each row of {path}",
            expected=f"shape {X.shape[:1]}",
            received=f"shape {y.shape}",
            do="put files of the same set side by side",
        )
    return X, y


def _beside(path: Path, name: str) -> Path | None:
    bare = unpacked_name(name)
    return next((found for end in ("", *PACKINGS) if (found := path.with_name(f"{bare}{end}")).is_file()), None)
