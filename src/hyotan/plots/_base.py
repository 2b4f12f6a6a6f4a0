"""The definition of a plot, the registry of plots, and helpers for figures and axes."""

from __future__ import annotations

import functools
import inspect
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from hyotan.core.errors import ParameterError, shown, unknown_name
from hyotan.metrics import Record
from hyotan.plots._style import DPI, WIDTH, colour_map, style

SECTIONS = {
    "training": "Training",
    "reconstruction": "Reconstruction",
    "codes": "Codes",
    "generation": "What the decoder makes of codes",
    "model": "The networks",
}
Canvas = Figure | SubFigure
Drawn = Canvas | Axes
Words = str | Callable[[Record], str]
_REGISTRY: dict[str, Plot] = {}


@dataclass(frozen=True)
class Plot:
    """A registered plot.

    Parameters
    ----------
    name : str
        The name of its function.
    title, section : str
        Its title and its section in the report, one of ``SECTIONS``.
    draw : callable
        ``draw(record, *, figure=None, ax=None, cmap=None)`` returns the figure, or the axes if ``ax`` is given.
        ``cmap`` is a colour map of Matplotlib or its name, for the plots that have one.
    applies : callable
        ``applies(record)`` returns whether the record holds the data of this plot.
    caption, alt : str or callable
        The caption, which explains how to read the plot, and the alt text for readers who cannot see it. A callable
        gets the record and returns the text.
    """

    name: str
    title: str
    section: str
    draw: Callable[..., Any]
    applies: Callable[[Record], bool]
    caption: Words
    alt: Words

    def caption_of(self, record: Record) -> str:
        """Return the caption for a record."""
        return self.caption if isinstance(self.caption, str) else self.caption(record)

    def alt_of(self, record: Record) -> str:
        """Return the alt text for a record."""
        return self.alt if isinstance(self.alt, str) else self.alt(record)


class Picture(Figure):
    """A Matplotlib figure that notebooks display without pyplot."""

    def _repr_png_(self) -> bytes:
        return png(self)


def plot(
    *,
    title: str,
    section: str,
    caption: Words,
    alt: Words,
    applies: Callable[[Record], bool],
    mapped: Callable[[Record], bool] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function ``(record, *, figure=None) -> figure`` as a plot.

    A function that draws a single panel should also take ``ax=None`` and call :func:`panel` for the axes to draw on.
    One that has a colour map should take ``cmap=None``, which comes as a ``Colormap`` or as None for its own default;
    ``mapped(record)`` returns whether it has one for this record.
    The function is called with hyotan's Matplotlib style, and only with records for which ``applies(record)`` is true.
    Within a section, plots are listed in the order in which they are registered.
    """
    if section not in SECTIONS:
        raise unknown_name("section", section, SECTIONS)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name, takes_ax = function.__name__, "ax" in inspect.signature(function).parameters

        @functools.wraps(function)
        def draw(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None, cmap: Any = None) -> Drawn:
            if not isinstance(record, Record):
                raise ParameterError(
                    f"{name} draws records",
                    expected="a hyotan.Record",
                    received=shown(record),
                    do="make one with hyotan.evaluate(model, X)",
                )
            if not applies(record):
                raise ParameterError(
                    f"This record holds nothing for the plot {name!r}",
                    expected="a model and data it applies to",
                    received=record.model.get("line", "an empty record"),
                    do="hyotan.plots.registered() lists the plots; each says whether it .applies(record)",
                )
            if ax is not None:
                _check_ax(name, ax, figure)
                if not takes_ax:
                    raise several_panels(name)
            more: dict[str, Any] = {"ax": ax} if takes_ax else {}
            if cmap is not None:
                if mapped is None or not mapped(record):
                    raise _no_colour_map(name, cmap)
                more["cmap"] = colour_map(cmap)
            with style():
                return function(record, figure=figure, **more)

        # Show only the arguments that this plot accepts.
        draw.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
        _REGISTRY[name] = Plot(name, title, section, draw, applies, caption, alt)
        return draw

    return register


def _no_colour_map(name: str, cmap: Any) -> ParameterError:
    return ParameterError(
        f"The plot {name!r} of this record has no colour map",
        expected="cmap= for pictures of grey values or of a table, and for points with labels",
        received=f"cmap={shown(cmap)}",
        do="leave cmap out",
    )


def _check_ax(name: str, ax: Any, figure: Any) -> None:
    if not isinstance(ax, Axes):
        raise ParameterError(
            f"{name} cannot be drawn into this", expected="ax: a matplotlib.axes.Axes", received=shown(ax)
        )
    if figure is not None:
        raise ParameterError(
            f"{name} is drawn into one place",
            expected="figure= or ax=",
            received="both",
            do="leave figure out: the axes have one",
        )


def several_panels(name: str) -> ParameterError:
    """Return the error for a plot of several panels that was given ``ax=``."""
    return ParameterError(
        f"{name} draws several panels",
        expected="figure=, a matplotlib Figure or SubFigure",
        received="ax=",
        do="give figure=outer.subfigures(1, 2)[0], say",
    )


def registered() -> list[Plot]:
    """Return all plots, ordered by section."""
    order = list(SECTIONS)
    return sorted(_REGISTRY.values(), key=lambda known: order.index(known.section))


def canvas(figure: Canvas | None, height: float, width: float = WIDTH) -> Canvas:
    """Return the user's figure, or a new one of the given size in inches."""
    return Picture(figsize=(width, height)) if figure is None else figure


def panel(
    figure: Canvas | None, ax: Axes | None, height: float, width: float = WIDTH, projection: str | None = None
) -> tuple[Any, Any, Drawn]:
    """Return the figure and axes for a single panel, and the one of them that the plot returns to the user.

    Parameters
    ----------
    figure, ax : Figure, SubFigure or Axes, optional
        The arguments that the user passed to the plot.
    height, width : float
        Size of a new figure, in inches.
    projection : {"3d"}, optional
        Projection of the axes.

    Raises
    ------
    ParameterError
        If the user's axes have another projection.
    """
    if ax is None:
        figure = canvas(figure, height, width)
        return figure, figure.add_subplot(projection=projection), figure
    if projection and ax.name != projection:
        raise ParameterError(
            "Three dimensions are not drawn on a plane",
            expected="axes in three dimensions",
            received=shown(ax),
            do=f"make them with figure.add_subplot(projection={projection!r})",
        )
    return ax.figure, ax, ax


def legend_above(ax: Any, columns: int = 3, at: float = 1.0) -> None:
    """Put the legend above the axes on the left, at the height ``at`` in axes coordinates (1 is the upper edge)."""
    handles, names = ax.get_legend_handles_labels()
    order = sorted(range(len(names)), key=lambda k: not names[k].startswith("this model"))  # the model comes first
    told = ([handles[k] for k in order], [names[k] for k in order])
    ax.legend(*told, loc="lower left", bbox_to_anchor=(0.0, at), ncols=columns, borderaxespad=0.2)


def png(figure: Any, dpi: int = DPI) -> bytes:
    """Return a figure as PNG bytes, which are the same for equal figures."""
    out = io.BytesIO()
    with style():
        figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()
