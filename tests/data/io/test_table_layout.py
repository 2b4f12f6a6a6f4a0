"""Tables as series: one long one in windows, or many that a column tells apart; pandas is the judge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from hyotan.core.errors import DataError, ParameterError
from hyotan.data import load
from hyotan.data.io.table_layout import only, series_of, windows_of
from hyotan.data.series.steps import Timing

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
    assert found.channels == ("x",)
    for series, label, (name, group) in zip(found.X, found.y, frame.groupby("who", sort=False), strict=True):
        np.testing.assert_array_equal(series, group[["x"]])
        assert label == group["y"].iloc[0], name


def test_series_of_one_length_are_an_array() -> None:
    frame = pd.DataFrame({"who": [7, 3, 7, 3], "x": [1, 2, 3, 4], "y": [5, 6, None, 8]})
    found = series_of(frame, "who", None, None)
    np.testing.assert_array_equal(found.X, [[[1, 5], [3, np.nan]], [[2, 6], [4, 8]]])
    assert (found.ids.tolist(), found.y) == ([7, 3], None)


def test_the_only_dates_are_the_times() -> None:
    assert load(log(), id="who").reading == {"id": "who", "time": "at", "columns": ["x", "y"]}
    with pytest.raises(ParameterError, match="Several columns hold dates.*'at', 'end'.*time='at'"):
        load(log().assign(end=log()["at"]), id="who")
    assert load(log().assign(end=log()["at"]), id="who", time="at").reading["columns"] == ["x", "y"]


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


def holey() -> pd.DataFrame:
    """The log with hour 2 of "e" and hours 2 and 4 of "b" missing."""
    frame = log()
    hour = frame["at"].dt.hour
    return frame[~((frame["who"] == "e") & (hour == 2) | (frame["who"] == "b") & hour.isin([2, 4]))]


@KINDS
@pytest.mark.parametrize("gaps", [None, Timing("refuse")])
def test_gaps_of_a_series_are_refused(kind: type, gaps: Timing | None) -> None:
    frame = kind(holey().query("who != 'e'").to_dict("list"))
    words = "The times of the id 'b' have 2 gaps.*every hour.*T01:00:00 at step 1, then .*T03:00:00 at step 2.*'mask'"
    with pytest.raises(DataError, match=words):
        series_of(frame, "who", "at", "y", gaps)
    # An hour is missing of "e", too; without times only the order counts.
    with pytest.raises(DataError, match="of the id 'e' have 1 gap "):
        series_of(holey(), "who", "at", "y", gaps)
    assert len(series_of(holey().drop(columns="at"), "who", None, "y").X) == 5


@pytest.mark.parametrize(
    ("kind", "time"),
    [(pd.DataFrame, "at"), (pl.DataFrame, "at"), (pa.table, "at"), (lambda c: pd.DataFrame(c).set_index("at"), None)],
    ids=["pandas", "polars", "arrow", "index"],
)
def test_missing_times_of_series_become_missing_cells(kind: type, time: str | None) -> None:
    frame = holey()
    found = series_of(kind(frame.to_dict("list")), "who", time, "y", Timing("mask"))
    assert found.ids.tolist() == list(frame["who"].unique())
    for series, (_, group) in zip(found.X, frame.groupby("who", sort=False), strict=True):
        np.testing.assert_array_equal(series, group.set_index("at")[["x"]].asfreq("h"))
    assert sum(np.isnan(series).sum() for series in found.X) == 3


@KINDS
def test_stretches_between_gaps_become_series(kind: type) -> None:
    frame = holey()
    found = series_of(kind(frame.to_dict("list")), "who", "at", "y", Timing("split"))
    stretch = frame.groupby("who")["at"].diff().ne(pd.Timedelta("1h")).groupby(frame["who"]).cumsum()
    groups = {name: group for name, group in frame.groupby([frame["who"], stretch], sort=False)}
    order = sorted(groups, key=lambda name: (list(frame["who"].unique()).index(name[0]), name[1]))
    assert found.ids.tolist() == [name for name, _ in order]
    assert len(found.X) == 5 + 3
    for series, label, name in zip(found.X, found.y, order, strict=True):
        np.testing.assert_array_equal(series, groups[name][["x"]])
        assert label == groups[name]["y"].iloc[0]


def test_gaps_of_series_that_mean_nothing() -> None:
    with pytest.raises(ParameterError, match="'gaps' parameter is not valid.*'fill'"):
        load(log(), id="who", gaps="fill")
    with pytest.raises(ParameterError, match="no times to put the rows in order by.*gaps="):
        series_of(log().drop(columns="at"), "who", None, None, Timing("mask"))
    odd = pd.DataFrame({"who": ["a"] * 5, "t": [0, 10, 20, 30, 45], "x": 1.0})
    with pytest.raises(DataError, match="gaps in time of the id 'a' are not a whole number of steps"):
        series_of(odd, "who", "t", None, Timing("mask"))
    with pytest.raises(DataError, match="The series of the id 'a' is mostly gaps"):
        series_of(odd.assign(t=[0, 1, 2, 3, 1000]), "who", "t", None, Timing("mask"))


def test_dates_in_the_index_are_times() -> None:
    frame = log(shuffled=False).set_index("at")
    found = windows_of(frame.query("who == 'b'")[["x"]], 3, None, None, None, Timing("split"))
    np.testing.assert_array_equal(found.time, frame.query("who == 'b'").index)
    with pytest.raises(DataError, match="The times of the id 'c' go back"):
        series_of(frame.iloc[::-1], "who", None, "y")


def test_numbered_ids_may_not_be_missing_either() -> None:
    with pytest.raises(DataError, match="none in row 1 and 1 more"):
        series_of(pd.DataFrame({"who": [1, None, None], "x": [1, 2, 3]}), "who", None, None)


@KINDS
def test_one_long_series(kind: type) -> None:
    frame = log().query("who == 'b'").drop(columns="who")
    found = windows_of(kind(frame.to_dict("list")), 3, 2, "at", "y", Timing())
    assert (found.channels, found.stride) == (("x",), 2)
    np.testing.assert_array_equal(found.series, frame[["x"]])
    np.testing.assert_array_equal(found.label, frame["y"])
    np.testing.assert_array_equal(found.time, frame["at"])


def test_a_long_series_without_times() -> None:
    found = windows_of(pd.DataFrame({"x": [1, 2, 3]}), 2, None, None, None, Timing())
    assert (found.time.tolist(), found.stride, found.y) == ([0, 1, 2], 1, None)
    with pytest.raises(ParameterError, match="no times to put the rows in order by.*gaps="):
        windows_of(pd.DataFrame({"x": [1, 2, 3]}), 2, None, None, None, Timing("split"))
    with pytest.raises(DataError, match="no columns to train on"):
        windows_of(pd.DataFrame({"x": [1, 2, 3]}), 2, None, "x", None, Timing())


def test_a_label_that_changes_within_a_series() -> None:
    frame = log(shuffled=False)
    flags = (frame.index % 7 == 0).astype(int)
    found = series_of(frame.assign(y=flags), "who", "at", "y")
    assert found.y.tolist() == [int(flags[group.index].any()) for _, group in frame.groupby("who", sort=False)]
    changing = frame.assign(label=frame.index % 3)
    with pytest.raises(DataError, match=r"The label of the id 'e' changes.*drop=\['label'\]"):
        load(changing, id="who")
    assert load(changing, id="who", drop=["label"]).y is None  # the advice


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
