"""Plots for the experiments only: rows of images, curves, bars, histograms, series and heat maps.

Plots that apply to any model are in ``hyotan.plots``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from hyotan.core.numbers import number
from hyotan.plots._style import BLUE, COLOURS, GREY, WIDTH, style

P = ParamSpec("P")
LABEL = 1.15  # inches for the names on the left of lines of images
MARKED = 12  # points up to which a curve has a marker at each point


def _styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Decorate a function so that it draws in hyotan's Matplotlib style."""

    @functools.wraps(draw)
    def drawn(*args: P.args, **given: P.kwargs) -> Figure:
        with style():
            return draw(*args, **given)

    return drawn


@_styled
def images(
    rows: Mapping[str, np.ndarray], titles: Sequence[str] = (), *, bounds: tuple[float, float] = (0, 1)
) -> Figure:
    """Draw lines of images, each of shape (n, height, width[, 1]), below each other with their names on the left.

    Examples
    --------
    >>> len(images({"original": np.zeros((3, 8, 8)), "cleaned": np.ones((3, 8, 8))}, ["a", "b", "c"]).axes)
    6
    """
    count = max(map(len, rows.values()))
    side = min(1.1, (WIDTH - LABEL) / count)
    figure = Figure(figsize=(WIDTH, 0.3 * bool(titles) + len(rows) * (side + 0.06)))
    axes = figure.subplots(len(rows), count, squeeze=False)
    for i, (name, pictures) in enumerate(rows.items()):
        for j, ax in enumerate(axes[i]):
            ax.set_xticks([])
            ax.set_yticks([])
            ax.spines[:].set_visible(False)
            if j < len(pictures):
                picture = np.asarray(pictures[j], np.float64)
                ax.imshow(picture.reshape(picture.shape[:2]), cmap="gray", vmin=bounds[0], vmax=bounds[1])
            if i == 0 and j < len(titles):
                ax.set_title(titles[j], loc="center", fontsize=8)
        axes[i, 0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=6)
    return figure


@_styled
def curves(
    lines: Mapping[str, tuple[Any, Any]],
    *,
    x: str,
    y: str,
    levels: Mapping[str, float] | None = None,
    log: str = "",
) -> Figure:
    """Draw lines by name, and reference levels as dashed lines; ``log`` names the logarithmic axes ("x", "y", "xy")."""
    figure = Figure(figsize=(WIDTH, 3.1))
    ax = figure.subplots()
    for k, (name, (across, up)) in enumerate(lines.items()):
        dash = ("-", "--", ":")[k // len(COLOURS) % 3]
        ax.plot(across, up, dash, color=COLOURS[k % len(COLOURS)], label=name, **_marks(len(across)))
    for k, (name, level) in enumerate((levels or {}).items()):
        ax.axhline(level, color=GREY, ls=("--", ":", "-.")[k % 3], lw=1.2, label=f"{name}: {number(level, 4)}")
    if "x" in log:
        ax.set_xscale("log", base=2)
        ticks = sorted({float(v) for across, _ in lines.values() for v in across})
        ax.set_xticks(ticks, [number(v) for v in ticks], minor=False)
        ax.xaxis.set_tick_params(which="minor", bottom=False, labelbottom=False)
    elif all(float(v).is_integer() for across, _ in lines.values() for v in across):
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    if "y" in log:
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        ax.yaxis.set_major_formatter(lambda value, _: number(value))  # the default needs math text
        ax.yaxis.set_minor_locator(NullLocator())
    ax.set(xlabel=x, ylabel=y)
    ax.grid(axis="y")
    figure.legend(loc="outside right upper")
    return figure


def by_epoch(values: Mapping[str, Any]) -> dict[str, tuple[range, Any]]:
    """Return values by epoch as the ``lines`` argument of :func:`curves`.

    Examples
    --------
    >>> by_epoch({"loss": [3.0, 2.0]})
    {'loss': (range(1, 3), [3.0, 2.0])}
    """
    return {name: (range(1, len(each) + 1), each) for name, each in values.items()}


def ends(values: Mapping[str, Any], form: str = ".3g") -> str:
    """Return the first and last values of lines as an alt text.

    Examples
    --------
    >>> ends({"loss": [3.0, 2.5, 2.0]})
    'Lines: loss from 3 to 2.'
    """
    return "Lines: " + "; ".join(f"{name} from {v[0]:{form}} to {v[-1]:{form}}" for name, v in values.items()) + "."


def _marks(count: int) -> dict[str, Any]:
    return {"marker": "o", "markersize": 3.5} if count <= MARKED else {}


@_styled
def bars(values: Mapping[str, float], *, x: str, form: str = ".3g") -> Figure:
    """Draw horizontal bars with their values as text; the first bar is on top and in colour."""
    names, lengths = list(values), list(values.values())
    figure = Figure(figsize=(WIDTH, 0.75 + 0.27 * len(names)))
    ax = figure.subplots()
    ax.barh(range(len(names)), lengths, color=[BLUE] + ["#B5B5B5"] * (len(names) - 1), height=0.68)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(min(0.0, *lengths), max(1e-12, *lengths) * 1.16)
    for k, length in enumerate(lengths):
        place: dict[str, Any] = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
        ax.annotate(format(length, form), (max(0.0, length), k), **place)
    ax.set_xlabel(x)
    return figure


@_styled
def units(panels: Mapping[str, np.ndarray], *, y: str) -> Figure:
    """Draw one number for each code unit, with one panel for each model and a common scale."""
    figure = Figure(figsize=(WIDTH, 0.4 + 1.35 * len(panels)))
    axes = figure.subplots(len(panels), 1, squeeze=False, sharex=True, sharey=True)[:, 0]
    for k, (ax, (name, values)) in enumerate(zip(axes, panels.items(), strict=True)):
        ax.bar(np.arange(len(values)), values, color=COLOURS[k % len(COLOURS)], width=0.75)
        ax.set_title(name)
        ax.set_ylabel(y)
        ax.grid(axis="y")
    axes[-1].set_xlabel("code unit")
    axes[-1].xaxis.set_major_locator(MaxNLocator(16, integer=True))
    return figure


@_styled
def histograms(values: Mapping[str, np.ndarray], *, x: str, count: int = 60) -> Figure:
    """Draw overlaid histograms with common bins."""
    figure = Figure(figsize=(WIDTH, 2.7))
    ax = figure.subplots()
    every = np.concatenate([np.ravel(part) for part in values.values()])
    bins = np.linspace(every.min(), every.max() + 1e-12, count + 1).tolist()
    for k, (name, part) in enumerate(values.items()):
        weights = np.full(np.size(part), 100 / np.size(part))
        ax.hist(np.ravel(part), bins=bins, weights=weights, color=COLOURS[k], alpha=0.5, label=name)
    ax.set(xlabel=x, ylabel="%")
    figure.legend(loc="outside right upper")
    return figure


@_styled
def series(panels: Sequence[tuple[str, Mapping[str, np.ndarray]]], *, across: int = 2, x: str = "step") -> Figure:
    """Draw one panel for each example with its one-channel series by name; the first is the original, pale and wide.

    Examples
    --------
    >>> wave = np.sin(np.arange(20))
    >>> series([("a sine", {"original": wave, "reconstruction": 0.9 * wave})]).axes[0].get_title(loc="left")
    'a sine'
    """
    down = -(-len(panels) // across)
    figure = Figure(figsize=(WIDTH, 0.6 + 1.6 * down))
    axes = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
    for k, ax in enumerate(axes.flat):
        if k >= len(panels):
            ax.set_visible(False)
            continue
        title, lines = panels[k]
        for j, (name, values) in enumerate(lines.items()):
            first = {"color": GREY, "lw": 3.2, "alpha": 0.7} if j == 0 else {"color": COLOURS[(j - 1) % len(COLOURS)]}
            ax.plot(np.ravel(values), label=name, **first)
        ax.set_title(title)
        ax.grid(axis="y")
        if k + across >= len(panels):
            ax.set_xlabel(x)
    if max(len(lines) for _, lines in panels) > 1:
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=5)
    return figure


@_styled
def heat(panels: Mapping[str, np.ndarray], *, x: str, y: str) -> Figure:
    """Draw heat maps side by side, with one common colour scale centred at zero."""
    span = max(float(np.abs(table).max()) for table in panels.values()) or 1.0
    figure = Figure(figsize=(WIDTH, 2.8))
    axes = figure.subplots(1, len(panels), squeeze=False, sharey=True)[0]
    for ax, (name, table) in zip(axes, panels.items(), strict=True):
        shown = ax.imshow(table, cmap="RdBu_r", vmin=-span, vmax=span, aspect="auto", interpolation="nearest")
        ax.set_title(name)
        ax.set_xlabel(x)
        ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes[0].set_ylabel(y)
    figure.colorbar(shown, ax=list(axes), pad=0.01)
    return figure


@_styled
def image_rows(image: np.ndarray) -> Figure:
    """Draw an image beside the series that its rows make: one line for each row, the first one on top."""
    image = np.asarray(image, np.float64).reshape(np.shape(image)[:2])
    figure = Figure(figsize=(WIDTH, 3.0))
    left, right = figure.subplots(1, 2, width_ratios=[1, 1.7])
    left.imshow(image, cmap="gray", vmin=0, vmax=1)
    left.set(ylabel="step: row of the image", xlabel="feature: column")
    for step, row in enumerate(image):
        right.fill_between(range(len(row)), step - 1.6 * row, step, color=BLUE, alpha=0.35, lw=0)
        right.plot(step - 1.6 * row, color=BLUE, lw=0.9)
    right.invert_yaxis()
    right.set(xlabel="feature", ylabel="step")
    return figure


DECODERS = {
    "unconditional": ("hₜ = LSTM(z; hₜ₋₁)", ("z", "z", "z", "z")),
    "conditional": ("hₜ = LSTM([z, x̂ₜ₋₁]; hₜ₋₁)", ("z, 0", "z, x̂₁", "z, x̂₂", "z, x̂₃")),
    "reversed-input": ("hₜ = LSTM([z, x₁₀₁₋ₜ]; hₜ₋₁)", ("z, x₁₀₀", "z, x₉₉", "z, x₉₈", "z, x₉₇")),
}
"""By decoder: its formula, and what its first steps see."""


@_styled
def decoders() -> Figure:
    """Draw what each of the three LSTM decoders sees, unrolled over its first steps.

    Examples
    --------
    >>> len(decoders().axes)
    3
    """
    figure = Figure(figsize=(WIDTH, 5.0))
    for ax, (name, (formula, seen)) in zip(figure.subplots(3, 1), DECODERS.items(), strict=True):
        ax.set(xlim=(-0.5, len(seen) - 0.2), ylim=(-1.15, 1.15))
        ax.axis("off")
        ax.set_title(f"{name}:  {formula}")
        box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": BLUE}
        middle: dict[str, Any] = {"ha": "center", "va": "center"}
        arrow = {"arrowstyle": "->", "color": GREY}
        for k, given in enumerate(seen):
            ax.text(k, 0, "LSTM", bbox=box, **middle)
            ax.text(k, 0.95, f"x̂{'₁₂₃₄'[k]}", **middle)
            ax.annotate("", (k, 0.75), (k, 0.35), arrowprops=arrow)
            ax.text(k, -0.95, given, **middle)
            ax.annotate("", (k, -0.35), (k, -0.75), arrowprops=arrow)
            if k:
                ax.annotate("", (k - 0.18, 0), (k - 0.82, 0), arrowprops=arrow)
                ax.text(k - 0.5, 0.14, f"h{'₁₂₃'[k - 1]}", fontsize=8, **middle)
    return figure
