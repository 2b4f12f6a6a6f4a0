"""Times: what is read as one, in which order they must come, and where they jump; pandas is the judge."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pytest

from hyotan.core.errors import DataError
from hyotan.data.series.times import check_rising, every, fill, gaps_in, iso, read_times

DAYS = pd.date_range("2024-02-27", periods=5, freq="D")


@pytest.mark.parametrize(
    "values",
    [
        DAYS,
        DAYS.to_series(),
        DAYS.to_numpy(),
        DAYS.to_numpy().astype("datetime64[D]"),
        pl.Series(DAYS.to_list()),
        list(DAYS),
        [day.to_pydatetime() for day in DAYS],
        [day.date() for day in DAYS],
        [str(day) for day in DAYS],
        DAYS.strftime("%Y-%m-%d").to_list(),
        DAYS.strftime(" %Y-%m-%dT%H:%M:%S ").to_series(),
        DAYS.tz_localize("Europe/Vienna").tz_convert("UTC").tz_localize(None).tz_localize("UTC") + pd.Timedelta("1h"),
        [f"{day.isoformat()}+02:00" for day in DAYS + pd.Timedelta("2h")],
        [f"{day.isoformat()}Z" for day in DAYS],
    ],
    ids=range(14),
)
def test_every_kind_of_date_is_read(values: object) -> None:
    times = read_times(values, 5)
    assert times.dtype.kind == "M"
    np.testing.assert_array_equal(times, DAYS.to_numpy())


def test_zones_become_utc() -> None:
    summer = pd.date_range("2024-03-31 00:30", periods=4, freq="30min", tz="Europe/Vienna")
    np.testing.assert_array_equal(read_times(summer, 4), summer.tz_convert("UTC").tz_localize(None).to_numpy())
    times = read_times([datetime(2024, 1, 1, 5, tzinfo=timezone(timedelta(hours=5)))], 1)
    assert times.tolist() == [datetime(2024, 1, 1)]


def test_numbers_and_durations_are_times_too() -> None:
    assert read_times([3, 1, 2], 3).dtype == np.int64
    assert read_times(np.array([3, 1], np.uint8), 2).dtype == np.int64  # differences of bytes would wrap round
    assert read_times([0.5, 1], 2).dtype == np.float64
    assert read_times(np.array([1, 2.5], dtype=object), 2).tolist() == [1, 2.5]
    assert read_times(pd.to_timedelta(["1h", "2h"]), 2).dtype.kind == "m"
    assert read_times(["2024-01-01T00:00:00.25"], 1)[0] == np.datetime64("2024-01-01T00:00:00.250")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, 2], "not one time for each step.*3 times.*2 times"),
        (np.zeros((3, 1)), r"not one time.*\(3, 1\)"),
        ([1, np.nan, 3], "Times are missing.*no time at step 1"),
        ([None, "2024-01-01", ""], "Times are missing.*no time at step 0 and at 1 more"),
        ([pd.NaT, DAYS[0], DAYS[1]], "missing.*step 0"),
        (DAYS[:3].to_series().where([True, True, False]), "missing.*step 2"),
        ([1, np.inf, 2], "missing.*step 1"),
        (["2024-01-01", "02/01/2024", "x"], "time at step 1 cannot be read.*ISO text.*'02/01/2024'.*to_datetime"),
        ([date(2024, 1, 1), 5, "2024-01-01"], "time at step 1 cannot be read.*5"),
        (["10:00", "11:00", "12:00"], "step 0 cannot be read"),
        (["2024-01-01", "2024-01-02T00:00Z", "2024-01-03"], "some have none.*2024-01-02T00:00Z at step 1"),
        ([True, False, True], "are not times.*bool"),
        (np.zeros(3, complex), "are not times.*complex"),
    ],
)
def test_what_is_no_time_is_refused(values: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read_times(values, 3)


def test_order_is_checked_with_place_and_times() -> None:
    check_rising(DAYS.to_numpy())
    check_rising(np.array([]))
    check_rising(np.array([1]))
    back = DAYS.to_numpy()[[0, 1, 3, 2, 4, 0]]
    with pytest.raises(
        DataError, match="go back at step 3 .*2024-03-01 at step 2, then 2024-02-29 at step 3, and 1 more"
    ):
        check_rising(back)
    with pytest.raises(DataError, match="The time 2024-02-28 of the id 'a' stands twice .*steps 1 and 2 .*drop_dupl"):
        check_rising(DAYS.to_numpy()[[0, 1, 1, 2]], "of the id 'a'")


@pytest.mark.parametrize("freq", ["s", "5min", "30min", "h", "D", "W", "MS", "ME", "QS", "QE", "YS", "YE", "2MS"])
@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_regular_times_have_no_gaps_and_a_hole_is_filled(freq: str, unit: str) -> None:
    times = pd.date_range("2023-01-31 06:00", periods=40, freq=freq).to_numpy().astype(f"datetime64[{unit}]")
    assert len(gaps_in(times)) == 0
    kept = np.r_[0:4, 7:20, 21:40]
    np.testing.assert_array_equal(gaps_in(times[kept]), [4, 17])
    full, places = fill(times[kept])
    assert full.dtype == times.dtype
    np.testing.assert_array_equal(full, times)
    np.testing.assert_array_equal(places, kept)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        (pd.date_range("2024", periods=3, freq="5min"), "every 5 minutes"),
        (pd.date_range("2024", periods=3, freq="h"), "every hour"),
        (pd.date_range("2024", periods=3, freq="90s"), "every 90 seconds"),
        (pd.date_range("2024", periods=3, freq="D"), "every day"),
        (pd.date_range("2024", periods=3, freq="W"), "every week"),
        (pd.date_range("2024", periods=9, freq="ME"), "every month"),
        (pd.date_range("2024", periods=9, freq="QS"), "every 3 months"),
        (pd.date_range("2024", periods=9, freq="YS"), "every year"),
        (pd.date_range("2024", periods=3, freq="250ms"), "every 0.25 seconds"),
        (pd.to_timedelta([0, 10, 20], unit="min"), "every 10 minutes"),
        (np.arange(4), "every 1"),
        (np.arange(4) * 0.25, "every 0.25"),
        (np.arange("2020", "2024", dtype="datetime64[Y]"), "every year"),
        (np.arange("2020-01", "2020-05", dtype="datetime64[M]"), "every month"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_every(times: object, words: str) -> None:
    assert every(np.asarray(times)) == words


def test_one_per_cent_is_no_gap() -> None:
    steady = np.cumsum(np.random.default_rng(0).uniform(0.996, 1.004, 500))
    assert len(gaps_in(steady)) == 0
    steady[300:] += 0.05
    assert gaps_in(steady).tolist() == [300]
    assert gaps_in(np.cumsum([0, 10, 10, 5, 10, 30, 10])).tolist() == [3, 5]  # nearer is as odd as further


@pytest.mark.parametrize("times", [[], [5], [5, 7]])
def test_short_series_have_no_gaps(times: list[int]) -> None:
    assert len(gaps_in(np.array(times, dtype=np.int64))) == 0


def test_numbers_are_filled() -> None:
    full, places = fill(np.array([0.0, 0.1, 0.2, 0.5, 0.6]))
    np.testing.assert_allclose(full, np.arange(7) / 10, atol=1e-12)
    assert places.tolist() == [0, 1, 2, 5, 6]
    assert fill(np.array([4]))[0].tolist() == [4]


def test_what_cannot_be_filled_is_refused() -> None:
    with pytest.raises(DataError, match="1 of the gaps.*every 10, or some.*20 at step 2, then 45 at step 3.*split"):
        fill(np.array([0, 10, 20, 45, 55]))
    with pytest.raises(DataError, match="not a whole number of steps"):
        fill(np.array([0, 10, 20, 25, 35]))
    with pytest.raises(DataError, match=r"mostly gaps.*at most 40 steps.*4 steps, 1,000,003 when filled.*split"):
        fill(np.array([0, 1, 2, 1_000_002]))


def test_iso() -> None:
    assert iso(DAYS.to_numpy()).tolist() == DAYS.strftime("%Y-%m-%d").to_list()
    halves = pd.date_range("2024-01-01", periods=3, freq="12h")
    assert iso(halves.to_numpy()).tolist() == halves.strftime("%Y-%m-%dT%H:%M:%S").to_list()
    assert pd.to_datetime(iso((halves + pd.Timedelta("1us")).to_numpy()))[0] == halves[0] + pd.Timedelta("1us")
    assert iso(np.array([90, 120], "timedelta64[m]")).tolist() == [5400, 7200]
    assert iso(np.array([1, 2])).tolist() == [1, 2]
