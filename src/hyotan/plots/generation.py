"""Plots of decoded codes: a grid, samples from the prior, traversals of each unit, and interpolations."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from hyotan.core.numbers import number
from hyotan.metrics import Record
from hyotan.plots import _rows as drawing
from hyotan.plots._base import Canvas, Drawn, canvas, panel, plot, several_panels
from hyotan.plots._labels import short_label
from hyotan.plots._style import DIVERGING, HEAT, ORANGE, WIDTH, shortened, subscript

SPAN = 2.5  # standard deviations at the ends of a strip's colour scale
MAPS = 12  # columns of a table that get a map, at most
ACROSS = 10  # samples in each line
WALKED = 16  # columns of a table shown in a traversal, at most


def _grid_alt(record: Record) -> str:
    (left, right), (bottom, top) = (record.pictures["grid_axis"][j][[0, -1]] for j in (0, 1))
    what = "maps of decoded columns" if drawing.is_table(record) else "decoded rows"
    return (
        f"Grid of {what}: z₀ from {number(left)} to {number(right)} across, z₁ from {number(bottom)} to {number(top)} "
        "upwards."
    )


def _grid_caption(record: Record) -> str:
    if drawing.is_table(record):
        return (
            "Each map shows the value the decoder gives a column at each code; columns that change in the same "
            "direction belong together."
        )
    text = "Each tile is what the decoder makes of the code at its place; neighbours should change smoothly."
    return text + drawing.ahead(record)


@plot(
    title="Decoded codes of the plane",
    section="generation",
    caption=_grid_caption,
    alt=_grid_alt,
    applies=lambda record: "grid" in record.pictures,
    mapped=drawing.is_mapped,
)
def grid(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None, cmap: Any = None) -> Drawn:
    """Draw rows decoded from a regular grid of two-dimensional codes."""
    if drawing.is_table(record):
        if ax is not None:
            raise several_panels("grid, of a table,")
        return _maps(record, figure, cmap)
    rows, axis = np.asarray(record.pictures["grid"]), np.asarray(record.pictures["grid_axis"])
    down, across = rows.shape[:2]
    height = float(np.clip(6.4 * drawing.ratio(record), 3, 9))
    figure, ax, drawn = panel(figure, ax, height=height, width=7.0)
    drawing.mosaic(ax, record, rows, drawing.limits(record), gap=False, cmap=cmap)
    _ticks(ax.xaxis, axis[0], np.arange(across))
    _ticks(ax.yaxis, axis[1], np.arange(down)[::-1])  # the first row of the grid is on top
    ax.set(xlabel=subscript(0), ylabel=subscript(1))
    return drawn


def _ticks(axis: Any, values: np.ndarray, places: np.ndarray) -> None:
    """Set ticks at round values of the code; their positions are interpolated between the tiles."""
    marks = MaxNLocator(5, steps=[1, 2, 5, 10]).tick_values(values.min(), values.max())
    marks = marks[(marks >= values.min()) & (marks <= values.max())]
    order = np.argsort(values)
    axis.set_ticks(np.interp(marks, values[order], places[order]), [number(mark) for mark in marks])


def _maps(record: Record, figure: Canvas | None, cmap: Any) -> Canvas:
    values, axis = np.asarray(record.pictures["grid"], np.float64), np.asarray(record.pictures["grid_axis"])
    names = drawing.column_names(record, 22)
    most = np.argsort(-(values.std(axis=(0, 1)) / drawing.deviations(record)), kind="stable")[:MAPS]
    across = min(4, len(most))
    down = -(-len(most) // across)
    figure = canvas(figure, height=0.4 + 2.05 * down)
    axes = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    extent = (axis[0][0], axis[0][-1], axis[1][0], axis[1][-1])
    for k, ax in enumerate(axes.flat):
        if k >= len(most):
            ax.set_visible(False)
            continue
        plane = values[..., most[k]]
        ax.imshow(plane, extent=extent, cmap=HEAT if cmap is None else cmap, aspect="auto")
        ax.set_box_aspect(1)
        ax.set_title(f"{names[most[k]]}\n{number(plane.min())} to {number(plane.max())}", fontsize=8)
        if k % across == 0:
            ax.set_ylabel(subscript(1))
        if k + across >= len(most):
            ax.set_xlabel(subscript(0))
            ax.tick_params(labelbottom=True)
    return figure


@plot(
    title="Samples",
    section="generation",
    caption=lambda record: (
        "Codes drawn from the prior and decoded; they should look like the data without being copies of it."
        + (" Colours: standard deviations from the mean of the data rows shown above." * drawing.is_table(record))
        + drawing.ahead(record)
    ),
    alt=lambda record: f"{len(record.pictures['samples'])} rows decoded from codes drawn from the prior.",
    applies=lambda record: "samples" in record.pictures,
    mapped=drawing.is_mapped,
)
def samples(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None, cmap: Any = None) -> Drawn:
    """Draw rows decoded from draws of the prior."""
    rows = np.asarray(record.pictures["samples"])
    if drawing.is_table(record):
        figure, ax, drawn = panel(figure, ax, height=max(3.0, 1.5 + 0.11 * len(rows)))
        strip = drawing.strip(ax, record, drawing.standardised(record, rows), [""] * len(rows), span=SPAN, cmap=cmap)
        ax.set_ylabel(f"{len(rows)} samples")
        bar = figure.colorbar(strip, ax=ax, aspect=40, pad=0.01, extend="both")
        bar.set_label("standard deviations from the mean")
        return drawn
    down = -(-len(rows) // ACROSS)
    figure, ax, drawn = panel(figure, ax, height=0.1 + down * (WIDTH / ACROSS) * drawing.ratio(record))
    tiles = rows[: down * ACROSS].reshape(down, -1, *rows.shape[1:]) if len(rows) % ACROSS == 0 else rows[None]
    drawing.mosaic(ax, record, tiles, drawing.limits(record), cmap=cmap)
    ax.set_axis_off()
    return drawn


def _walk_caption(record: Record) -> str:
    around = "all others stay at their mean, the most telling unit first"
    if drawing.is_table(record):
        return f"What changes when one unit is moved; {around}. A column without colour does not depend on the unit."
    text = f"Along a row one unit is moved, to the value below each tile; {around}. What changes is the unit's meaning."
    return text + drawing.ahead(record)


@plot(
    title="One unit at a time",
    section="generation",
    caption=_walk_caption,
    alt=lambda record: (
        f"{len(record.pictures['traversal_dims'])} rows of decoded codes, one for each of "
        + ", ".join(subscript(int(j)) for j in record.pictures["traversal_dims"])
        + f", each in {record.pictures['traversal_axis'].shape[1]} steps from low to high values of that unit."
    ),
    applies=lambda record: "traversals" in record.pictures,
    mapped=drawing.is_mapped,
)
def traversals(record: Record, *, figure: Canvas | None = None, cmap: Any = None) -> Canvas:
    """Draw rows decoded from codes in which one unit at a time is varied."""
    rows, axis = np.asarray(record.pictures["traversals"]), np.asarray(record.pictures["traversal_axis"])
    names = [subscript(int(j)) for j in record.pictures["traversal_dims"]]
    if drawing.is_table(record):
        return _walks(record, rows, axis, names, figure, cmap)
    steps = rows.shape[1]
    tile = (WIDTH - 0.6) / max(steps, 7)
    alike = bool(np.allclose(axis, axis[0]))
    below = 0.0 if alike else 0.17  # inches for the values of each row
    figure = canvas(figure, height=0.35 + len(rows) * (tile * drawing.ratio(record) + below))
    axes = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for k, ax in enumerate(axes):
        drawing.mosaic(ax, record, rows[k : k + 1], drawing.limits(record), cmap=cmap)
        ax.set_xticks(range(steps), [number(value) for value in axis[k]] if k == len(axes) - 1 or not alike else [])
        ax.set_yticks([0], [names[k]])
        ax.tick_params(length=0, pad=1 if not alike else 3)
        ax.tick_params(axis="y", labelsize=10)
        ax.spines[:].set_visible(False)
    return figure


def _walks(
    record: Record, rows: np.ndarray, axis: np.ndarray, names: list[str], figure: Canvas | None, cmap: Any
) -> Canvas:
    """Draw a strip for each unit: columns down, values of the unit across, change from the middle value as colour."""
    change = (rows - rows[:, rows.shape[1] // 2][:, None]) / drawing.deviations(record)
    most = np.sort(np.argsort(-np.abs(change).max(axis=(0, 1)), kind="stable")[:WALKED])
    span = float(np.clip(np.abs(change).max(), 0.5, SPAN))
    labels = [shortened(name, 24) for name in np.asarray(drawing.column_names(record))[most]]
    across = min(2, len(rows))
    down = -(-len(rows) // across)
    figure = canvas(figure, height=max(2.2, 0.5 + down * (0.55 + 0.17 * len(most))))
    axes = figure.subplots(down, across, squeeze=False)
    for k, ax in enumerate(axes.flat):
        if k >= len(rows):
            ax.set_visible(False)
            continue
        strip = ax.imshow(
            change[k][:, most].T, cmap=DIVERGING if cmap is None else cmap, vmin=-span, vmax=span, aspect="auto"
        )
        ax.set_xticks(range(0, len(axis[k]), 2), [number(value) for value in axis[k][::2]])
        ax.set_yticks(range(len(most)), labels if k % across == 0 else [])
        ax.tick_params(length=0)
        ax.spines[:].set_visible(False)
        ax.set_title(names[k], loc="center")
    bar = figure.colorbar(strip, ax=list(axes.flat), aspect=40, pad=0.01, extend="both")
    bar.set_label("change, standard deviations")
    return figure


def _ends(record: Record) -> list[tuple[str, str]]:
    """Return the names of the two rows of each pair."""
    pictures = record.pictures
    if "interpolation_label" in pictures:
        names = [short_label(label) for label in pictures["interpolation_label"]]
    else:
        names = [f"row {row}" for row in pictures["interpolation_row"]]
    return list(zip(names[::2], names[1::2], strict=True))


def _between_caption(record: Record) -> str:
    what = "First and last line: rows" if drawing.is_table(record) else "Framed, left and right: rows"
    text = (
        f"{what} of the data, chosen by rule; between them what the decoder makes of codes on the straight line "
        "between theirs. Changes should be smooth, and what lies in the middle should look like data too."
    )
    if drawing.is_table(record):
        text += " Colours: standard deviations from the mean of the data rows shown above."
    return text + drawing.ahead(record)


@plot(
    title="From one row to another",
    section="generation",
    caption=_between_caption,
    alt=lambda record: (
        f"{len(_ends(record))} pairs of rows, {', '.join(f'{a} and {b}' for a, b in _ends(record))}, with "
        f"{record.pictures['interpolation'].shape[1]} decoded codes between the two of each."
    ),
    applies=lambda record: "interpolation" in record.pictures,
    mapped=drawing.is_mapped,
)
def interpolation(record: Record, *, figure: Canvas | None = None, cmap: Any = None) -> Canvas:
    """Draw rows decoded from codes on the straight line between the codes of two rows."""
    pictures, names = record.pictures, _ends(record)
    sides = [np.asarray(pictures[f"interpolation_{side}"])[:, None] for side in ("from", "to")]
    rows = np.concatenate([sides[0], np.asarray(pictures["interpolation"]), sides[1]], axis=1)
    if drawing.is_table(record):
        return _strips_between(record, rows, names, figure, cmap)
    count = rows.shape[1]
    figure = canvas(figure, height=0.3 + len(rows) * ((WIDTH / count - 0.1) * drawing.ratio(record) + 0.3))
    axes = figure.subplots(len(rows), count, squeeze=False)
    bounds = drawing.limits(record)
    for i, j in np.ndindex(*axes.shape):
        ax: Any = axes[i, j]
        drawing.show(ax, record, rows[i, j], bounds, cmap)
        if j in (0, count - 1):  # a frame marks the rows of the data
            ax.spines[:].set(visible=True, color=ORANGE, linewidth=1.6)
            ax.set_title(names[i][j > 0], loc="center", fontsize=8.5)
    told = ["data", *(f"{share:.3g}" for share in np.linspace(0, 1, count - 2)), "data"]
    for ax, text in zip(axes[-1], told, strict=True):
        ax.set_xlabel(text, fontsize=8)
    return figure


def _strips_between(
    record: Record, rows: np.ndarray, names: list[tuple[str, str]], figure: Canvas | None, cmap: Any
) -> Canvas:
    steps = rows.shape[1] - 2
    figure = canvas(figure, height=1.4 + 1.75 * len(rows))
    axes = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for k, ax in enumerate(axes):
        heat = drawing.standardised(record, rows[k])
        told = [f"{names[k][0]}, data", *(f"{j / (steps - 1):.3g}" for j in range(steps)), f"{names[k][1]}, data"]
        strip = drawing.strip(ax, record, heat, told, span=SPAN, named=k == len(axes) - 1, cmap=cmap)
        for edge in (0.5, steps + 0.5):
            ax.axhline(edge, color="white", lw=3)
        ax.tick_params(axis="y", labelsize=7)
    bar = figure.colorbar(strip, ax=list(axes), aspect=50, pad=0.01, extend="both")
    bar.set_label("standard deviations from the mean")
    return figure
