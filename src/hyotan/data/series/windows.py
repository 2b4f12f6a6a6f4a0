"""Windows of one long series, and the mapping of their results back to the steps of the series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown
from hyotan.data.series.ragged import read_series
from hyotan.data.series.steps import Steps, Timing, arrange, labels_of, step_labels
from hyotan.data.tables.dates import index_times, index_zone, zone
from hyotan.data.tables.frames import columns, is_frame, numeric, take_column

__all__ = ["Windows", "windows"]


@dataclass(frozen=True, eq=False)  # == on arrays does not return one boolean
class Windows:
    """Windows of one long series, with their positions in it.

    Created by :func:`windows`. Estimators accept it wherever they accept rows.

    Parameters
    ----------
    series : ndarray of shape (n_steps, channels)
        The whole series, read-only.
    start : ndarray of shape (n,)
        The first step of each window.
    length, stride : int
        Number of steps in a window, and from the start of one window to the start of the next.
    time : ndarray of shape (n_steps,)
        The user's times, or 0, 1, 2, ...
    channels : tuple of str or None
        Names of the channels.
    label : ndarray of shape (n_steps,) or None
        A label for each step; NaN, or an empty text, where it is unknown.
    zone : str or None
        The time zone in which times are shown; ``time`` is then in UTC.

    Examples
    --------
    >>> found = windows(np.arange(10.0), length=4, stride=3)
    >>> found.shape, found.start
    ((3, 4, 1), array([0, 3, 6]))
    >>> found.X[1, :, 0]
    array([3., 4., 5., 6.])
    """

    series: np.ndarray
    start: np.ndarray
    length: int
    stride: int
    time: np.ndarray
    channels: tuple[str, ...] | None = None
    label: np.ndarray | None = None
    zone: str | None = None

    @cached_property
    def y(self) -> np.ndarray | None:
        """The label of each window, or None if the steps have none.

        If the labels are 0 and 1, or true and false, a window is 1 if any of its steps is. Otherwise, it has the most
        frequent label of its steps; for numbers with more than 64 values, that of its last step. It is NaN, or an
        empty text, if no label in the window is known.
        """
        return None if self.label is None else labels_of(self.label, self.start, self.length)

    @cached_property
    def X(self) -> np.ndarray:
        """The windows as a read-only array: a view of the series if they are evenly spaced, else a copy."""
        view = np.lib.stride_tricks.sliding_window_view(self.series, self.length, axis=0).transpose(0, 2, 1)
        jumps = np.diff(self.start)
        if len(self.start) and (jumps > 0).all() and (jumps == jumps[:1]).all():
            return view[self.start[0] : self.start[-1] + 1 : int(jumps[0]) if len(jumps) else 1]
        chosen = view[self.start]
        chosen.flags.writeable = False
        return chosen

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape (windows, steps, channels)."""
        return len(self.start), self.length, self.series.shape[1]

    @property
    def ndim(self) -> int:
        """The number of dimensions, 3."""
        return 3

    @property
    def dtype(self) -> np.dtype:
        """The data type of the series."""
        return self.series.dtype

    def __len__(self) -> int:
        return len(self.start)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.X, dtype=dtype, copy=copy)

    def __getitem__(self, rows: Any) -> Windows | np.ndarray:
        """Return the windows selected by indices, a mask or a slice; a single index returns one window as an array.

        Overlapping windows share steps, so random splits (``KFold``, ``train_test_split``) leak: held-out windows
        contain steps of training windows. :meth:`split` and
        ``sklearn.model_selection.TimeSeriesSplit(gap=ceil(length / stride) - 1)`` do not leak.
        """
        if isinstance(rows, tuple) and len(rows) == 2 and rows[1] is Ellipsis:
            rows = rows[0]  # the form in which scikit-learn indexes rows
        if isinstance(rows, tuple):
            raise ParameterError(
                "Windows are chosen by their number alone",
                expected="an index, a slice or a mask",
                do="index .X instead",
            )
        chosen = self.start[rows]
        return self.X[rows] if np.ndim(chosen) == 0 else replace(self, start=chosen)

    def split(self, fraction: float = 0.1) -> tuple[Windows, Windows]:
        """Split the windows at one point in time, and return those before and those after it.

        No step is in both parts: windows that span the cut are left out. The cut is at the start of a window, so that
        all windows keep their positions (daily windows remain daily windows).

        Parameters
        ----------
        fraction : float
            Share of the steps after the cut, approximately, because the cut must be at the start of a window.

        Returns
        -------
        train, test : Windows
            Both contain the whole series and its times.

        Raises
        ------
        ParameterError
            If the fraction does not lie in (0, 1).
        DataError
            If no cut leaves a window on both sides.

        Examples
        --------
        >>> train, test = windows(np.arange(20.0), length=4).split(0.3)
        >>> len(train), test.start
        (11, array([14, 15, 16]))
        """
        if isinstance(fraction, bool) or not isinstance(fraction, (int, float)) or not 0 < fraction < 1:
            raise ParameterError(
                "The held-out fraction is not valid", expected="a number between 0 and 1", received=shown(fraction)
            )
        places = np.unique(self.start)
        cuts = places[places >= places[0] + self.length] if len(places) else places
        if not len(cuts):
            raise DataError(
                "The series is too short to hold windows out",
                expected=f"at least 2 windows of {self.length} steps that share no step",
                received=f"{len(self)} windows of a series of {len(self.series):,} steps",
                do="take shorter windows, or hold nothing out",
            )
        cut = cuts[np.argmin(np.abs(cuts - len(self.series) * (1 - fraction)))]
        parts = self.start + self.length <= cut, self.start >= cut
        train, test = (replace(self, start=self.start[part]) for part in parts)
        return train, test

    def per_point(self, values: Any, by_step: bool | None = None) -> np.ndarray:
        """Return, for each step of the series, the mean of the values of the windows that cover it.

        Parameters
        ----------
        values : array of shape (n,), (n, k), (n, length) or (n, length, ...)
            One number or vector per window, or one per step of each window. NaN is ignored.
        by_step : bool, optional
            Whether the second axis is the steps of a window. The default is True for arrays with three or more axes. An
            array with two axes may be the codes of windows, so pass ``by_step=True`` for one number per step.

        Returns
        -------
        ndarray of shape (n_steps, ...), float64
            NaN at steps that no window covers.

        Raises
        ------
        DataError
            If the values do not have one entry per window or, with ``by_step``, one per step of each window.

        Examples
        --------
        >>> windows(np.zeros(6), length=3, stride=2).per_point([1.0, 2.0])
        array([1. , 1. , 1.5, 2. , 2. , nan])
        >>> windows(np.zeros(5), length=3, stride=2).per_point([[1, 2, 3], [4, 5, 6]], by_step=True)
        array([1. , 2. , 3.5, 5. , 6. ])
        """
        values = np.asarray(values, dtype=np.float64)
        if by_step is None:
            by_step = values.ndim > 2
        if values.shape[:1] != (len(self),) or (by_step and values.shape[1:2] != (self.length,)):
            raise DataError(
                "The values do not fit the windows",
                expected=f"shape ({len(self)}, {self.length}, ...)" if by_step else f"shape ({len(self)}, ...)",
                received=f"shape {values.shape}",
                do="give them for these windows, in their order",
            )
        total, count = (self._sums_of_steps if by_step else self._sums_of_windows)(values)
        return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0)

    def _sums_of_windows(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the sum of what is known at each step of the series, and of how many windows it is."""
        known = ~np.isnan(values)
        found = np.zeros((2, len(self.series), *values.shape[1:]))
        begun = np.zeros_like(found)
        np.add.at(begun[0], self.start, np.where(known, values, 0))  # windows may have been chosen twice
        np.add.at(begun[1], self.start, known)
        for step in range(self.length):
            found[:, step:] += begun[:, : len(self.series) - step]
        return found[0], found[1]

    def _sums_of_steps(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the same where each step of a window has a value of its own."""
        total, count = np.zeros((2, len(self.series), *values.shape[2:]))
        jumps = np.diff(self.start)
        even, unique = (jumps > 0).all() and (jumps == jumps[:1]).all(), (jumps > 0).all()
        size = max(1, 2**19 // max(1, values[:1].size))  # windows whose values stay in the processor's cache
        for begin in range(0, len(self), size):
            start, block = self.start[begin : begin + size], values[begin : begin + size]
            known = ~np.isnan(block)
            whole = known.all()
            # Step by step, each step of all windows side by side in memory.
            block = np.ascontiguousarray((block if whole else np.where(known, block, 0)).swapaxes(0, 1))
            known = known.swapaxes(0, 1)
            for step in range(self.length):
                at: Any = start + step
                if even:  # a slice is faster
                    at = slice(at[0], at[-1] + 1, jumps[0] if len(jumps) else 1)
                if unique:
                    total[at] += block[step]
                    count[at] += 1 if whole else known[step]
                else:
                    np.add.at(total, at, block[step])
                    np.add.at(count, at, known[step])
        return total, count


def windows(
    series: Any,
    length: int,
    stride: int = 1,
    *,
    time: Any = None,
    label: Any = None,
    gaps: str = "refuse",
    sort: bool = False,
    duplicates: str = "refuse",
    time_zone: str | None = None,
) -> Windows:
    """Cut one long series into windows.

    Parameters
    ----------
    series : array of shape (n_steps,) or (n_steps, channels), or frame
        NaN is a missing cell. The columns of a frame, which must be numeric, are the channels.
    length : int
        Number of steps in a window.
    stride : int
        Number of steps from the start of one window to the start of the next.
    time : array-like of shape (n_steps,) or str, optional
        The times of the steps, strictly increasing: dates, text or numbers; or the name of a frame's column of times.
        By default the index of a pandas frame or series, if it contains dates, periods or durations.
    label : array-like of shape (n_steps,) or str, optional
        A label for each step, or the name of a frame's column of labels; see :attr:`Windows.y`.
    gaps : {"refuse", "split", "mask"}
        What to do with gaps, that is, where the time difference is not the usual one (up to a tenth of it, or to the
        resolution of the times): raise; make no window that spans a gap; or fill in the missing times as steps with
        missing cells.
    sort : bool
        Sort the steps by time. By default, times in another order are an error.
    duplicates : {"refuse", "first", "mean"}
        What to do with steps of equal time: raise, keep the first, or take their mean.
    time_zone : str, optional
        The zone of the times, such as "Europe/Berlin", if they are local times: an hour that clocks show twice in
        autumn, or skip in spring, is then read as it was.

    Returns
    -------
    Windows
        All windows with at least one observed value.

    Raises
    ------
    ParameterError
        If ``length`` or ``stride`` is not a whole number >= 1, another option is not valid, or a column does not exist.
    DataError
        If the series is shorter than a window, not numeric or contains infinity; or if its times are not in order or
        have gaps that are refused or cannot be filled.

    Examples
    --------
    >>> hours = np.array(["2024-01-01T00", "2024-01-01T01", "2024-01-01T04", "2024-01-01T05"], dtype="datetime64[h]")
    >>> windows(np.arange(4.0), 2, time=hours, gaps="split").start
    array([0, 2])
    >>> windows(np.arange(4.0), 3, time=hours, gaps="mask").X[..., 0]
    array([[ 0.,  1., nan],
           [ 1., nan, nan],
           [nan, nan,  2.],
           [nan,  2.,  3.]])
    """
    for name, value in (("length", length), ("stride", stride)):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
            raise ParameterError(
                f"The {name} of windows is not valid", expected="a whole number >= 1", received=shown(value)
            )
    timing = Timing(gaps, sort, duplicates, time_zone)
    own = None
    if time is None:
        time, own = index_times(series), index_zone(series)
    names = None
    if is_frame(series):
        if isinstance(time, str):
            own = zone(series, time)
            series, time = take_column(series, time)
        if isinstance(label, str):
            series, label = take_column(series, label)
        names = tuple(columns(series))
        series = numeric(series)
    for name, value in (("time", time), ("label", label)):
        if isinstance(value, str):
            raise ParameterError(
                f"An array has no columns that {name}= could name",
                expected=f"a frame, or one {name} for each step",
                received=f"{name}={shown(value)}",
            )
    values = read_series(series, "The series")
    label = None if label is None else step_labels(label, len(values))
    shown_in = None
    if time is None:
        if timing != Timing():
            raise ParameterError(
                "There are no times to sort by or to compare",
                expected="time= beside gaps=, sort=, duplicates= and time_zone=",
                received="no times",
                do="name the times with time=, or leave these out",
            )
        steps = Steps(values, np.arange(len(values)), label, np.zeros(0, dtype=np.int64))
    else:
        moments, shown_in = timing.read(time, len(values), own)
        steps = arrange(values, moments, label, timing, zone=shown_in)
    values, time, cut = steps.values, steps.time, steps.cut
    if len(values) < length:
        raise DataError(
            "The series is shorter than a window",
            expected=f"at least {length:,} steps",
            received=f"{len(values):,} steps",
            do="take shorter windows",
        )
    values = np.array(values)  # a copy, so that later changes to the user's data do not change the windows
    values.flags.writeable = False
    pieces = zip([0, *cut.tolist()], [*cut.tolist(), len(values)], strict=True)
    start = np.concatenate([np.arange(begin, end - length + 1, stride) for begin, end in pieces])
    if not len(start):
        raise DataError(
            "No stretch between gaps is as long as a window",
            expected=f"at least {length:,} steps without a gap",
            received=f"{len(cut):,} gaps in {len(values):,} steps",
            do="take shorter windows, or fill the gaps with gaps='mask'",
        )
    known = np.concatenate([[0], np.cumsum(~np.isnan(values).all(axis=1))])  # number of observed steps before each
    start = start[known[start + length] > known[start]]
    if not len(start):
        raise DataError("Nothing is known of the series", expected="known cells", received="nothing but NaN")
    return Windows(values, start, int(length), int(stride), time, names, steps.label, shown_in)
