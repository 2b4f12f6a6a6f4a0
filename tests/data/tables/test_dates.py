"""Dates in frames: columns that hold them, an index of times, and their zones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

from hyotan.data.tables.dates import dates, index_times, index_zone, zone


def test_only_pandas_keeps_times_beside_a_frame() -> None:
    days = pd.date_range("2024-01-01", periods=2)
    np.testing.assert_array_equal(index_times(pd.DataFrame({"a": [1, 2]}, index=days)), days)
    assert index_times(pd.Series([1], index=days[:1].tz_localize("Asia/Tokyo"))) == np.datetime64("2023-12-31T15")
    for timeless in (
        pd.DataFrame({"a": days}),
        pl.DataFrame({"a": [1]}),
        pa.table({"a": [1]}),
        [days],
        np.ones(2),
        None,
    ):
        assert index_times(timeless) is None


def test_zones_of_columns_and_indices() -> None:
    days = pd.date_range("2024-01-01", periods=3, tz="Europe/Berlin")
    frame = pd.DataFrame({"t": days, "naive": days.tz_localize(None), "x": [1, 2, 3]})
    for table in (frame, pl.from_pandas(frame), pa.Table.from_pandas(frame)):
        assert dates(table) == ["t", "naive"]
        assert (zone(table, "t"), zone(table, "naive"), zone(table, "x")) == ("Europe/Berlin", None, None)
    assert index_zone(frame.set_index("t")) == "Europe/Berlin"
    assert index_zone(frame.set_index("naive")) is None
    assert index_zone(frame) is None
