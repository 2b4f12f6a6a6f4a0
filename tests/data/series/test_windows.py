"""Windows of one long series: loops and pandas are the judges, NAB's series the traps."""

from __future__ import annotations

import os
from pathlib import Path

import narwhals
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.model_selection import TimeSeriesSplit
from sklearn.utils import _safe_indexing

from hyotan.core.errors import DataError, ParameterError
from hyotan.data import Windows, windows
from hyotan.data.tables.selection import take_rows

NAB = Path(os.environ.get("HYOTAN_DATA", "nowhere")) / "nab"
needs_nab = pytest.mark.skipif(not NAB.is_dir(), reason="HYOTAN_DATA is not set to a folder with nab/")
RNG = np.random.default_rng(0)
LONG = RNG.normal(size=(50, 2))


def nab(name: str) -> pd.DataFrame:
    return pd.read_csv(NAB / f"{name}.csv")


# ---------------------------------------------------------------- cutting


@pytest.mark.parametrize(("length", "stride"), [(1, 1), (7, 1), (7, 3), (7, 7), (7, 20), (50, 1), (50, 9)])
def test_windows_are_the_slices(length: int, stride: int) -> None:
    found = windows(LONG, length, stride)
    expected = [LONG[at : at + length] for at in range(0, 50 - length + 1, stride)]
    np.testing.assert_array_equal(found.X, expected)
    np.testing.assert_array_equal(np.asarray(found), expected)
    assert found.shape == np.shape(expected) == np.asarray(found).shape
    assert (len(found), found.ndim, found.dtype) == (len(expected), 3, np.float64)
    assert found.start.tolist() == list(range(0, 50 - length + 1, stride))
    assert found.time.tolist() == list(range(50))


def test_a_view_takes_no_memory_and_cannot_be_written() -> None:
    found = windows(np.zeros(2_000_000, np.float32), 1000)
    assert found.X.base is not None
    assert np.shares_memory(found.X, found.series)
    assert found.dtype == np.float32
    for array in (found.X, found.series, found[np.array([5, 1])].X):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_users_array_is_neither_kept_nor_frozen() -> None:
    series = np.zeros(9)
    found = windows(series, 3)
    series[:] = 1
    assert found.series.sum() == 0


def test_as_an_array() -> None:
    found = windows(LONG, 5)
    assert np.asarray(found, dtype=np.float32).dtype == np.float32
    own = np.array(found)
    own[:] = 0
    np.testing.assert_array_equal(found.X[3], LONG[3:8])


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame])
def test_frames_have_named_channels(kind: type) -> None:
    frame = kind({"a": [1, 2, None, 4], "at": [10, 20, 30, 40], "b": [True, False, True, True]})
    found = windows(frame, 2, time="at")
    assert found.channels == ("a", "b")
    assert found.time.tolist() == [10, 20, 30, 40]
    np.testing.assert_array_equal(found.series, [[1, 1], [2, 0], [np.nan, 1], [4, 1]])
    assert windows(frame, 2).channels == ("a", "at", "b")
    assert windows(frame, 2, time=[1, 2, 3, 4]).channels == ("a", "at", "b")


def test_one_dimension_is_one_channel() -> None:
    assert windows([1, 2, 3, 4], 2).X[..., 0].tolist() == [[1, 2], [2, 3], [3, 4]]


def test_windows_of_which_nothing_is_known_are_left_out() -> None:
    series = np.array([1, np.nan, np.nan, np.nan, 5])
    assert windows(series, 2).start.tolist() == [0, 3]
    with pytest.raises(DataError, match="Nothing is known of the series"):
        windows(np.full(5, np.nan), 2)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((LONG, 0), ParameterError, "length of windows is not valid.*whole number >= 1.*0"),
        ((LONG, 2.0), ParameterError, "length of windows"),
        ((LONG, True), ParameterError, "length of windows"),
        ((LONG, 3, 0), ParameterError, "stride of windows"),
        ((LONG, 51), DataError, "shorter than a window.*at least 51 steps.*50 steps"),
        ((LONG[None], 3), DataError, "The series has 3 dimensions"),
        ((np.where(LONG > 2, np.inf, LONG), 3), DataError, "The series contains infinity.*the first at step"),
        ((["a", "b"], 1), DataError, "The series does not hold numbers"),
        ((np.zeros((0, 2)), 1), DataError, "The series is empty"),
        ((pd.DataFrame({"a": ["x", "y"]}), 1), DataError, "'a'"),
    ],
)
def test_refusals(arguments: tuple[object, ...], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        windows(*arguments)


def test_options_that_mean_nothing_are_refused() -> None:
    with pytest.raises(ParameterError, match="'gaps' parameter.*'refuse', 'split', 'mask'.*'fill'"):
        windows(LONG, 3, gaps="fill")
    with pytest.raises(ParameterError, match="no columns that time= could name.*time='t'"):
        windows(LONG, 3, time="t")
    with pytest.raises(ParameterError, match="no column named 'tme'.*did you mean 'time'"):
        windows(pd.DataFrame({"time": [1, 2], "x": [1, 2]}), 1, time="tme")


# ---------------------------------------------------------------- times


HOURS = pd.date_range("2024-01-01", periods=50, freq="h")
KEPT = np.r_[0:10, 13:30, 31:50]  # three hours missing, then one


def test_gaps_are_refused_with_the_first() -> None:
    with pytest.raises(DataError, match="have 2 gaps.*every hour.*T09:00:00 at step 9, then .*T13:00:00 at step 10"):
        windows(LONG[KEPT], 5, time=HOURS[KEPT])


@pytest.mark.parametrize("stride", [1, 4])
def test_no_window_spans_a_gap(stride: int) -> None:
    found = windows(LONG[KEPT], 5, stride, time=HOURS[KEPT], gaps="split")
    expected = []
    for piece in (range(0, 10), range(10, 27), range(27, 46)):
        expected += list(piece)[: len(piece) - 4 : stride]
    assert found.start.tolist() == expected
    np.testing.assert_array_equal(found.X, [LONG[KEPT][at : at + 5] for at in expected])
    spans = found.time[found.start + 4] - found.time[found.start]
    assert set(spans) == {np.timedelta64(4, "h")}
    with pytest.raises(DataError, match="No stretch between gaps.*at least 20 steps.*2 gaps in 46 steps.*'mask'"):
        windows(LONG[KEPT], 20, time=HOURS[KEPT], gaps="split")


def test_missing_times_become_missing_cells() -> None:
    found = windows(LONG[KEPT], 20, time=HOURS[KEPT], gaps="mask")
    expected = pd.DataFrame(LONG[KEPT], index=HOURS[KEPT]).asfreq("h")
    np.testing.assert_array_equal(found.series, expected)
    np.testing.assert_array_equal(found.time, expected.index)
    assert np.isnan(found.series[10:13]).all()
    with pytest.raises(DataError, match="not a whole number of steps"):
        windows(LONG[:4], 2, time=[0, 10, 20, 35], gaps="mask")


@pytest.mark.parametrize("gaps", ["refuse", "split", "mask"])
def test_disorder_is_refused_whatever_is_done_with_gaps(gaps: str) -> None:
    with pytest.raises(DataError, match="go back at step 2.*3 at step 1, then 2 at step 2.*sort"):
        windows(LONG[:4], 2, time=[1, 3, 2, 4], gaps=gaps)
    with pytest.raises(DataError, match="The time 2 stands twice.*steps 1 and 2"):
        windows(LONG[:4], 2, time=[1, 2, 2, 4], gaps=gaps)
    with pytest.raises(DataError, match="not one time for each step.*50 times.*49 times"):
        windows(LONG, 2, time=HOURS[1:], gaps=gaps)


INDEXES = [
    HOURS,
    HOURS.tz_localize("Europe/Berlin"),
    pd.period_range("2024-01-01", periods=50, freq="h"),
    pd.period_range("1990-01", periods=50, freq="M"),
    pd.timedelta_range("0h", periods=50, freq="h"),
]


@pytest.mark.parametrize("index", INDEXES, ids=lambda index: str(index.dtype))
@pytest.mark.parametrize(
    "form", [lambda f: f, lambda f: f["a"], narwhals.from_native], ids=["frame", "one", "narwhals"]
)
def test_the_index_of_a_frame_holds_its_times(index: pd.Index, form: object) -> None:
    frame = pd.DataFrame({"a": LONG[:, 0]}, index=index)
    found = windows(form(frame), 5)
    dates = index.to_timestamp() if isinstance(index, pd.PeriodIndex) else index
    dates = dates.tz_convert("UTC").tz_localize(None) if getattr(dates, "tz", None) is not None else dates
    np.testing.assert_array_equal(found.time, dates.to_numpy())
    np.testing.assert_array_equal(found.series, frame)
    with pytest.raises(DataError, match="go back at step 1 "):
        windows(form(frame.iloc[::-1]), 5)
    with pytest.raises(DataError, match="stands twice.*steps 2 and 3"):
        windows(form(frame.iloc[[0, 1, 2, 2, 3]]), 2)
    with pytest.raises(DataError, match="2 gaps.*at step 9, then .* at step 10"):
        windows(form(frame.iloc[KEPT]), 5)
    np.testing.assert_array_equal(windows(form(frame.iloc[KEPT]), 5, gaps="mask").time, found.time)


def test_an_index_that_holds_no_times_is_none() -> None:
    for index in (pd.RangeIndex(50), pd.Index(RNG.permutation(50)), pd.Index([f"row {i}" for i in range(50)])):
        assert windows(pd.DataFrame(LONG, index=index), 5).time.tolist() == list(range(50))
    frame = pd.DataFrame({"a": LONG[:, 0], "t": range(50)}, index=HOURS[::-1])
    assert windows(frame, 5, time="t").time.tolist() == list(range(50))  # what is named comes first
    assert windows(frame, 5, time=range(50)).channels == ("a", "t")


@needs_nab
@pytest.mark.parametrize("name", ["nyc_taxi", "art_daily_jumpsup", "art_daily_flatmiddle", "art_daily_small_noise"])
def test_clean_series(name: str) -> None:
    frame = nab(name)
    found = windows(frame, 48, 48, time="timestamp")
    np.testing.assert_array_equal(found.X[..., 0], frame["value"].to_numpy()[: len(found) * 48].reshape(-1, 48))
    np.testing.assert_array_equal(found.time, pd.to_datetime(frame["timestamp"]))


@needs_nab
@pytest.mark.parametrize("name", ["ambient_temperature_system_failure", "rogue_agent_key_hold"])
def test_series_with_gaps(name: str) -> None:
    frame = nab(name)
    times = pd.to_datetime(frame["timestamp"])
    steps = times.diff().iloc[1:]
    odd = int((steps != steps.mode()[0]).sum())
    first = int(np.flatnonzero(steps != steps.mode()[0])[0]) + 1
    with pytest.raises(DataError, match=f"have {odd} gaps.*then .* at step {first} "):
        windows(frame, 12, time="timestamp")
    split = windows(frame, 12, time="timestamp", gaps="split")
    whole = times.to_numpy()
    expected = [i for i in range(len(frame) - 11) if whole[i + 11] - whole[i] == 11 * steps.mode()[0]]
    assert split.start.tolist() == expected
    masked = windows(frame, 12, time="timestamp", gaps="mask")
    regular = frame.set_index(times)["value"].asfreq(steps.mode()[0])
    assert regular.notna().sum() == len(frame)  # pandas found every time on its grid
    np.testing.assert_array_equal(masked.series[:, 0], regular)
    np.testing.assert_array_equal(masked.time, regular.index)


@needs_nab
def test_times_that_go_back() -> None:
    frame = nab("machine_temperature_system_failure")
    times = pd.to_datetime(frame["timestamp"])
    place = int(np.flatnonzero(times.diff() <= pd.Timedelta(0))[0])
    with pytest.raises(DataError, match=f"go back at step {place} .*{times[place].isoformat()} at step {place}"):
        windows(frame, 48, time="timestamp")


# ---------------------------------------------------------------- choosing, splitting, coming back


@pytest.mark.parametrize(
    "rows", [np.array([3, 1, 4]), np.array([7]), [0, 2], slice(2, 9, 3), np.arange(15) % 3 == 0, np.array([], int)]
)
def test_choosing_windows(rows: object) -> None:
    found = windows(LONG, 8, 3)
    chosen = found[rows]
    assert isinstance(chosen, Windows)
    np.testing.assert_array_equal(chosen.X, np.asarray(found)[rows])
    assert len(chosen) == len(chosen.X)
    assert chosen.series is found.series


def test_windows_are_chosen_as_rows_are() -> None:
    found, rows = windows(LONG, 8, 3), np.array([3, 1, 4])
    for chosen in (take_rows(found, rows), _safe_indexing(found, rows), found[rows, ...]):
        assert isinstance(chosen, Windows)
        assert chosen.start.tolist() == [9, 3, 12]


def test_one_window_is_an_array() -> None:
    found = windows(LONG, 8, 3)
    np.testing.assert_array_equal(found[-1], found.X[-1])
    assert len(list(found)) == len(found)
    with pytest.raises(ParameterError, match=r"number alone.*\.X"):
        found[0, 1]


@pytest.mark.parametrize("stride", [1, 3, 10])
@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5, 0.9])
def test_split_in_time(stride: int, fraction: float) -> None:
    found = windows(LONG, 10, stride)
    train, test = found.split(fraction)
    seen, held = (set((part.start[:, None] + np.arange(10)).ravel()) for part in (train, test))
    assert not seen & held
    assert max(seen) < min(held)
    cut = min(held)
    # Each part is what windowing it alone gives, on the grid of the whole.
    assert train.start.tolist() == list(range(0, cut - 9, stride))
    assert test.start.tolist() == list(range(cut, 41, stride))
    possible = [at for at in range(0, 41, stride) if at >= 10]
    assert abs(cut - 50 * (1 - fraction)) == min(abs(at - 50 * (1 - fraction)) for at in possible)
    np.testing.assert_array_equal(test.time, found.time)


def test_split_keeps_to_the_pieces() -> None:
    train, test = windows(LONG[KEPT], 5, time=HOURS[KEPT], gaps="split").split(0.4)
    for part in (train, test):
        assert set(part.time[part.start + 4] - part.time[part.start]) == {np.timedelta64(4, "h")}
    assert train.start.max() + 5 <= test.start.min()


@pytest.mark.parametrize(("length", "stride"), [(6, 1), (6, 4), (6, 6), (6, 9), (5, 2)])
def test_time_series_split_with_the_gap_that_is_told_leaks_nothing(length: int, stride: int) -> None:
    found, gap = windows(RNG.normal(size=150), length, stride), -(-length // stride) - 1

    def shared(gap: int) -> int:
        both = 0
        for train, test in TimeSeriesSplit(3, gap=gap).split(np.asarray(found)):
            seen, held = (set((found[r].start[:, None] + np.arange(length)).ravel()) for r in (train, test))
            both += len(seen & held)
        return both

    assert shared(gap) == 0
    assert gap == 0 or shared(gap - 1) > 0


@pytest.mark.parametrize("fraction", [0, 1, -1, True, "0.1", None, float("nan")])
def test_split_wants_a_fraction(fraction: object) -> None:
    with pytest.raises(ParameterError, match="between 0 and 1"):
        windows(LONG, 5).split(fraction)


@pytest.mark.parametrize("found", [windows(LONG, 26), windows(LONG, 50)])
def test_a_series_of_one_window_cannot_be_split(found: Windows) -> None:
    with pytest.raises(DataError, match="too short to hold windows out.*at least 2 windows of .* steps.*50 steps"):
        found.split(0.5)


def mean_of(pairs: list[tuple[int, np.ndarray]], steps: int) -> np.ndarray:
    """The mean of values by place, with pandas; NaN is left out by it, too."""
    frame = pd.DataFrame([np.r_[at, np.ravel(value)] for at, value in pairs]).rename(columns={0: "at"})
    return frame.groupby("at").mean().reindex(range(steps)).to_numpy()


@pytest.mark.parametrize(("length", "stride"), [(6, 1), (6, 4), (6, 6), (6, 9)])
def test_per_point_of_steps(length: int, stride: int) -> None:
    found = windows(LONG, length, stride)
    values = RNG.normal(size=found.shape)
    values[RNG.random(values.shape) < 0.2] = np.nan
    pairs = [(at + j, values[i, j]) for i, at in enumerate(found.start) for j in range(length)]
    expected = mean_of(pairs, 50)
    np.testing.assert_allclose(found.per_point(values), expected, rtol=1e-12)
    np.testing.assert_allclose(found.per_point(values, by_step=True), expected, rtol=1e-12)
    np.testing.assert_allclose(found.per_point(values[..., 0], by_step=True), expected[:, 0], rtol=1e-12)


@pytest.mark.parametrize("rows", [slice(None), np.array([5, 2, 2, 9])])
def test_per_point_of_windows(rows: object) -> None:
    found = windows(LONG, 6, 2)[rows]
    values = RNG.normal(size=(len(found), 3))
    pairs = [(at + j, values[i]) for i, at in enumerate(found.start) for j in range(6)]
    np.testing.assert_allclose(found.per_point(values), mean_of(pairs, 50), rtol=1e-12)
    np.testing.assert_allclose(found.per_point(values[:, 0]), mean_of(pairs, 50)[:, 0], rtol=1e-12)


def test_codes_as_wide_as_a_window_are_not_its_steps() -> None:
    found = windows(LONG, 3, 3)
    codes = RNG.normal(size=(len(found), 3))
    expected = np.concatenate([np.repeat(codes, 3, axis=0), np.full((2, 3), np.nan)])
    np.testing.assert_array_equal(found.per_point(codes), expected)
    steps = np.r_[codes.ravel(), np.nan, np.nan]
    np.testing.assert_array_equal(found.per_point(codes, by_step=True), steps)


def test_the_series_comes_back_from_its_windows() -> None:
    found = windows(LONG, 7, 1)
    np.testing.assert_allclose(found.per_point(found.X), LONG, rtol=1e-12)


@pytest.mark.parametrize(
    ("values", "by_step"), [(np.zeros(3), None), (np.zeros((45, 5)), True), (np.zeros((45, 7)), True), (3.0, None)]
)
def test_per_point_refuses_what_does_not_fit(values: object, by_step: bool | None) -> None:
    with pytest.raises(DataError, match="do not fit the windows.*shape"):
        windows(LONG, 6).per_point(values, by_step)
