"""What every plot does, whatever it draws."""

from __future__ import annotations

import inspect
import io
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import hyotan as hy
from hyotan.plots import _base


def drawn(record):
    return [plot for plot in hy.plots.registered() if plot.applies(record)]


def overlapping(ax):
    """Pairs of tick labels of one axis that lie on each other."""
    found = []
    for axis in (ax.xaxis, ax.yaxis):
        labels = [t for t in axis.get_ticklabels() if t.get_text() and t.get_visible() and not t.get_rotation()]
        boxes = [t.get_window_extent() for t in labels]
        found += [
            (a.get_text(), b.get_text())
            for a, b, p, q in zip(labels, labels[1:], boxes, boxes[1:], strict=False)
            if p.x0 < q.x1 - 1 and q.x0 < p.x1 - 1 and p.y0 < q.y1 - 1 and q.y0 < p.y1 - 1
        ]
    return found


def test_plots_are_listed_section_by_section():
    known = hy.plots.registered()
    sections = [plot.section for plot in known]
    assert sections == sorted(sections, key=list(hy.plots.SECTIONS).index) and set(sections) == {*hy.plots.SECTIONS}
    assert known[0].name == "history"
    names = [plot.name for plot in known]
    assert len(names) == len(set(names)) and set(dir(hy.plots)) >= set(names)
    assert all(getattr(hy.plots, plot.name) is plot.draw for plot in known)
    # Every public file of plots is looked into.
    files = {file.stem for file in Path(_base.__file__).parent.glob("[!_]*.py")} - {"comparison"}
    assert {plot.draw.__module__.rpartition(".")[2] for plot in known} == files


def test_every_plot_of_every_record_is_a_picture_with_words(record):
    for plot in drawn(record):
        figure = plot.draw(record)
        picture = Image.open(io.BytesIO(hy.plots.png(figure)))
        pixels = np.asarray(picture.convert("RGB"))
        assert pixels.min() < 100 < 250 < pixels.max(), plot.name  # something is drawn, on white
        assert (pixels[0] == 255).all() and (pixels[:, -1] == 255).mean() > 0.5, plot.name  # and not over the edge
        assert figure.get_figwidth() <= 8.0, plot.name
        for text in (plot.title, plot.caption_of(record), plot.alt_of(record)):
            assert text.strip() == text and "  " not in text and len(text) > 6, (plot.name, text)
        assert plot.caption_of(record).endswith(".") and plot.alt_of(record).endswith(".")
        for ax in figure.axes:
            if ax.axison and ax.get_visible() and ax.name != "3d":
                box = ax.get_tightbbox()
                assert -2 < box.x0 and box.x1 < figure.bbox.width + 2, plot.name
                assert -2 < box.y0 and box.y1 < figure.bbox.height + 2, plot.name
                assert not overlapping(ax), plot.name


def test_plots_are_left_out_where_they_would_not_be_true(composite, predictor, seeing, ragged, images):
    names = {name: {plot.name for plot in drawn(record)} for name, record in locals().items()}
    assert {"grid", "samples", "traversals", "interpolation"}.isdisjoint(names["seeing"])
    assert {"pairs", "extremes", "errors", "baseline"}.isdisjoint(names["predictor"])
    assert [n for n in names if "forecasts" in names[n]] == ["composite", "predictor"]
    assert [n for n in names if "code_use" in names[n]] == ["composite", "seeing"]
    assert [n for n in names if "prior" in names[n]] == ["seeing", "ragged", "images"]
    assert "error_over_time" not in names["images"] and "columns" in names["ragged"]


def test_a_plot_can_be_drawn_into_a_figure_of_the_users(images):
    outer = Figure(figsize=(12, 4), layout="constrained")
    left, right = outer.subfigures(1, 2)
    assert hy.plots.latent(images, figure=left) is left
    assert hy.plots.extremes(images, figure=right) is right
    assert len(left.axes) == 1
    outer.savefig(io.BytesIO(), format="png")


def test_the_users_settings_neither_change_nor_matter(images):
    before = dict(matplotlib.rcParams)
    plain = hy.plots.png(hy.plots.history(images))
    assert dict(matplotlib.rcParams) == before
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "savefig.facecolor": "red"}):
        assert hy.plots.png(hy.plots.history(images)) == plain


def test_no_figure_is_left_behind(images):
    from matplotlib import pyplot

    for plot in drawn(images):
        plot.draw(images)
    assert pyplot.get_fignums() == []


def test_a_notebook_shows_the_figure(images):
    assert hy.plots.errors(images)._repr_png_().startswith(b"\x89PNG")


def test_a_plot_that_does_not_apply_says_so(wide):
    with pytest.raises(hy.ParameterError, match=r"nothing for the plot 'grid' · .* received: images 8 × 8"):
        hy.plots.grid(wide)
    with pytest.raises(hy.ParameterError, match=r"draws records · expected: a hyotan\.Record · received: 'x'"):
        hy.plots.grid("x")
    with pytest.raises(AttributeError, match="no attribute 'gird'"):
        _ = hy.plots.gird


def test_an_empty_record_has_no_plots():
    assert drawn(hy.Record()) == []


def test_a_new_plot_is_one_function(images, monkeypatch):
    monkeypatch.setattr(_base, "_REGISTRY", dict(_base._REGISTRY))

    @hy.plots.plot(title="Mine", section="training", caption="c.", alt="a.", applies=lambda record: True)
    def mine(record, *, figure=None):
        return _base.canvas(figure, height=1)

    assert [p.name for p in hy.plots.registered()][:2] == ["history", "mine"]
    assert hy.plots.mine(images).get_figheight() == 1
    with pytest.raises(hy.ParameterError, match="There is no section named 'trainings'"):
        hy.plots.plot(title="", section="trainings", caption="", alt="", applies=bool)


PANELS = ("errors", "baseline", "columns", "error_over_time", "residual_spectrum", "latent", "probe", "code_use")


def test_a_plot_of_one_panel_can_be_drawn_into_axes_of_the_users(record):
    names = {plot.name for plot in drawn(record)}
    took = set()
    for name in sorted(names):
        three = name == "latent" and record.pictures["codes"].shape[1] == 3
        figure = Figure(figsize=(10, 4), layout="constrained")
        ax = figure.add_subplot(1, 2, 1, projection="3d" if three else None)
        other = figure.add_subplot(1, 2, 2)
        try:
            given = getattr(hy.plots, name)(record, ax=ax)
        except hy.ParameterError as err:
            assert "draws several panels" in str(err) and "received: ax= " in str(err)
            continue
        took.add(name)
        assert given is ax and ax.has_data() and not other.has_data()
        assert not figure.legends and not figure.get_suptitle(), name  # nothing is put on the rest of the figure
        figure.savefig(io.BytesIO(), format="png")
    assert took - {"history"} == names & {*PANELS, "samples", *(["grid"] if record.data["kind"] != "table" else [])}


def test_axes_draw_what_a_figure_draws(images):
    for name in ("errors", "latent", "probe", "grid"):
        alone = getattr(hy.plots, name)(images).axes[0]
        ax = Figure().subplots()
        getattr(hy.plots, name)(images, ax=ax)
        for kind in ("lines", "patches", "collections", "images"):
            assert len(getattr(ax, kind)) == len(getattr(alone, kind)), (name, kind)
        assert (ax.get_xlabel(), ax.get_ylabel()) == (alone.get_xlabel(), alone.get_ylabel())


def test_the_loss_alone_has_one_panel(wide, images):
    ax = Figure().subplots()
    assert hy.plots.history(wide, ax=ax) is ax
    assert ax.get_lines()[0].get_ydata().tolist() == wide.history["loss"]
    with pytest.raises(hy.ParameterError, match=r"history, of a loss of several terms, draws several panels"):
        hy.plots.history(images, ax=ax)


def test_where_a_plot_cannot_be_drawn_it_says_so(images, solid):
    figure = Figure()
    ax = figure.subplots()
    with pytest.raises(hy.ParameterError, match=r"errors cannot be drawn into this · expected: ax: a matplotlib"):
        hy.plots.errors(images, ax=figure)
    with pytest.raises(hy.ParameterError, match=r"one place · expected: figure= or ax= · received: both"):
        hy.plots.errors(images, ax=ax, figure=figure)
    with pytest.raises(hy.ParameterError, match=r"pairs draws several panels · expected: figure=.* · received: ax="):
        hy.plots.pairs(images, ax=ax)
    with pytest.raises(hy.ParameterError, match=r"not drawn on a plane .*add_subplot\(projection='3d'\)"):
        hy.plots.latent(solid, ax=ax)


def test_what_can_be_given_is_seen():
    parameters = {name: set(inspect.signature(getattr(hy.plots, name)).parameters) for name in ("errors", "pairs")}
    assert parameters == {"errors": {"record", "figure", "ax"}, "pairs": {"record", "figure", "cmap"}}
