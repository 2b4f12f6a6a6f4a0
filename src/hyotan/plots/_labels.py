"""How labels are drawn: each class has its own colour and marker; a numeric quantity has a colour scale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import to_hex

from hyotan.core.numbers import number
from hyotan.plots._style import BLUE, COLOURS, GREY, MARKERS, shortened

CLASSES = len(COLOURS) * len(MARKERS)  # classes that can be distinguished
QUANTITY = 20  # numeric labels with more distinct values than this are a quantity


@dataclass(frozen=True)
class Group:
    """Rows that are drawn with the same colour and marker."""

    name: str
    rows: np.ndarray
    colour: str
    marker: str


def legend_name(name: str) -> str:
    r"""Return a name that Matplotlib shows in a legend; it would leave out a name that begins with an underscore.

    Examples
    --------
    >>> legend_name("a"), legend_name("_b") == "\u200b_b"
    ('a', True)
    """
    return f"\u200b{name}" if name.startswith("_") else name


def values_of(labels: Any) -> np.ndarray | None:
    """Return the labels as numbers if they are a quantity (numbers with more than 20 distinct values), else None.

    Examples
    --------
    >>> values_of(["0", "1"]) is None, values_of([str(v / 100) for v in range(100)])[:3]
    (True, array([0.  , 0.01, 0.02]))
    """
    if len(set(labels)) <= QUANTITY:
        return None
    try:
        values = np.asarray([float(label) for label in labels])
    except ValueError:
        return None
    return values if np.isfinite(values).all() else None


def _in_order(name: str) -> tuple[Any, ...]:
    """Return a sort key that puts numbers before words, and "class 9" before "class 10"."""
    try:
        if np.isfinite(float(name)):
            return (0, float(name))
    except ValueError:
        pass
    return (1, [(0, int(p), "") if p.isdecimal() else (1, 0, p) for p in re.split(r"(\d+)", name) if p])


def short_label(label: str) -> str:
    """Return a label short enough for the title of a small panel.

    Examples
    --------
    >>> short_label("0.13698630136986301"), short_label("chrysanthemum"), short_label("9")
    ('0.137', 'chry…emum', '9')
    """
    label = str(label)
    if len(label) > 6:
        try:
            return number(float(label))
        except ValueError:
            pass
    return shortened(label, 9)


def grouped(labels: Any, count: int, cmap: Any = None) -> list[Group]:
    """Return one group for each class; without labels one group of all rows.

    Colours are those of ``cmap``, if there is one: evenly spaced, or in their order if it is a list of a few. With more
    classes than can be distinguished, the smallest ones form one group named "others".

    Examples
    --------
    >>> [(group.name, group.rows.tolist()) for group in grouped(["b", "a", "b"], 3)]
    [('a', [1]), ('b', [0, 2])]
    """
    if labels is None:
        return [Group("rows", np.arange(count), BLUE, "o")]
    labels = np.asarray([str(label) for label in labels])
    names, counts = np.unique(labels, return_counts=True)
    kept = sorted(names, key=_in_order)
    if len(names) > CLASSES:
        largest = set(names[np.argsort(-counts, kind="stable")[: CLASSES - 1]])
        kept = [name for name in kept if name in largest]
    groups = [
        Group(
            shortened(name, 20),
            np.flatnonzero(labels == name),
            COLOURS[k % len(COLOURS)] if cmap is None else _colour(cmap, k, len(kept)),
            MARKERS[k // len(COLOURS) % len(MARKERS)],
        )
        for k, name in enumerate(kept)
    ]
    others = np.flatnonzero(~np.isin(labels, kept))
    return [*groups, *([Group("others", others, GREY, ".")] if len(others) else [])]


def _colour(cmap: Any, k: int, count: int) -> str:
    """Return the colour of class ``k`` of ``count``."""
    return to_hex(cmap(k % cmap.N) if cmap.N <= QUANTITY else cmap(k / max(1, count - 1)))
