"""The table of figures and its bars, the sizes of a run, and what is kept beside the page."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

import hyotan as hy
from hyotan.reproduce._bench import Bench, Row


def fresh(**given):
    return Bench("lstm-ae", "", "", **given)


@pytest.mark.parametrize(
    ("value", "bar", "met", "shown"),
    [
        (41.0, {"at_most": 42.0}, True, "≤ 42.0"),
        (42.0, {"at_most": 42.0}, True, "≤ 42.0"),
        (42.1, {"at_most": 42.0}, False, "≤ 42.0"),
        (41.0, {"at_least": 42.0}, False, "≥ 42.0"),
        (42.0, {"exactly": 42}, True, "= 42.0"),
        (41.9, {"exactly": 42}, False, "= 42.0"),
        (41.0, {"at_least": 40.0, "at_most": 42.0}, True, "≤ 42.0 and ≥ 40.0"),
        (39.0, {"at_least": 40.0, "at_most": 42.0}, False, "≤ 42.0 and ≥ 40.0"),
        (float("nan"), {"at_most": 42.0}, False, "≤ 42.0"),
        (float("nan"), {"at_least": 42.0}, False, "≥ 42.0"),
        (41.0, {}, None, ""),
    ],
)
def test_bars(value, bar, met, shown):
    row = fresh().row("x", value, form=".1f", **bar)
    assert row.met is met and row.bar == shown
    assert fresh(quick=True).row("x", value, form=".1f", **bar).met is None


def test_a_bar_of_words_is_refused(refused):
    with refused(hy.ParameterError, "A bar is for numbers"):
        fresh().row("x", "0.1 → 0.2", at_most=1.0)


def test_figures_are_plain_numbers():
    row = fresh().row("x", np.float32(1.5), keras=2, at_most=2.0)
    assert type(row.value) is float and type(row.met) is bool
    assert type(fresh().row("x", np.int64(3)).value) is int
    assert [Row("x", -0.00012, form=".1e").text(name) for name in ("value", "keras")] == ["−1.2e−04", "–"]


def test_what_is_said(capsys):
    told = []
    fresh(say=told.append).row("x", 2.0, published=1.0, at_most=1.5)
    assert told == ["lstm-ae: x: 2, published 1, bar ≤ 1.5, MISSED"] and capsys.readouterr().out == ""


def test_data_are_whole_or_evenly_spaced():
    (x, y), (x_test, y_test) = fresh().data("sines")
    assert x.shape == (17_802, 100, 1) and x_test.shape == (1_800, 100, 1)  # as published
    assert np.bincount(y).tolist() == [3501, 14301] and len(y_test) == 1800
    (few, labels), (_, _) = fresh(quick=True).data("sines", quick=(100, 10))
    assert few.shape == (100, 100, 1) and len(labels) == 100
    np.testing.assert_array_equal(few, x[: 178 * 100 : 178])
    np.testing.assert_array_equal(labels, y[: 178 * 100 : 178])
    assert set(labels) == {0, 1}


def test_the_clock_tells_each_model():
    bench = fresh()
    X = np.random.default_rng(0).normal(size=(20, 3))
    model = bench.fit(hy.AE(2, epochs=1, random_state=0, verbose=0), X)
    assert 0 < bench.took(model) < 60 and model.transform(X).shape == (20, 2)


def test_plain_keras_only_where_it_is_asked_for():
    assert fresh().beside("dense_ae", None, None) == {}


def test_tables_are_kept_as_csv(bench):
    assert list(csv.reader(io.StringIO(bench.files["numbers.csv"].decode()))) == [
        ["n", "value"],
        ["1000", "0.5"],
        ["2", "<script>alert(1)</script>"],
    ]
    assert bench.blocks[-1].rows[0] == ("1,000", "0.5")
    bench.table("large", ("n",), [(26_415.382,), (1.25e-7,), (-3,)], title="", caption="")
    assert bench.blocks[-1].rows == (("26,415",), ("1.25e−07",), ("−3",))


def test_a_picture_is_not_replaced(bench, refused):
    with refused(hy.ParameterError, "picture 'waves'"):
        bench._image(next(block for block in bench.blocks if block.name == "waves"))


def test_an_unknown_plot_is_named(refused):
    with refused(hy.ParameterError, "no plot named 'historie'", "did you mean 'history'?"):
        fresh().plot("historie", hy.Record())
