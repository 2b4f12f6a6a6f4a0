"""Columns of an Arrow table from lists of Python values, as workbooks and JSON give them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hyotan.core.errors import DataError
from hyotan.data.tables.cells import MISSING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["column", "distinct", "is_missing"]


def is_missing(value: Any) -> bool:
    """Return whether a value stands for a missing one: None, or a text such as ``N/A``.

    Examples
    --------
    >>> is_missing(None), is_missing(" N/A "), is_missing(0)
    (True, True, False)
    """
    return value is None or (isinstance(value, str) and value.strip().lower() in MISSING)


def column(values: Sequence[Any], what: str, *, whole: bool = False) -> pa.Array:
    """Return values as an Arrow array of the type they share.

    Whole numbers and other numbers together are floats. Text that stands for a missing value, such as ``N/A``, is
    missing among numbers, dates and true/false; numbers among other text become text. Dates with a time of day among
    them are times; times of day are text, durations seconds.

    Parameters
    ----------
    values : sequence
    what : str
        What errors call the column, such as ``column 'a' of x.json``.
    whole : bool
        Whether floats become whole numbers if all of them are whole, as in a workbook, which knows no others.

    Raises
    ------
    DataError
        If a value is a list or a dict.

    Examples
    --------
    >>> column([1, None, 2.5, "N/A"], "it").to_pylist(), column(["1", 2], "it").to_pylist()
    ([1.0, None, 2.5, None], ['1', '2'])
    >>> column([1.0, 3.0], "it", whole=True).type
    DataType(int64)
    """
    import pyarrow as pa

    for value in values:
        if isinstance(value, (list, dict)):
            raise DataError(
                f"{what} holds {'lists' if isinstance(value, list) else 'objects'} in its cells",
                expected="one number, truth value or text per cell",
                received=f"{str(value)[:60]}",
                do="write each of their values to a column of its own, as pandas.json_normalize does, or leave it out",
            )
    kinds = {type(value) for value in values} - {type(None)}
    if kinds and kinds - {str}:
        texts = str in kinds
        if texts and not all(is_missing(value) for value in values if isinstance(value, str)):
            return pa.array([_text(value) for value in values], pa.string())
        if texts:
            values = [None if isinstance(value, str) else value for value in values]
            kinds -= {str}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds and kinds <= {bool, int, float}:
        return _numbers(values, kinds, whole)
    if kinds == {dt.date}:
        return pa.array(values, pa.date32())
    if kinds and kinds <= {dt.date, dt.datetime}:
        return pa.array([_moment(value) for value in values], pa.timestamp("us"))
    if kinds == {dt.timedelta}:
        return pa.array([None if value is None else value.total_seconds() for value in values], pa.float64())
    if not kinds:
        return pa.nulls(len(values))
    return pa.array([_text(value) for value in values], pa.string())


def _numbers(values: Sequence[Any], kinds: set[type], whole: bool) -> pa.Array:
    import pyarrow as pa

    if float in kinds:
        known = [value for value in values if value is not None and value == value]
        if whole and known and all(float(value).is_integer() and abs(value) < 2**53 for value in known):
            return pa.array([None if v is None or v != v else int(v) for v in values], pa.int64())
        return pa.array([None if value is None else float(value) for value in values], pa.float64(), from_pandas=True)
    values = [None if value is None else int(value) for value in values]
    low, high = (limit(v for v in values if v is not None) for limit in (min, max))
    if low >= -(2**63) and high < 2**63:
        return pa.array(values, pa.int64())
    if low >= 0 and high < 2**64:
        return pa.array(values, pa.uint64())
    return pa.array([None if value is None else float(value) for value in values], pa.float64())


def _moment(value: Any) -> dt.datetime | None:
    if value is None or isinstance(value, dt.datetime):
        return value
    return dt.datetime.combine(value, dt.time())


def _text(value: Any) -> str | None:
    """Return a value as text; an empty text is missing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
    return str(value)


def distinct(names: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return names that are all different, and those that were changed.

    Examples
    --------
    >>> distinct(["x", "y", "x"])
    (['x', 'y', 'x_2'], ['x_2'])
    """
    found: list[str] = []
    changed = []
    for name in names:
        own, count = name, 1
        while own in found or (count > 1 and own in names):
            count += 1
            own = f"{name}_{count}"
        found.append(own)
        changed += [own] if own != name else []
    return found, changed
