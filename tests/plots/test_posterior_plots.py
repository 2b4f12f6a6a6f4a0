"""The codes beside the prior against the record and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import hyotan as hy


def panels(record):
    figure = hy.plots.prior(record)
    found = [ax for ax in figure.axes if ax.get_visible()]
    density = [ax for ax in found if ax.get_title("left")]
    return figure, density, [ax for ax in found if ax not in density and not ax.patches[3:]]


def test_the_curve_is_the_priors_density(images):
    _, density, _ = panels(images)
    for ax in density:
        (curve,) = ax.get_lines()
        np.testing.assert_allclose(curve.get_ydata(), stats.norm.pdf(curve.get_xdata()), rtol=1e-5)


def test_bars_are_a_density_of_the_draws_of_the_unit_in_the_title(images):
    _, density, _ = panels(images)
    for k, ax in enumerate(density):
        j = int(images.pictures["prior_dims"][k])
        assert ax.get_title("left").startswith({0: "z₀", 1: "z₁"}[j] + ":")
        width = ax.patches[0].get_width()
        draws = images.pictures["prior_draws"][:, k]
        edges = [bar.get_x() for bar in ax.patches] + [ax.patches[-1].get_x() + width]
        inside = (draws >= edges[0]) & (draws <= edges[-1])
        assert sum(bar.get_height() * width for bar in ax.patches) == pytest.approx(inside.mean())


def test_the_difference_is_drawn_in_per_cent_with_the_band_of_chance(images):
    figure = hy.plots.prior(images)
    rows = images.metrics["prior_gap"]["rows"]
    below = [ax for ax in figure.axes if len(ax.get_lines()) == 2]
    assert len(below) == 2
    for k, ax in enumerate(below):
        np.testing.assert_allclose(ax.get_lines()[1].get_ydata(), 100 * images.pictures["prior_difference"][k])
        band = ax.patches[0].get_extents().transformed(ax.transData.inverted())
        assert (band.y0, band.y1) == (pytest.approx(-136 / np.sqrt(rows)), pytest.approx(136 / np.sqrt(rows)))
    assert below[0].get_ylim() == below[1].get_ylim()


def test_circles_hold_the_share_of_the_prior_they_say(images):
    plane = hy.plots.prior(images).axes
    plane = next(ax for ax in plane if ax.collections)
    draws = np.random.default_rng(0).standard_normal((200_000, 2))
    labels = [t.get_text() for t in plane.get_legend().get_texts()]
    ours = images.pictures["prior_draws"][:, :2]
    for circle, label in zip(plane.patches, labels, strict=True):
        share = float(label.split("%")[0]) / 100
        assert np.mean(np.linalg.norm(draws, axis=1) <= circle.radius) == pytest.approx(share, abs=3e-3)
        told = float(label.split(", ")[1].split("%")[0]) / 100
        assert np.mean(np.linalg.norm(ours, axis=1) <= circle.radius) == pytest.approx(told, abs=6e-3)
    np.testing.assert_array_equal(plane.collections[0].get_offsets(), ours)


@pytest.mark.parametrize(("name", "units"), [("one", 1), ("images", 2), ("solid", 3), ("seeing", 3)])
def test_up_to_four_units_have_panels(name, units, request):
    record = request.getfixturevalue(name)
    figure, density, _ = panels(record)
    assert len(density) == units
    assert any(ax.collections for ax in figure.axes if ax.get_visible()) is (units > 1)
