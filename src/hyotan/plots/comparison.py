"""Plots of several records: their losses on common axes, and their reconstructions of the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from hyotan.core.numbers import number
from hyotan.metrics import Record
from hyotan.metrics._learning import curve
from hyotan.plots import _rows as drawing
from hyotan.plots._base import Canvas, Drawn, canvas, legend_above, panel
from hyotan.plots._labels import legend_name, short_label
from hyotan.plots._style import COLOURS, shortened, style

DASHES = ("-", "--", ":", "-.")
SPAN = 2.5  # standard deviations at the ends of a strip's colour scale
FEW = 5  # rows of a table that are compared, at most


def losses(records: Mapping[str, Record], *, figure: Canvas | None = None, ax: Axes | None = None) -> Drawn:
    """Draw the loss of each run by epoch: the validation loss if all runs have one, else the training loss.

    Parameters
    ----------
    records : dict of Record
        Records by the name of the run.
    figure, ax : matplotlib Figure, SubFigure or Axes, optional
        Figure or axes to draw into; a new figure by default.

    Returns
    -------
    Figure, SubFigure or Axes
    """
    with style():
        figure, ax, drawn = panel(figure, ax, height=3.2)
        held = all(record.history.get("val_loss") for record in records.values())
        curves = [curve(r.history if held else {"loss": r.history.get("loss", [])}) for r in records.values()]
        for k, (name, values) in enumerate(zip(records, curves, strict=True)):
            dots: dict[str, Any] = {"marker": "o", "markersize": 3.5} if len(values) <= 12 else {}
            dash = DASHES[k // len(COLOURS) % len(DASHES)] if len(records) > len(COLOURS) else DASHES[k % len(DASHES)]
            colour = COLOURS[k % len(COLOURS)]
            name = legend_name(name)
            told = f"{shortened(name, 24)}: {number(float(values[-1]), 4)}" if len(values) else shortened(name, 24)
            ax.plot(np.arange(1, len(values) + 1), values, dash, color=colour, label=told, **dots)
        ax.set(xlabel="epoch", ylabel=f"{'validation' if held else 'training'} loss, nats a row")
        _range(ax, curves)
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        ax.grid(axis="y")
        legend_above(ax, 3 if len(records) > 2 else 2)
    return drawn


def _range(ax: Any, curves: list[np.ndarray]) -> None:
    """Cut the loss of the first epoch off the axis if it would flatten the rest of the curves."""
    later = [values[1:][np.isfinite(values[1:])] for values in curves if len(values) > 4]
    known = [values for values in later if len(values)]
    if not known:
        return
    low, high = min(float(v.min()) for v in known), max(float(v.max()) for v in known)
    top = ax.get_ylim()[1]
    if high > low and top > high + 1.5 * (high - low):
        ax.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))


def beside(records: Mapping[str, Record], *, figure: Canvas | None = None) -> Canvas:
    """Draw the same original rows with their reconstructions by each run below.

    Parameters
    ----------
    records : dict of Record
        Records by the name of the run, all measured on the same rows.
    figure : matplotlib Figure or SubFigure, optional
        Figure to draw into; a new one by default.

    Returns
    -------
    Figure or SubFigure
    """
    first = next(iter(records.values()))
    pictures = first.pictures
    if "pairs_label" in pictures:
        titles = [short_label(label) for label in pictures["pairs_label"]]
    else:
        titles = [f"row {row}" for row in pictures["pairs_row"]]
    rows = {"original": pictures["pairs_original"]}
    rows |= {name: record.pictures["pairs_mean"] for name, record in records.items()}
    with style():
        if drawing.is_table(first):
            return _strips(first, rows, titles, figure)
        figure = canvas(figure, height=0.25 + len(rows) * drawing.row_height(first, len(titles)))
        axes = figure.subplots(len(rows), len(titles), squeeze=False)
        bounds = drawing.limits(first)
        for i, (name, examples) in enumerate(rows.items()):
            for j, example in enumerate(examples):
                drawing.show(axes[i, j], first, example, bounds)
                if i == 0:
                    axes[i, j].set_title(titles[j], loc="center")
            axes[i, 0].set_ylabel(shortened(name, 16), rotation=0, ha="right", va="center", labelpad=6)
    return figure


def _strips(record: Record, rows: dict[str, np.ndarray], titles: list[str], figure: Canvas | None) -> Canvas:
    count = min(FEW, len(titles))
    figure = canvas(figure, height=1.6 + count * (0.35 + 0.19 * len(rows)))
    axes = figure.subplots(count, 1, squeeze=False)[:, 0]
    names = [shortened(name, 20) for name in rows]
    for k, ax in enumerate(axes):
        values = np.stack([np.asarray(examples[k], np.float64) for examples in rows.values()])
        heat = drawing.standardised(record, values)
        strip = drawing.strip(ax, record, heat, names, span=SPAN, texts=values, named=k == count - 1)
        ax.set_title(titles[k])
    bar = figure.colorbar(strip, ax=list(axes), aspect=50, pad=0.01, extend="both")
    bar.set_label("standard deviations from the mean")
    return figure
