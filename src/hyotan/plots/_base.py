"""What a plot is, the registry plots are found in, and the figure they are drawn on."""

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
from hyotan.plots._style import DPI, WIDTH, style

SECTIONS = {
    "training": "Training",
    "reconstruction": "Reconstruction",
    "codes": "Codes",
    "generation": "What the decoder makes of codes",
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
        Its function's name.
    title, section : str
        What it shows, and under which of ``SECTIONS``.
    draw : callable
        ``draw(record, *, figure=None, ax=None)`` returns the figure, or the axes it was given.
    applies : callable
        Whether a record holds what it draws.
    caption, alt : str or callable
        How to read it; and what can be seen on it, for those who cannot see it. A callable is given the record.
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
        """Return the text for those who cannot see the picture."""
        return self.alt if isinstance(self.alt, str) else self.alt(record)


class Picture(Figure):
    """A Matplotlib figure that a notebook shows without pyplot."""

    def _repr_png_(self) -> bytes:
        return png(self)


def plot(
    *, title: str, section: str, caption: Words, alt: Words, applies: Callable[[Record], bool]
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function ``(record, *, figure=None) -> figure`` as a plot.

    One that draws a single panel takes ``ax=None`` too, and asks :func:`panel` where to draw it. A plot is called in
    the house's style, and only with records it applies to. Plots of a section are listed in the order of their
    definition.
    """
    if section not in SECTIONS:
        raise unknown_name("section", section, SECTIONS)

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        name, takes_ax = function.__name__, "ax" in inspect.signature(function).parameters

        @functools.wraps(function)
        def draw(record: Record, *, figure: Canvas | None = None, ax: Axes | None = None) -> Drawn:
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
            with style():
                return function(record, figure=figure, **({"ax": ax} if takes_ax else {}))

        # What is seen of the function is what can be given.
        draw.__signature__ = inspect.signature(function)  # type: ignore[attr-defined]
        _REGISTRY[name] = Plot(name, title, section, draw, applies, caption, alt)
        return draw

    return register


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
    """Return the refusal of a plot that has no room in one pair of axes."""
    return ParameterError(
        f"{name} draws several panels",
        expected="figure=, a matplotlib Figure or SubFigure",
        received="ax=",
        do="give figure=outer.subfigures(1, 2)[0], say",
    )


def registered() -> list[Plot]:
    """Return the plots, section by section."""
    order = list(SECTIONS)
    return sorted(_REGISTRY.values(), key=lambda known: order.index(known.section))


def canvas(figure: Canvas | None, height: float, width: float = WIDTH) -> Canvas:
    """Return the user's figure, or a new one of the given size in inches."""
    return Picture(figsize=(width, height)) if figure is None else figure


def panel(
    figure: Canvas | None, ax: Axes | None, height: float, width: float = WIDTH, projection: str | None = None
) -> tuple[Any, Any, Drawn]:
    """Return figure and axes to draw a single panel on, and which of them is handed back to the user.

    Parameters
    ----------
    figure, ax : Figure, SubFigure or Axes, optional
        The user's, as the plot was given them.
    height, width : float
        Of a new figure, in inches.
    projection : {"3d"}, optional
        Of the axes.

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
    """Put the legend of the axes above them, on the left; ``at`` is 1 on their upper edge."""
    handles, names = ax.get_legend_handles_labels()
    order = sorted(range(len(names)), key=lambda k: not names[k].startswith("this model"))  # which is what counts
    told = ([handles[k] for k in order], [names[k] for k in order])
    ax.legend(*told, loc="lower left", bbox_to_anchor=(0.0, at), ncols=columns, borderaxespad=0.2)


def png(figure: Any, dpi: int = DPI) -> bytes:
    """Return a figure as the bytes of a PNG, the same for the same figure."""
    out = io.BytesIO()
    with style():
        figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()
