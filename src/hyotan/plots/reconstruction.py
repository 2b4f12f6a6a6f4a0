"""Plots of the reconstruction: examples, best and worst rows, and errors compared with PCA."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes

from hyotan.core.numbers import number
from hyotan.metrics import Record
from hyotan.plots import _rows as drawing
from hyotan.plots._base import Canvas, Drawn, canvas, legend_above, panel, plot
from hyotan.plots._labels import short_label
from hyotan.plots._style import BLUE, GREY, INK, ORANGE, RED

SPAN = 2.5  # standard deviations at the ends of a strip's colour scale
COLUMNS = 40  # columns that get a bar, at most


def _rows_of_pairs(record: Record) -> list[tuple[str, np.ndarray]]:
    names = {"original": "pairs_original", "from the mean": "pairs_mean", "from a draw": "pairs_draw"}
    return [(title, record.pictures[name]) for title, name in names.items() if name in record.pictures]


def _pair_titles(record: Record) -> list[str]:
    pictures = record.pictures
    if "pairs_label" in pictures:
        return [short_label(label) for label in pictures["pairs_label"]]
    return [f"row {row}" for row in pictures["pairs_row"]]


def _pairs_caption(record: Record) -> str:
    draw = "pairs_draw" in record.pictures
    which = "the first of each class in turn" if "pairs_label" in record.pictures else "the first ones"
    text = f"Rows are chosen by rule ({which}), not by looks; each is to be compared with what stands below it."
    if drawing.is_table(record):
        text = (
            f"Rows are chosen by rule ({which}); cells of the same row and column are to be compared: colours tell how "
            "far a value is from its column's mean, numbers are in the data's own units."
        )
    text += " Each channel has a scale of its own." * drawing.scaled_apart(record)
    return text + (" A draw differs from the mean by what the code leaves open." if draw else "")


@plot(
    title="Originals and reconstructions",
    section="reconstruction",
    caption=_pairs_caption,
    alt=lambda record: (
        f"{len(record.pictures['pairs_row'])} rows of the data, {', '.join(_pair_titles(record))}, each above its "
        "reconstruction" + (" from the mean code and from a drawn code." if "pairs_draw" in record.pictures else ".")
    ),
    applies=lambda record: "pairs_original" in record.pictures,
    mapped=drawing.is_mapped,
)
def pairs(record: Record, *, figure: Canvas | None = None, cmap: Any = None) -> Canvas:
    """Draw rows with their reconstructions from the mean code and, for stochastic codes, from one draw."""
    rows, titles = _rows_of_pairs(record), _pair_titles(record)
    if drawing.is_table(record):
        return _strips(record, rows, titles, figure, cmap)
    bounds, count = drawing.limits(record), len(titles)
    figure = canvas(figure, height=0.25 + len(rows) * drawing.row_height(record, count))
    axes = figure.subplots(len(rows), count, squeeze=False)
    for i, (name, examples) in enumerate(rows):
        for j, example in enumerate(examples):
            drawing.show(axes[i, j], record, example, bounds, cmap)
            if i == 0:
                axes[i, j].set_title(titles[j], loc="center")
        axes[i, 0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=6)
    return figure


def _strips(
    record: Record, rows: list[tuple[str, np.ndarray]], titles: list[str], figure: Canvas | None, cmap: Any
) -> Canvas:
    figure = canvas(figure, height=max(3.2, 1.6 + len(rows) * (0.3 + 0.17 * len(titles))))
    axes = figure.subplots(len(rows), 1, squeeze=False)[:, 0]
    for i, (name, values) in enumerate(rows):
        heat = drawing.standardised(record, values)
        last = i == len(rows) - 1
        strip = drawing.strip(axes[i], record, heat, titles, span=SPAN, texts=np.asarray(values), named=last, cmap=cmap)
        axes[i].set_title(name)
        if "pairs_label" in record.pictures:
            axes[i].set_ylabel("label")
    bar = figure.colorbar(strip, ax=list(axes), aspect=50, pad=0.01, extend="both")
    bar.set_label("standard deviations from the mean")
    return figure


def _extremes_alt(record: Record) -> str:
    pictures = record.pictures
    worst = ", ".join(number(error) for error in pictures["worst_error"][:3])
    best = ", ".join(number(error) for error in pictures["best_error"][:3])
    return (
        f"The {len(pictures['worst_row'])} worst reconstructed rows, whose errors begin with {worst}, and the "
        f"{len(pictures['best_row'])} best, whose errors begin with {best}; originals above reconstructions."
    )


@plot(
    title="Worst and best by error",
    section="reconstruction",
    caption=lambda record: (
        "Rank 1 is the worst row of all; a worst row that looks odd in itself is a candidate anomaly, one that looks "
        "ordinary shows what the model has not learned."
        + (" Colours and numbers: reconstruction − original, in standard deviations." * drawing.is_table(record))
    ),
    alt=_extremes_alt,
    applies=lambda record: "worst_original" in record.pictures,
    mapped=drawing.is_mapped,
)
def extremes(record: Record, *, figure: Canvas | None = None, cmap: Any = None) -> Canvas:
    """Draw the rows with the highest and the lowest errors, with rank and error."""
    count = len(record.pictures["worst_row"])
    if drawing.is_table(record):
        return _extreme_strips(record, figure, cmap)
    figure = canvas(figure, height=2 * (0.75 + 2 * drawing.row_height(record, count)))
    bounds = drawing.limits(record)
    parts: Any = figure.subfigures(2, 1)
    for part, side in zip(parts, ("worst", "best"), strict=True):
        axes = part.subplots(2, count, squeeze=False)
        for i, name in enumerate(("original", "reconstruction")):
            for j, example in enumerate(record.pictures[f"{side}_{name}"]):
                drawing.show(axes[i, j], record, example, bounds, cmap)
            axes[i, 0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=6)
        for j, (rank, error) in enumerate(_ranks(record, side)):
            axes[0, j].set_title(f"rank {rank}\nerror {error}", loc="center", fontsize=8)
        part.suptitle(side, x=0.01, ha="left", weight="bold")
    return figure


def _ranks(record: Record, side: str) -> list[tuple[str, str]]:
    ranks, errors = record.pictures[f"{side}_rank"], record.pictures[f"{side}_error"]
    return [(f"{int(rank):,}", number(error, 3, keep=True)) for rank, error in zip(ranks, errors, strict=True)]


def _extreme_strips(record: Record, figure: Canvas | None, cmap: Any) -> Canvas:
    count = len(record.pictures["worst_row"])
    figure = canvas(figure, height=max(4.6, 1.8 + 2 * 0.2 * count))
    axes = figure.subplots(2, 1)
    for ax, side in zip(axes, ("worst", "best"), strict=True):
        difference = record.pictures[f"{side}_reconstruction"] - record.pictures[f"{side}_original"]
        heat = np.asarray(difference, np.float64) / drawing.deviations(record)
        labels = [f"rank {rank} · error {error}" for rank, error in _ranks(record, side)]
        strip = drawing.strip(
            ax, record, heat, labels, span=SPAN, texts=np.round(heat, 1) + 0.0, named=side == "best", cmap=cmap
        )
        ax.set_title(side, weight="bold")
    bar = figure.colorbar(strip, ax=list(axes), aspect=50, pad=0.01, extend="both")
    bar.set_label("reconstruction − original, in standard deviations")
    return figure


def _found(record: Record) -> dict[str, Any]:
    return record.metrics["reconstruction"]


def _pca(record: Record) -> str:
    return f"PCA, {record.metrics['codes']['dim']} components"


@plot(
    title="Error of every row",
    section="reconstruction",
    caption=lambda record: (
        "The further left the better; rows far out on the right are candidate anomalies. "
        + ("The dashed line is what PCA of the same size reaches on average. " * ("pca_mean" in _found(record)))
        + ("Columns of large numbers weigh most here. " * drawing.is_table(record))
        + ("Long series have larger errors than short ones. " * bool(record.data.get("ragged")))
    ).strip(),
    alt=lambda record: (
        f"Histogram of reconstruction errors from {number(float(np.min(record.pictures['error'])))} to "
        f"{number(_found(record)['max'])}; mean "
        f"{number(_found(record)['mean'])}."
    ),
    applies=lambda record: "error" in record.pictures and "reconstruction" in record.metrics,
)
def errors(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None) -> Drawn:
    """Draw the histogram of the reconstruction errors, with the mean errors of the model and of PCA."""
    found, values = _found(record), np.asarray(record.pictures["error"], np.float64)
    figure, ax, drawn = panel(figure, ax, height=2.6)
    count = int(np.clip(2 * np.sqrt(len(values)), 8, 50))
    ax.hist(values, bins=count, weights=np.full(len(values), 100 / len(values)), color=BLUE, alpha=0.45)
    ax.axvline(found["mean"], color=BLUE, label=f"this model: mean {number(found['mean'])}")
    if "pca_mean" in found:
        ax.axvline(found["pca_mean"], color=RED, ls="--", label=f"{_pca(record)}: mean {number(found['pca_mean'])}")
    ax.set(xlabel="Euclidean error of a row, in the data's own units", ylabel="rows, %")
    legend_above(ax, 2)
    return drawn


@plot(
    title="Mean error beside PCA",
    section="reconstruction",
    caption=lambda record: (
        "Shorter is better; a model that does not beat PCA of the same size has not earned its parameters. PCA was "
        f"fitted on {_found(record)['pca_fitted_on']}."
    ),
    alt=lambda record: (
        f"Two bars: mean error of this model {number(_found(record)['mean'], 4)}, of {_pca(record)} "
        f"{number(_found(record)['pca_mean'], 4)}."
    ),
    applies=lambda record: "pca_mean" in record.metrics.get("reconstruction", {}),
)
def baseline(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None) -> Drawn:
    """Draw the mean reconstruction errors of the model and of PCA with as many components."""
    found = _found(record)
    figure, ax, drawn = panel(figure, ax, height=1.25)
    values = {"this model": found["mean"], _pca(record): found["pca_mean"]}
    drawing.bars(ax, values, [number(value, 4) for value in values.values()])
    ax.set_xlabel("mean Euclidean error of a row")
    return drawn


def _order(record: Record) -> tuple[np.ndarray, np.ndarray]:
    """Return each column's error divided by its standard deviation, and the columns to draw, worst first."""
    relative = np.asarray(_found(record)["column_rmse"], np.float64) / drawing.deviations(record)
    known = int(np.isfinite(relative).sum())  # columns without observed cells are not drawn
    return relative, np.argsort(-relative, kind="stable")[: min(known, COLUMNS)]


def _what(record: Record) -> str:
    return "channel" if drawing.is_series(record) else "column"


def _beaten(record: Record) -> str:
    if "column_pca_rmse" not in _found(record):
        return ""
    return f" A dark mark that lies on its bar: {_pca(record)} does better there."


def _columns_alt(record: Record) -> str:
    relative, order = _order(record)
    names = drawing.column_names(record)
    listed = ", ".join(f"{names[j]} {number(relative[j], 2)}" for j in order[:3])
    what = f"{len(order)} {_what(record)}s"
    pca = _found(record).get("column_pca_rmse")
    beside = ""
    if pca is not None:
        better = sum(a <= b for a, b in zip(_found(record)["column_rmse"], pca, strict=True) if a is not None)
        beside = f"; PCA of the same size is beaten in {better} of {len(pca)}"
    return f"Bars of the error of {what} relative to their standard deviation; the worst are {listed}{beside}."


@plot(
    title="Error of each column or channel beside its standard deviation",
    section="reconstruction",
    caption=lambda record: (
        f"0 is perfect, 1 is no better than always giving the {_what(record)}'s mean (orange); beside each bar the "
        f"root mean squared error and the standard deviation in the {_what(record)}'s own units, over known cells."
        + _beaten(record)
    ),
    alt=_columns_alt,
    applies=lambda record: len(record.metrics.get("reconstruction", {}).get("column_rmse", ())) > 1,
)
def columns(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None) -> Drawn:
    """Draw the error of each column or channel divided by its standard deviation, the worst on top."""
    found, names = _found(record), drawing.column_names(record)
    relative, order = _order(record)
    figure, ax, drawn = panel(figure, ax, height=1.0 + 0.21 * len(order))
    ours, worse = (np.flatnonzero((relative[order] >= 1) == bad) for bad in (False, True))
    for at, colour, name in ((ours, BLUE, "this model"), (worse, ORANGE, "no better than the mean")):
        if len(at):
            ax.barh(at, relative[order][at], color=colour, height=0.7, label=name)
    ax.axvline(1, color=GREY, ls="--", lw=1)
    reach = float(np.nanmax(relative, initial=0.0))
    if "column_pca_rmse" in found:
        pca = np.asarray(found["column_pca_rmse"], np.float64) / drawing.deviations(record)
        ax.plot(pca[order], range(len(order)), "|", color=INK, markersize=9, mew=2, label=_pca(record))
        reach = float(np.nanmax(pca, initial=reach))
    ax.set_yticks(range(len(order)), [names[j] for j in order])
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(order) - 0.4, -0.6)
    ax.set_xlim(0, max(1.1, reach * 1.05))
    legend_above(ax)
    ax.set_xlabel(f"root mean squared error / standard deviation (dashed: the {_what(record)}'s mean)")
    _beside(ax, [f"{number(found['column_rmse'][j])} / {number(found['column_std'][j])}" for j in order])
    if len(order) < len(names):
        ax.set_title(f"the {len(order)} worst of {len(names)} {_what(record)}s", pad=22)
    return drawn


def _beside(ax: Any, texts: list[str]) -> None:
    """Write one text for each bar on the right of the axes."""
    right = ax.secondary_yaxis("right")
    right.set_yticks(range(len(texts)), texts)
    right.tick_params(length=0)
    right.spines[:].set_visible(False)
    where = {"xycoords": "axes fraction", "xytext": (3, 5), "textcoords": "offset points"}
    ax.annotate("error / deviation", (1, 1), ha="left", fontsize=8, **where)
