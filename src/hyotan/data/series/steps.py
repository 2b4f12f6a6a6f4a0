"""The steps of a long series put in order by their times: sorting, duplicates, gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown
from hyotan.data.masked import unmasked
from hyotan.data.series.grid import every, fill, gaps_in
from hyotan.data.series.times import check_rising, iso, local_to_utc, read_times, zone_of

__all__ = ["GAPS", "Steps", "Timing", "arrange", "labels_of", "step_labels"]


GAPS = ("refuse", "split", "mask")
CLASSES = 64  # a label with more values is a number to predict, not a class
DUPLICATES = ("refuse", "first", "mean")


@dataclass(frozen=True)
class Timing:
    """What to do with times that are not in order, occur twice, have gaps or are local.

    Parameters
    ----------
    gaps : {"refuse", "split", "mask"}
        Raise; treat the series as pieces; or fill in the missing times as steps with missing cells.
    sort : bool
        Sort the steps by time.
    duplicates : {"refuse", "first", "mean"}
        For equal times: raise; keep the first step; or take the mean of the known cells.
    time_zone : str or None
        The zone of local times. Times that have a zone are only shown in this one.

    Raises
    ------
    ParameterError
        If an option is not valid.

    Examples
    --------
    >>> Timing(gaps="fill")
    Traceback (most recent call last):
    ...
    hyotan.core.errors.ParameterError: The 'gaps' parameter is not valid · expected: one of 'refuse', ...
    """

    gaps: str = "refuse"
    sort: bool = False
    duplicates: str = "refuse"
    time_zone: str | None = None

    def __post_init__(self) -> None:
        for name, known in (("gaps", GAPS), ("duplicates", DUPLICATES), ("sort", (True, False))):
            value = getattr(self, name)
            if not any(value is each or (isinstance(each, str) and value == each) for each in known):
                raise ParameterError(
                    f"The {name!r} parameter is not valid",
                    expected=f"one of {', '.join(map(repr, known))}",
                    received=shown(value),
                )

    def read(self, times: Any, count: int, zone: str | None = None) -> tuple[np.ndarray, str | None]:
        """Return times as an array of dates or numbers, and their zone; dates with a zone are in UTC.

        Parameters
        ----------
        times : array-like of shape (count,)
        count : int
        zone : str, optional
            The zone of the times, if they are in UTC and do not say it themselves.
        """
        zone = zone or zone_of(times)
        found = read_times(times, count)
        if self.time_zone is None:
            return found, zone
        if zone is not None:
            return found, self.time_zone
        if not self.sort:
            return local_to_utc(found, self.time_zone), self.time_zone
        # An hour that occurs twice is told apart by the order of rows: of each day as given, newest first turned round.
        turned = len(found) > 1 and (np.diff(found) <= np.timedelta64(0)).mean() > 0.5
        order = np.argsort(found.astype("datetime64[D]")[:: -1 if turned else 1], kind="stable")
        order = (len(found) - 1 - order) if turned else order
        utc = np.empty(count, "datetime64[us]")
        utc[order] = local_to_utc(found[order], self.time_zone).astype("datetime64[us]")
        return utc, self.time_zone


@dataclass(frozen=True, eq=False)  # == on arrays does not return one boolean
class Steps:
    """Steps in the order of their times.

    Parameters
    ----------
    values : ndarray of shape (steps, channels)
    time : ndarray of shape (steps,)
    label : ndarray of shape (steps,) or None
    cut : ndarray of int
        The steps that follow a gap.

    Examples
    --------
    >>> Steps(np.zeros((2, 1)), np.arange(2), None, np.zeros(0, int)).time
    array([0, 1])
    """

    values: np.ndarray
    time: np.ndarray
    label: np.ndarray | None
    cut: np.ndarray


def arrange(
    values: np.ndarray,
    time: np.ndarray,
    label: np.ndarray | None,
    timing: Timing,
    of: str = "",
    zone: str | None = None,
) -> Steps:
    """Return the steps of a series in the order of their times.

    Parameters
    ----------
    values : ndarray of shape (steps, channels)
    time : ndarray of shape (steps,)
        From :meth:`Timing.read`.
    label : ndarray of shape (steps,) or None
    timing : Timing
    of : str
        What the times belong to, for the messages, such as "of the id 'a'".
    zone : str, optional
        The zone in which messages show the times.

    Raises
    ------
    DataError
        If the times are not in order, or have duplicates or gaps that are refused or cannot be filled.

    Examples
    --------
    >>> X, time = np.array([[3.0], [1.0], [5.0], [2.0]]), np.array([3, 0, 3, 1])
    >>> found = arrange(X, time, None, Timing("mask", sort=True, duplicates="mean"))
    >>> found.values[:, 0], found.time
    (array([ 1.,  2., nan,  4.]), array([0, 1, 2, 3]))
    """
    if timing.sort:
        order = np.argsort(time, kind="stable")
        values, time, label = values[order], time[order], None if label is None else label[order]
    if timing.duplicates != "refuse":
        values, time, label = _once(values, time, label, timing.duplicates)
    check_rising(time, of)
    cut = gaps_in(time)
    if len(cut) and timing.gaps == "refuse":
        raise _gaps_refused(time, cut, of, zone)
    if len(cut) and timing.gaps == "mask":
        time, places = fill(time, of)
        values, label, cut = _spread(values, places, len(time)), _spread(label, places, len(time)), cut[:0]
    return Steps(values, time, label, cut)


def _once(
    values: np.ndarray, time: np.ndarray, label: np.ndarray | None, how: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Return neighbouring steps with equal times as one step."""
    first = np.flatnonzero(np.concatenate([[True], time[1:] != time[:-1]]))
    if len(first) == len(time):
        return values, time, label
    found = values[first]
    if how == "mean":
        known = np.add.reduceat(~np.isnan(values), first, axis=0)
        total = np.add.reduceat(np.nan_to_num(values), first, axis=0)
        mean = np.divide(total, known, out=np.full(total.shape, np.nan), where=known > 0)
        found = mean.astype(values.dtype)
    if label is None:
        return found, time[first], None
    if label.dtype.kind in "biuf" and np.isin(label[label == label], (0, 1)).all():  # 1 if any of the steps is
        return found, time[first], np.fmax.reduceat(label, first)
    last = np.concatenate([first[1:], [len(time)]]) - 1
    if how == "mean" and (label[first] != label[last]).any():
        at = int(np.flatnonzero(label[first] != label[last])[0])
        raise DataError(
            "Steps of equal times have different labels",
            expected="one label for each time",
            received=f"{label[first[at]]} and {label[last[at]]} at {time[first[at]]}",
            do="duplicates='first' keeps the first step and its label",
        )
    return found, time[first], label[first]


def _spread(values: Any, places: np.ndarray, count: int) -> Any:
    """Return values at their places among more steps, the others missing: NaN, or an empty text."""
    if values is None:
        return None
    text = values.dtype.kind not in "biuf"
    full = np.full(
        (count, *values.shape[1:]), "" if text else np.nan, values.dtype if values.dtype.kind in "fU" else None
    )
    full[places] = values
    return full


def _gaps_refused(time: np.ndarray, cut: np.ndarray, of: str, zone: str | None) -> DataError:
    before, after = iso(time[cut[0] - 1 : cut[0] + 1], zone)
    return DataError(
        f"The times{of and ' ' + of} have {len(cut):,} gap{'s' if len(cut) > 1 else ''}",
        expected=f"times {every(time)}",
        received=f"{before} at step {cut[0] - 1}, then {after} at step {cut[0]}",
        do="gaps='split' lets no window or series span a gap, gaps='mask' fills the missing times in as "
        "missing cells" + _clock_set_forward(time, cut, zone),
    )


def _clock_set_forward(time: np.ndarray, cut: np.ndarray, zone: str | None) -> str:
    """Return more advice if each gap is an hour that clocks skip in spring."""
    if time.dtype.kind != "M" or zone is not None:
        return ""
    usual = np.diff(time)
    hour = np.timedelta64(1, "h")
    skipped = time[cut] - time[cut - 1] - np.median(usual.astype(np.int64)).astype(np.int64).astype(usual.dtype)
    months = time[cut].astype("datetime64[M]").astype(np.int64) % 12 + 1
    if (skipped == hour).all() and np.isin(months, (3, 4, 9, 10)).all():
        return "; if this is the hour that clocks skip in spring, nothing is missing: name the zone with time_zone="
    return ""


def labels_of(label: np.ndarray, start: np.ndarray, length: int) -> np.ndarray:
    """Return the label of each window from those of its steps; see :attr:`hyotan.data.Windows.y`."""
    known = label != "" if label.dtype.kind not in "biuf" else label == label
    values, codes = np.unique(label[known], return_inverse=True)
    if len(values) > CLASSES or not len(values):
        return label[start + length - 1]
    counts = np.zeros((len(values), len(label) + 1))  # how often each label occurs before each step
    counts[codes, np.flatnonzero(known) + 1] = 1
    counts = np.cumsum(counts, axis=1)
    within = counts[:, start + length] - counts[:, start]
    if label.dtype.kind in "biuf" and np.isin(values, (0, 1)).all():
        found = (within[-1] > 0).astype(int) * int(values[-1])
    else:
        found = values[within.argmax(axis=0)]
    unknown = within.sum(axis=0) == 0
    if not unknown.any():
        return found
    return np.where(unknown, np.nan if label.dtype.kind in "biuf" else "", found)


def step_labels(label: Any, count: int) -> np.ndarray:
    """Return the labels of the steps of a series as an array, NaN or an empty text where they are masked or missing."""
    found = np.asarray(unmasked(label))
    if found.shape != (count,):
        raise DataError(
            "There is not one label for each step",
            expected=f"{count:,} labels",
            received=f"{len(found):,} labels" if found.ndim == 1 else f"shape {found.shape}",
        )
    return found if found.dtype.kind in "biufMm" else found.astype(str)
