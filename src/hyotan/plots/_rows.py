"""How a row of the data is drawn: as an image, as lines over time, or as a heat strip for tables."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb

from hyotan.core.numbers import number
from hyotan.metrics import Record
from hyotan.plots._style import BLUE, COLOURS, DIVERGING, GREYS, INK, MISSING, WIDTH, shortened

ORIGINALS = ("pairs_original", "best_original", "worst_original", "forecast_past", "forecast_future")
ANNOTATED = 14  # columns up to which a strip shows the values as numbers
STRIP = 40  # columns up to which a strip names every column
FILL = 0.84  # share of a tile that a line fills
LINES = 6  # channels up to which a series is drawn as lines; otherwise as an image, steps down and channels across
LUMINANCE = (0.2126, 0.7152, 0.0722)  # of red, green and blue, by Rec. 709
Limits = tuple[Any, Any]


def is_table(record: Record) -> bool:
    """Whether a row is a row of a table."""
    return record.data.get("kind") == "table"


def is_series(record: Record) -> bool:
    """Whether a row is a series."""
    return record.data.get("kind") == "series"


def channels(record: Record) -> int:
    """Return the number of channels of a series."""
    return record.data["shape"][1] if len(record.data["shape"]) > 1 else 1


def is_line(record: Record) -> bool:
    """Whether a row is drawn as lines: a series of at most 6 channels, or an image one pixel wide or high."""
    if is_series(record):
        return channels(record) <= LINES
    return not is_table(record) and 1 in record.data["shape"][:2] and max(record.data["shape"][:2]) > 1


def originals(record: Record) -> np.ndarray:
    """Return the rows of the data that the record holds; series are concatenated to shape (steps, channels)."""
    found = [np.asarray(record.pictures[name], np.float64) for name in ORIGINALS if name in record.pictures]
    if is_series(record):
        found = [rows.reshape(-1, channels(record)) for rows in found]
    return np.concatenate(found)


def limits(record: Record) -> Limits:
    """Return the lowest and highest value of the scale: the black and white of an image, or the axis limits of lines.

    These are the range of the original rows. Colour images use 0..1 or 0..255 if their values fit. Series drawn as
    lines use the range of each channel if one channel would look flat on a common axis.
    """
    values = originals(record)
    if is_line(record) and is_series(record):
        known = np.isfinite(values)
        lows, highs = (f(np.where(known, values, w), axis=0) for f, w in ((np.min, np.inf), (np.max, -np.inf)))
        lows, highs = np.where(known.any(axis=0), lows, 0.0), np.where(known.any(axis=0), highs, 1.0)
        highs = np.where(highs > lows, highs, lows + 1.0)
        # A common axis is used only if every channel spans at least a fifth of it.
        if np.min(highs - lows) < (np.max(highs) - np.min(lows)) / 5:
            return lows, highs
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if is_colour(record) and low >= 0 and high <= 255:
        return 0.0, 1.0 if high <= 1 else 255.0
    return low, high if high > low else low + 1.0


def scaled_apart(record: Record) -> bool:
    """Whether each channel of a series is drawn on its own scale."""
    return is_series(record) and np.ndim(limits(record)[0]) > 0


def ahead(record: Record) -> str:
    """Return a sentence on the steps that the net predicts, with a leading space, or "" if it does not predict."""
    future = record.data.get("future")
    if not future:
        return ""
    alone = "reconstruction" not in record.metrics
    return " Drawn is the future it predicts." if alone else f" The last {future} steps are the future it predicts."


def is_colour(record: Record) -> bool:
    """Whether rows are images of three channels, or four with opacity."""
    shape = record.data["shape"]
    drawn = not is_table(record) and not is_line(record) and not is_series(record)
    return drawn and len(shape) == 3 and shape[2] in (3, 4)


def is_mapped(record: Record) -> bool:
    """Whether rows are drawn with a colour map: those of tables, and grey values."""
    return not (is_line(record) or is_colour(record))


def ratio(record: Record) -> float:
    """Return the height of a drawn row divided by its width."""
    if is_line(record):
        return 0.7
    height, width = record.data["shape"][:2]
    return float(np.clip(height / width, 0.25, 4.0))


def row_height(record: Record, count: int) -> float:
    """Return the height in inches of a line of ``count`` examples with a name on the left."""
    return ((WIDTH - 1.05) / max(count, 5) - 0.1) * ratio(record) + 0.1


def pixels(image: np.ndarray, bounds: Limits, cmap: Any = None) -> np.ndarray:
    """Return an image as RGB values in 0..1 of shape (height, width, 3), with missing cells in light blue.

    Grey values are given the colours of ``cmap``, if there is one.
    """
    image = np.asarray(image, np.float64)
    scaled = np.clip((image - bounds[0]) / (bounds[1] - bounds[0]), 0, 1)
    if scaled.ndim == 2:
        scaled = scaled[..., None]
    colours = scaled[..., :3] if scaled.shape[-1] in (3, 4) else scaled.mean(axis=-1, keepdims=True)
    if scaled.shape[-1] == 4:  # blended with the white of the page
        colours = colours * scaled[..., 3:] + (1 - scaled[..., 3:])
    missing = np.isnan(colours).any(axis=-1)
    if cmap is not None and colours.shape[-1] == 1:
        colours = cmap(colours[..., 0])[..., :3]
    colours = np.broadcast_to(colours, (*colours.shape[:2], 3)).copy()
    colours[missing] = to_rgb(MISSING)
    return colours


def steps(record: Record, row: np.ndarray) -> np.ndarray:
    """Return a row that is drawn as lines in the shape (steps, channels)."""
    row = np.asarray(row, np.float64)
    return row.reshape(len(row) if is_series(record) else row.shape[0] * row.shape[1], -1)


def length(row: np.ndarray) -> int:
    """Return the length of a padded series: the position of its last step with an observed cell.

    Examples
    --------
    >>> length(np.array([[1.0], [np.nan], [2.0], [np.nan]]))
    3
    """
    known = np.isfinite(row.reshape(len(row), -1)).any(axis=1)
    return int(len(known) - np.argmax(known[::-1])) if known.any() else 0


def show(ax: Any, record: Record, row: np.ndarray, bounds: Limits, cmap: Any = None) -> None:
    """Draw one row on its own axes, without ticks; grey values with the colours of ``cmap``, if there is one."""
    ax.set_xticks([])
    ax.set_yticks([])
    if is_line(record):
        lines(ax, record, row, bounds)
        ax.set_box_aspect(ratio(record))
        return
    ax.spines[:].set_visible(False)
    row = np.asarray(row)
    height, width = row.shape[:2]
    if row.ndim == 2 or row.shape[-1] == 1:
        grey = np.ma.masked_invalid(row.astype(np.float64).reshape(height, width))
        colours = GREYS if cmap is None else cmap
        args: dict[str, Any] = {"cmap": colours, "vmin": bounds[0], "vmax": bounds[1], "aspect": "auto"}
        if is_series(record):  # the padding after the end is not drawn
            end = max(1, length(row.astype(np.float64)))
            shown = ax.imshow(grey[:end], extent=(-0.5, width - 0.5, end - 0.5, -0.5), **args)
            ax.set_ylim(height - 0.5, -0.5)
        else:
            shown = ax.imshow(grey, **args)
        shown.set_cmap(shown.cmap.with_extremes(bad=MISSING))
    else:
        ax.imshow(pixels(row, bounds, cmap), aspect="auto")
    ax.set_box_aspect(ratio(record))


def lines(
    ax: Any, record: Record, row: np.ndarray, bounds: Limits, *, dash: str = "-", start: int = 0, **args: Any
) -> None:
    """Draw a row as lines over its steps; ``start`` is the number of its first step."""
    values = _scaled(steps(record, row), bounds)
    for k, channel in enumerate(values.T):
        at = np.arange(start, start + len(channel))
        ax.plot(at, channel, dash, color=COLOURS[k % len(COLOURS)], **{"lw": 1, **args})
    low, high = (0.0, 1.0) if np.ndim(bounds[0]) else bounds
    pad = 0.06 * (high - low)
    ax.set_ylim(low - pad, high + pad)
    if is_series(record):
        reach = start + max(2, len(values)) - 1
        ax.set_xlim(start - 0.03 * (reach - start), reach + 0.03 * (reach - start))


def _scaled(values: np.ndarray, bounds: Limits) -> np.ndarray:
    """Return values of shape (steps, channels), scaled to 0..1 if each channel has its own scale."""
    return (values - bounds[0]) / (bounds[1] - bounds[0]) if np.ndim(bounds[0]) else values


def mosaic(ax: Any, record: Record, rows: np.ndarray, bounds: Limits, gap: bool = True, cmap: Any = None) -> None:
    """Draw rows of shape (down, across, *row) as tiles, the first on top; the centres have integer coordinates."""
    down, across = rows.shape[:2]
    if is_line(record):
        low, high = (np.broadcast_to(bound, steps(record, rows[0, 0]).shape[1]) for bound in bounds)
        for k in range(len(low)):
            cells = [
                _in_cell(steps(record, rows[i, j])[:, k], (low[k], high[k]), i, j)
                for i in range(down)
                for j in range(across)
            ]
            ax.add_collection(LineCollection(cells, colors=COLOURS[k % len(COLOURS)], linewidths=0.9))
        ax.set(xlim=(-0.5, across - 0.5), ylim=(down - 0.5, -0.5))
        ax.set_aspect(ratio(record))
        return
    height, width = rows.shape[2:4]
    space = max(1, round(0.06 * min(height, width))) if gap else 0
    high, wide = height + space, width + space
    sheet = np.ones((down * high, across * wide, 3))
    for i in range(down):
        for j in range(across):
            top, left = i * high + space // 2, j * wide + space // 2
            end = length(rows[i, j]) if is_series(record) else height
            sheet[top : top + end, left : left + width] = pixels(rows[i, j][:end], bounds, cmap)
    ax.imshow(sheet, extent=(-0.5, across - 0.5, down - 0.5, -0.5), aspect=ratio(record))


def _in_cell(values: np.ndarray, bounds: tuple[float, float], i: int, j: int) -> np.ndarray:
    across = j + FILL * (np.linspace(0, 1, len(values)) - 0.5)
    share = np.clip((values - bounds[0]) / (bounds[1] - bounds[0]), -0.1, 1.1)
    return np.stack([across, i - FILL * (share - 0.5)], axis=1)


def column_names(record: Record, limit: int = 28) -> list[str]:
    """Return the names of a table's columns or a series' channels; without names, such as "column 0"."""
    count = channels(record) if is_series(record) else record.data["shape"][0]
    what = "channel" if is_series(record) else "column"
    names = record.data.get("columns") or [f"{what} {j}" for j in range(count)]
    return [shortened(name, limit) for name in names]


def standardised(record: Record, rows: np.ndarray) -> np.ndarray:
    """Return rows of a table as deviations from the mean of the record's original rows, in standard deviations."""
    data = originals(record)
    known = np.isfinite(data)
    center = np.where(known, data, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return (np.asarray(rows, np.float64) - center) / deviations(record)


def deviations(record: Record) -> np.ndarray:
    """Return the standard deviation of each column, 1 where a column is constant."""
    found = np.asarray(record.metrics["reconstruction"]["column_std"], np.float64)
    return np.where(found > 0, found, 1.0)


def strip(
    ax: Any,
    record: Record,
    heat: np.ndarray,
    labels: list[str],
    *,
    span: float,
    texts: np.ndarray | None = None,
    named: bool = True,
    cmap: Any = None,
) -> Any:
    """Draw rows of a table as a heat strip with the columns across, and return the image for a colour bar."""
    colours = DIVERGING if cmap is None else cmap
    image = ax.imshow(np.ma.masked_invalid(heat), cmap=colours, vmin=-span, vmax=span, aspect="auto")
    image.set_cmap(image.cmap.with_extremes(bad="#FFFFFF"))
    ax.set_yticks(range(len(labels)), labels)
    columns = heat.shape[1]
    names = column_names(record, 20)
    if not named:
        ax.set_xticks([])
    else:
        every = -(-columns // STRIP)
        ax.set_xticks(range(0, columns, every), names[::every], rotation=40, ha="right", rotation_mode="anchor")
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    if texts is not None and columns <= ANNOTATED:
        for i, j in np.ndindex(*heat.shape):
            dark = np.isfinite(heat[i, j]) and abs(heat[i, j]) > 0.62 * span
            if cmap is not None:  # of a map that is not known, only its colour tells
                dark = np.isfinite(heat[i, j]) and np.dot(image.to_rgba(heat[i, j])[:3], LUMINANCE) < 0.45
            text = number(float(texts[i, j])) if np.isfinite(texts[i, j]) else "–"
            ax.text(j, i, text, ha="center", va="center", fontsize=6.5, color="white" if dark else INK)
    return image


def bars(ax: Any, values: dict[str, float], texts: list[str]) -> None:
    """Draw horizontal bars with their values as text; the first bar, the model's, is on top and in colour."""
    names, ours = list(values), BLUE
    colours = [ours] + ["#B5B5B5"] * (len(names) - 1)
    ax.barh(range(len(names)), list(values.values()), color=colours, height=0.68)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.set_xlim(0, max(1e-12, *values.values()) * 1.14)
    for k, text in enumerate(texts):
        ax.annotate(text, (list(values.values())[k], k), xytext=(4, 0), textcoords="offset points", va="center")
