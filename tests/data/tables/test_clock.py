"""Dates and times of day in two columns."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from hyotan.data.tables.clock import joined

DAYS = [dt.date(2024, 3, 25), dt.date(2024, 3, 26), None]
TIMES = [dt.time(0, 10), dt.time(23, 59, 30), dt.time(1)]
WHOLE = [dt.datetime(2024, 3, 25, 0, 10), dt.datetime(2024, 3, 26, 23, 59, 30), None]


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("ms")], ids=str)
@pytest.mark.parametrize("clock", [pa.time32("s"), pa.time64("us")], ids=str)
def test_two_columns_are_one_time(kind, clock):
    table = pa.table({"t": pa.array(TIMES, clock), "x": [1, 2, 3], "d": pa.array(DAYS).cast(kind)})
    found, words = joined(table)
    assert found.column_names == ["x", "d"] and found["d"].to_pylist() == WHOLE and "'t' joined to 'd'" in words


def test_nothing_to_join():
    for table in (
        pa.table({"d": DAYS, "x": [1, 2, 3]}),
        pa.table({"t": TIMES, "x": [1, 2, 3]}),
        pa.table({"d": DAYS, "e": DAYS, "t": TIMES}),
        pa.table({"d": pa.array(WHOLE, pa.timestamp("s")), "t": TIMES}),
    ):
        assert joined(table) == (table, "")
