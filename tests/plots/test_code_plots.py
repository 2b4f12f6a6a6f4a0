"""Points, bars and decoded codes against the arrays of the record."""

from __future__ import annotations

import numpy as np
import pytest

import hyotan as hy
from hyotan.plots._labels import CLASSES, grouped, values_of


def test_points_are_the_codes_of_their_class(images):
    ax = hy.plots.latent(images).axes[0]
    labels = np.asarray(images.pictures["codes_label"])
    assert len(ax.collections) == 10
    for digit, points in zip("0123456789", ax.collections, strict=True):
        np.testing.assert_array_equal(points.get_offsets(), images.pictures["codes"][labels == digit])
    looks = {(tuple(p.get_facecolor()[0]), p.get_paths()[0].vertices.tobytes()) for p in ax.collections}
    assert len(looks) == 10  # colour and marker together tell classes apart
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("z₀", "z₁")
    assert ax.get_aspect() == 1


def test_codes_of_three_dimensions_are_drawn_in_three(solid):
    ax = hy.plots.latent(solid).axes[0]
    drawn = np.concatenate([np.stack(points._offsets3d, axis=1) for points in ax.collections])
    codes = np.asarray(solid.pictures["codes"])
    np.testing.assert_allclose(drawn[np.lexsort(drawn.T)], codes[np.lexsort(codes.T)])
    assert [ax.get_xlabel(), ax.get_ylabel(), ax.get_zlabel()] == ["z₀", "z₁", "z₂"]


def test_more_dimensions_are_drawn_on_their_plane_and_without_labels_in_one_colour(wide):
    ax = hy.plots.latent(wide).axes[0]
    (points,) = ax.collections
    np.testing.assert_array_equal(points.get_offsets(), wide.pictures["codes"])
    assert f"{wide.pictures['codes_pca']:.0%} of the variance of the 6 units" in ax.get_title("left")
    assert ax.get_xlabel() == "principal component 1 of the codes"


def test_a_quantity_is_a_scale_of_colours(colour):
    figure = hy.plots.latent(colour)
    np.testing.assert_allclose(
        figure.axes[0].collections[0].get_array(), [float(v) for v in colour.pictures["codes_label"]]
    )
    assert figure.axes[1].get_ylabel() == "label"


def test_codes_of_one_dimension(one):
    ax = hy.plots.latent(one).axes[0]
    assert sum(bar.get_height() for bar in ax.patches) == 50


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (["b", "a", "b"], ["a", "b"]),
        (["10", "9", "-1"], ["-1", "9", "10"]),
        (["class 10", "class 9"], ["class 9", "class 10"]),
        (["x", "3", "nan"], ["3", "nan", "x"]),
    ],
)
def test_classes_are_sorted_as_a_reader_would(labels, names):
    assert [group.name for group in grouped(labels, len(labels))] == names


def test_too_many_classes_become_others():
    labels = [f"c{k}" for k in range(100)] + ["c7"] * 3
    groups = grouped(labels, len(labels))
    assert len(groups) == CLASSES and groups[-1].name == "others" and "c7" in {g.name for g in groups}
    assert sorted(np.concatenate([g.rows for g in groups])) == list(range(103))


def test_words_are_no_quantity():
    assert values_of([f"w{k}" for k in range(50)]) is None
    assert values_of(["1.5", "nan"] * 40) is None


def test_units_have_bars_of_kl_and_variance(images):
    kl, variance = hy.plots.units(images).axes
    assert [bar.get_height() for bar in kl.patches] == images.metrics["codes"]["kl_per_dim"]
    assert [bar.get_height() for bar in variance.patches] == images.metrics["codes"]["variance"]


def test_an_idle_unit_is_marked():
    record = hy.Record(metrics={"codes": {"dim": 3, "variance": [1.0, 0.0, 2.0]}})
    figure = hy.plots.units(record)
    (ax,) = figure.axes
    assert ax.get_lines()[0].get_xdata().tolist() == [1]
    assert [t.get_text() for t in figure.legends[0].get_texts()] == ["in use", "idle"]


def test_the_probe_beside_its_baselines(images):
    (ax,) = hy.plots.probe(images).axes
    found = images.metrics["probe"]
    assert [bar.get_width() for bar in ax.patches] == [100 * found[k] for k in ("codes", "pca", "raw", "majority")]


def test_the_grid_lies_as_its_axes_say(images):
    (ax,) = hy.plots.grid(images).axes
    sheet = np.asarray(ax.get_images()[0].get_array())
    assert sheet.shape == (20 * 8, 20 * 8, 3)
    np.testing.assert_allclose(sheet[:8, :8, 0], images.pictures["grid"][0, 0], atol=1e-6)
    np.testing.assert_allclose(sheet[-8:, 8:16, 0], images.pictures["grid"][-1, 1], atol=1e-6)
    # Ticks: place 0 across is the first value of the first axis; place 0 down, on top, the last of the second.
    across = {t.get_text(): x for t, x in zip(ax.get_xticklabels(), ax.get_xticks(), strict=True)}
    down = {t.get_text(): y for t, y in zip(ax.get_yticklabels(), ax.get_yticks(), strict=True)}
    assert across["−2"] == pytest.approx(0) and across["2"] == pytest.approx(19) and across["0"] == pytest.approx(9.5)
    assert down["2"] == pytest.approx(0) and down["−2"] == pytest.approx(19)
    assert ax.get_ylim() == (19.5, -0.5)


def test_a_grid_of_series_is_made_of_lines(lines):
    (ax,) = hy.plots.grid(lines).axes
    (curves,) = ax.collections
    segments = curves.get_segments()
    assert len(segments) == 400
    x, y = np.asarray(segments[20 * 3 + 5]).T  # fourth from the top, sixth from the left
    assert x.mean() == pytest.approx(5) and abs(x - 5).max() < 0.5
    values = np.asarray(lines.pictures["grid"][3, 5], np.float64).ravel()
    assert np.corrcoef(-y, values)[0, 1] == pytest.approx(1)  # the axis goes downwards


def test_the_grid_of_a_table_is_a_map_for_each_column(table):
    axes = [ax for ax in hy.plots.grid(table).axes if ax.get_images()]
    assert len(axes) == 12
    grid, names = np.asarray(table.pictures["grid"]), table.data["columns"]
    for ax in axes:
        name = ax.get_title("left").split("\n")[0]
        if name in names:
            np.testing.assert_allclose(ax.get_images()[0].get_array(), grid[..., names.index(name)])
    assert axes[0].get_images()[0].get_extent() == [-2, 2, -2, 2]


def test_samples_are_tiles(images):
    (ax,) = hy.plots.samples(images).axes
    sheet = np.asarray(ax.get_images()[0].get_array())
    assert sheet.shape == (3 * 9, 10 * 9, 3)  # 8 pixels and a gap of one
    np.testing.assert_allclose(sheet[9 : 9 + 8, 18 : 18 + 8, 0], images.pictures["samples"][12], atol=1e-6)


def test_walks_name_the_unit_and_its_values(images, wide):
    axes = hy.plots.traversals(images).axes
    assert [ax.get_yticklabels()[0].get_text() for ax in axes] == [
        {0: "z₀", 1: "z₁"}[int(j)] for j in images.pictures["traversal_dims"]
    ]
    assert [t.get_text() for t in axes[-1].get_xticklabels()][::4] == ["−3", "0", "3"]
    assert [t.get_text() for t in axes[0].get_xticklabels() if t.get_text()] == []  # the same for all: written once
    axes = hy.plots.traversals(wide).axes  # a code without a prior has a range of its own for each unit
    for ax, values in zip(axes, wide.pictures["traversal_axis"], strict=True):
        written = [float(t.get_text().replace("−", "-")) for t in ax.get_xticklabels()]
        np.testing.assert_allclose(written, values, rtol=5e-3)


def test_walks_over_a_table_show_the_change_from_the_middle(table):
    ax = hy.plots.traversals(table).axes[0]
    change = np.asarray(ax.get_images()[0].get_array())
    assert change.shape == (13, 9)
    assert (change[:, 4] == 0).all()
    rows = np.asarray(table.pictures["traversals"][0], np.float64)
    std = np.asarray(table.metrics["reconstruction"]["column_std"])
    np.testing.assert_allclose(change[0], (rows[:, 0] - rows[4, 0]) / std[0], atol=1e-5)


def test_dollars_and_underscores_in_names_are_only_letters(table):
    columns = ["$x_$", r"\frac", "{a}"] + [f"c{j}" for j in range(10)]
    record = hy.Record(**{**vars(table), "data": {**table.data, "columns": columns}})
    for plot in hy.plots.registered():
        if plot.applies(record):
            hy.plots.png(plot.draw(record))


def test_the_figure_to_be_turned_holds_the_codes(solid):
    figure = hy.plots.scatter3d(solid)
    assert [trace.name for trace in figure.data] == list("0123456789")
    labels = np.asarray(solid.pictures["codes_label"])
    for trace in figure.data:
        codes = np.asarray(solid.pictures["codes"])[labels == trace.name]
        np.testing.assert_allclose(np.stack([trace.x, trace.y, trace.z], axis=1), codes, atol=1e-4)


def test_between_two_rows_stand_the_decoded_codes(images):
    axes = np.reshape(hy.plots.interpolation(images).axes, (3, 11))
    for k in range(3):
        ends = [images.pictures["interpolation_from"][k], images.pictures["interpolation_to"][k]]
        for j, expected in enumerate([ends[0], *images.pictures["interpolation"][k], ends[1]]):
            np.testing.assert_array_equal(axes[k, j].get_images()[0].get_array(), expected)
        labels = images.pictures["interpolation_label"][2 * k : 2 * k + 2]
        assert [axes[k, j].get_title("center") for j in (0, 10)] == list(labels)
    assert [axes[2, j].get_xlabel() for j in (0, 1, 3, 9, 10)] == ["data", "0", "0.25", "1", "data"]


def test_between_two_rows_of_a_table_lines_go_down(table):
    axes = [ax for ax in hy.plots.interpolation(table).axes if ax.get_images() and len(ax.get_yticks()) == 11]
    heat = np.asarray(axes[1].get_images()[0].get_array())
    rows = np.stack([table.pictures["interpolation_to"][1], table.pictures["interpolation_from"][1]])
    std = np.asarray(table.metrics["reconstruction"]["column_std"])
    np.testing.assert_allclose(heat[-1] - heat[0], (rows[0] - rows[1]) / std, atol=1e-4)
    assert heat.shape == (11, 13)
