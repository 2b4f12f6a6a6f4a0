"""What the page holds of the rows, against the model and the rows themselves."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import hyotan as hy
from hyotan.explorer import _rows
from hyotan.explorer._arrays import unpack
from hyotan.explorer._layout import tsne
from hyotan.explorer._rows import payload

RNG = np.random.default_rng(0)
QUIET = {"epochs": 1, "random_state": 0, "verbose": 0}


def column(found, name):
    [chosen] = [column for column in found["columns"] if column["name"] == name]
    return chosen


def originals(found):
    """Return the rows that are held, in their own units, and their numbers."""
    held = found["originals"]
    at = unpack(held["at"])
    rows = np.flatnonzero(at >= 0)
    return unpack(held["values"])[at[rows]] * held["scale"] + held["offset"], rows


def decoded(decode, found):
    """Return what the page shows beside each row, in the rows' own units."""
    network = decode(found["program"], unpack(found["codes"])).reshape(-1, *found["shape"])
    own = network * found["undo"]["scale"] + found["undo"]["offset"]
    if found["lengths"] is None:
        return own
    return [shown(found, row, length) for row, length in zip(own, unpack(found["lengths"]), strict=True)]


def shown(found, row, length):
    return row[len(row) - length :] if found["aligned"] == "end" else row[:length]


@pytest.fixture(scope="module")
def images(digits):
    rows, labels = digits
    rows = np.round(rows * 255).astype(np.uint8)
    model = hy.VAE(2, net=hy.nets.Dense((16,)), **QUIET).fit(rows)
    return model, rows, labels, payload(model, rows, labels, command="hyotan explore")


@pytest.fixture(scope="module")
def table(wine):
    rows, labels = wine
    rows = rows.copy()
    rows.iloc[3, 2] = np.nan
    with pytest.warns(hy.HyotanWarning, match="missing"):
        model = hy.AE(3, net=hy.nets.Dense((8,)), **QUIET).fit(rows)
        found = payload(model, rows, [f"cultivar {label}" for label in labels])
        error = model.reconstruction_error(rows)
    return model, rows, labels, found, error


def test_it_is_json_and_says_what_it_shows(images):
    _, rows, _, found = images
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["kind"] == "images" and found["shape"] == [8, 8, 1] and found["range"] == [0, 255]
    assert found["d"] == 2 and found["command"] == "hyotan explore"
    assert "Bernoulli" in found["line"] and found["title"] == f"{len(rows)} images · 2 code units"
    assert found["versions"]["hyotan"] == hy.__version__


def test_codes_and_errors_are_the_models(images):
    model, rows, labels, found = images
    np.testing.assert_array_equal(unpack(found["codes"]), model.transform(rows))
    np.testing.assert_array_equal(unpack(found["rows"]), np.arange(len(rows)))
    np.testing.assert_allclose(unpack(column(found, "error")["values"]), model.reconstruction_error(rows), rtol=1e-6)
    assert [c["name"] for c in found["columns"]] == ["label", "error"]
    label = column(found, "label")
    assert label["categories"] == [str(digit) for digit in range(10)]
    np.testing.assert_array_equal(unpack(label["values"]), labels)


def test_images_come_back_and_decode(images, decode):
    model, rows, _, found = images
    own, at = originals(found)
    np.testing.assert_array_equal(own[..., 0], rows[at])
    assert len(at) == len(rows) and found["originals"]["values"]["dtype"] == "u1"
    np.testing.assert_allclose(decoded(decode, found)[..., 0], model.reconstruct(rows), atol=1e-3)


def test_columns_and_row_numbers_of_the_callers_own(images):
    model, rows, *_ = images
    score, numbers = model.score_samples(rows), np.arange(len(rows)) * 3
    found = payload(model, rows, columns={"score": score}, rows=numbers)
    np.testing.assert_allclose(unpack(column(found, "score")["values"]), score, rtol=1e-6)
    np.testing.assert_array_equal(unpack(found["rows"]), numbers)
    for frame in (pd.DataFrame({"score": score}), pa.table({"score": score})):
        again = payload(model, rows, columns=frame, rows=numbers)
        assert column(again, "score") == column(found, "score")


def test_own_columns_that_do_not_fit_are_refused(images, refused):
    model, rows, *_ = images
    with refused(hy.DataError, "columns is not valid", "columns={'name': numbers}"):
        payload(model, rows, columns=[1.0, 2.0])
    with refused(hy.DataError, "'score' does not fit X"):
        payload(model, rows, columns={"score": [1.0, 2.0]})
    with refused(hy.DataError, "rows does not fit X"):
        payload(model, rows, rows=[0, 1])
    with refused(hy.DataError, "already"):
        payload(model, rows, columns={"error": np.zeros(len(rows))})


def test_a_column_far_from_zero_keeps_its_last_digits():
    rows = np.column_stack([1.6e9 + RNG.normal(scale=30, size=80), RNG.normal(size=80)])
    found = payload(hy.AE(1, net=hy.nets.Dense(()), **QUIET).fit(rows), rows)
    np.testing.assert_allclose(originals(found)[0], rows, atol=1e-4)


def test_labels_of_odd_kinds():
    assert _rows._label(np.array(["2020-01-01"] * 2, "datetime64[ns]"))["categories"][0].startswith("2020-01-01")
    found = _rows._label(pd.Series(["a", pd.NA, "b"], dtype="string").to_numpy(object))
    assert found["categories"] == ["a", "b", "missing"]


def test_parts_of_the_rows_give_what_the_whole_gives(images, monkeypatch):
    model, rows, labels, found = images
    monkeypatch.setattr(_rows, "CHUNK", 70)
    assert payload(model, rows, labels, command="hyotan explore") == found


def test_grey_values_keep_their_range(digits):
    rows = digits[0][:60] * 3 - 1
    found = payload(hy.AE(2, net=hy.nets.Dense(()), **QUIET).fit(rows), rows)
    own, _ = originals(found)
    assert found["range"] == [-1, 2] and found["originals"]["values"]["dtype"] == "u1"
    assert np.abs(own[..., 0] - rows).max() <= 3 / 255 / 2 + 1e-6


def test_principal_components_are_those_of_the_codes(table):
    model, rows, *_, found, _ = table
    with pytest.warns(hy.HyotanWarning, match="missing"):
        codes = model.transform(rows).astype(float)
    pca = found["pca"]
    axes = np.asarray(pca["components"])
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-8)
    np.testing.assert_allclose(pca["mean"], codes.mean(axis=0), atol=1e-7)
    variance = np.var((codes - codes.mean(axis=0)) @ axes.T, axis=0)
    np.testing.assert_allclose(pca["share"], variance / variance.sum(), atol=1e-6)
    assert (np.diff(pca["share"]) <= 0).all()
    assert abs(np.corrcoef((codes - codes.mean(axis=0)) @ axes.T, rowvar=False)[0, 1]) < 1e-4


def test_a_table_holds_its_columns_in_their_own_units(table, decode):
    model, rows, _, found, error = table
    assert found["names"] == list(rows.columns) and found["shape"] == [13]
    assert [c["name"] for c in found["columns"]] == ["label", "error", *rows.columns]
    np.testing.assert_allclose(
        np.column_stack([unpack(column(found, name)["values"]) for name in rows.columns]), rows.to_numpy(), rtol=1e-6
    )
    assert column(found, "label")["categories"] == ["cultivar 0", "cultivar 1", "cultivar 2"]
    np.testing.assert_allclose(unpack(column(found, "error")["values"]), error, rtol=1e-5)
    own, _ = originals(found)
    np.testing.assert_allclose(own, rows.to_numpy(), rtol=1e-6)
    with pytest.warns(hy.HyotanWarning, match="missing"):
        reconstruction = model.reconstruct(rows)
    np.testing.assert_allclose(decoded(decode, found), reconstruction, rtol=1e-4)


@pytest.mark.parametrize("order", ["forward", "reversed"])
def test_series_of_unequal_length(order, decode):
    rows = [RNG.normal(size=(int(n), 2)) for n in [*RNG.integers(4, 10, 30), 10]]
    model = hy.VAE(3, net=hy.nets.Recurrent(5, order=order, decoder="conditional"), **QUIET).fit(rows)
    found = payload(model, rows)
    assert found["kind"] == "series" and found["shape"] == [10, 2]
    assert unpack(found["lengths"]).tolist() == [len(row) for row in rows]
    own, _ = originals(found)
    for row, held, made, expected in zip(rows, own, decoded(decode, found), model.reconstruct(rows), strict=True):
        np.testing.assert_allclose(held[: len(row)], row, rtol=1e-6, atol=1e-6)  # float32 of standardised values
        assert np.isnan(held[len(row) :]).all()
        np.testing.assert_allclose(made, expected, atol=1e-4)
    # Others than those of the training, which are longer, or all of them shorter.
    others = [np.concatenate([row, row]) for row in rows[:5]] if order == "reversed" else rows[:5]
    longest = max(10, *(len(row) for row in others))
    found = payload(model, others)
    assert found["shape"] == [longest, 2] and unpack(found["lengths"]).tolist() == [len(row) for row in others]
    for made, expected in zip(decoded(decode, found), model.reconstruct(others), strict=True):
        np.testing.assert_allclose(made, expected, atol=1e-4)


def test_windows_and_their_channels(decode):
    frame = pa.table({"heat": np.sin(np.arange(80.0)), "wind": np.cos(np.arange(80.0) / 3)})
    windows = hy.data.windows(frame, 12)
    model = hy.AE(2, net=hy.nets.Recurrent(4), **QUIET).fit(windows)
    found = payload(model, windows)
    assert found["names"] == ["heat", "wind"] and found["lengths"] is None and found["aligned"] == "start"
    assert found["shape"] == [12, 2]
    np.testing.assert_allclose(originals(found)[0], windows.X, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(decoded(decode, found), model.reconstruct(windows), atol=1e-4)


def test_a_net_that_predicts(decode):
    rows = np.sin(np.arange(12) + RNG.uniform(0, 6, size=(40, 1)))[..., None]
    model = hy.AE(2, net=hy.nets.Recurrent(4, future=3, reconstruct=False), **QUIET).fit(rows)
    found = payload(model, rows)
    made = decoded(decode, found)
    assert np.isnan(made[:, :9]).all()
    np.testing.assert_allclose(made[:, 9:], model.forecast(rows), atol=1e-4)
    np.testing.assert_allclose(unpack(column(found, "error")["values"]), model.reconstruction_error(rows), rtol=1e-5)
    past = payload(model, rows[:, :9])  # nothing is known of what follows, so nothing of the error
    assert np.isnan(unpack(column(past, "error")["values"])).all()
    assert past["shape"] == [12, 1] and np.isnan(originals(past)[0][:, 9:]).all()


def test_too_many_rows_leave_an_even_part_and_the_worst(monkeypatch):
    rows = RNG.uniform(size=(400, 6))
    rows[250:260] += 40  # a row unlike all others
    model = hy.AE(2, net=hy.nets.Dense(()), **QUIET).fit(rows)
    monkeypatch.setattr(_rows, "LEAST", 2200)
    monkeypatch.setattr(_rows, "ROOM", 2200)
    found = payload(model, rows)
    own, at = originals(found)
    assert 60 < len(at) < 200
    np.testing.assert_allclose(own, rows[at], rtol=1e-6, atol=1e-6 * rows.std())
    worst = np.argsort(-model.reconstruction_error(rows))[:20]
    assert set(worst) <= set(at)
    others = np.setdiff1d(at, np.argsort(-model.reconstruction_error(rows))[: len(at) // 2])
    assert 120 < np.mean(others) < 280  # from everywhere
    np.testing.assert_array_equal(originals(payload(model, rows))[1], at)  # the same every time
    assert len(unpack(found["codes"])) == 400


@pytest.mark.parametrize(
    ("y", "categories", "words"),
    [
        ([10, 2, 0, 2], ["0", "2", "10"], ["10", "2", "0", "2"]),
        ([1.0, np.nan, 0.0], ["0", "1", "missing"], ["1", "missing", "0"]),
        ([True, False], ["False", "True"], ["True", "False"]),
        (np.array(["b", None, "a"], dtype=object), ["a", "b", "missing"], ["b", "missing", "a"]),
    ],
)
def test_labels_that_are_classes(y, categories, words):
    label = _rows._label(np.asarray(y))
    assert (label["type"], label["categories"]) == ("category", categories)
    assert [categories[i] for i in unpack(label["values"])] == words


@pytest.mark.parametrize("y", [np.arange(60), np.linspace(0, 1, 40), np.array([0.5, 1.5, np.nan])])
def test_labels_that_are_a_quantity(y):
    label = _rows._label(y)
    assert label["type"] == "number" and "categories" not in label
    np.testing.assert_allclose(unpack(label["values"]), y, rtol=1e-6)


def test_more_labels_than_can_be_told_apart(monkeypatch):
    monkeypatch.setattr(_rows, "CATEGORIES", 3)
    label = _rows._label(np.array(["a", "b", "b", "c", "c", "c", "d"]))
    assert label["categories"] == ["c", "b", "others"]
    assert unpack(label["values"]).tolist() == [2, 1, 1, 0, 0, 0, 2]


def test_columns_that_are_called_as_an_answer_are_told_apart_and_not_too_many():
    rows = RNG.normal(size=(30, 70))
    names = ["error", *(f"x{i}" for i in range(69))]
    frame = pa.table(dict(zip(names, rows.T, strict=True)))
    found = payload(hy.AE(2, net=hy.nets.Dense(()), **QUIET).fit(frame), frame)
    assert [c["name"] for c in found["columns"]][:3] == ["error", "error (column)", "x0"]
    assert len(found["columns"]) == 1 + _rows.COLUMNS


def test_labels_that_do_not_fit_are_refused(images, refused):
    model, rows, labels, _ = images
    with refused(hy.DataError, "y does not fit X", "300 labels"):
        payload(model, rows, labels[:-1])


def test_a_layout_keeps_neighbours_together(table):
    model, rows, *_ = table
    with pytest.warns(hy.HyotanWarning, match="missing"):
        found = payload(model, rows, layout="tsne")
    assert found["layout"]["name"] == "t-SNE"
    points = unpack(found["layout"]["points"])
    assert points.shape == (len(rows), 2) and np.isfinite(points).all()


def test_a_layout_of_many_places_the_others_among_their_neighbours(monkeypatch):
    monkeypatch.setattr("hyotan.explorer._layout.PLACED", 80)
    groups = np.repeat(np.arange(4), 50)
    codes = 10 * np.eye(4)[groups] + RNG.normal(scale=0.3, size=(200, 4))
    places = tsne(codes)
    centres = np.stack([np.median(places[groups == g], axis=0) for g in range(4)])
    nearest = np.argmin(np.linalg.norm(places[:, None] - centres, axis=2), axis=1)
    np.testing.assert_array_equal(nearest, groups)
    np.testing.assert_array_equal(tsne(codes), places)


def test_a_layout_that_is_unknown_or_needless_is_refused(images, table, refused):
    model, rows, *_ = images
    with refused(hy.ParameterError, "layout", "more than 2 dimensions", "leave layout= out"):
        payload(model, rows, layout="tsne")
    model, rows, *_ = table
    with refused(hy.ParameterError, "layout", "'tsne'", "'umap'"):
        payload(model, rows, layout="umap")
    with refused(hy.ParameterError, "layout", "'tsne'"):
        payload(model, rows, layout=["tsne"])
