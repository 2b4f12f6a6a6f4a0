"""Plots of series: the error at each step, and forecasts."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from hyotan.core.numbers import number
from hyotan.metrics import Record
from hyotan.plots import _rows as drawing
from hyotan.plots._base import Canvas, Drawn, canvas, legend_above, panel, plot
from hyotan.plots._labels import short_label
from hyotan.plots._style import BLUE, GREEN, GREY, INK, ORANGE, RED

# The naive forecasts: prefix in the metric, name in the legend, colour and line style.
CHEAP = (("last_", "the last frame repeated", GREY, "--"), ("repeat_", "the last steps repeated", GREEN, ":"))
FEW = 5  # rows that must reach a step for its error to be drawn


def _steps(record: Record) -> dict[str, Any]:
    return record.metrics.get("reconstruction", {})


def _values(values: Any) -> np.ndarray:
    return np.asarray(values, np.float64)  # None, which JSON has for NaN, becomes NaN


def _reached(found: dict[str, Any]) -> np.ndarray:
    """Return for each step whether at least ``FEW`` rows reach it (or all, if there are fewer rows)."""
    rows = np.asarray(found["step_rows"])
    return rows >= min(FEW, rows.max())


def _dots(count: int) -> dict[str, Any]:
    """Return arguments that mark the points of a line with at most 12 points."""
    return {"marker": "o", "markersize": 3} if count <= 12 else {}


def _past(record: Record) -> int:
    """Return the number of steps that the net reads."""
    if "step_rmse" in _steps(record):
        return len(_steps(record)["step_rmse"])
    return int(record.metrics["forecast"]["past"])


def _time_caption(record: Record) -> str:
    found, ahead = _steps(record), record.metrics.get("forecast")
    parts = []
    if found:
        parts.append(
            "Blue: root mean squared error of the reconstruction at each step, over rows and channels; orange: the "
            "standard deviation there, which is the error of always giving the mean of the step"
        )
        if found["step_units"] == "deviations":
            parts[-1] += "; both in standard deviations of each channel"
        rows = found["step_rows"]
        if min(rows) < max(rows):
            few = f"; steps of fewer than {FEW} rows are left out" if min(rows) < FEW <= max(rows) else ""
            parts.append(
                f"Not every step is known of every row: of {max(rows):,} rows at most, of {min(rows):,} at least{few}"
            )
    if ahead and (not found or found["step_units"] == "own"):
        where = "Right of the vertical line" if found else "At these steps"
        parts.append(f"{where} the net predicts what it has not seen")
    return ". ".join(parts) + "."


def _time_alt(record: Record) -> str:
    found, ahead = _steps(record), record.metrics.get("forecast")
    told = []
    if found:
        error = _values(found["step_rmse"])[_reached(found)]
        told.append(
            f"reconstruction error from {number(error[0])} at the first step to {number(error[-1])} at the last of "
            f"{len(error)}"
        )
    if ahead:
        error = _values(ahead["step_rmse"])
        told.append(f"forecast error from {number(error[0])} to {number(error[-1])}, {len(error)} steps ahead")
    return f"Lines over time: {'; '.join(told)}."


@plot(
    title="Error along time",
    section="reconstruction",
    caption=_time_caption,
    alt=_time_alt,
    applies=lambda record: len(_steps(record).get("step_rmse", ())) > 1 or "forecast" in record.metrics,
)
def error_over_time(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None) -> Drawn:
    """Draw the error at each step with the standard deviation there, and forecast errors with naive forecasts."""
    found, ahead = _steps(record), record.metrics.get("forecast")
    figure, ax, drawn = panel(figure, ax, height=2.9)
    past = _past(record)
    if found:
        steps = np.flatnonzero(_reached(found))
        error, spread = (_values(found[name])[steps] for name in ("step_rmse", "step_std"))
        dots = _dots(len(steps))
        ax.plot(steps + 1, error, color=BLUE, label="reconstruction", **dots)
        ax.plot(steps + 1, spread, color=ORANGE, ls="--", label="standard deviation", **dots)
    own = not found or found["step_units"] == "own"
    if ahead and own:
        steps = past + np.arange(1, ahead["steps"] + 1)
        dots = _dots(ahead["steps"])
        ax.plot(steps, _values(ahead["step_rmse"]), color=RED, label="forecast", **dots)
        for prefix, name, colour, dash in CHEAP:
            if f"{prefix}step_rmse" in ahead:
                ax.plot(steps, _values(ahead[f"{prefix}step_rmse"]), dash, color=colour, label=name, **dots)
        if found:
            ax.axvline(past + 0.5, color=INK, lw=0.8)
    ax.set_ylim(0)
    ax.xaxis.set_major_locator(MaxNLocator(10, integer=True))
    ax.set(xlabel="step", ylabel="error" + ("" if own else ", in deviations"))
    ax.grid(axis="y")
    legend_above(ax)
    return drawn


def _titles(record: Record) -> list[str]:
    pictures = record.pictures
    if "forecast_label" in pictures:
        return [short_label(label) for label in pictures["forecast_label"]]
    return [f"row {row}" for row in pictures["forecast_row"]]


def _forecasts_caption(record: Record) -> str:
    found = record.metrics["forecast"]
    text = (
        f"Rows are chosen by rule; the net sees what lies before the line and predicts the {found['steps']} steps "
        "after it. "
    )
    if drawing.is_line(record):
        written = "its reconstruction before the line and " if "forecast_written" in record.pictures else ""
        text += f"Solid: the data; dashed: what the net writes, {written}its forecast after it."
        text += " Each channel has a scale of its own." * drawing.scaled_apart(record)
    else:
        text += "Steps go down, channels across."
    return f"{text} {found['reading']}"


@plot(
    title="Forecasts",
    section="reconstruction",
    caption=_forecasts_caption,
    alt=lambda record: (
        f"{len(record.pictures['forecast_row'])} series, {', '.join(_titles(record))}, with the true future and the "
        f"forecast of {record.metrics['forecast']['steps']} steps."
    ),
    applies=lambda record: "forecast_future" in record.pictures and "forecast" in record.metrics,
    mapped=drawing.is_mapped,
)
def forecasts(record: Record, *, figure: Canvas | None = None, cmap: Any = None) -> Canvas:
    """Draw series with their true future, and the net's reconstruction and forecast."""
    pictures, titles = record.pictures, _titles(record)
    truth = np.concatenate([pictures["forecast_past"], pictures["forecast_future"]], axis=1)
    past = pictures["forecast_past"].shape[1]
    before = pictures.get("forecast_written", np.full_like(pictures["forecast_past"], np.nan))
    told = np.concatenate([before, pictures["forecast_predicted"]], axis=1)
    bounds, start = _bounds(record, truth, told), int(pictures["forecast_start"]) + 1
    if not drawing.is_line(record):
        return _sheets(record, truth, told, past, titles, bounds, figure, cmap)
    figure = canvas(figure, height=0.4 + 1.25 * len(titles))
    axes = figure.subplots(len(titles), 1, squeeze=False, sharex=True)[:, 0]
    for k, ax in enumerate(axes):
        drawing.lines(ax, record, truth[k], bounds, start=start, lw=1.1)
        # Reconstruction and forecast are separate outputs, so no line joins them.
        for part, first in ((told[k, :past], start), (told[k, past:], start + past)):
            drawing.lines(ax, record, part, bounds, dash="--", start=first, lw=1.6, alpha=0.8)
        ax.set_xlim(start - 0.5, start + len(truth[k]) - 0.5)
        ax.axvline(start + past - 0.5, color=INK, lw=0.8)
        ax.set_title(titles[k], fontsize=8.5)
        if drawing.scaled_apart(record):
            ax.set_yticks([])
    axes[-1].set_xlabel("step")
    axes[-1].xaxis.set_major_locator(MaxNLocator(10, integer=True))
    handles = [Line2D([], [], color=INK, lw=1.1, label="data")]
    handles.append(Line2D([], [], color=INK, lw=1.6, ls="--", alpha=0.8, label="written by the net"))
    figure.legend(handles=handles, loc="outside upper right", ncols=2)
    return figure


def _bounds(record: Record, truth: np.ndarray, told: np.ndarray) -> drawing.Limits:
    """Return the range to draw, for each channel if channels have their own scales.

    For images it is the range of the data. For lines it also covers the net's output, but extends beyond the data by
    at most half their range on either side.
    """
    axes = (0, 1) if drawing.scaled_apart(record) else None
    truth, told = np.asarray(truth, np.float64), np.asarray(told, np.float64)
    low, high = np.nanmin(truth, axis=axes), np.nanmax(truth, axis=axes)
    high = np.where(high > low, high, low + 1.0)
    if drawing.is_line(record):
        room = 0.5 * (high - low)
        known = np.where(np.isfinite(told), told, truth)
        low, high = (
            np.minimum(low, np.maximum(np.nanmin(known, axis=axes), low - room)),
            np.maximum(high, np.minimum(np.nanmax(known, axis=axes), high + room)),
        )
    return (low, high) if axes else (float(low), float(high))


def _sheets(
    record: Record,
    truth: np.ndarray,
    told: np.ndarray,
    past: int,
    titles: list[str],
    bounds: drawing.Limits,
    figure: Canvas | None,
    cmap: Any,
) -> Canvas:
    """Draw series of many channels as images, the data above the net's output, with a line where the future begins."""
    figure = canvas(figure, height=0.3 + 2 * drawing.row_height(record, len(titles)))
    axes = figure.subplots(2, len(titles), squeeze=False)
    for i, (name, rows) in enumerate((("data", truth), ("net", told))):
        for j, title in enumerate(titles):
            drawing.show(axes[i, j], record, rows[j], bounds, cmap)
            axes[i, j].axhline(past - 0.5, color=ORANGE, lw=1.4)
            if i == 0:
                axes[i, j].set_title(title, loc="center")
        axes[i, 0].set_ylabel(name, rotation=0, ha="right", va="center", labelpad=6)
    return figure
