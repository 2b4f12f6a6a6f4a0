"""Plot of the training: the loss and its terms by epoch."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from hyotan.core.numbers import number
from hyotan.core.terms import Term, described
from hyotan.metrics import Record
from hyotan.plots._base import Canvas, Drawn, canvas, plot, several_panels
from hyotan.plots._style import BLUE, COLOURS, GREEN, ORANGE, subscript

UNITS = 16  # lines in the panel of a term with one value for each unit, at most
ROOM = 36  # characters in a line of a panel's title


def terms(record: Record) -> list[Term]:
    """Return the terms that get a panel: the loss, then its terms in the order they are shown."""
    history = record.history
    names = [name for name in history if name != "seconds" and not name.startswith("val_")]
    # A loss of a single term has the same values as the term: one panel is enough.
    same = [name for name in names if name != "loss" and history[name] == history.get("loss")]
    wide = [name for name in names if np.ndim(history[name][-1]) and not 1 < len(history[name][-1]) <= UNITS]
    drawn = described((name for name in names if name not in {*same, *wide}), record.about)
    return sorted(drawn, key=lambda term: term.name != "loss")


def _alt(record: Record) -> str:
    history = record.history
    val = f"; validation loss from {number(history['val_loss'][0], 4)}" if "val_loss" in history else ""
    val += f" to {number(history['val_loss'][-1], 4)}" if val else ""
    loss = history["loss"]
    names = "; ".join(term.text for term in terms(record))
    return (
        f"Line charts of {names} over {len(loss)} epochs: training loss goes from "
        f"{number(loss[0], 4)} to {number(loss[-1], 4)}{val}."
    )


def _caption(record: Record) -> str:
    if "val_loss" not in record.history:
        return "A loss that still falls at the right edge asks for more epochs."
    return (
        "Both lines should fall and flatten together; a validation line (orange) that turns up while training (blue) "
        "falls is overfitting, and lines that still fall at the right edge ask for more epochs."
    )


@plot(
    title="Loss and its terms by epoch",
    section="training",
    caption=_caption,
    alt=_alt,
    applies=lambda record: bool(record.history.get("loss")),
)
def history(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None) -> Drawn:
    """Draw the training and validation values of the loss and of each of its terms by epoch, one panel for each."""
    drawn = terms(record)
    if ax is not None:
        if len(drawn) > 1:
            raise several_panels("history, of a loss of several terms,")
        _panel(ax, record.history, drawn[0])
        ax.set_xlabel("epoch")
        if "val_loss" in record.history:
            ax.legend()
        return ax
    across = 1 if len(drawn) == 1 else 2 if len(drawn) == 4 else 3
    wide = 2 if len(drawn) % 3 == 2 else 1  # the panel of the loss is wider if that fills the row
    down = -(-(len(drawn) + wide - 1) // across)
    figure = canvas(figure, height=0.5 + 2.0 * down)
    spec = figure.add_gridspec(down, across)
    for k, term in enumerate(drawn):
        cell = k + (wide - 1 if k else 0)
        row, column = divmod(cell, across)
        ax = figure.add_subplot(spec[row, column : column + (wide if k == 0 else 1)])
        _panel(ax, record.history, term)
        if row == down - 1 or k + across >= len(drawn):
            ax.set_xlabel("epoch")
        if k == 0 and "val_loss" in record.history:
            figure.legend(*ax.get_legend_handles_labels(), loc="outside upper right", ncols=3)
    return figure


def _panel(ax: Any, history: dict[str, list[Any]], term: Term) -> None:
    name = term.name
    epochs = np.arange(1, len(history[name]) + 1)
    marker = {"marker": "o", "markersize": 3.5} if len(epochs) <= 12 else {}
    ax.set_title(fill(term.text, ROOM))
    ax.grid(axis="y")
    counts = all(isinstance(value, int) for value in history[name])  # counts are drawn as steps
    if np.ndim(history[name][-1]):
        side = f"val_{name}" if f"val_{name}" in history else name
        ax.set_title(fill(term.text + (" (validation)" if side != name else ""), ROOM))
        units = np.asarray(history[side], np.float64).T
        for j, values in enumerate(units):
            dash = ("-", "--", ":")[j // len(COLOURS) % 3]
            ax.plot(epochs, values, dash, color=COLOURS[j % len(COLOURS)], lw=1.2, label=subscript(j), **marker)
        if len(units) <= 4:
            ax.legend(ncols=2)
    else:
        step = {"drawstyle": "steps-mid"} if counts else {}
        ax.plot(epochs, history[name], color=BLUE, label="training", **marker, **step)
        if f"val_{name}" in history:
            values = history[f"val_{name}"]
            dash = "--" if counts else "-"
            ax.plot(epochs, values, dash, color=ORANGE, label="validation", **marker, **step)
            if name == "loss" and np.isfinite(values).any():
                best = int(np.nanargmin(values))
                label = f"lowest validation loss: {number(values[best], 4)}, epoch {best + 1}"
                ax.plot(best + 1, values[best], "D", color=GREEN, markersize=5, label=label, clip_on=False)
    if counts:
        ax.set_ylim(0, max(1, *history[name], *history.get(f"val_{name}", [0])) * 1.15)
        ax.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    if len(epochs) == 1:
        ax.set_xlim(0, 2)
