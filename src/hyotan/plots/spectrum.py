"""Plot of the power spectrum of data and residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from hyotan.core.numbers import number
from hyotan.metrics import Record
from hyotan.plots._base import Canvas, Drawn, legend_above, panel, plot
from hyotan.plots._style import BLUE, GREY, ORANGE

FAINTEST = 1e-7  # lowest power on the logarithmic axis, as a share of the largest; lower values are raised to it


def _found(record: Record) -> dict[str, Any]:
    return record.metrics["spectrum"]


def _caption(record: Record) -> str:
    found = _found(record)
    return (
        f"Mean power of the data and of what the reconstruction leaves of it, over {found['rows']:,} series, in "
        f"segments of {found['segment']} steps, each channel in standard deviations. Where orange lies far below blue "
        "a frequency comes back; where they meet it is lost. A line straight across is left over by white noise. "
        + found["reading"]
    )


@plot(
    title="Which frequencies come back",
    section="reconstruction",
    caption=_caption,
    alt=lambda record: (
        "Two lines on a logarithmic scale, power of the data and of the residuals, over "
        f"{len(_found(record)['frequency'])} frequencies up to half a cycle a step. {_found(record)['reading']}"
    ),
    applies=lambda record: "spectrum" in record.metrics,
)
def residual_spectrum(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None) -> Drawn:
    """Draw the mean power spectral densities of the data and of the residuals."""
    found = _found(record)
    figure, ax, drawn = panel(figure, ax, height=3.1)
    frequency = np.asarray(found["frequency"], np.float64)
    dots: dict[str, Any] = {"marker": "o", "markersize": 3} if len(frequency) <= 12 else {}
    lines = {name: np.asarray(found[name], np.float64) for name in ("data", "residual")}
    highest = max(float(values.max()) for values in lines.values())
    for name, words, colour in (("data", "the data", BLUE), ("residual", "what is left: x − x̂", ORANGE)):
        ax.plot(frequency, np.maximum(lines[name], highest * FAINTEST), color=colour, label=words, **dots)
    if "lost_above" in found:
        at = found["lost_above"]
        label = f"from here on over half is left: {number(at)}"
        ax.axvline(at, color=GREY, ls="--", lw=1.2, label=label)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number(value)))
    ax.set(xlabel="frequency, cycles a step", ylabel="power, variances a cycle", xlim=(0, 0.5))
    top = ax.secondary_xaxis("top", functions=(_period, _period))
    top.set_xticks([20, 10, 5, 4, 3, 2], ["20", "10", "5", "4", "3", "2"])
    top.tick_params(labelsize=7.5, length=2)
    top.set_xlabel("period, steps", fontsize=8)
    ax.grid(axis="y")
    legend_above(ax, at=1.2)
    return drawn


def _period(value: Any) -> Any:
    return 1 / np.maximum(value, 1e-12)
