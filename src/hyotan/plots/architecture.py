"""The networks of a model as boxes: encoder from left to right, decoder below."""

from __future__ import annotations

from typing import Any

from hyotan.metrics.record import Record
from hyotan.plots._base import Canvas, canvas, plot
from hyotan.plots._style import BLUE, GREY, ORANGE, WIDTH

PER_LINE = 7  # boxes in a line, at most; longer networks go on below
HEIGHT = 1.05  # inches of a line


def _columns(layers: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return layers in the order in which they follow each other; inputs, and heads, stand one above the other."""
    found: list[list[dict[str, Any]]] = []
    for layer in layers:
        beside = found[-1][0] if found else None
        if beside and ((layer["head"] and beside["head"]) or not (layer["parameters"] or beside["parameters"])):
            found[-1].append(layer)
        else:
            found.append([layer])
    return found


def _told(layer: dict[str, Any]) -> str:
    shape = " × ".join(map(str, layer["shape"])) or "1"
    count = f"\n{layer['parameters']:,}" if layer["parameters"] else ""
    name = layer["name"] if layer["head"] or not layer["parameters"] else layer["class"]
    return f"{name}\n{shape}{count}"


def _caption(record: Record) -> str:
    total = record.model["parameters"]
    further = total - sum(layer["parameters"] for side in record.model["layers"].values() for layer in side)
    told = f", {further:,} of them outside these layers, such as a learned σ" if further else ""
    return (
        "Each box has the kind of a layer, or the name of an input or output, the shape that it gives for a row, and "
        f"its number of parameters; {total:,} in all{told}."
    )


@plot(
    title="Layers of encoder and decoder",
    section="model",
    caption=_caption,
    alt=lambda record: (
        "; ".join(
            f"{side}: {', '.join(_told(layer).replace(chr(10), ' ') for layer in layers)}"
            for side, layers in record.model["layers"].items()
        )
        + "."
    ),
    applies=lambda record: "layers" in record.model,
)
def networks(record: Record, *, figure: Canvas | None = None) -> Canvas:
    """Draw the layers of encoder and decoder."""
    lines = []
    for side, layers in record.model["layers"].items():
        columns = _columns(layers)
        parts = [columns[k : k + PER_LINE] for k in range(0, len(columns), PER_LINE)]
        lines += [(side if k == 0 else "", part, k > 0) for k, part in enumerate(parts)]
    tall = [max(map(len, columns)) for _, columns, _ in lines]
    figure = canvas(figure, height=HEIGHT * sum(tall) + 0.2, width=WIDTH)
    across = max(len(columns) for _, columns, _ in lines)
    axes = figure.subplots(len(lines), 1, squeeze=False, height_ratios=tall)[:, 0]
    for ax, (side, columns, goes_on), high in zip(axes, lines, tall, strict=True):
        ax.set(xlim=(-0.75, across - 0.4), ylim=(-0.5 * high, 0.5 * high))
        ax.axis("off")
        ax.text(-0.72, 0.5 * high - 0.08, side, weight="bold", va="top")
        for k, column in enumerate(columns):
            for j, layer in enumerate(column):
                up = (len(column) - 1) / 2 - j
                colour = ORANGE if layer["head"] else GREY if not layer["parameters"] else BLUE
                box = {"boxstyle": "round,pad=0.4", "facecolor": "white", "edgecolor": colour}
                ax.text(k, up, _told(layer), ha="center", va="center", fontsize=7.5, bbox=box, linespacing=1.25)
                if k or goes_on:
                    arrow = {"arrowstyle": "->", "color": GREY, "shrinkA": 0, "shrinkB": 0}
                    ax.annotate("", (k - 0.38, up), (k - 0.6, 0.35 * up), arrowprops=arrow)
    return figure
