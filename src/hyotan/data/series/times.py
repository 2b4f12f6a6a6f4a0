"""Times of the steps of a series: reading, checking and writing them.

A time is a date, a number or text such as 2014-07-01 13:30:00, 2014-07 or 2014 Q3. Times must increase strictly.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timezone
from numbers import Real
from typing import Any

import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown

__all__ = ["EPOCH", "calendar", "check_rising", "epoch_unit", "iso", "local_to_utc", "read_times", "zone_of"]


EPOCH = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}  # counted from 1970, as Unix and databases do
YEARS = (315_532_800, 4_102_444_800)  # seconds from 1970 to 1980 and to 2100
MONTH = re.compile(r"(\d{4})[-/](\d{1,2})")
QUARTER = re.compile(r"(\d{4})[ -]?Q([1-4])", re.IGNORECASE)
SLASHES = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})")


def read_times(values: Any, count: int) -> np.ndarray:
    """Return times as an array of dates or numbers, or raise if they cannot be read.

    Parameters
    ----------
    values : array-like of shape (count,)
        NumPy or pandas dates, ``datetime`` objects, text or numbers. Text is a date and time in the order year, month,
        day, a month (2014-07) or a quarter (2014 Q3). Dates with a time zone are converted to UTC.
    count : int
        The required number of times.

    Returns
    -------
    ndarray of shape (count,)
        datetime64, timedelta64, int64 or float64.

    Raises
    ------
    DataError
        If the number of times is wrong, or a value is missing or not a time.

    Examples
    --------
    >>> read_times(["2014-07-01 00:00", "2014-07-01 00:30"], 2)
    array(['2014-07-01T00:00:00', '2014-07-01T00:30:00'], dtype='datetime64[s]')
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.getmaskarray(values).any():
        masked = np.flatnonzero(np.ma.getmaskarray(values))
        raise _missing(int(masked[0]), len(masked))
    times = np.asarray(values)
    if times.shape != (count,):
        raise DataError(
            "There is not one time for each step",
            expected=f"{count:,} times",
            received=f"{len(times):,} times" if times.ndim == 1 else f"shape {times.shape}",
        )
    if times.dtype.kind in "OSUT":
        times = _parsed(times.tolist())
    if times.dtype.kind in "iu":
        times = times.astype(np.int64)
    if times.dtype.kind not in "Mmif":
        raise DataError("The times are not times", expected="dates, ISO text or numbers", received=f"{times.dtype}")
    missing = np.flatnonzero(~np.isfinite(times))
    if len(missing):
        raise _missing(int(missing[0]), len(missing))
    return times


def _missing(first: int, count: int) -> DataError:
    return DataError(
        "Times are missing",
        expected="a time for every step",
        received=f"no time at step {first}" + (f" and at {count - 1:,} more" if count > 1 else ""),
        do="fill the times in, or drop these rows",
    )


def _parsed(values: list[Any]) -> np.ndarray:
    """Return Python objects and text as an array of dates (in UTC if they have a time zone) or of numbers."""
    missing = [i for i, v in enumerate(values) if v is None or v != v or (isinstance(v, str) and not v.strip())]
    if missing:
        raise _missing(missing[0], len(missing))
    if all(isinstance(value, Real) and not isinstance(value, bool) for value in values):
        return np.array([float(value) for value in values])
    moments = [_moment(value, step) for step, value in enumerate(values)]
    zoned = [moment.tzinfo is not None for moment in moments]
    if any(zoned) and not all(zoned):
        other = zoned.index(not zoned[0])
        raise DataError(
            "Some times have a time zone and some have none",
            expected="all with one, or all without",
            received=f"{values[0]!s} at step 0, {values[other]!s} at step {other}",
        )
    if any(zoned):
        moments = [moment.astimezone(timezone.utc).replace(tzinfo=None) for moment in moments]
    unit = "us" if any(moment.microsecond for moment in moments) else "s"
    return np.array(moments, dtype=f"datetime64[{unit}]")


def _moment(value: Any, step: int) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    try:
        text = value.strip()
        if found := MONTH.fullmatch(text):
            return datetime(int(found[1]), int(found[2]), 1)
        if found := QUARTER.fullmatch(text):
            return datetime(int(found[1]), 3 * int(found[2]) - 2, 1)
        if found := SLASHES.match(text):
            text = f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}{text[found.end() :]}"
        return datetime.fromisoformat(text)
    except (ValueError, AttributeError) as err:
        raise DataError(
            f"The time at step {step} cannot be read",
            expected="text such as 2014-07-01 13:30:00, 2014-07 or 2014 Q3, a date or a number",
            received=shown(value),
            do="write the times so, or turn them into dates first, such as with pandas.to_datetime",
        ) from err


def calendar(times: np.ndarray) -> np.ndarray | None:
    """Return whole numbers such as 20240131 or 202401 as dates, or None if they are other numbers.

    Examples
    --------
    >>> calendar(np.array([20240131, 20240201]))
    array(['2024-01-31', '2024-02-01'], dtype='datetime64[D]')
    >>> calendar(np.array([20240131, 20240132])) is None
    True
    """
    if times.dtype.kind not in "iu" or not len(times):
        return None
    low, high = int(times.min()), int(times.max())
    if 19000101 <= low and high <= 21001231:
        years, months, days = times // 10000, times // 100 % 100, times % 100
    elif 190001 <= low and high <= 210012:
        years, months, days = times // 100, times % 100, np.ones_like(times)
    else:
        return None
    if months.min() < 1 or months.max() > 12:
        return None
    starts = (years - 1970).astype("timedelta64[Y]").astype("timedelta64[M]") + (months - 1).astype("timedelta64[M]")
    starts = starts + np.datetime64("1970-01", "M")
    if low < 19000101:
        return starts
    dates = starts.astype("datetime64[D]") + (days - 1).astype("timedelta64[D]")
    return dates if days.min() >= 1 and (dates.astype("datetime64[M]") == starts).all() else None


def epoch_unit(times: np.ndarray) -> str | None:
    """Return the unit of numbers that count from 1970 (seconds to nanoseconds), or None if they are other numbers.

    Numbers are taken for such counts if all of them lie between the years 1980 and 2100.

    Examples
    --------
    >>> epoch_unit(np.array([1711324800000, 1711325400000])), epoch_unit(np.array([1, 2])) is None
    ('ms', True)
    """
    if times.dtype.kind not in "iuf" or not len(times):
        return None
    low, high = float(times.min()), float(times.max())
    found = (unit for unit, second in EPOCH.items() if YEARS[0] * second <= low and high < YEARS[1] * second)
    return next(found, None)


def zone_of(values: Any) -> str | None:
    """Return the name of the time zone of times, "UTC" if they have several, or None if they have none.

    Examples
    --------
    >>> zone_of(["2024-01-01T00:00+02:00", "2024-01-01T01:00+02:00"]), zone_of(["2024-01-01"]) is None
    ('+02:00', True)
    """
    own = getattr(getattr(values, "dtype", None), "tz", None) or getattr(values, "tz", None)
    if own is not None:  # of pandas
        return str(own) if _is_zone(str(own)) else "UTC"
    found = np.asarray(values)
    if found.dtype.kind not in "OSUT" or not found.size:
        return None
    names = set()
    for value in found.ravel().tolist():
        if isinstance(value, str):
            text = re.search(r"\d{2}(?::?\d{2})?(?:[:.,\d]*)\s*(Z|[+-]\d{2}:?(?:\d{2})?)$", value.strip()[10:])
            names.add(None if text is None else "UTC" if text[1] == "Z" else _offset(text[1]))
        elif isinstance(value, datetime) and value.tzinfo is not None:
            name = getattr(value.tzinfo, "key", None) or str(value.tzinfo)
            names.add(name if _is_zone(name) else "UTC")
        else:
            names.add(None)
    return None if names == {None} else names.pop() or "UTC" if len(names) == 1 else "UTC"


def _offset(text: str) -> str:
    digits = text[1:].replace(":", "").ljust(4, "0")
    return f"{text[0]}{digits[:2]}:{digits[2:]}"


def _is_zone(name: str) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.local_timestamp(pa.array([0], pa.timestamp("s", tz=name)))
    except (pa.ArrowException, ValueError):
        return False
    return True


def local_to_utc(times: np.ndarray, zone: str) -> np.ndarray:
    """Return local times as UTC.

    An hour that occurs twice, when clocks are set back, is told apart by the order of the times: a time that does not
    come after the one before it belongs to the second occurrence.

    Parameters
    ----------
    times : ndarray of shape (steps,)
        datetime64, without a zone, in the order of time.
    zone : str
        Such as "Europe/Berlin", "UTC" or "+02:00".

    Raises
    ------
    ParameterError
        If there is no such zone, or the times are not dates.
    DataError
        If a time does not exist, because clocks were set forward.

    Examples
    --------
    >>> night = np.array(["2024-10-27T02:30", "2024-10-27T02:30", "2024-10-27T03:30"], "datetime64[s]")
    >>> local_to_utc(night, "Europe/Berlin").astype("datetime64[m]").astype(str).tolist()
    ['2024-10-27T00:30', '2024-10-27T01:30', '2024-10-27T02:30']
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if times.dtype.kind != "M":
        raise ParameterError(
            "The 'time_zone' parameter has no meaning for these times",
            expected="dates and times without a zone",
            received=f"times of type {times.dtype}",
            do="leave time_zone= out",
        )
    if not isinstance(zone, str) or not _is_zone(zone):
        raise ParameterError(
            f"There is no time zone {shown(zone)}",
            expected="a name such as 'Europe/Berlin' or 'UTC', or an offset such as '+02:00'",
            received=shown(zone),
        )
    unit = "ns" if np.datetime_data(times.dtype)[0] in ("ns", "ps", "fs", "as") else "us"
    local = pa.array(times.astype(f"datetime64[{unit}]"))
    try:
        early, late = (
            np.asarray(pc.assume_timezone(local, zone, ambiguous=which).cast(pa.int64()))
            for which in ("earliest", "latest")
        )
    except pa.ArrowInvalid as err:
        raise DataError(
            f"Some times do not exist in {zone}",
            expected="times that a clock there shows",
            received=" ".join(str(err).split())[:120],
            do="give the zone that the logger's clock kept, such as time_zone='UTC' or an offset, time_zone='+01:00'",
        ) from err
    found = early.copy()
    for step in np.flatnonzero(early != late):  # the few times in an hour that occurs twice
        if step and early[step] <= found[step - 1]:
            found[step] = late[step]
    return found.view(f"datetime64[{unit}]")


def check_rising(times: np.ndarray, of: str = "") -> None:
    """Raise unless each time is later than the previous one, because times are not sorted or dropped silently.

    Parameters
    ----------
    times : ndarray of shape (steps,)
    of : str
        What the times belong to, for the message, such as "of the id 'a'".

    Raises
    ------
    DataError
        With the first place in wrong order and its two times.

    Examples
    --------
    >>> check_rising(np.array([1, 2, 2]))
    Traceback (most recent call last):
    ...
    hyotan.core.errors.DataError: The time 2 stands twice · expected: every time once · received: steps 1 and 2 · ...
    """
    wrong = np.flatnonzero(times[1:] <= times[:-1]) + 1
    if not len(wrong):
        return
    step, of = int(wrong[0]), f" {of}" if of else ""
    before, after = iso(times[step - 1 : step + 1])
    more = f", and {len(wrong) - 1:,} more such places" if len(wrong) > 1 else ""
    clock = _clock_set_back(times, wrong)
    if times[step] == times[step - 1]:
        raise DataError(
            f"The time {after}{of} stands twice",
            expected="every time once",
            received=f"steps {step - 1} and {step}{more}",
            do=clock or "duplicates='first' keeps the first row of each time, duplicates='mean' their mean",
        )
    raise DataError(
        f"The times{of} go back at step {step}",
        expected="rows in the order of their times",
        received=f"{before} at step {step - 1}, then {after} at step {step}{more}",
        do=clock
        or "sort=True sorts the rows by time; if they are of several series, name the column that says which with id=",
    )


def _clock_set_back(times: np.ndarray, wrong: np.ndarray) -> str:
    """Return what to do if all times in wrong order lie in hours that clocks show twice, else an empty text."""
    if times.dtype.kind != "M" or len(wrong) > 2 * len(np.unique(times.astype("datetime64[Y]"))):
        return ""
    back = (times[wrong - 1] - times[wrong]) / np.timedelta64(1, "h")
    month = times[wrong].astype("datetime64[M]").astype(np.int64) % 12 + 1
    hour = (times[wrong].astype("datetime64[h]").astype(np.int64)) % 24
    if (back < 1).all() and np.isin(month, (3, 4, 9, 10, 11)).all() and (hour <= 3).all():
        return (
            "if this is the hour that clocks show twice in autumn, no row is too many: name the zone of the times with "
            "time_zone=, such as time_zone='Europe/Berlin'"
        )
    return ""


def iso(times: np.ndarray, zone: str | None = None) -> np.ndarray:
    """Return dates as ISO text, durations in seconds, and numbers unchanged.

    Parameters
    ----------
    times : ndarray of shape (steps,)
    zone : str, optional
        The zone of dates that are in UTC: they are written as local times with their offset.

    Returns
    -------
    ndarray of shape (steps,)

    Examples
    --------
    >>> iso(np.array(["2014-07-01T00:30"], dtype="datetime64[ns]")).tolist()
    ['2014-07-01T00:30:00']
    >>> iso(np.array(["2014-07-01T00:30"], dtype="datetime64[s]"), "Europe/Berlin").tolist()
    ['2014-07-01T02:30:00+02:00']
    """
    if times.dtype.kind == "m":
        return times / np.timedelta64(1, "s")
    if times.dtype.kind != "M":
        return times
    if zone is not None:
        return _zoned(times, zone)
    for unit in ("D", "s"):
        coarse = times.astype(f"datetime64[{unit}]")
        if (coarse == times).all():
            return np.datetime_as_string(coarse)
    return np.datetime_as_string(times)


def _zoned(times: np.ndarray, zone: str) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    unit = np.datetime_data(times.dtype)[0]
    unit = unit if unit in EPOCH else "s"
    utc = times.astype(f"datetime64[{unit}]")
    local = np.asarray(pc.local_timestamp(pa.array(utc).cast(pa.timestamp(unit, tz=zone)))).astype(utc.dtype)
    minutes = ((local - utc) // np.timedelta64(1, "m")).astype(int)
    coarse = local.astype("datetime64[s]")
    texts = np.datetime_as_string(coarse if (coarse == local).all() else local)
    sizes = np.abs(minutes)
    offsets = {size: f"{size // 60:02}:{size % 60:02}" for size in np.unique(sizes).tolist()}
    signs = np.where(minutes < 0, "-", "+")
    return np.char.add(np.char.add(texts, signs), np.array([offsets[size] for size in sizes.tolist()], dtype="U5"))
