"""The one style of all pictures: colours that colour-blind readers tell apart, and sizes for a page's width."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from matplotlib import font_manager
from matplotlib import style as styles

WIDTH = 8.0  # inches: the text width of a page
DPI = 150

# Okabe and Ito's palette without its yellow, which is lost on white.
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
MISSING = "#CFE3F5"  # a missing cell of a grey picture: not a grey
HEAT, DIVERGING = "viridis", "RdBu_r"

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
    # Names of columns and classes are the user's: a dollar in them is a dollar.
    "text.parse_math": False,
}

# Fonts for names in scripts the default font lacks; only installed ones are asked for, else Matplotlib complains.
FALLBACK = ("Noto Sans CJK JP", "Noto Sans", "Hiragino Sans", "Yu Gothic", "Microsoft YaHei", "Segoe UI", "Arial")


@contextmanager
def style() -> Iterator[None]:
    """Draw in the house's style, from Matplotlib's defaults; the user's settings come back at the end."""
    installed = set(font_manager.fontManager.get_font_names())
    fonts = ["DejaVu Sans", *(name for name in FALLBACK if name in installed)]
    with styles.context(["default", {**STYLE, "font.family": fonts}]):
        yield


def subscript(j: int) -> str:
    """Return ``z`` with its number, from 0 as in ``z[:, 0]``.

    Examples
    --------
    >>> subscript(12)
    'z₁₂'
    """
    return "z" + str(j).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def shortened(text: str, limit: int = 28) -> str:
    """Return a name cut in its middle, where it is longer than ``limit``.

    Examples
    --------
    >>> shortened("od280/od315_of_diluted_wines", 20)
    'od280/od31…ted_wines'
    """
    text = " ".join(str(text).split())
    return text if len(text) <= limit else f"{text[: limit // 2]}…{text[len(text) - (limit - limit // 2 - 1) :]}"
