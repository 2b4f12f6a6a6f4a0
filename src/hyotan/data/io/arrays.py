"""Arrays from files that hold one or several by name, with labels and a test part from the same file."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hyotan.core.errors import DataError, unknown_name
from hyotan.core.files import free_memory as _free_memory
from hyotan.core.files import reading
from hyotan.data.io.builtin import Parts
from hyotan.data.io.opening import Opened
from hyotan.data.tables.frames import NUMBERS

__all__ = ["check_room", "checked", "named_arrays"]


def named_arrays(
    names: Sequence[str], get: Callable[[str], np.ndarray], opened: Opened, label: str | None, key: str | None
) -> Parts:
    """Return the arrays of a file that holds several by name: rows, labels and a test part.

    Parameters
    ----------
    names : sequence of str
        The names of the arrays in the file.
    get : callable
        Reads the array of a name.
    opened : Opened
        The file, for errors.
    label, key : str or None
        The names of the labels and of the rows, if they were given.

    Raises
    ------
    ParameterError
        If there is no array of a given name.
    DataError
        If it is not clear which array has the rows, or the arrays do not fit each other.

    Examples
    --------
    >>> arrays = {"X": np.zeros((2, 3)), "y": np.array([0, 1])}
    >>> named_arrays([*arrays], arrays.__getitem__, Opened("a.npz", "a.npz"), None, None).y
    array([0, 1])
    """
    main, others = _choose(list(names), opened, label, key)
    with reading(opened):
        X = get(main)
        y, X_test, y_test = (None if name is None else get(name) for name in others)
    X = checked(X, opened, main)
    y = _per_row(y, X, opened, others[0])
    if X_test is None:
        return Parts(X, y, None, None, f"from {opened}", "rows")
    X_test = checked(X_test, opened, others[1])
    if X_test.shape[1:] != X.shape[1:]:
        raise DataError(
            f"The test part in {opened} has another shape",
            expected=f"{others[1]} with rows of shape {X.shape[1:]} as in {main}",
            received=f"rows of shape {X_test.shape[1:]}",
            do="choose the arrays with key= and label=",
        )
    return Parts(X, y, X_test, _per_row(y_test, X_test, opened, others[2]), f"from {opened}", "rows")


def check_room(size: int, opened: Opened) -> None:
    """Raise if arrays of that many bytes, which may be compressed in the file, do not fit into the memory that is free.

    Examples
    --------
    >>> check_room(100, Opened("a.npz", "a.npz"))
    """
    free = _free_memory()
    if free is not None and size > free:
        raise DataError(
            f"{opened} does not fit in memory",
            expected=f"arrays of at most {free / 2**30:.1f} GiB, which are free",
            received=f"{size / 2**30:.1f} GiB when unpacked",
            do="load a part of it",
        )


def _choose(names: list[str], opened: Opened, label: str | None, key: str | None) -> tuple[str, list[str | None]]:
    """Return the name of the array that is X in a file, and the names of y, X_test and y_test (or None)."""

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
            f"{opened} holds several arrays, and none is called X, x_train or data"
            if names
            else f"{opened} holds no arrays of numbers",
            expected="X (and y), or x_train, y_train, x_test, y_test, or data, or a single array",
            received=", ".join(names[:20]) or "no arrays",
            do=f"name one with key=, such as key={names[0]!r}" if names else "",
        )
    labels = label or first("y_train" if main in ("x_train", "X_train") else "y")
    return main, [labels, first("x_test", "X_test"), first("y_test")]


def checked(array: np.ndarray, opened: Opened, name: str | None) -> np.ndarray:
    """Return the array in this machine's byte order, which JAX requires, or raise if it has no rows or no numbers.

    Examples
    --------
    >>> checked(np.array([1], ">i2"), Opened("a.npy", "a.npy"), None).dtype.isnative
    True
    """
    what = f"{name!r} in {opened}" if name else str(opened)
    if array.dtype.kind not in NUMBERS:
        raise DataError(f"{what} does not hold numbers", expected="integers or real numbers", received=str(array.dtype))
    if array.ndim == 0 or array.size == 0:
        raise DataError(f"{what} holds no rows", expected="at least one row", received=f"shape {array.shape}")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _per_row(labels: np.ndarray | None, X: np.ndarray, opened: Opened, name: str | None) -> np.ndarray | None:
    if labels is None:
        return None
    if labels.shape not in (X.shape[:1], (len(X), 1)):
        raise DataError(
            f"{name!r} in {opened} is not one label per row",
            expected=f"shape {X.shape[:1]}",
            received=f"shape {labels.shape}",
            do="choose the arrays with key= and label=",
        )
    return labels.reshape(len(X))
