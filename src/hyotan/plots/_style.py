"""The style of all plots: colours that colour-blind readers can distinguish, and sizes for the width of a page."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib import colormaps, font_manager
from matplotlib import style as styles
from matplotlib.colors import Colormap

from hyotan.core.errors import ParameterError, shown, unknown_name

WIDTH = 8.0  # inches: the text width of a page
DPI = 150

# The Okabe–Ito palette without yellow, which is hard to see on white.
BLUE, ORANGE, GREEN, RED, PINK, SKY, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#56B4E9",
    "#000000",
)
COLOURS = (BLUE, ORANGE, GREEN, RED, PINK, SKY, BLACK)
MARKERS = ("o", "^", "s", "D", "v", "P")
GREY = "#9A9A9A"
INK = "#333333"
MISSING = "#CFE3F5"  # for missing cells; light blue, so that they stand out in grey images
HEAT, DIVERGING, GREYS = "viridis", "RdBu_r", "gray"

STYLE: dict[str, Any] = {
    "figure.facecolor": "white",
    "figure.dpi": DPI,
    "figure.constrained_layout.use": True,
    "figure.titlesize": 10,
    "savefig.dpi": "figure",
    "savefig.facecolor": "white",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 6,
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "lines.linewidth": 1.7,
    "grid.color": "#E4E4E4",
    "grid.linewidth": 0.7,
    # A dollar sign in the user's column and class names is not mathematics.
    "text.parse_math": False,
}

# Fonts for scripts that the default font lacks. Only installed fonts are used, because Matplotlib warns of others.
FALLBACK = ("Noto Sans CJK JP", "Noto Sans", "Hiragino Sans", "Yu Gothic", "Microsoft YaHei", "Segoe UI", "Arial")


@contextmanager
def style() -> Iterator[None]:
    """Apply hyotan's style on top of Matplotlib's defaults; the user's settings are restored on exit."""
    installed = set(font_manager.fontManager.get_font_names())
    fonts = ["DejaVu Sans", *(name for name in FALLBACK if name in installed)]
    with styles.context(["default", {**STYLE, "font.family": fonts}]):
        yield


def colour_map(cmap: Any) -> Colormap:
    """Return a Matplotlib colour map from its name, or raise with the nearest name there is.

    Examples
    --------
    >>> colour_map("plasma").name
    'plasma'
    """
    if isinstance(cmap, Colormap):
        return cmap
    if not isinstance(cmap, str):
        raise ParameterError(
            "The 'cmap' of a plot is not valid",
            expected="the name of a colour map of Matplotlib, such as 'plasma', or a matplotlib.colors.Colormap",
            received=shown(cmap),
        )
    if cmap not in colormaps:
        raise unknown_name("colour map", cmap, colormaps, "sorted(matplotlib.colormaps) lists them")
    return colormaps[cmap]


def subscript(j: int) -> str:
    """Return the name of code unit ``j``, counted from 0 as in ``z[:, 0]``.

    Examples
    --------
    >>> subscript(12)
    'z₁₂'
    """
    return "z" + str(j).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def shortened(text: str, limit: int = 28) -> str:
    """Return a name, with its middle replaced by an ellipsis if it is longer than ``limit``.

    Examples
    --------
    >>> shortened("od280/od315_of_diluted_wines", 20)
    'od280/od31…ted_wines'
    """
    text = " ".join(str(text).split())
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[len(text) - (limit - limit // 2 - 1) :]}"
