"""Plot of the aggregated posterior against the prior."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Patch
from matplotlib.ticker import MaxNLocator

from hyotan.core.numbers import number
from hyotan.metrics import Record
from hyotan.plots._base import Canvas, canvas, plot
from hyotan.plots._style import BLUE, GREY, INK, ORANGE, RED, WIDTH, subscript

UNITS = 4  # units that get panels, at most
BINS = 400  # of a histogram, at most: one code may be very far from the others
# Probability of the 2-D standard normal within each circle, and the circle's line style.
CIRCLES = ((0.50, "-"), (0.90, "--"), (0.99, ":"))


def _found(record: Record) -> dict[str, Any]:
    return record.metrics["prior_gap"]


def _caption(record: Record) -> str:
    found, plane = _found(record), record.pictures["prior_draws"].shape[1] > 1
    text = (
        "Codes are one posterior draw of each row; above each panel their mean ± standard deviation and Kolmogorov "
        "distance from the prior. Below, the difference of cumulative shares: above 0 too many codes lie left of a "
        f"value, below 0 too few; within ±{136 / np.sqrt(found['rows']):.2g} percentage points ({found['rows']:,} "
        "rows) it may be chance."
    )
    if plane:
        text += " The plane is that of the two units furthest from the prior among those that carry something."
    return text


def _alt(record: Record) -> str:
    found = _found(record)
    told = ", ".join(
        f"{subscript(int(j))} mean {number(found['mean'][j], 2)}, standard deviation {number(found['std'][j], 2)}, "
        f"Kolmogorov distance {number(found['kolmogorov'][j], 2)}"
        for j in record.pictures["prior_dims"][:UNITS]
    )
    return f"Histograms of codes beside the standard normal density, and their difference: {told}."


@plot(
    title="Codes against the prior",
    section="codes",
    caption=_caption,
    alt=_alt,
    applies=lambda record: "prior_draws" in record.pictures and "prior_gap" in record.metrics,
)
def prior(record: Record, *, figure: Canvas | None = None) -> Canvas:
    """Draw the codes of the units furthest from the prior against it, and a scatter plot of two of them."""
    pictures = record.pictures
    draws, dims = np.asarray(pictures["prior_draws"], np.float64), [int(j) for j in pictures["prior_dims"]]
    count = min(UNITS, len(dims))
    down = -(-count // 2)
    if count == 1:
        figure = left = canvas(figure, height=3.6, width=6.0)
    else:
        figure = canvas(figure, height=3.6 if down == 1 else 5.8, width=WIDTH)
        parts: Any = figure.subfigures(1, 2, width_ratios=[1.35, 1])
        left = parts[0]
        _plane(parts[1], draws[:, :2], dims[:2])
    across = min(2, count)
    axes = left.subplots(2 * down, across, squeeze=False, sharex="col", height_ratios=[1.7, 1] * down)
    difference = np.abs(pictures["prior_difference"][:count]).max()
    reach = 115 * max(float(difference), 1.36 / np.sqrt(_found(record)["rows"]), 0.01)
    for k in range(across * down):
        pair = axes[2 * (k // 2) : 2 * (k // 2) + 2, k % 2]
        if k < count:
            _unit(record, pair, k, reach)
        else:
            for ax in pair:
                ax.set_visible(False)
    told = [
        Patch(color=BLUE, alpha=0.45, lw=0, label="codes"),
        Line2D([], [], color=ORANGE, label="prior"),
        Line2D([], [], color=RED, lw=1.3, label="difference"),
        Patch(color=GREY, alpha=0.3, lw=0, label="within chance"),
    ]
    left.legend(handles=told, loc="outside upper left", ncols=4, handlelength=1.4, columnspacing=1.2)
    return figure


def _unit(record: Record, axes: Any, k: int, reach: float) -> None:
    """Draw the histogram of one unit with the density of the prior, and F_n − Φ below."""
    pictures, found = record.pictures, _found(record)
    x, j = np.asarray(pictures["prior_draws"][:, k], np.float64), int(pictures["prior_dims"][k])
    axis, difference = np.asarray(pictures["prior_axis"], np.float64), 100 * np.asarray(pictures["prior_difference"][k])
    density, below = axes
    width = max(float(np.clip(6 / np.cbrt(len(x)), 0.25, 0.8)), 2 * axis[-1] / BINS)
    bins = np.arange(-np.ceil(-axis[0] / width) * width, axis[-1] + width, width)
    density.hist(x, bins=bins, weights=np.full(len(x), 1 / (len(x) * width)), color=BLUE, alpha=0.45)
    density.plot(axis, np.exp(-np.square(axis) / 2) / np.sqrt(2 * np.pi), color=ORANGE)
    told = f"{number(found['mean'][j], 2)} ± {number(found['std'][j], 2)}"
    density.set_title(f"{subscript(j)}: {told}, distance {number(found['kolmogorov'][j], 2)}", fontsize=8.5)
    density.set_yticks([])
    density.spines["left"].set_visible(False)
    band = 136 / np.sqrt(found["rows"])
    below.axhspan(-band, band, color=GREY, alpha=0.3, lw=0)
    below.axhline(0, color=INK, lw=0.6)
    below.plot(axis, difference, color=RED, lw=1.3)
    below.set(xlim=(axis[0], axis[-1]), ylim=(-reach, reach))
    below.xaxis.set_major_locator(MaxNLocator(5, integer=True, symmetric=True))
    below.set_ylabel("difference, %" if k % 2 == 0 else "", fontsize=8)
    below.grid(axis="y")


def _plane(figure: Any, draws: np.ndarray, dims: list[int]) -> None:
    """Draw the codes of two units with circles that contain 50, 90 and 99 % of the prior."""
    ax = figure.subplots()
    size = float(np.clip(6000 / len(draws), 2, 16))
    ax.scatter(*draws.T, s=size, color=BLUE, alpha=float(np.clip(900 / len(draws), 0.2, 0.6)), linewidths=0)
    handles = []
    dash: Any
    for share, dash in CIRCLES:
        radius = np.sqrt(-2 * np.log1p(-share))
        ax.add_patch(Circle((0, 0), radius, fill=False, edgecolor=ORANGE, linestyle=dash, linewidth=1.6))
        inside = float(np.mean(np.sum(np.square(draws), axis=1) <= radius**2))
        digits = 1 if 0.985 < inside < 1 else 0
        label = f"{share:.0%} of the prior, {inside:.{digits}%} of the codes"
        handles.append(Line2D([], [], color=ORANGE, linestyle=dash, label=label))
    reach = max(3.4, float(np.quantile(np.abs(draws), 0.998)) * 1.05)
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), xlabel=subscript(dims[0]), ylabel=subscript(dims[1]))
    ax.set_aspect("equal")
    ax.grid()
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.16), title="within the circle")
