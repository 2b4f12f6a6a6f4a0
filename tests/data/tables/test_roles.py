"""Columns that are times, ids and labels are recognised, said, and can be had as data all the same."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from hyotan.core.errors import DataError, ParameterError
from hyotan.data import load
from hyotan.data.tables.roles import roles_of

KINDS = pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
RNG = np.random.default_rng(0)
N = 60
VALUES, OTHERS = RNG.normal(size=N), RNG.normal(size=N)
DAYS = pd.date_range("2024-01-01", periods=N, freq="D")
FLAGS = (np.arange(N) % 9 == 0).astype(int)


TIMES = {
    "dates": ("timestamp", DAYS.to_numpy()),
    "text": ("when", DAYS.strftime("%Y-%m-%d %H:%M").to_list()),
    "months": ("Monat", pd.date_range("2015", periods=N, freq="MS").strftime("%Y-%m").to_list()),
    "quarters": ("q", [f"{1990 + i // 4} Q{i % 4 + 1}" for i in range(N)]),
    "seconds": ("ts", DAYS.as_unit("s").asi8),
    "milliseconds": ("Timestamp_ms", DAYS.as_unit("ms").asi8),
    "nanoseconds without a telling name": ("c0", DAYS.as_unit("ns").asi8),
    "calendar": ("date", DAYS.strftime("%Y%m%d").to_numpy().astype(int)),
    "years": ("year", np.arange(1960, 1960 + N)),
    "counted": ("index", np.arange(N)),
    "counted from one": ("Sample No.", np.arange(1, N + 1)),
    "counted, with a hole": ("step", np.r_[0:20, 20:N]),
    "counted by tens without a telling name": ("a", np.arange(N) * 10),
    "seconds since the start": ("Time (s)", np.arange(N) * 0.02),
    "elapsed": ("elapsed_time", np.cumsum(np.full(N, 0.1))),
}


@KINDS
@pytest.mark.parametrize(("name", "times"), TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("flag", ["is_anomaly", "Label", "anomaly", "isOutlier", "ground truth", "class"])
def test_a_log_is_its_value_over_its_time(kind: type, name: str, times: object, flag: str) -> None:
    source = load(kind({name: times, "value": VALUES, flag: FLAGS}), window=12)
    assert source.X.channels == ("value",)
    assert source.reading["time"] == name
    np.testing.assert_array_equal(source.X.label, FLAGS)
    np.testing.assert_array_equal(source.y, [FLAGS[i : i + 12].max() for i in range(N - 11)])
    assert f"{flag!r} taken as the label" in source.note
    assert name in ("timestamp",) or f"{name!r} taken as the time" in source.note
    assert load(kind({name: times, "value": VALUES, flag: FLAGS}), window=12, label=False).X.channels == ("value", flag)
    given = ["value", name] if not isinstance(times, list) and name != "timestamp" else ["value"]
    assert load(kind({name: times, "value": VALUES, flag: FLAGS}), window=12, columns=given).X.channels == tuple(given)


@KINDS
def test_further_counters_are_no_channels(kind: type) -> None:
    table = kind({"no": np.arange(N), "date": DAYS.to_numpy(), "epoch": DAYS.as_unit("s").asi8, "x": VALUES})
    source = load(table, window=5)
    assert (source.X.channels, source.reading["time"]) == (("x",), "date")
    assert "'epoch', 'no' left out" in source.note


def test_what_only_resembles_a_role_is_data() -> None:
    table = {
        "class": VALUES,  # a number to predict
        "target_temperature": np.full(N, 21.5) + FLAGS,
        "id": RNG.integers(0, 9, N),
        "day": RNG.integers(1, 28, N),
        "count": RNG.integers(1, 28, N),
        "level": RNG.integers(0, 2, N),
    }
    source = load(pd.DataFrame(table), window=5)
    assert source.X.channels == tuple(table) and source.y is None
    assert load(pd.DataFrame(table)).X.columns.tolist() == [*table]


def test_a_ramp_alone_is_data() -> None:
    assert load(pd.DataFrame({"a": np.arange(N)}), window=5).X.channels == ("a",)
    assert load(pd.DataFrame({"t": DAYS, "a": np.arange(N)}), window=5).X.channels == ("a",)


def test_the_index_of_a_frame_comes_before_counters() -> None:
    frame = pd.DataFrame({"step": np.arange(N), "x": VALUES}, index=DAYS)
    source = load(frame, window=5)
    assert source.X.channels == ("x",)
    np.testing.assert_array_equal(source.X.time, DAYS.to_numpy())


def test_rows_have_labels_and_ids() -> None:
    frame = pd.DataFrame({"customer_id": [f"C{i}" for i in range(N)], "x": VALUES, "z": OTHERS, "class": FLAGS})
    source = load(frame)
    assert source.X.columns.tolist() == ["x", "z"]
    assert source.ids.tolist() == frame["customer_id"].tolist()
    assert source.y.tolist() == FLAGS.tolist()
    assert "'class' taken as the label, 'customer_id' taken as the id of each row" in source.note
    assert load(frame, columns=["x", "class"]).X.columns.tolist() == ["x", "class"]
    assert load(frame, label=False).X.columns.tolist() == ["x", "z", "class"]


@pytest.mark.parametrize("counter", ["cycle", "time", "step"])
def test_rows_of_several_series_are_not_one(counter: str) -> None:
    frame = pd.DataFrame({"unit": np.repeat([3, 7, 9], 20), counter: np.tile(np.arange(20), 3), "s": VALUES})
    with pytest.raises(ParameterError, match=f"'{counter}' begins again 2 times.*id='unit'.*columns="):
        load(frame, window=5)
    source = load(frame, id="unit")  # both pieces of advice
    assert (source.X.shape, source.reading["time"], source.ids.tolist()) == ((3, 20, 1), counter, [3, 7, 9])
    assert load(frame, window=5, columns=["s"]).X.channels == ("s",)


@KINDS
def test_times_within_series_are_recognised_by_series(kind: type) -> None:
    table = {
        "who": np.repeat(["a", "b"], 30),
        "nr": np.tile(np.arange(30), 2),
        "x": VALUES,
        "fault": np.repeat([0, 1], 30),
    }
    source = load(kind(table), id="who")
    assert (source.X.shape, source.reading["time"], source.y.tolist()) == ((2, 30, 1), "nr", [0, 1])


def test_several_dates_are_asked_about() -> None:
    frame = pd.DataFrame({"begin": DAYS, "end": DAYS + pd.Timedelta("1h"), "x": VALUES})
    with pytest.raises(ParameterError, match="time='begin'"):
        roles_of(frame, series=True)
    assert load(frame, window=5, time="begin").X.channels == ("x",)  # the advice
    renamed = frame.rename(columns={"begin": "timestamp"})
    assert load(renamed, window=5).reading["time"] == "timestamp"


def test_a_second_answer_is_not_trained_on() -> None:
    frame = pd.DataFrame({"t": DAYS, "x": VALUES, "anomaly": FLAGS, "changepoint": FLAGS, "Machine failure": FLAGS})
    for data, options in ((frame, {"window": 5}), (frame.drop(columns="t"), {})):
        source = load(data, **options)
        names = source.X.channels if options else source.X.columns
        assert tuple(names) == ("x",)
        assert "'changepoint', 'Machine failure' left out: they look like labels, too" in source.note
        assert load(data, label="changepoint", **options).y is not None
    assert load(frame, window=5, label=False).X.channels == ("x", "anomaly", "changepoint", "Machine failure")


def test_columns_of_the_calendar_are_no_series() -> None:
    hours = pd.date_range("2024-01-01", periods=N, freq="h")
    frame = pd.DataFrame({"timestamp": hours, "dow": hours.day_of_week, "hour": hours.hour, "x": VALUES})
    assert load(frame, window=5).X.channels == ("dow", "hour", "x")


def test_nothing_but_an_answer_is_refused() -> None:
    for table, options in (({"is_anomaly": FLAGS}, {"window": 2}), ({"who": FLAGS}, {"id": "who"})):
        with pytest.raises(DataError, match="no columns to train on"):
            load(pd.DataFrame(table), **options)
