"""Steps in the order of their times: sorted, once each, without gaps; pandas is the judge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from hyotan.core.errors import DataError, ParameterError
from hyotan.data import windows
from hyotan.data.series.steps import Timing, arrange

RNG = np.random.default_rng(0)
TIMES = pd.date_range("2024-01-01", periods=40, freq="10min").to_numpy()


def test_sorted_steps_keep_their_values_and_labels() -> None:
    values, label = RNG.normal(size=(40, 2)), RNG.integers(0, 2, 40)
    order = RNG.permutation(40)
    found = arrange(values[order], TIMES[order], label[order], Timing(sort=True))
    np.testing.assert_array_equal(found.values, values)
    np.testing.assert_array_equal(found.time, TIMES)
    assert found.label is not None
    np.testing.assert_array_equal(found.label, label)


@pytest.mark.parametrize("how", ["first", "mean"])
def test_equal_times_become_one_step_as_in_pandas(how: str) -> None:
    values = RNG.normal(size=(60, 2))
    values[RNG.random((60, 2)) < 0.2] = np.nan
    values[0] = 1.0
    times = np.sort(TIMES[RNG.integers(0, 40, 60)])
    frame = pd.DataFrame(values).groupby(times)
    right = frame.mean() if how == "mean" else frame.nth(0)
    found = arrange(values, times, None, Timing("split", duplicates=how))
    np.testing.assert_allclose(found.values, right.to_numpy(), rtol=1e-12)
    np.testing.assert_array_equal(found.time, np.unique(times))


def test_filled_steps_have_no_label() -> None:
    kept = np.r_[0:10, 12:40]
    found = arrange(np.ones((38, 1)), TIMES[kept], np.zeros(38, int), Timing("mask"))
    assert found.label is not None
    assert np.flatnonzero(np.isnan(found.label)).tolist() == [10, 11]
    named = arrange(np.ones((38, 1)), TIMES[kept], np.full(38, "calm"), Timing("mask"))
    assert named.label is not None
    assert named.label[[9, 10, 12]].tolist() == ["calm", "", "calm"]


@pytest.mark.parametrize(
    ("options", "words"),
    [({"gaps": "fill"}, "'gaps'"), ({"duplicates": "last"}, "'duplicates'.*'mean'"), ({"sort": "yes"}, "'sort'.*True")],
)
def test_options_are_checked(options: dict, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        Timing(**options)
    with pytest.raises(ParameterError, match=words):
        windows(np.arange(40.0), 4, time=TIMES, **options)


def test_the_advice_of_each_refusal_works() -> None:
    X, order = RNG.normal(size=40), RNG.permutation(40)
    with pytest.raises(DataError, match="sort=True"):
        windows(X[order], 4, time=TIMES[order])
    np.testing.assert_array_equal(windows(X[order], 4, time=TIMES[order], sort=True).series[:, 0], X)
    twice = np.r_[0:20, 19:40]
    with pytest.raises(DataError, match="duplicates='first'.*duplicates='mean'"):
        windows(X[twice], 4, time=TIMES[twice])
    for how in ("first", "mean"):
        np.testing.assert_allclose(windows(X[twice], 4, time=TIMES[twice], duplicates=how).series[:, 0], X)
    summer = pd.date_range("2024-03-30 20:00", periods=12, freq="h", tz="Europe/Berlin")
    local = summer.tz_localize(None)
    with pytest.raises(DataError, match="skip in spring.*time_zone="):
        windows(X[:12], 4, time=local)
    found = windows(X[:12], 4, time=local, time_zone="Europe/Berlin")
    assert len(found) == 9 and found.zone == "Europe/Berlin"
    np.testing.assert_array_equal(found.time, summer.tz_convert("UTC").tz_localize(None).to_numpy())


def test_times_are_needed_to_sort_by() -> None:
    for options in ({"sort": True}, {"duplicates": "mean"}, {"time_zone": "UTC"}):
        with pytest.raises(ParameterError, match="no times to sort by"):
            windows(np.arange(9.0), 3, **options)


def test_labels_of_windows() -> None:
    flags = np.zeros(20, int)
    flags[7] = 1
    assert windows(np.arange(20.0), 4, label=flags).y.tolist() == [0] * 4 + [1] * 4 + [0] * 9
    names = np.repeat(["a", "b"], 10)
    right = [max("ab", key=lambda name: list(names[i : i + 4]).count(name)) for i in range(17)]
    assert windows(np.arange(20.0), 4, label=names).y.tolist() == right
    numbers = RNG.normal(size=200)
    np.testing.assert_array_equal(windows(np.arange(200.0), 4, label=numbers).y, numbers[3:])
    frame = pd.DataFrame({"x": np.sin(np.arange(20.0)), "odd": flags})
    found = windows(frame, 4, label="odd")
    assert found.channels == ("x",) and found.y.sum() == 4
    train, test = windows(np.arange(20.0), 4, label=flags).split(0.4)
    assert len(train.y) == len(train) and len(test.y) == len(test)
    with pytest.raises(DataError, match="not one label for each step"):
        windows(np.arange(20.0), 4, label=[1, 2])
    assert windows(np.arange(20.0), 4).y is None
    nan = np.nan
    for label, right in (([nan, nan, 1, 1, 0, 0], [nan, 1, 0]), ([nan, nan, 2, 2, 5, 5], [nan, 2, 5])):
        np.testing.assert_array_equal(windows(np.arange(6.0), 2, 2, label=label).y, right)
    assert windows(np.arange(4.0), 2, 2, label=["", "", "a", "b"]).y.tolist() == ["", "a"]


@pytest.mark.parametrize("how", ["first", "mean"])
def test_an_anomaly_is_not_lost_with_a_duplicate(how: str) -> None:
    time = [0, 1, 1, 2]
    assert windows(np.arange(4.0), 1, time=time, label=[0, 0, 1, 0], duplicates=how).label.tolist() == [0, 1, 0]
    names = ["a", "a", "b", "b"]
    if how == "mean":
        with pytest.raises(DataError, match="different labels.*a and b at 1.*duplicates='first'"):
            windows(np.arange(4.0), 1, time=time, label=names, duplicates=how)
    assert windows(np.arange(4.0), 1, time=time, label=names, duplicates="first").label.tolist() == ["a", "a", "b"]


@pytest.mark.parametrize("newest_first", [False, True])
def test_local_times_are_sorted_as_they_were(newest_first: bool) -> None:
    true = pd.date_range("2024-10-26 12:00", periods=30, freq="h", tz="UTC")
    local = true.tz_convert("Europe/Berlin").tz_localize(None)
    X, order = RNG.normal(size=30), np.arange(30)[:: -1 if newest_first else 1]
    found = windows(X[order], 3, time=local[order], sort=True, time_zone="Europe/Berlin")
    np.testing.assert_array_equal(found.time, true.tz_localize(None).to_numpy())
    np.testing.assert_array_equal(found.series[:, 0], X)


def test_gaps_without_times_are_refused() -> None:
    with pytest.raises(ParameterError, match="no times"):
        windows(np.arange(9.0), 3, gaps="split")
