"""Dates in frames: which columns hold them, the times in an index, and their zones."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from hyotan.data.series.times import zone_of
from hyotan.data.tables.frames import DATES, _wrapped

__all__ = ["dates", "index_times", "index_zone", "zone"]


def dates(frame: Any) -> list[str]:
    """Return the names of the columns of a frame that contain dates.

    Examples
    --------
    >>> import pyarrow as pa
    >>> dates(pa.table({"a": [1], "day": pa.array([0], pa.date32())}))
    ['day']
    """
    table = _wrapped(frame)
    return [str(name) for name in table.columns if table.get_column(name).dtype in DATES]


def index_times(X: Any) -> np.ndarray | None:
    """Return the times in the index of a pandas frame or series, or None if the index does not contain times.

    Parameters
    ----------
    X : object
        Any object; None is returned for objects without a pandas index.

    Returns
    -------
    ndarray or None
        Dates (in UTC if they have a time zone), the starts of periods, or durations.

    Examples
    --------
    >>> import pandas as pd
    >>> index_times(pd.Series([1, 2], index=pd.period_range("2024-01", periods=2, freq="M"))).astype("datetime64[D]")
    array(['2024-01-01', '2024-02-01'], dtype='datetime64[D]')
    >>> index_times(pd.Series([1, 2])), index_times([1, 2])
    (None, None)
    """
    index = getattr(nw.to_native(X, pass_through=True), "index", None)
    if not nw.dependencies.is_pandas_index(index):
        return None
    if hasattr(index, "to_timestamp"):
        index = index.to_timestamp()
    if getattr(index, "tz", None) is not None:
        index = index.tz_convert(None)
    return np.array(index) if index.dtype.kind in "mM" else None


def index_zone(X: Any) -> str | None:
    """Return the time zone of the times in the index of a pandas frame or series, or None if they have none."""
    index = getattr(nw.to_native(X, pass_through=True), "index", None)
    return zone_of(index) if nw.dependencies.is_pandas_index(index) and index.dtype.kind == "M" else None


def zone(frame: Any, name: str) -> str | None:
    """Return the time zone of a column of dates, or None if it has none, or does not exist.

    Examples
    --------
    >>> import pyarrow as pa
    >>> zone(pa.table({"t": pa.array([0], pa.timestamp("s", tz="Europe/Berlin"))}), "t")
    'Europe/Berlin'
    """
    table = _wrapped(frame)
    kind = next((table.get_column(own).dtype for own in table.columns if str(own) == str(name)), None)
    return kind.time_zone if isinstance(kind, nw.Datetime) else None
