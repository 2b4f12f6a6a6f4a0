"""Plot of how much a decoder with other inputs uses the code."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes

from hyotan.core.numbers import number
from hyotan.metrics import Record
from hyotan.plots import _rows as drawing
from hyotan.plots._base import Canvas, Drawn, panel, plot


def _errors(record: Record) -> dict[str, float]:
    found: dict[str, Any] = record.metrics["code_use"]
    names = {
        "honest": "own code",
        "shuffled": "code of another row",
        "mean_code": "mean code",
        "free_honest": "running free, own code",
        "free_shuffled": "running free, code of another row",
    }
    return {words: found[name] for name, words in names.items() if name in found}


@plot(
    title="What the code is worth to the decoder",
    section="codes",
    caption=lambda record: (
        "Mean Euclidean error of rows decoded with their own codes, with those of other rows and with the mean code, "
        + (
            "the decoder being shown the input each time. "
            if record.metrics["code_use"]["sees"] == "input"
            else "the decoder being fed the true frames before, as in training; running free it is fed its own. "
        )
        + record.metrics["code_use"]["reading"]
    ),
    alt=lambda record: (
        "Bars of the mean error: " + ", ".join(f"{name} {number(v)}" for name, v in _errors(record).items()) + "."
    ),
    applies=lambda record: "code_use" in record.metrics,
)
def code_use(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None) -> Drawn:
    """Draw the errors of rows decoded with their own codes, with the codes of other rows, and with the mean code."""
    values = _errors(record)
    figure, ax, drawn = panel(figure, ax, height=0.75 + 0.27 * len(values))
    drawing.bars(ax, values, [number(value, 4) for value in values.values()])
    ax.set_xlabel("mean Euclidean error of a row")
    return drawn
