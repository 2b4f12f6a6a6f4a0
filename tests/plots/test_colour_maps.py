"""cmap= of the plots that have a colour map: the colours on the page are those of Matplotlib's map."""

import inspect

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

import hyotan as hy
from hyotan.plots import _style

MAPPED = {
    name
    for name in (plot.name for plot in hy.plots.registered())
    if "cmap" in inspect.signature(getattr(hy.plots, name)).parameters
}


def sheet(drawn):
    """The pixels of the first image of a figure, whatever it is made of."""
    image = next(image for ax in drawn.axes for image in ax.get_images())
    found = np.asarray(image.get_array(), np.float64)
    return found if found.ndim == 3 else image.to_rgba(image.get_array())[..., :3]


def test_which_plots_have_one():
    assert MAPPED == {"latent", "grid", "samples", "traversals", "interpolation", "pairs", "extremes", "forecasts"}


@pytest.mark.parametrize("name", ["grid", "samples", "traversals"])
def test_grey_values_are_given_the_colours_of_the_map(images, name):
    draw = getattr(hy.plots, name)
    grey, found = sheet(draw(images)), sheet(draw(images, cmap="plasma"))
    tiles = (grey < 1).all(axis=-1) & (found != 1).any(axis=-1)  # the gaps between tiles are white
    assert tiles.mean() > 0.5
    np.testing.assert_allclose(found[tiles], matplotlib.colormaps["plasma"](grey[tiles][:, 0])[:, :3], atol=1e-12)


def test_greys_turned_round(images):
    for draw in (hy.plots.pairs, hy.plots.extremes, hy.plots.interpolation):
        first, other = (draw(images, **more).findobj(AxesImage) for more in ({}, {"cmap": "gray_r"}))
        assert len(first) == len(other) > 0
        assert {image.cmap.name for image in first} == {"gray"} and {image.cmap.name for image in other} == {"gray_r"}
        one, two = (image[0].to_rgba(image[0].get_array())[..., 0] for image in (first, other))
        np.testing.assert_allclose(one + two, 1, atol=1 / 255)


def test_strips_and_maps_of_a_table(table):
    for name in sorted(MAPPED - {"latent", "forecasts"}):
        default = "viridis" if name == "grid" else "RdBu_r"
        for given, expected in (({}, default), ({"cmap": "PiYG"}, "PiYG")):
            drawn = getattr(hy.plots, name)(table, **given).findobj(AxesImage)
            assert drawn and {image.cmap.name for image in drawn} == {expected}, name


def test_numbers_on_a_strip_can_be_read(table):
    for cmap in ("gray", "gray_r", "viridis"):
        ax = hy.plots.pairs(table, cmap=cmap).axes[0]
        image = ax.get_images()[0]
        rgba = image.to_rgba(image.get_array())
        for text in ax.texts:
            j, i = (round(v) for v in text.get_position())
            light, ink = (np.dot(rgb, (0.2126, 0.7152, 0.0722)) for rgb in (rgba[i, j, :3], to_rgb(text.get_color())))
            assert abs(light - ink) > 0.2, (cmap, i, j)


def test_classes_take_their_colours_from_it(images, solid):
    labels = np.unique(images.pictures["codes_label"])
    for record in (images, solid):
        points = hy.plots.latent(record, cmap="plasma").axes[0].collections
        found = [each.get_facecolor()[0][:3] for each in points]
        even = matplotlib.colormaps["plasma"](np.linspace(0, 1, len(labels)))[:, :3]
        np.testing.assert_allclose(found, even, atol=1 / 255)
    few = hy.plots.latent(images, cmap="tab10").axes[0].collections
    listed = matplotlib.colormaps["tab10"].colors[: len(labels)]
    np.testing.assert_allclose([points.get_facecolor()[0][:3] for points in few], listed, atol=1 / 255)


def test_a_quantity_takes_it_for_its_scale(images):
    record = hy.Record.from_json(images.to_json())
    record.pictures["codes_label"] = np.linspace(0, 1, len(record.pictures["codes"]))
    for given, expected in (({}, "viridis"), ({"cmap": matplotlib.colormaps["magma"]}, "magma")):
        assert hy.plots.latent(record, **given).axes[0].collections[0].cmap.name == expected


def test_what_is_missing_stays_as_it_is(images):
    record = hy.Record.from_json(images.to_json())
    record.pictures["samples"] = np.array(record.pictures["samples"], np.float64)
    record.pictures["samples"][0, 0, 0] = np.nan
    blue = (np.abs(sheet(hy.plots.samples(record, cmap="plasma")) - to_rgb(_style.MISSING)) < 1e-9).all(axis=-1)
    assert blue.sum() == 1


def test_an_unknown_one_is_told_with_its_neighbour(images, refused):
    with refused(hy.ParameterError, "There is no colour map named 'plasmo'", "did you mean 'plasma'?"):
        hy.plots.latent(images, cmap="plasmo")
    with refused(hy.ParameterError, "sorted(matplotlib.colormaps)"):
        hy.plots.grid(images, cmap="no such thing")
    for wrong in (3, ["plasma"], b"plasma"):
        with refused(hy.ParameterError, "'cmap' of a plot is not valid", "'plasma'"):
            hy.plots.grid(images, cmap=wrong)
    for name in ("plasma", *sorted(matplotlib.colormaps)[:3]):  # the advice
        hy.plots.grid(images, cmap=name)


def test_where_there_is_none_it_is_refused(images, colour, lines, wide, refused):
    for name, record in (("errors", images), ("samples", lines), ("pairs", lines), ("pairs", colour), ("latent", wide)):
        with refused(hy.ParameterError, f"{name!r} of this record has no colour map", "leave cmap out"):
            getattr(hy.plots, name)(record, cmap="plasma")
        getattr(hy.plots, name)(record)


def test_axes_of_the_users(images):
    ax = Figure().subplots()
    assert hy.plots.grid(images, ax=ax, cmap="plasma") is ax
    np.testing.assert_array_equal(sheet(ax.figure), sheet(hy.plots.grid(images, cmap="plasma")))
