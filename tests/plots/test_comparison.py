"""Several records in one picture, against their histories and arrays."""

from __future__ import annotations

import io

import numpy as np
import pytest
from matplotlib.figure import Figure

import hyotan as hy
from hyotan.plots import comparison


def of(**history):
    return hy.Record(history=history)


def test_losses_lie_over_each_other_in_validation_where_all_have_it():
    records = {
        "a": of(loss=[3.0, 2.0, 1.0], val_loss=[4.0, 3.0, 2.5]),
        "b": of(loss=[5.0, 4.0], val_loss=[6.0, 3.5]),
    }
    (ax,) = comparison.losses(records).axes
    assert [line.get_ydata().tolist() for line in ax.get_lines()] == [[4.0, 3.0, 2.5], [6.0, 3.5]]
    assert [line.get_xdata().tolist() for line in ax.get_lines()] == [[1, 2, 3], [1, 2]]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["a: 2.5", "b: 3.5"]
    assert ax.get_ylabel() == "validation loss, nats a row"
    looks = {(line.get_color(), line.get_linestyle()) for line in ax.get_lines()}
    assert len(looks) == 2
    records["c"] = of(loss=[9.0])
    ax = Figure().subplots()
    assert comparison.losses(records, ax=ax) is ax
    assert [line.get_ydata().tolist() for line in ax.get_lines()] == [[3.0, 2.0, 1.0], [5.0, 4.0], [9.0]]
    assert ax.get_ylabel() == "training loss, nats a row"


def test_the_axis_fits_the_curves_that_are_drawn():
    """Where one run has no validation, the training losses of all are drawn, far from the others' validation."""
    records = {
        "a": of(loss=[900.0, 3.0, 2.9, 2.8, 2.7], val_loss=[50.0, 50.1, 50.2, 50.3, 50.4]),
        "b": of(loss=[4.0, 3.5, 3.4, 3.3, 3.2]),
    }
    (ax,) = comparison.losses(records).axes
    low, high = ax.get_ylim()
    assert low < 2.7 < 3.5 < high < 10


def test_no_two_of_many_runs_look_alike():
    (ax,) = comparison.losses({f"run {k}": of(loss=[3.0, 2.0]) for k in range(20)}).axes
    assert len({(line.get_color(), line.get_linestyle()) for line in ax.get_lines()}) == 20


def test_a_high_beginning_does_not_flatten_the_rest():
    (ax,) = comparison.losses(
        {"a": of(loss=[1e5, 9.0, 8.0, 7.0, 6.5, 6.4]), "b": of(loss=[30.0, 9.5, 8.5, 7, 6, 5])}
    ).axes
    low, high = ax.get_ylim()
    assert low < 5 and 9.5 < high < 11
    (ax,) = comparison.losses({"a": of(loss=[10.0, 9.0, 8.0, 7.0, 6.5, 6.4])}).axes
    assert ax.get_ylim()[1] > 10


def test_each_run_has_a_row_below_the_originals(images):
    other = hy.Record(**{**vars(images), "pictures": {**images.pictures, "pairs_mean": images.pictures["pairs_draw"]}})
    axes = np.reshape(comparison.beside({"ours": images, "a run of a very long name": other}).axes, (3, 10))
    for i, name in enumerate(("pairs_original", "pairs_mean", "pairs_draw")):
        for j in range(10):
            np.testing.assert_array_equal(axes[i, j].get_images()[0].get_array(), images.pictures[name][j])
    assert [axes[i, 0].get_ylabel() for i in range(3)] == ["original", "ours", "a run of…ng name"]


@pytest.mark.parametrize("name", ["table", "ragged", "colour"])
def test_every_kind_of_row_can_stand_beside_another(name, request):
    record = request.getfixturevalue(name)
    figure = comparison.beside({"one": record, "two": record})
    figure.savefig(io.BytesIO(), format="png")
    if name == "table":
        heat = np.asarray(figure.axes[1].get_images()[0].get_array())
        std = np.asarray(record.metrics["reconstruction"]["column_std"])
        assert heat.shape == (3, 13)
        expected = (record.pictures["pairs_mean"][1] - record.pictures["pairs_original"][1]) / std
        np.testing.assert_allclose(heat[2] - heat[0], expected, atol=1e-4)
        assert [t.get_text() for t in figure.axes[1].get_yticklabels()] == ["original", "one", "two"]
