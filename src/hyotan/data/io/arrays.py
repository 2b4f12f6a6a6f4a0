"""Arrays from .npy and .npz files, with labels and a test part from the same file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from hyotan.core.errors import DataError, unknown_name
from hyotan.core.files import reading
from hyotan.data.io.builtin import Parts
from hyotan.data.io.options import OF_ARRAYS, _refuse
from hyotan.data.tables.frames import NUMBERS


def _arrays(path: Path, given: dict[str, Any]) -> Parts:
    """Read a .npy or .npz file; NumPy detects the format from its first bytes."""
    with reading(path):
        raw = path.open("rb")  # NumPy itself would leave a broken file open
    with raw:
        with reading(path):
            file = np.load(raw, allow_pickle=False)
        if isinstance(file, np.ndarray):
            _refuse("a single array", given, *OF_ARRAYS)
            return Parts(_checked(file, path, ""), None, None, None, f"from {path}", "rows")
        _refuse("an .npz file", given, "label", "key", *OF_ARRAYS)
        _check_room(file, path)
        with file:
            main, others = _choose(list(file.files), path, given.get("label"), given.get("key"))
            with reading(path):
                X = file[main]
                y, X_test, y_test = (None if name is None else file[name] for name in others)
    X = _checked(X, path, main)
    y = _per_row(y, X, path, others[0])
    if X_test is None:
        return Parts(X, y, None, None, f"from {path}", "rows")
    X_test = _checked(X_test, path, others[1])
    if X_test.shape[1:] != X.shape[1:]:
        raise DataError(
            f"The test part in {path} has another shape",
            expected=f"{others[1]} with rows of shape {X.shape[1:]} as in {main}",
            received=f"rows of shape {X_test.shape[1:]}",
            do="choose the arrays with key= and label=",
        )
    return Parts(X, y, X_test, _per_row(y_test, X_test, path, others[2]), f"from {path}", "rows")


def _check_room(file: Any, path: Path) -> None:
    """Raise if the arrays of an .npz file, which may be compressed, do not fit into the memory that is free."""
    size = sum(info.file_size for info in file.zip.infolist())
    free = _free_memory()
    if free is not None and size > free:
        raise DataError(
            f"{path} does not fit in memory",
            expected=f"arrays of at most {free / 2**30:.1f} GiB, which are free",
            received=f"{size / 2**30:.1f} GiB when unpacked",
            do="load a part of it",
        )


def _free_memory() -> int | None:
    """Return the bytes that can still be had, what caches files among them; None if the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _choose(names: list[str], path: Path, label: str | None, key: str | None) -> tuple[str, list[str | None]]:
    """Return the name of the array that is X in an .npz file, and the names of y, X_test and y_test (or None)."""

    def first(*wanted: str) -> str | None:
        return next((name for name in wanted if name in names), None)

    for wanted in (key, label):
        if wanted is not None and wanted not in names:
            raise unknown_name("array", wanted, names)
    if key is not None:  # with a key, only that array is used
        return key, [label, None, None]
    main = first("X", "x", "x_train", "X_train", "data") or (names[0] if len(names) == 1 else None)
    if main is None:
        raise DataError(
            f"{path} holds several arrays, and none is called X, x_train or data" if names else f"{path} is empty",
            expected="X (and y), or x_train, y_train, x_test, y_test, or data, or a single array",
            received=", ".join(names[:20]) or "no arrays",
            do=f"name one with key=, such as key={names[0]!r}" if names else "",
        )
    labels = label or first("y_train" if main in ("x_train", "X_train") else "y")
    return main, [labels, first("x_test", "X_test"), first("y_test")]


def _checked(array: np.ndarray, path: Path, name: str | None) -> np.ndarray:
    """Return the array in this machine's byte order, which JAX requires, or raise if it has no rows or no numbers."""
    what = f"{name!r} in {path}" if name else str(path)
    if array.dtype.kind not in NUMBERS:
        raise DataError(f"{what} does not hold numbers", expected="integers or real numbers", received=str(array.dtype))
    if array.ndim == 0 or array.size == 0:
        raise DataError(f"{what} holds no rows", expected="at least one row", received=f"shape {array.shape}")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _per_row(labels: np.ndarray | None, X: np.ndarray, path: Path, name: str | None) -> np.ndarray | None:
    if labels is None:
        return None
    if labels.shape not in (X.shape[:1], (len(X), 1)):
        raise DataError(
            f"{name!r} in {path} is not one label per row",
            expected=f"shape {X.shape[:1]}",
            received=f"shape {labels.shape}",
            do="choose the arrays with key= and label=",
        )
    return labels.reshape(len(X))
