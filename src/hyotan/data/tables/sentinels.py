"""Numbers that stand for a missing cell, such as −9999: found by how they lie, and made missing if the user says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from hyotan.core.numbers import number

__all__ = ["sentinels_of"]

# Nines, and the ends of the range of small integers, with which programs write that there is no value.
WRITTEN = {float(f"{sign}{'9' * digits}") for sign in ("", "-") for digits in range(2, 11)}
WRITTEN |= {-32768.0, 32767.0, -2147483648.0, 2147483647.0, -1e30, 1e30, -1e20, 1e20, 1e36, -1e36}
WRITTEN |= {value + part for value in (-99.0, -999.0, -9999.0) for part in (-0.9, -0.99, 0.01, 0.1)}  # -999.9, -99.99
REPEATED = 3  # a value that stands for a missing cell occurs at least as often
FAR = 3.0  # and lies as many ranges of the other values away from them


def sentinels_of(columns: Mapping[str, np.ndarray]) -> dict[str, list[float]]:
    """Return the values of each column that seem to stand for missing cells.

    Such a value is written as programs write it (−9999, 999, …), occurs at least three times, and lies beyond all
    others, at least three times their range away.

    Parameters
    ----------
    columns : mapping of str to ndarray
        Numbers; NaN is a missing cell.

    Returns
    -------
    dict of str to list of float
        Only columns that have some.

    Examples
    --------
    >>> pressure = np.array([1013.2, -9999.0, 1012.8, 1014.1, -9999.0, 1013.0, -9999.0])
    >>> sentinels_of({"p": pressure, "t": np.arange(7.0)})
    {'p': [-9999.0]}
    """
    found = {}
    for name, values in columns.items():
        values = np.asarray(values)
        if values.dtype.kind not in "iuf" or len(values) < 2 * REPEATED:
            continue
        ends = {float(np.nanmin(values)), float(np.nanmax(values))} if not np.isnan(values).all() else set()
        if not ends & WRITTEN:  # most columns are done here
            continue
        known, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        written = np.isin(known, list(WRITTEN)) & (counts >= REPEATED)
        others = known[~written]
        if len(others) < 2:
            continue
        low, high = others[0], others[-1]
        away = np.maximum(low - known, known - high)
        far = written & (away >= FAR * max(high - low, np.finfo(float).tiny))
        if far.any():
            found[name] = known[far].tolist()
    return found


def told(found: Mapping[str, list[float]]) -> str:
    """Return the values in words, for a message.

    Examples
    --------
    >>> told({"p": [-9999.0]})
    "−9999 in 'p'"
    """
    texts = [f"{_text(value)} in {name!r}" for name, values in found.items() for value in values]
    return ", ".join(texts[:5]) + (f" and {len(texts) - 5:,} more" if len(texts) > 5 else "")


def _text(value: float) -> str:
    return f"{int(value)}".replace("-", "−") if value == int(value) and abs(value) < 1e15 else number(value, 6)
