"""What a plot is, the registry plots are found in, and the figure they are drawn on."""

from __future__ import annotations

import functools
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure, SubFigure

from hyotan._errors import ParameterError, shown, unknown_name
from hyotan.metrics import Record
from hyotan.plots._style import DPI, WIDTH, style

SECTIONS = {
    "training": "Training",
    "reconstruction": "Reconstruction",
    "codes": "Codes",
    "generation": "What the decoder makes of codes",
}
Canvas = Figure | SubFigure
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
        ``draw(record, *, figure=None)`` returns the figure.
    applies : callable
        Whether a record holds what it draws.
    caption, alt : str or callable
        How to read it; and what can be seen on it, for those who cannot see it. A callable is given the record.
    """

    name: str
    title: str
    section: str
    draw: Callable[..., Canvas]
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
) -> Callable[[Callable[..., Canvas]], Callable[..., Canvas]]:
    """Register a function ``(record, *, figure=None) -> figure`` as a plot.

    It is called in the house's style, and only with records it applies to. Plots of a section are listed in the order
    of their definition.
    """
    if section not in SECTIONS:
        raise unknown_name("section", section, SECTIONS)

    def register(function: Callable[..., Canvas]) -> Callable[..., Canvas]:
        @functools.wraps(function)
        def draw(record: Record, *, figure: Canvas | None = None) -> Canvas:
            if not isinstance(record, Record):
                raise ParameterError(
                    f"{function.__name__} draws records",
                    expected="a hyotan.Record",
                    received=shown(record),
                    do="make one with hyotan.evaluate(model, X)",
                )
            if not applies(record):
                raise ParameterError(
                    f"This record holds nothing for the plot {function.__name__!r}",
                    expected="a model and data it applies to",
                    received=record.model.get("line", "an empty record"),
                    do="hyotan.plots.registered() lists the plots; each says whether it .applies(record)",
                )
            with style():
                return function(record, figure=figure)

        _REGISTRY[function.__name__] = Plot(function.__name__, title, section, draw, applies, caption, alt)
        return draw

    return register


def registered() -> list[Plot]:
    """Return the plots, section by section."""
    order = list(SECTIONS)
    return sorted(_REGISTRY.values(), key=lambda known: order.index(known.section))


def canvas(figure: Canvas | None, height: float, width: float = WIDTH) -> Canvas:
    """Return the user's figure, or a new one of the given size in inches."""
    return Picture(figsize=(width, height)) if figure is None else figure


def png(figure: Any, dpi: int = DPI) -> bytes:
    """Return a figure as the bytes of a PNG, the same for the same figure."""
    out = io.BytesIO()
    with style():
        figure.savefig(out, format="png", dpi=dpi, metadata={"Software": None})
    return out.getvalue()
