"""Pictures, ranks, bars and strips against the arrays of the record."""

from __future__ import annotations

import numpy as np
import pytest

import hyotan as hy
from hyotan.plots import _rows


def shown(ax):
    return np.asarray(ax.get_images()[0].get_array())


def test_pairs_are_the_rows_in_order(images):
    axes = hy.plots.pairs(images).axes
    assert len(axes) == 3 * 10
    assert [ax.get_title("center") for ax in axes[:10]] == [str(v) for v in images.pictures["pairs_label"]]
    assert [axes[i].get_ylabel() for i in (0, 10, 20)] == ["original", "from the mean", "from a draw"]
    for i, name in enumerate(("pairs_original", "pairs_mean", "pairs_draw")):
        for j in range(10):
            np.testing.assert_array_equal(shown(axes[10 * i + j]), images.pictures[name][j])
            assert axes[10 * i + j].get_images()[0].get_clim() == (0.0, 1.0)


def test_a_code_without_draws_has_two_rows_and_no_labels_the_rows_numbers(wide):
    axes = hy.plots.pairs(wide).axes
    assert len(axes) == 2 * 10
    assert axes[3].get_title("center") == f"row {wide.pictures['pairs_row'][3]}"


def test_colour_pictures_are_scaled_from_bytes(colour):
    axes = hy.plots.pairs(colour).axes
    np.testing.assert_allclose(shown(axes[0]), colour.pictures["pairs_original"][0] / 255, atol=1e-6)
    assert axes[1].get_title("center") == "0.143"  # 1/7


@pytest.mark.parametrize(
    ("image", "bounds", "expected"),
    [
        (np.array([[0.0, 5.0]]), (0, 10), [[[0, 0, 0], [0.5, 0.5, 0.5]]]),
        (np.array([[[1.0, 0.0, 2.0]]]), (0, 1), [[[1, 0, 1]]]),  # beyond the range is cut
        (np.array([[[0.0, 0.0, 0.0, 0.25]]]), (0, 1), [[[0.75, 0.75, 0.75]]]),  # see-through on white
        (np.array([[[0.0, 1.0]]]), (0, 1), [[[0.5, 0.5, 0.5]]]),  # two channels have no colour
        (np.array([[np.nan]]), (0, 1), [[[0xCF / 255, 0xE3 / 255, 0xF5 / 255]]]),
    ],
)
def test_pixels(image, bounds, expected):
    np.testing.assert_allclose(_rows.pixels(image, bounds), expected)


def test_a_series_is_a_line(lines):
    axes = hy.plots.pairs(lines).axes
    (line,) = axes[0].get_lines()
    np.testing.assert_allclose(line.get_ydata(), lines.pictures["pairs_original"][0].ravel())
    assert len({ax.get_ylim() for ax in axes}) == 1


def test_rank_and_error_stand_above_the_worst_and_the_best(images):
    figure = hy.plots.extremes(images)
    worst, best = figure.subfigs
    for part, side in ((worst, "worst"), (best, "best")):
        for j in range(8):
            title = part.axes[j].get_title("center").replace(",", "")
            rank, error = (line.split()[-1] for line in title.split("\n"))
            assert int(rank) == images.pictures[f"{side}_rank"][j]
            assert float(error) == pytest.approx(images.pictures[f"{side}_error"][j], rel=5e-3)
            np.testing.assert_array_equal(shown(part.axes[j]), images.pictures[f"{side}_original"][j])
            np.testing.assert_array_equal(shown(part.axes[8 + j]), images.pictures[f"{side}_reconstruction"][j])
    assert images.pictures["best_rank"][0] == images.data["rows"]


def test_a_table_is_a_strip_of_deviations_with_its_values_written_in(table):
    axes = hy.plots.pairs(table).axes[:3]
    std = np.asarray(table.metrics["reconstruction"]["column_std"])
    difference = shown(axes[1]) - shown(axes[0])
    expected = (table.pictures["pairs_mean"] - table.pictures["pairs_original"]) / std
    np.testing.assert_allclose(difference, expected, atol=1e-4)
    written = {t.get_position(): t.get_text() for t in axes[0].texts}
    assert len(written) == 10 * 13
    value = float(written[(12, 4)].replace(",", ""))
    assert value == pytest.approx(table.pictures["pairs_original"][4, 12], rel=5e-3)


def test_the_strips_of_worst_and_best_are_differences(table):
    axes = hy.plots.extremes(table).axes
    std = np.asarray(table.metrics["reconstruction"]["column_std"])
    expected = (table.pictures["worst_reconstruction"] - table.pictures["worst_original"]) / std
    np.testing.assert_allclose(shown(axes[0]), expected, atol=1e-4)
    assert axes[0].get_yticklabels()[0].get_text().startswith("rank 1 · error ")


def test_the_histogram_counts_every_row_and_marks_both_means(images):
    (ax,) = hy.plots.errors(images).axes
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(100)
    found = images.metrics["reconstruction"]
    assert [line.get_xdata()[0] for line in ax.get_lines()] == [found["mean"], found["pca_mean"]]


def test_bars_are_as_long_as_the_errors(images):
    (ax,) = hy.plots.baseline(images).axes
    found = images.metrics["reconstruction"]
    assert [bar.get_width() for bar in ax.patches] == [found["mean"], found["pca_mean"]]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["this model", "PCA, 2 components"]


def test_columns_are_sorted_by_what_is_left_of_their_deviation(table):
    ax = hy.plots.columns(table).axes[0]
    found = table.metrics["reconstruction"]
    relative = np.asarray(found["column_rmse"]) / np.asarray(found["column_std"])
    bars = sorted(ax.patches, key=lambda bar: bar.get_y())
    assert [bar.get_width() for bar in bars] == pytest.approx(sorted(relative, reverse=True))
    assert ax.get_yticklabels()[0].get_text() == _rows.column_names(table)[int(np.argmax(relative))]


def test_missing_cells_are_neither_drawn_nor_written(one):
    assert np.isnan(one.pictures["pairs_original"]).any()
    ax = hy.plots.pairs(one).axes[0]
    mask = np.ma.getmaskarray(ax.get_images()[0].get_array())
    np.testing.assert_array_equal(mask, np.isnan(one.pictures["pairs_original"]))
    dashes = {t.get_position() for t in ax.texts if t.get_text() == "–"}
    assert dashes == {(j, i) for i, j in zip(*np.nonzero(mask), strict=True)}


def test_columns_no_better_than_the_mean_have_another_colour_and_pca_a_mark():
    found = {
        "column_rmse": [1.0, 3.0, 0.5, None],
        "column_std": [2.0, 2.0, 2.0, None],
        "column_pca_rmse": [0.4, 1.0, 1.0, None],
    }
    record = hy.Record(
        data={"kind": "table", "shape": [4], "columns": ["a", "b", "c", "unknown"]},
        metrics={"reconstruction": found, "codes": {"dim": 2}},
    )
    ax = hy.plots.columns(record).axes[0]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["b", "a", "c"]
    names = [t.get_text() for t in ax.get_legend().get_texts()]
    assert names == ["this model", "PCA, 2 components", "no better than the mean"]
    bars = {round(bar.get_y() + bar.get_height() / 2): bar for bar in ax.patches}
    assert [bars[k].get_width() for k in range(3)] == [1.5, 0.5, 0.25]
    assert bars[0].get_facecolor() != bars[1].get_facecolor() == bars[2].get_facecolor()
    marks = ax.get_lines()[1]
    assert marks.get_xdata().tolist() == [0.5, 0.2, 0.5] and list(marks.get_ydata()) == [0, 1, 2]
    alt = next(plot for plot in hy.plots.registered() if plot.name == "columns").alt_of(record)
    assert "PCA of the same size is beaten in 1 of 4" in alt
