"""Times: what is read as one, in which order they must come, and where they jump; pandas is the judge."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pytest

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.series.times import calendar, check_rising, epoch_unit, iso, local_to_utc, read_times, zone_of

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
        (["2024-01-01", "02/01/2024", "x"], "time at step 1 cannot be read.*text such as.*'02/01/2024'.*to_datetime"),
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
    with pytest.raises(DataError, match="The time 2024-02-28 of the id 'a' stands twice .*steps 1 and 2 .*duplicates="):
        check_rising(DAYS.to_numpy()[[0, 1, 1, 2]], "of the id 'a'")


def test_iso() -> None:
    assert iso(DAYS.to_numpy()).tolist() == DAYS.strftime("%Y-%m-%d").to_list()
    halves = pd.date_range("2024-01-01", periods=3, freq="12h")
    assert iso(halves.to_numpy()).tolist() == halves.strftime("%Y-%m-%dT%H:%M:%S").to_list()
    assert pd.to_datetime(iso((halves + pd.Timedelta("1us")).to_numpy()))[0] == halves[0] + pd.Timedelta("1us")
    assert iso(np.array([90, 120], "timedelta64[m]")).tolist() == [5400, 7200]
    assert iso(np.array([1, 2])).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("texts", "dates"),
    [
        (["1949-01", "1949-02"], ["1949-01-01", "1949-02-01"]),
        (["1970 Q1", "1970Q2", "1970-q4"], ["1970-01-01", "1970-04-01", "1970-10-01"]),
        (["2024/1/5", "2024/01/05 10:30"], ["2024-01-05T00:00", "2024-01-05T10:30"]),
        (["2024-W02", "2024-W03-1"], ["2024-01-08", "2024-01-15"]),
    ],
)
def test_months_quarters_and_weeks_are_dates(texts: list[str], dates: list[str]) -> None:
    np.testing.assert_array_equal(read_times(texts, len(texts)), np.array(dates, "datetime64[m]"))


def test_numbers_that_are_dates() -> None:
    days = pd.date_range("2023-12-30", periods=70, freq="D")
    found = calendar(days.strftime("%Y%m%d").to_numpy().astype(int))
    assert found is not None
    np.testing.assert_array_equal(found, days.to_numpy())
    months = pd.date_range("2023-11", periods=5, freq="MS")
    found = calendar(months.strftime("%Y%m").to_numpy().astype(np.int32))
    assert found is not None
    np.testing.assert_array_equal(found, months.to_numpy())
    for other in ([20230230], [20231301], [1, 2], [20230101, 5], [202013], [2023, 2024]):
        assert calendar(np.array(other)) is None
    for unit in ("s", "ms", "us", "ns"):
        assert epoch_unit(days.as_unit(unit).asi8) == unit
    assert epoch_unit(np.array([1.7e9, 1.7e9 + 0.5])) == "s"
    assert epoch_unit(np.array([1.0, 1.7e9])) is None


ZONED = pd.date_range("2024-10-26 20:00", periods=12, freq="h", tz="Europe/Berlin")


def test_zones_are_kept_and_written_with_their_offset() -> None:
    for zone in ("Europe/Berlin", "Asia/Kolkata", "America/New_York", "UTC"):
        times = ZONED.tz_convert(zone)
        assert zone_of(times) == zone_of(times.to_series()) == zone_of(times.to_list()) == zone
        written = iso(read_times(times, 12), zone)
        assert written.tolist() == [time.isoformat() for time in times]
        assert (pd.to_datetime(written, utc=True) == times).all()
    assert zone_of(["2024-01-01T00:00Z", "2024-01-01 01:00:00+00:00"]) == "UTC"
    assert zone_of(["2024-01-01T00:00+0530"]) == "+05:30"
    assert zone_of(["2024-01-01 10:00", "2024-01-01"]) is None
    assert zone_of(np.arange(3)) is None
    assert iso(np.array(["2024-01-01T00:00:00.25"], "datetime64[ms]"), "-03:00")[0] == "2023-12-31T21:00:00.250-03:00"


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney"])
@pytest.mark.parametrize("freq", ["h", "10min", "30min"])
def test_local_times_with_an_hour_twice_are_read_as_they_were(zone: str, freq: str) -> None:
    true = pd.date_range("2023-12-25", "2024-12-24", freq=freq, tz="UTC")
    local = true.tz_convert(zone).tz_localize(None)
    np.testing.assert_array_equal(local_to_utc(local.to_numpy(), zone), true.tz_localize(None).to_numpy())


def test_what_no_zone_can_be_given_to() -> None:
    with pytest.raises(ParameterError, match="no time zone 'Europe/Berln'"):
        local_to_utc(DAYS.to_numpy(), "Europe/Berln")
    with pytest.raises(ParameterError, match="no meaning for these times"):
        local_to_utc(np.arange(3), "UTC")
    with pytest.raises(DataError, match=r"do not exist in Europe/Berlin.*\+01:00"):
        local_to_utc(np.array(["2024-03-31T02:30"], "datetime64[s]"), "Europe/Berlin")


def test_the_hour_of_autumn_is_never_advised_away() -> None:
    local = ZONED.tz_localize(None).to_numpy()
    with pytest.raises(DataError, match="stands twice .*no row is too many.*time_zone="):
        check_rising(local)
    with pytest.raises(DataError, match="go back at step .*no row is too many.*time_zone="):
        check_rising(
            pd.date_range("2024-10-26 22:00", periods=60, freq="10min", tz="Europe/Berlin").tz_localize(None).to_numpy()
        )
    with pytest.raises(DataError, match="stands twice .*duplicates="):
        check_rising(np.array(["2024-06-01T02:00", "2024-06-01T02:00"], "datetime64[s]"))
