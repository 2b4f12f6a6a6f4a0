"""The grid of times: the usual step, gaps, missing times filled in; pandas is the judge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyotan.core.errors import DataError
from hyotan.data.series.grid import every, fill, gaps_in


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


def test_jitter_is_no_gap() -> None:
    steady = np.cumsum(np.random.default_rng(0).uniform(0.96, 1.04, 500))
    assert len(gaps_in(steady)) == 0
    steady[300:] += 0.3
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


@pytest.mark.parametrize(
    ("step", "jitter", "unit", "words"),
    [
        (30, 1, "s", "every 30 seconds"),
        (600, 20, "s", "every 10 minutes"),
        (3600, 90, "s", "every hour"),
        (1000, 30, "ms", "every second"),
        (86400, 1800, "s", "every day"),
    ],
)
def test_loggers_are_not_exact(step: int, jitter: int, unit: str, words: str) -> None:
    off = np.random.default_rng(0).integers(-jitter, jitter + 1, 2640)
    times = np.datetime64("2024-01-01", unit) + (np.arange(2640) * step + off).astype(f"timedelta64[{unit}]")
    assert len(gaps_in(times)) == 0
    assert every(times) == words
    kept = np.delete(np.arange(2640), [70, 900, 901])
    assert gaps_in(times[kept]).tolist() == [70, 899]
    full, places = fill(times[kept])
    assert len(full) == 2640
    np.testing.assert_array_equal(full[places], times[kept])
    assert (np.abs(full - times) <= np.timedelta64(3 * jitter, unit)).all()


@pytest.mark.parametrize("rate", [64, 90, 128, 256, 360, 440, 512, 60])
def test_rates_stamped_in_whole_milliseconds(rate: int) -> None:
    stamps = np.rint(np.arange(5000) / rate * 1000).astype(np.int64)
    times = np.datetime64("2024-01-01", "ms") + stamps.astype("timedelta64[ms]")
    assert len(gaps_in(times)) == 0
    assert float(every(times).split()[1]) == pytest.approx(1000 / rate, rel=1e-3)
    assert 2000 in gaps_in(np.delete(times, [2000, 2001]))
    assert len(fill(np.delete(times, [2000, 2001]))[0]) == 5000


def test_a_few_odd_steps_among_even_ones_are_gaps() -> None:
    assert gaps_in(np.cumsum([0, *[10] * 50, 5, *[10] * 50])).tolist() == [51]
    assert gaps_in(np.cumsum([0, *[10] * 50, 15, *[10] * 50])).tolist() == [51]


def test_numbers_that_are_dates_have_the_grid_of_dates() -> None:
    days = pd.date_range("2023-12-30", periods=60, freq="D").strftime("%Y%m%d").to_numpy().astype(int)
    assert every(days) == "every day" and len(gaps_in(days)) == 0
    full, places = fill(np.delete(days, [20, 35]))
    np.testing.assert_array_equal(full, days)
    assert len(places) == 58
    months = pd.date_range("2023-11", periods=30, freq="MS").strftime("%Y%m").to_numpy().astype(int)
    assert every(months) == "every month"
    np.testing.assert_array_equal(fill(np.delete(months, [7]))[0], months)
    for unit in ("s", "ms", "us", "ns"):
        counts = pd.date_range("2024-01-01", periods=20, freq="15min").as_unit(unit).asi8
        assert every(counts) == "every 15 minutes"


@pytest.mark.parametrize(("step", "odd"), [(30, 40), (3, 4), (30, 20), (10, 14)])
def test_one_odd_step_sets_no_tolerance(step: int, odd: int) -> None:
    assert gaps_in(np.cumsum([0, *[step] * 50, odd, *[step] * 50])).tolist() == [51]
    assert gaps_in(np.cumsum([0, *[step] * 5, odd, *[step] * 5])).tolist() == [6]
