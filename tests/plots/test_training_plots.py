"""Lines against the history they are drawn from."""

from __future__ import annotations

import numpy as np

import hyotan as hy
from hyotan.core.terms import described


def panels(record):
    """Return the axes by the name of the term in the history, which the title tells in words."""
    names = {term.text: term.name for term in described(record.history, record.about)}
    return {
        names[ax.get_title("left").replace("\n", " ").removesuffix(" (validation)")]: ax
        for ax in hy.plots.history(record).axes
    }


def test_every_term_is_drawn_as_it_is_in_the_history(images):
    found = panels(images)
    assert list(found) == ["loss", "nll", "kl", "active_units", "kl_per_dim"]
    for name in ("loss", "kl", "nll", "active_units"):
        lines = found[name].get_lines()
        assert lines[0].get_xdata().tolist() == [1, 2]
        np.testing.assert_array_equal(lines[0].get_ydata(), images.history[name])
        np.testing.assert_array_equal(lines[1].get_ydata(), images.history[f"val_{name}"])
    for j, line in enumerate(found["kl_per_dim"].get_lines()):
        np.testing.assert_array_equal(line.get_ydata(), np.asarray(images.history["val_kl_per_dim"])[:, j])


def test_the_lowest_validation_loss_is_marked(images):
    mark = panels(images)["loss"].get_lines()[2]
    values = images.history["val_loss"]
    assert mark.get_xdata() == [1 + values.index(min(values))]
    assert mark.get_ydata() == [min(values)]


def test_a_term_that_is_the_loss_is_drawn_once(wide):
    assert wide.history["nll"] == wide.history["loss"]
    assert list(panels(wide)) == ["loss"]


def test_without_validation_there_is_one_line(one):
    assert "val_loss" not in one.history
    assert len(panels(one)["loss"].get_lines()) == 1
    assert "orange" not in next(p for p in hy.plots.registered() if p.name == "history").caption_of(one)


def test_many_units_have_no_lines_of_their_own():
    record = hy.Record(history={"loss": [1.0], "kl_per_dim": [[0.1] * 40]})
    assert list(panels(record)) == ["loss"]
