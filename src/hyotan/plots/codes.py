"""Plots of the codes: scatter plot, variance of each unit, and accuracy of a linear probe."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from hyotan.core.numbers import number
from hyotan.core.terms import Term, described
from hyotan.metrics import Record
from hyotan.plots import _rows as drawing
from hyotan.plots._base import Canvas, Drawn, canvas, panel, plot
from hyotan.plots._labels import Group, grouped, legend_name, values_of
from hyotan.plots._style import BLUE, HEAT, ORANGE, WIDTH, subscript

DIRECT = 24  # with up to this many classes, names are written at the points
TICKS = 32  # units up to which each has its own tick
ROOM = 44  # characters in a line of a panel's title


def axis_names(record: Record) -> list[str]:
    """Return the axis names of the scatter plot of codes."""
    across = record.pictures["codes"].shape[1]
    if "codes_pca" in record.pictures:
        return [f"principal component {j + 1} of the codes" for j in range(across)]
    return [subscript(j) for j in range(across)]


def _latent_caption(record: Record) -> str:
    text = "Each point is the code of a row"
    if "codes_label" in record.pictures:
        text += "; classes that lie apart can be told from the code alone, overlapping ones cannot"
    if "codes_pca" in record.pictures:
        share = record.pictures["codes_pca"]
        text += f". Shown is the plane of most variance: {share:.0%} of it; points may be further apart than they look"
    elif record.model.get("probabilistic"):
        text += ". Codes should fill the region around 0 where the prior lies, without holes or far islands"
    return text + "."


def _latent_alt(record: Record) -> str:
    codes = record.pictures["codes"]
    if "codes_label" not in record.pictures:
        return f"Scatter plot of the codes of {len(codes):,} rows in {codes.shape[1]} dimensions."
    classes = len(np.unique(record.pictures["codes_label"]))
    return f"Scatter plot of the codes of {len(codes):,} rows, coloured by their label ({classes} different ones)."


def _coloured(record: Record) -> bool:
    """Whether labels are told by colour; a quantity over one dimension has an axis."""
    labels = record.pictures.get("codes_label")
    return labels is not None and (record.pictures["codes"].shape[1] > 1 or values_of(labels) is None)


@plot(
    title="Where the rows lie",
    section="codes",
    caption=_latent_caption,
    alt=_latent_alt,
    applies=lambda record: "codes" in record.pictures,
    mapped=_coloured,
)
def latent(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None, cmap: Any = None) -> Drawn:
    """Draw the codes in one to three dimensions, larger ones by PCA in two, coloured by label if there are labels."""
    codes, names = np.asarray(record.pictures["codes"]), axis_names(record)
    labels = record.pictures.get("codes_label")
    size = float(np.clip(6000 / len(codes), 4, 22))
    if codes.shape[1] == 1:
        return _line(codes[:, 0], labels, names[0], size, figure, ax, cmap)
    three = codes.shape[1] == 3
    size_of: dict[str, Any] = {"height": 5.2, "width": WIDTH}
    if three:
        size_of = {"height": 4.7, "width": 6.6, "projection": "3d"}
    figure, axes, drawn = panel(figure, ax, **size_of)
    points: dict[str, Any] = {"s": size, "alpha": 0.7, "linewidths": 0}
    values = None if labels is None else values_of(labels)
    if values is not None:
        shown = axes.scatter(*codes.T, c=values, cmap=HEAT if cmap is None else cmap, **points)
        figure.colorbar(shown, ax=axes, label="label", shrink=0.8, pad=0.1 if three else 0.02)
    else:
        groups = grouped(labels, len(codes), cmap)
        for group in groups:
            at = codes[group.rows]
            named = legend_name(group.name)
            axes.scatter(*at.T, color=group.colour, marker=group.marker, label=named, **points)
        if labels is not None:
            _name(axes, figure if ax is None else None, codes, groups, direct=not three)
    if three:
        axes.set(xlabel=names[0], ylabel=names[1], zlabel=names[2])
        for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
            axis.set_major_locator(MaxNLocator(5))
        axes.set_box_aspect((1, 1, 1), zoom=0.9)  # otherwise the label of the third axis is cut off
    else:
        axes.set(xlabel=names[0], ylabel=names[1])
        axes.set_aspect("equal", adjustable="datalim")
        axes.grid()
    if "codes_pca" in record.pictures:
        dim = record.metrics["codes"]["dim"]
        axes.set_title(f"plane with {record.pictures['codes_pca']:.0%} of the variance of the {dim} units")
    return drawn


def _name(ax: Any, figure: Canvas | None, codes: np.ndarray, groups: list[Group], direct: bool) -> None:
    """Write class names at the points and in a legend, next to the axes if ``figure`` is None."""
    if direct and len(groups) <= DIRECT:
        for group in groups:
            x, y = np.median(codes[group.rows], axis=0)
            halo = [patheffects.withStroke(linewidth=3.2, foreground="white")]
            text = ax.text(x, y, group.name, ha="center", va="center", size=11, weight="bold", color=group.colour)
            text.set_path_effects(halo)
    across = {"ncols": 1 + len(groups) // 24, "title": "label"}
    if figure is not None:
        legend: Any = figure.legend(loc="outside right center", **across)
    else:
        legend = ax.legend(loc="center left", bbox_to_anchor=(1.02 if direct else 1.12, 0.5), **across)
    for handle in legend.legend_handles:
        handle.set(alpha=1, sizes=[28])


def _line(
    codes: np.ndarray, labels: Any, name: str, size: float, figure: Canvas | None, ax: Axes | None, cmap: Any
) -> Drawn:
    """Draw one-dimensional codes: a histogram, a line of points for each class, or a quantity against the code."""
    values = None if labels is None else values_of(labels)
    groups = [] if labels is None or values is not None else grouped(labels, len(codes), cmap)
    _, axes, drawn = panel(figure, ax, height=max(2.4, 0.8 + 0.3 * len(groups)))
    axes.set_xlabel(name)
    if values is not None:
        axes.scatter(codes, values, s=size, alpha=0.7, linewidths=0, color=BLUE)
        axes.set_ylabel("label")
    elif groups:
        jitter = np.random.default_rng(0).uniform(-0.3, 0.3, len(codes))
        for k, group in enumerate(groups):
            axes.scatter(codes[group.rows], k + jitter[group.rows], s=size, alpha=0.7, linewidths=0, color=group.colour)
        axes.set_yticks(range(len(groups)), [group.name for group in groups])
        axes.set_ylabel("label")
        axes.invert_yaxis()
    else:
        axes.hist(codes, bins=40, color=BLUE, alpha=0.6)
        axes.set_ylabel("rows")
    return drawn


def idle(record: Record) -> np.ndarray:
    """Return for each unit whether it is idle: inactive in a Gaussian latent, dead in a deterministic one."""
    found = record.metrics["codes"]
    return np.asarray(found["variance"]) <= found.get("idle_below", 1e-12)


def _per_unit(record: Record) -> list[Term]:
    """Return the terms that the latent reports for each unit, in the order they are shown."""
    found = record.metrics["codes"]
    names = [
        name
        for name, values in found.items()
        if name not in ("mean", "variance") and isinstance(values, list) and len(values) == found["dim"]
    ]
    return described(names, record.about)


def _units_alt(record: Record) -> str:
    found, count = record.metrics["codes"], int(idle(record).sum())
    what = " and ".join([*(term.label or term.text for term in _per_unit(record)), "variance"])
    low, high = number(min(found["variance"])), number(max(found["variance"]))
    return f"Bars of the {what} of {found['dim']} units; variance from {low} to {high}, {count} units idle."


@plot(
    title="What each unit carries",
    section="codes",
    caption=lambda record: (
        "A unit whose bar is (nearly) zero is the same for every row and carries nothing. "
        + "".join(
            f"The {term.label or term.text} is what it tells about a row, in {term.unit or 'nats'}. "
            for term in _per_unit(record)
            if term.name == record.model.get("charged")
        )
        + "Units are numbered from 0, as the columns of transform() are."
    ),
    alt=_units_alt,
    applies=lambda record: "variance" in record.metrics.get("codes", {}),
)
def units(record: Record, *, figure: Canvas | None = None) -> Canvas:
    """Draw the variance of each unit over the rows, and the latent's terms for each unit, such as the KL."""
    found = record.metrics["codes"]
    panels = [(term.text, found[term.name]) for term in _per_unit(record)]
    panels.append(("variance of the mean code over the rows", found["variance"]))
    few = found["dim"] <= TICKS
    side_by_side = found["dim"] <= 12
    figure = canvas(figure, height=2.3 if side_by_side or len(panels) == 1 else 4.2)
    shape = (1, len(panels)) if side_by_side else (len(panels), 1)
    without = idle(record)
    for ax, (title, values) in zip(figure.subplots(*shape, squeeze=False).flat, panels, strict=True):
        at = np.arange(len(values))
        if not without.all():
            ax.bar(at[~without], np.asarray(values)[~without], color=BLUE, width=0.75, label="in use")
        if without.any():
            ax.bar(at[without], np.asarray(values)[without], color=ORANGE, width=0.75, label="idle")
            # A bar of height 0 is invisible, so a cross marks the unit.
            ax.plot(at[without], np.zeros(without.sum()), "x", color=ORANGE, clip_on=False, markersize=4, zorder=5)
        if few:
            ax.set_xticks(at, [subscript(j) for j in at.tolist()])
        else:
            ax.set_xlabel("unit")
        ax.set_xlim(-0.6 - 0.6 * (len(at) < 4), len(at) - 0.4 + 0.6 * (len(at) < 4))
        ax.set_ylim(0, max(1e-9, float(np.max(values))) * 1.08)
        ax.set_title(fill(title, ROOM))
        ax.grid(axis="y")
    if without.any():
        figure.legend(*ax.get_legend_handles_labels(), loc="outside right upper")
    return figure


def _accuracies(record: Record) -> dict[str, float]:
    found = record.metrics["probe"]
    names = {
        "the codes": "codes",
        f"PCA, {record.metrics['codes']['dim']} components": "pca",
        "the raw cells": "raw",
        "always the largest class": "majority",
    }
    return {name: found[key] for name, key in names.items() if key in found}


@plot(
    title="How much of the label the codes hold",
    section="codes",
    caption=lambda record: (
        f"Cross-validated accuracy of a linear classifier on {record.metrics['probe']['rows']:,} rows of "
        f"{record.metrics['probe']['classes']} classes; longer is better, and codes above PCA keep more of the "
        "label in as little room."
    ),
    alt=lambda record: (
        "Bars of accuracy: " + ", ".join(f"{name} {value:.0%}" for name, value in _accuracies(record).items()) + "."
    ),
    applies=lambda record: "probe" in record.metrics,
)
def probe(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None) -> Drawn:
    """Draw the accuracy of a linear probe on the codes, with PCA, raw cells and largest class as baselines."""
    values = _accuracies(record)
    figure, ax, drawn = panel(figure, ax, height=0.75 + 0.27 * len(values))
    drawing.bars(ax, {name: 100 * value for name, value in values.items()}, [f"{v:.1%}" for v in values.values()])
    ax.set_xlim(0, 112)
    ax.set_xlabel("accuracy, %")
    return drawn
