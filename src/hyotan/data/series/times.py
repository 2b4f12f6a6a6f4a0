"""Times of the steps of a series: reading and checking them, and finding and filling gaps.

A time is a date, a number or ISO text. Times must increase strictly. A gap is a place where the difference between
two times is not the most common one.
"""

from __future__ import annotations

from datetime import date, datetime, time, timezone
from numbers import Real
from typing import Any

import numpy as np

from hyotan.core.errors import DataError, shown

__all__ = ["check_rising", "every", "fill", "gaps_in", "iso", "read_times"]


CLOSE = 0.01  # tolerance of time differences, as a share of a step
LONGEST = 10  # maximum ratio of the lengths of a series with and without missing times filled in
DAY = np.timedelta64(1, "D")


def read_times(values: Any, count: int) -> np.ndarray:
    """Return times as an array of dates or numbers, or raise if they cannot be read.

    Parameters
    ----------
    values : array-like of shape (count,)
        NumPy or pandas dates, ``datetime`` objects, ISO text or numbers. Dates with a time zone are converted to UTC.
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
        return datetime.fromisoformat(value.strip())
    except (ValueError, AttributeError) as err:
        raise DataError(
            f"The time at step {step} cannot be read",
            expected="ISO text such as 2014-07-01 13:30:00, a date or a number",
            received=shown(value),
            do="write the times so, or turn them into dates first, such as with pandas.to_datetime",
        ) from err


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
    if times[step] == times[step - 1]:
        raise DataError(
            f"The time {after}{of} stands twice",
            expected="every time once",
            received=f"steps {step - 1} and {step}{more}",
            do="keep one row of each time, such as frame.drop_duplicates(subset=TIME)",
        )
    raise DataError(
        f"The times{of} go back at step {step}",
        expected="rows in the order of their times",
        received=f"{before} at step {step - 1}, then {after} at step {step}{more}",
        do="sort the rows by time first, such as frame.sort_values(TIME)",
    )


def gaps_in(times: np.ndarray) -> np.ndarray:
    """Return the steps that follow a gap: a time difference that deviates by more than 1 % from the most common one.

    The unequal lengths of months are not gaps: times that are all at the same offset from the beginning of a month, or
    from its end, are compared in months.

    Parameters
    ----------
    times : ndarray of shape (steps,)
        Strictly increasing.

    Returns
    -------
    ndarray of int

    Examples
    --------
    >>> gaps_in(np.array([0, 10, 20, 50, 60]))
    array([3])
    """
    differences = np.diff(_even(times)[0])
    return np.flatnonzero(np.abs(differences - _commonest(differences)) > CLOSE * _commonest(differences)) + 1


def _even(times: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Return times as numbers whose differences can be compared, and the offsets in the month (None unless monthly).

    Monthly times become numbers of months, so that months of unequal length are evenly spaced.
    """
    if times.dtype.kind != "M":
        return (times if times.dtype.kind != "m" else times.astype(np.int64)), None
    if len(times) > 2 and np.datetime_data(times.dtype)[0] not in "YM" and (np.diff(times) >= 28 * DAY).all():
        for shift in (0 * DAY, DAY):  # offset from the first of the month, or from its end
            months = (times + shift).astype("datetime64[M]")
            rest = times - months
            if (rest == rest[0]).all():
                return months.astype(np.int64), rest
    return times.astype(np.int64), None


def _commonest(differences: np.ndarray) -> float:
    """Return the most common difference, up to the tolerance ``CLOSE``; the smallest one if there are several."""
    if not len(differences):
        return 0.0
    ordered = np.sort(differences).astype(np.float64)
    first = np.searchsorted(ordered, ordered * (1 - CLOSE), side="left")
    last = np.searchsorted(ordered, ordered * (1 + CLOSE), side="right")
    at = int(np.argmax(last - first))
    return float(np.median(ordered[first[at] : last[at]]))


def fill(times: np.ndarray, of: str = "") -> tuple[np.ndarray, np.ndarray]:
    """Return times with the missing ones filled in, and the positions of the given times among them.

    Parameters
    ----------
    times : ndarray of shape (steps,)
        Strictly increasing.
    of : str
        What the times belong to, for the message, such as "of the id 'a'".

    Returns
    -------
    full : ndarray of shape (more steps,)
    places : ndarray of shape (steps,)
        ``full[places]`` are the given times.

    Raises
    ------
    DataError
        If a gap is not a whole number of steps, or the filled series would be more than ten times as long.

    Examples
    --------
    >>> fill(np.array([0, 10, 20, 50]))
    (array([ 0, 10, 20, 30, 40, 50]), array([0, 1, 2, 5]))
    """
    axis, rest = _even(times)
    differences = np.diff(axis)
    step = _commonest(differences)
    steps = differences / step if step else np.ones(0)
    whole = np.rint(steps)
    odd = np.flatnonzero((np.abs(steps - whole) > CLOSE) | (whole < 1)) + 1
    if len(odd):
        before, after = iso(times[odd[0] - 1 : odd[0] + 1])
        raise DataError(
            f"{len(odd):,} of the gaps in time{of and ' ' + of} are not a whole number of steps",
            expected=f"times that are {every(times)}, or some of them left out",
            received=f"{before} at step {odd[0] - 1}, then {after} at step {odd[0]}",
            do="resample the series to even times, or cut it there with gaps='split'",
        )
    places = np.concatenate([[0], np.cumsum(whole)]).astype(np.int64)
    count = int(places[-1]) + 1
    if count > LONGEST * len(times):
        raise DataError(
            f"The series{of and ' ' + of} is mostly gaps",
            expected=f"at most {LONGEST * len(times):,} steps with the missing ones filled in",
            received=f"{len(times):,} steps, {count:,} when filled in",
            do="cut it at the gaps with gaps='split'",
        )
    all_places = np.arange(count)
    last = np.searchsorted(places, all_places, side="right") - 1  # the last given time at or before each place
    beyond = all_places - places[last]
    if rest is not None:
        months = (axis[last] + beyond * int(step)).astype("datetime64[M]")
        return (months + rest[0]).astype(times.dtype), places
    if times.dtype.kind == "f":
        return times[last] + beyond * step, places
    ticks = times[last].astype(np.int64) + np.rint(beyond * step).astype(np.int64)
    return ticks.astype(times.dtype), places


UNITS = (("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400), ("week", 7 * 86400))


def every(times: np.ndarray) -> str:
    """Return the most common time difference, in words.

    Parameters
    ----------
    times : ndarray of shape (steps,)
        Strictly increasing.

    Returns
    -------
    str

    Examples
    --------
    >>> every(np.array(["2014-07-01T00:00", "2014-07-01T00:30"], dtype="datetime64[s]")), every(np.arange(3) * 0.5)
    ('every 30 minutes', 'every 0.5')
    """
    axis, rest = _even(times)
    step = _commonest(np.diff(axis))
    if rest is not None or (times.dtype.kind == "M" and np.datetime_data(times.dtype)[0] in "YM"):
        step *= 12 if rest is None and np.datetime_data(times.dtype)[0] == "Y" else 1
        return _counted(step / 12, "year") if step % 12 == 0 else _counted(step, "month")
    if times.dtype.kind not in "Mm":
        return f"every {step:g}"
    seconds = _commonest(np.diff((times - times[0]) / np.timedelta64(1, "s")))
    name, size = next(((n, s) for n, s in reversed(UNITS) if seconds >= s and seconds % s == 0), UNITS[0])
    return _counted(seconds / size, name)


def _counted(count: float, name: str) -> str:
    return f"every {name}" if count == 1 else f"every {count:g} {name}s"


def iso(times: np.ndarray) -> np.ndarray:
    """Return dates as ISO text, durations in seconds, and numbers unchanged.

    Parameters
    ----------
    times : ndarray of shape (steps,)

    Returns
    -------
    ndarray of shape (steps,)

    Examples
    --------
    >>> iso(np.array(["2014-07-01T00:30"], dtype="datetime64[ns]")).tolist()
    ['2014-07-01T00:30:00']
    """
    if times.dtype.kind == "m":
        return times / np.timedelta64(1, "s")
    if times.dtype.kind != "M":
        return times
    for unit in ("D", "s"):
        coarse = times.astype(f"datetime64[{unit}]")
        if (coarse == times).all():
            return np.datetime_as_string(coarse)
    return np.datetime_as_string(times)
