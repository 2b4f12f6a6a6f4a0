"""Tables as series: one long one in windows, or many that a column tells apart; pandas is the judge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from hyotan._errors import DataError, ParameterError
from hyotan.data.tables import only, series_of, windows_of

KINDS = pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "arrow"])
RNG = np.random.default_rng(0)


def log(shuffled: bool = True) -> pd.DataFrame:
    """Five series of 3 to 7 rows; shuffled, the rows of all are mixed but stay in order within each."""
    frame = pd.concat(
        pd.DataFrame({"who": name, "at": pd.date_range("2024", periods=n, freq="h"), "x": RNG.normal(size=n), "y": i})
        for i, (name, n) in enumerate({"e": 4, "b": 7, "a": 3, "d": 5, "c": 3}.items())
    ).reset_index(drop=True)
    if shuffled:
        frame = frame.sort_values("at", kind="stable").reset_index(drop=True)
    return frame


@KINDS
@pytest.mark.parametrize("shuffled", [False, True])
def test_many_series(kind: type, shuffled: bool) -> None:
    frame = log(shuffled)
    found = series_of(kind(frame.to_dict("list")), "who", "at", "y")
    assert found.ids.tolist() == list(frame["who"].unique())
    assert (found.channels, found.time) == (("x",), "at")
    for series, label, (name, group) in zip(found.X, found.y, frame.groupby("who", sort=False), strict=True):
        np.testing.assert_array_equal(series, group[["x"]])
        assert label == group["y"].iloc[0], name


def test_series_of_one_length_are_an_array() -> None:
    frame = pd.DataFrame({"who": [7, 3, 7, 3], "x": [1, 2, 3, 4], "y": [5, 6, None, 8]})
    found = series_of(frame, "who", None, None)
    np.testing.assert_array_equal(found.X, [[[1, 5], [3, np.nan]], [[2, 6], [4, 8]]])
    assert (found.ids.tolist(), found.y, found.time) == ([7, 3], None, None)


def test_the_only_dates_are_the_times() -> None:
    assert series_of(log(), "who", None, None).channels == ("x", "y")
    with pytest.raises(ParameterError, match="Several columns hold dates.*'at', 'end'.*time='at'"):
        series_of(log().assign(end=log()["at"]), "who", None, None)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.iloc[::-1], r"The times of the id 'b' go back at step 1 .*2024-01-01T06:00:00 at step 0"),
        (lambda f: f.assign(at=f["at"].where(f["who"] != "d", f["at"].iloc[0])), "of the id 'd' stands twice .*s 0"),
        (lambda f: f.assign(who=f["who"].where(f.index != 4)), "'who' does not say .* none in row 4.*fill"),
        (lambda f: f.assign(at=f["at"].where(f.index != 4)), "Times are missing"),
        (lambda f: f.assign(y=f["y"].where(f.index != 4, 9)), "The label of the id '.' changes.*one value of 'y'"),
        (lambda f: f.assign(text="a"), "'text'.*other than numbers|other than numbers.*'text'"),
        (lambda f: f.drop(columns=["x"]), "no columns to train on"),
    ],
)  # fmt: skip
def test_many_series_are_refused(change: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        series_of(change(log()), "who", "at", "y")


def test_numbered_ids_may_not_be_missing_either() -> None:
    with pytest.raises(DataError, match="none in row 1 and 1 more"):
        series_of(pd.DataFrame({"who": [1, None, None], "x": [1, 2, 3]}), "who", None, None)


@KINDS
def test_one_long_series(kind: type) -> None:
    frame = log().query("who == 'b'").drop(columns="who")
    found, time = windows_of(kind(frame.to_dict("list")), 3, 2, None, None)
    assert (time, found.channels, found.stride) == ("at", ("x", "y"), 2)
    np.testing.assert_array_equal(found.series, frame[["x", "y"]])
    np.testing.assert_array_equal(found.time, frame["at"])


def test_a_long_series_without_times() -> None:
    found, time = windows_of(pd.DataFrame({"x": [1, 2, 3]}), 2, None, None, None)
    assert (time, found.time.tolist(), found.stride) == (None, [0, 1, 2], 1)
    with pytest.raises(ParameterError, match="'gaps' parameter has no meaning without times.*gaps='split'"):
        windows_of(pd.DataFrame({"x": [1, 2, 3]}), 2, None, None, "split")
    with pytest.raises(DataError, match="no columns to train on"):
        windows_of(pd.DataFrame({"x": [1, 2, 3]}), 2, None, "x", None)


@KINDS
def test_only(kind: type) -> None:
    table = kind({"a": [1], "b": [2], "c": [3]})

    def left(*options: object) -> list[str]:
        found = only(table, *options)
        return list(getattr(found, "column_names", None) or found.columns)

    assert left(None, None, ()) == ["a", "b", "c"]
    assert left(["c", "a"], None, (None,)) == ["c", "a"]
    assert left(["c"], None, ("a", None)) == ["c", "a"]
    assert left(["c", "a"], None, ("a",)) == ["c", "a"]
    assert left(None, ["b"], ()) == ["a", "c"]
    for options in ((["x"], None, ()), (None, ["x"], ()), (["a"], None, ("x",))):
        with pytest.raises(ParameterError, match="no column named 'x'"):
            left(*options)
