"""What every plot does, whatever it draws."""

from __future__ import annotations

import io

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

import hyotan as hy
from hyotan.plots import _base

NAMES = {
    "training": ["history"],
    "reconstruction": ["pairs", "extremes", "errors", "baseline", "columns", "error_over_time", "forecasts"],
    "codes": ["latent", "units", "probe", "prior", "code_use"],
    "generation": ["grid", "samples", "traversals"],
}


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
    assert [(p.section, p.name) for p in hy.plots.registered()] == [(s, n) for s, names in NAMES.items() for n in names]
    assert set(dir(hy.plots)) >= {name for names in NAMES.values() for name in names}


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
    assert {"grid", "samples", "traversals"}.isdisjoint(names["seeing"])
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
