"""Columns that tell nothing: those without a value, and those with the same one in every row."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from hyotan.core.errors import DataError
from hyotan.data.tables.frames import column_of, values_of

__all__ = ["untold"]


def untold(frame: Any, beside: Collection[str | None] = ()) -> tuple[list[str], list[str]]:
    """Return the names of columns that tell nothing, and what is to be said about them.

    Parameters
    ----------
    frame : pandas, polars or Arrow table
    beside : collection of str
        Columns that are not looked at, such as the label.

    Returns
    -------
    names : list of str
        Empty if no other column would be left.
    words : list of str

    Examples
    --------
    >>> import pyarrow as pa
    >>> untold(pa.table({"a": [1.0, 2.0, 3.0], "b": [5, 5, 5], "c": pa.nulls(3)}))
    (['b', 'c'], ["'c' left out: no values", "'b' left out: the same value in every row"])
    """
    empty, constant, others = [], [], 0
    for name, column in column_of(frame).items():
        if name in beside:
            continue
        try:
            values = values_of(column)
        except DataError:  # nested values
            others += 1
            continue
        known = _known(values)
        if not known.any():
            empty.append(name)
        elif len(values) > 2 and known.all() and (values == values[0]).all():
            constant.append(name)
        else:
            others += 1
    if not others:
        return [], []
    kinds = ((empty, "no values"), (constant, "the same value in every row"))
    words = [f"{', '.join(map(repr, names[:5]))}{_more(names)} left out: {why}" for names, why in kinds if names]
    return sorted([*empty, *constant]), words


def _known(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "U":
        return np.asarray(values != "")
    if values.dtype.kind == "O":
        return np.array([value is not None for value in values.tolist()])
    return np.asarray(~np.isnat(values) if values.dtype.kind in "mM" else values == values)


def _more(names: list[str]) -> str:
    return f" and {len(names) - 5:,} more" if len(names) > 5 else ""
