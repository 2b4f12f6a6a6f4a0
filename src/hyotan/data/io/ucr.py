"""The .tsv files of the UCR archive: one series per line, its label first, no line of names."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from hyotan.core.errors import DataError
from hyotan.data.io.opening import unpacked_name
from hyotan.data.io.table_files import read_table
from hyotan.data.io.ts import part_beside, stacked
from hyotan.data.series.ragged import lengths_of, unpadded
from hyotan.data.tables.frames import numeric
from hyotan.data.tables.roles import looks_like_labels

__all__ = ["is_ucr", "load_ucr"]

STEPS = 12  # fewer columns of numbers than this are a table


def is_ucr(path: Path, table: Any) -> bool:
    """Return whether a table without names has a series in each row, after its label.

    Examples
    --------
    >>> import pyarrow as pa
    >>> is_ucr(Path("a_TRAIN.tsv"), pa.table({"a": [1, 2]}))
    False
    """
    names = table.column_names
    if names != [f"f{index}" for index in range(len(names))] or len(names) < 3:
        return False
    part = re.search(r"_(train|test)(\.\w+)+$", path.name, flags=re.IGNORECASE)
    if not part and (Path(unpacked_name(path.name)).suffix.lower() != ".tsv" or len(names) <= STEPS):
        return False
    try:
        values = numeric(table)
    except DataError:
        return False
    known, first = values[:, 1:][~np.isnan(values[:, 1:])], values[:, 0]
    labels = not np.isnan(first).any() and (first == np.rint(first)).all() if part else looks_like_labels(first)
    return bool(labels and (known != np.rint(known)).any())


def load_ucr(path: Path, table: Any) -> tuple[Any, np.ndarray, Any | None, np.ndarray | None]:
    r"""Return series and labels; for ``name_TRAIN.tsv``, ``name_TEST.tsv`` in the same folder is the test part.

    Returns
    -------
    X : ndarray of shape (n, steps, 1), or list of ndarray (steps, 1)
        A list if the series of both parts together do not all have the same length.
    y : ndarray of int
    X_test, y_test
        The same for the test part, or None.

    Raises
    ------
    DataError
        If the test part cannot be read, or has something other than numbers.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for part in ("TRAIN", "TEST"):
    ...     _ = (folder / f"a_{part}.tsv").write_text("1\t0.5\t0.25\t1.5\n2\t1.5\t0.75\t2.5\n")
    >>> path = folder / "a_TRAIN.tsv"
    >>> X, y, X_test, y_test = load_ucr(path, read_table(path)[0])
    >>> X.shape, y.tolist(), X_test.shape
    ((2, 3, 1), [1, 2], (2, 3, 1))
    """
    X, y = _split(table)
    beside = part_beside(path)
    if beside is None:
        return stacked([X])[0], y, None, None
    X_test, y_test = _split(read_table(beside)[0])
    X, X_test = stacked([X, X_test])
    return X, y, X_test, y_test


def _split(table: Any) -> tuple[list[np.ndarray], np.ndarray]:
    values = numeric(table)
    series = values[:, 1:, np.newaxis]
    return unpadded(series, lengths_of(series)), values[:, 0].astype(int)
