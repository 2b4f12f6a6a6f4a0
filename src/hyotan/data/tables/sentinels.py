"""Numbers that stand for a missing cell, such as −9999: found by how they lie, and made missing if the user says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import narwhals
import narwhals.stable.v2 as nw
import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown
from hyotan.data.tables.frames import _wrapped, column_of, values_of

__all__ = ["sentinels_of", "settled"]

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


def settled(frame: Any, missing: Any = None, keep: Any = None, beside: Collection[str | None] = ()) -> tuple[Any, str]:
    """Return a frame with the numbers that stand for missing cells made missing, and what was done in words.

    Parameters
    ----------
    frame : pandas, polars or Arrow table
    missing : number or sequence of numbers, optional
        The numbers that stand for missing cells.
    keep : number or sequence of numbers, optional
        Numbers that look as if they did, and do not.
    beside : collection of str
        Columns that are not looked at, such as the label.

    Raises
    ------
    DataError
        If a column has other numbers that seem to stand for missing cells.
    ParameterError
        If ``missing`` or ``keep`` are not numbers, or have one in common.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({"p": [1013.2, -9999.0, 1012.8]})
    >>> found, words = settled(table, missing=-9999)
    >>> found["p"].to_pylist(), words
    ([1013.2, None, 1012.8], '1 cell of −9999 taken as missing')
    """
    gone, kept = _numbers(missing, "missing_values"), _numbers(keep, "keep_values")
    if both := set(gone) & set(kept):
        raise ParameterError(
            "missing_values and keep_values name the same number",
            expected="each number in one of them",
            received=shown(sorted(both)),
        )
    table_of = column_of(frame)
    numeric = {}
    for name, column in table_of.items():
        if name in beside:
            continue
        try:
            values = values_of(column)
        except DataError:  # nested values
            continue
        if values.dtype.kind in "iuf":
            numeric[name] = values
    count = 0
    if gone:
        hit = {name: np.isin(values, gone) for name, values in numeric.items()}
        hit = {name: where for name, where in hit.items() if where.any()}
        count = int(sum(where.sum() for where in hit.values()))
        frame = _blanked(frame, [*hit], gone)
        numeric = {
            name: np.where(hit[name], np.nan, values) if name in hit else values for name, values in numeric.items()
        }
    found = {name: [value for value in each if value not in kept] for name, each in sentinels_of(numeric).items()}
    if found := {name: each for name, each in found.items() if each}:
        value = _plain(next(iter(found.values()))[0])
        raise DataError(
            f"A number seems to stand for missing cells: {told(found)}",
            expected="measurements, and empty cells where there are none",
            received=f"a number that is far from all others, and occurs {_count(numeric, found):,} times",
            do=f"missing_values={value} takes it as missing, keep_values={value} keeps it as a measurement "
            f"(--missing-values {value}, --keep-values {value})",
        )
    texts = ", ".join(_text(value) for value in gone)
    return frame, f"{count:,} cell{'s' * (count != 1)} of {texts} taken as missing" if gone else ""


def _numbers(given: Any, name: str) -> list[float]:
    """Return what the user gave as numbers."""
    if given is None:
        return []
    each = [given] if isinstance(given, (str, int, float, np.number)) else list(given)
    try:
        if any(isinstance(value, (bool, np.bool_)) for value in each):
            raise ValueError
        return [float(value) for value in each]
    except (TypeError, ValueError):
        raise ParameterError(
            f"The {name!r} parameter is not valid", expected="a number, or several", received=shown(given)
        ) from None


def _blanked(frame: Any, names: Sequence[str], gone: Sequence[float]) -> Any:
    """Return a frame whose columns have no value where they had one of some numbers."""
    table = _wrapped(frame)
    own = [name for name in table.columns if str(name) in names]
    same = {name: [nw.col(name) == value for value in gone] for name in own}  # is_in wants one type in polars
    made = table.with_columns(
        nw.when(~nw.any_horizontal(*same[name], ignore_nulls=True)).then(nw.col(name)).alias(name) for name in own
    )
    return made if isinstance(frame, narwhals.DataFrame) else made.to_native()


def _count(columns: Mapping[str, np.ndarray], found: Mapping[str, list[float]]) -> int:
    return int(sum(np.isin(columns[name], values).sum() for name, values in found.items()))


def _plain(value: float) -> str:
    return f"{int(value)}" if value == int(value) and abs(value) < 1e15 else repr(value)


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
    return _plain(value).replace("-", "−")
