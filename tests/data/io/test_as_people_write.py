"""Files with a time that is a number, with numbers that stand for nothing, with columns that tell nothing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.io.load import load

ROWS = pd.DataFrame({"T": np.round(20 + np.sin(np.arange(30.0)), 3), "p": np.round(1013 + np.cos(np.arange(30.0)), 2)})
UNITS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


@pytest.fixture
def file(tmp_path):
    def written(frame):
        frame.to_csv(tmp_path / "a.csv", index=False)
        return tmp_path / "a.csv"

    return written


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", ["ts", "timestamp", "time", "event_time"])
def test_times_since_1970_are_no_measurements(unit, name, file, refused):
    path = file(ROWS.assign(**{name: (1_711_324_800 + 600 * np.arange(30)) * UNITS[unit]}))
    with refused(DataError, f"counts {unit} since 1970", f"drop=['{name}']", "window=", "columns="):
        load(path)
    assert load(path, drop=[name]).X.column_names == ["T", "p"]  # all that the error advises works
    assert load(path, drop=name).X.column_names == ["T", "p"]
    assert load(path, window=10).X.series.shape == (30, 2)
    assert load(path, columns=["T", name]).X.column_names == ["T", name]


def test_other_numbers_of_that_name_are(file):
    assert load(file(ROWS.assign(time=np.arange(30) * 0.5))).X.column_names == ["T", "p", "time"]


@pytest.mark.parametrize("sentinel", [-9999, -999.0])
def test_a_sentinel_stops_a_load(sentinel, file, refused):
    path = file(ROWS.assign(p=ROWS["p"].where(np.arange(30) % 6 != 0, sentinel)))
    with refused(DataError, "in 'p'", f"missing_values={int(sentinel)}", f"keep_values={int(sentinel)}", "5 times"):
        load(path)
    source = load(path, missing_values=sentinel)
    assert source.X["p"].null_count == 5 and "5 cells" in source.note
    assert source.reading["missing_values"] == sentinel
    np.testing.assert_array_equal(source.X["T"].to_numpy(), ROWS["T"])
    assert load(path, keep_values=[sentinel]).X["p"].null_count == 0
    with refused(DataError, "in 'p'"):
        load(path, missing_values=-77)


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow"])
def test_sentinels_of_frames(kind):
    import polars as pl
    import pyarrow as pa

    data = {"a": [1.0, -9999.0, 2.0, 3.0], "n": [5, 6, -9999, 7], "t": ["x", "y", "z", "w"]}
    frame = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "arrow": pa.table}[kind](data)
    found = load(frame, missing_values=-9999).X
    assert type(found) is type(frame)
    for name, values in (("a", [1.0, None, 2.0, 3.0]), ("n", [5, 6, None, 7]), ("t", data["t"])):
        column = found[name].to_pylist() if kind == "arrow" else found[name].to_list()
        assert [None if value != value else value for value in column] == values


@pytest.mark.parametrize("wrong", ["x", True, [None]])
def test_sentinels_are_numbers(wrong, refused):
    with refused(ParameterError, "'missing_values' parameter", "a number, or several"):
        load(ROWS, missing_values=wrong)


def test_a_number_is_one_or_the_other(refused):
    with refused(ParameterError, "the same number"):
        load(ROWS, missing_values=[-9, -8], keep_values=-9.0)


def test_columns_that_tell_nothing_are_left_out_of_files(file):
    frame = ROWS.assign(const=3.0, none=np.nan, word="same")
    source = load(file(frame))
    assert source.X.column_names == ["T", "p"]
    assert "'none' left out: no values" in source.note and "'const', 'word' left out: the same value" in source.note
    assert source.reading["columns"] == ["T", "p"]
    assert load(file(frame), columns=["T", "const"]).X.column_names == ["T", "const"]
    assert [*load(frame).X.columns] == [*frame.columns]  # what the user made is left as it is


def test_a_file_of_constants_is_left_whole(file):
    assert load(file(pd.DataFrame({"a": [1, 1, 1], "b": [2, 2, 2]}))).X.column_names == ["a", "b"]


def test_date_and_time_in_two_columns(file):
    times = [dt.datetime(2024, 3, 25) + dt.timedelta(minutes=10 * i) for i in range(30)]
    days, clocks = ([time.strftime(form) for time in times] for form in ("%d.%m.%Y", "%H:%M"))
    source = load(file(ROWS.assign(Day=days, Clock=clocks)), window=10)
    assert source.X.series.shape == (30, 2) and "every 10 minutes" in source.note
    assert "'Clock' joined to 'Day'" in source.note
