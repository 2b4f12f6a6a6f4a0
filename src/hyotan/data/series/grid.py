"""The grid of a series' times: the usual step between them, gaps in them, and times filled in.

A gap is a place where the difference between two times is not the usual one. Stamps of a logger are not exact: they
may be rounded, or off by a little. A difference is usual if it is within a tenth of the usual one, or within the
resolution of the stamps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from hyotan.core.errors import DataError
from hyotan.data.series.times import EPOCH, calendar, epoch_unit, iso

__all__ = ["every", "fill", "gaps_in"]


CLOSE = 0.1  # tolerance of time differences, as a share of a step
COARSE = 0.51  # stamps that are coarser than this share of a step tell no steps apart
LONGEST = 10  # maximum ratio of the lengths of a series with and without missing times filled in
DAY = np.timedelta64(1, "D")
UNITS = (("millisecond", 0.001), ("second", 1), ("minute", 60), ("hour", 3600), ("day", 86400), ("week", 7 * 86400))


@dataclass(frozen=True)
class _Axis:
    """Times as numbers whose differences can be compared.

    Parameters
    ----------
    at : ndarray
        int64 or float64.
    second : float
        What a second is on this axis; 0 if the numbers have no unit of time.
    months : bool
        Whether the numbers are months, which are of unequal length.
    back : callable
        Turns numbers on this axis into times again.
    """

    at: np.ndarray
    second: float
    months: bool
    back: Callable[[np.ndarray], np.ndarray]


def _axis(times: np.ndarray) -> _Axis:
    kind = times.dtype
    if kind.kind == "m":
        return _Axis(times.astype(np.int64), _second(kind), False, lambda at: at.astype(np.int64).astype(kind))
    if kind.kind == "M":
        return _dated(times)
    days = calendar(times)
    if days is not None:
        axis = _dated(days)
        written = "%Y%m%d" if np.datetime_data(days.dtype)[0] == "D" else "%Y%m"
        return _Axis(axis.at, axis.second, axis.months, lambda at: _as_digits(axis.back(at), written, kind))
    unit = epoch_unit(times)
    return _Axis(times, EPOCH[unit] if unit else 0.0, False, lambda at: at.astype(kind))


def _second(kind: np.dtype) -> float:
    """Return how many units of a NumPy type of dates or durations a second is."""
    unit, count = np.datetime_data(kind)
    one: Any = (unit, count)
    return float(np.timedelta64(1, "s") / np.timedelta64(1, one))


def _dated(times: np.ndarray) -> _Axis:
    """Return the axis of dates; monthly ones become numbers of months, so that months of unequal length are even."""
    kind, unit = times.dtype, np.datetime_data(times.dtype)[0]
    if unit in "YM":
        months = times.astype("datetime64[M]").astype(np.int64)
        return _Axis(months, 0.0, True, lambda at: at.astype(np.int64).astype("datetime64[M]").astype(kind))
    if len(times) > 2 and (np.diff(times) >= 28 * DAY).all():
        for shift in (0 * DAY, DAY):  # offset from the first of the month, or from its end
            starts = (times + shift).astype("datetime64[M]")
            rest = times - starts
            if (rest == rest[0]).all():
                return _Axis(starts.astype(np.int64), 0.0, True, partial(_months_later, rest[0], kind))
    return _Axis(times.astype(np.int64), _second(kind), False, lambda at: at.astype(np.int64).astype(kind))


def _months_later(rest: np.timedelta64, kind: np.dtype, at: np.ndarray) -> np.ndarray:
    return (at.astype(np.int64).astype("datetime64[M]") + rest).astype(kind)


def _as_digits(times: np.ndarray, written: str, kind: np.dtype) -> np.ndarray:
    return np.array([int(time.strftime(written)) for time in times.tolist()], kind)


def _resolution(at: np.ndarray) -> float:
    """Return the unit in which the times are stamped: the largest number that all differences are multiples of."""
    if len(at) < 2:
        return 0.0
    if at.dtype.kind != "f":
        return float(np.gcd.reduce(np.diff(at)))
    for digits in range(10):
        scaled = (at - at[0]) * 10.0**digits
        whole = np.rint(scaled)
        if (np.abs(scaled - whole) <= 1e-6).all():
            return float(np.gcd.reduce(np.diff(whole.astype(np.int64)))) / 10**digits
    return 0.0


def _usual(at: np.ndarray) -> tuple[float, float, np.ndarray]:
    """Return the usual difference, its tolerance, and which differences are usual; the smallest of equally many."""
    differences = np.diff(at).astype(np.float64)
    if not len(differences):
        return 0.0, 0.0, np.ones(0, bool)
    ordered, resolution = np.sort(differences), _resolution(at)
    if not _rounded(differences, resolution):  # then the resolution says nothing about odd steps
        resolution = 0.0
    # For each difference, count those that are close.
    wide = np.where(resolution < COARSE * ordered, np.maximum(CLOSE * ordered, resolution), CLOSE * ordered)
    slack = 1e-9 * ordered
    first = np.searchsorted(ordered, ordered - wide - slack, side="left")
    last = np.searchsorted(ordered, ordered + wide + slack, side="right")
    at_most = int(np.argmax(last - first))
    step = float(np.median(ordered[first[at_most] : last[at_most]]))
    tolerance = max(CLOSE * step, resolution if resolution < COARSE * step else 0.0) * (1 + 1e-9)
    usual = np.abs(differences - step) <= tolerance
    if (differences[usual] != step).any():  # jitter, or rounded stamps: the mean is the step
        found = differences[usual]
        step = _plain(float(found.mean()), 2 * float(np.ptp(found)) / len(found))
    return step, tolerance, usual


def _rounded(differences: np.ndarray, resolution: float) -> bool:
    """Return whether many differences lie beside the most common one, as those of rounded stamps do (512 Hz in ms)."""
    if not resolution or len(differences) < 8:
        return False
    counts = np.bincount(np.minimum(np.rint(differences / resolution), 1000).astype(int))
    top = int(counts.argmax())
    beside = int(counts[max(0, top - 1) : top + 2].sum() - counts[top])
    return beside >= max(2, 0.03 * len(differences))


def _plain(value: float, within: float) -> float:
    """Return the number with the fewest digits that differs by no more than ``within``; 3600 rather than 3600.01."""
    for digits in range(1, 6):
        short = float(f"{value:.{digits}g}")
        if abs(short - value) <= within:
            return short
    return value


def gaps_in(times: np.ndarray) -> np.ndarray:
    """Return the steps that follow a gap, that is, an unusual difference between two times.

    The unequal lengths of months are not gaps: times that are all at the same offset from the beginning of a month, or
    from its end, are compared in months. Whole numbers such as 20240131 are compared as dates.

    Parameters
    ----------
    times : ndarray of shape (steps,)
        Strictly increasing.

    Returns
    -------
    ndarray of int

    Examples
    --------
    >>> gaps_in(np.array([0, 10, 20, 50, 60])), gaps_in(np.array([20240130, 20240131, 20240201]))
    (array([3]), array([], dtype=int64))
    """
    return np.flatnonzero(~_usual(_axis(times).at)[2]) + 1


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
    axis = _axis(times)
    step, tolerance, usual = _usual(axis.at)
    differences = np.diff(axis.at)
    steps = differences / step if step else np.ones(0)
    whole = np.where(usual, 1, np.rint(steps))
    odd = np.flatnonzero((np.abs(differences - whole * step) > tolerance) | (whole < 1)) + 1
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
    last = np.searchsorted(places, np.arange(count), side="right") - 1  # the last given time at or before each place
    at = axis.at[last] + (np.arange(count) - places[last]) * step
    full = axis.back(at if axis.at.dtype.kind == "f" else np.rint(at).astype(np.int64))
    full[places] = times
    return full, places


def every(times: np.ndarray) -> str:
    """Return the usual time difference, in words.

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
    >>> every(np.array([1711324800000, 1711325400000, 1711326000000]))
    'every 10 minutes'
    """
    axis = _axis(times)
    step = _usual(axis.at)[0]
    if axis.months:
        return _counted(step / 12, "year") if step % 12 == 0 else _counted(step, "month")
    if not axis.second:
        return f"every {_plain(step, 1e-3 * step):g}"
    seconds = float(f"{step / axis.second:.9g}")
    name, size = next(((n, s) for n, s in reversed(UNITS) if seconds >= s and seconds % s == 0), UNITS[1])
    if name == "second" and seconds < 0.1:
        name, size = UNITS[0]
    count = seconds / size
    return _counted(_plain(count, 1e-3 * count) if f"{count:.6g}" != f"{count:.12g}" else count, name)


def _counted(count: float, name: str) -> str:
    return f"every {name}" if count == 1 else f"every {count:g} {name}s"
