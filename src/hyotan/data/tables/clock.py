"""A date and a time of day in two columns are one time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


def joined(table: pa.Table) -> tuple[pa.Table, str]:
    """Return a table whose only column of dates and only column of times of day are one, and what was done in words.

    The times stand under the name, and in the place, of the dates.

    Parameters
    ----------
    table : pyarrow.Table

    Examples
    --------
    >>> import datetime
    >>> import pyarrow as pa
    >>> table = pa.table({"Date": [datetime.date(2024, 3, 25)], "Time": [datetime.time(0, 10)], "x": [1]})
    >>> table, words = joined(table)
    >>> table.column_names, table["Date"].to_pylist()[0].isoformat(), words
    (['Date', 'x'], '2024-03-25T00:10:00', "'Time' joined to 'Date'")
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = table.schema.types
    clocks = [place for place, kind in enumerate(kinds) if pa.types.is_time(kind)]
    days = [place for place, kind in enumerate(kinds) if _is_day(kind, table.column(place))]
    if len(clocks) != 1 or len(days) != 1:
        return table, ""
    (clock,), (day,) = clocks, days
    dates = table.column(day)
    zone = dates.type.tz if pa.types.is_timestamp(dates.type) else None
    micros = pc.cast(pc.cast(table.column(clock), pa.time64("us")), pa.int64())
    starts = pc.cast(pc.cast(dates, pa.timestamp("us", tz=zone)), pa.int64())
    times = pc.cast(pc.add(starts, micros), pa.timestamp("us", tz=zone))
    names = table.column_names
    table = table.set_column(day, names[day], times).remove_column(clock)
    return table, f"{names[clock]!r} joined to {names[day]!r}"


def _is_day(kind: pa.DataType, column: pa.ChunkedArray) -> bool:
    """Return whether a column holds dates without a time of day."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_date(kind):
        return True
    if not pa.types.is_timestamp(kind) or column.null_count == len(column):
        return False
    ticks = {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}[kind.unit]
    numbers = pc.cast(column, pa.int64())
    whole = pc.equal(pc.multiply(pc.divide(numbers, ticks), ticks), numbers)
    return bool(pc.all(whole).as_py())
