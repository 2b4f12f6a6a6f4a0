"""Three-dimensional codes as an interactive Plotly figure."""

from __future__ import annotations

import html
from typing import Any

import numpy as np

from hyotan.metrics import Record
from hyotan.plots._labels import grouped, values_of
from hyotan.plots._style import HEAT, subscript

SYMBOLS = {"o": "circle", "^": "diamond", "s": "square", "D": "cross", "v": "x", "P": "circle-open", ".": "circle"}


def scatter3d(record: Record) -> Any:
    """Return a Plotly figure of three-dimensional codes, coloured by label if there are labels.

    Parameters
    ----------
    record : Record
        Record of a model with three code units.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    import plotly.graph_objects as go  # slow to import, and needed only for three-dimensional codes

    codes = np.asarray(record.pictures["codes"], np.float64).round(4)
    labels = record.pictures.get("codes_label")
    values = None if labels is None else values_of(labels)
    size = float(np.clip(9 - np.log10(len(codes)) * 1.7, 2, 6))
    figure = go.Figure()
    if values is not None:
        marker = {"size": size, "color": values.tolist(), "colorscale": HEAT, "colorbar": {"title": {"text": "label"}}}
        figure.add_trace(_trace(go, codes, "rows", marker))
    else:
        for group in grouped(labels, len(codes)):
            marker = {"size": size, "color": group.colour, "symbol": SYMBOLS[group.marker]}
            figure.add_trace(_trace(go, codes[group.rows], group.name, marker))
    titles = {f"{axis}axis": {"title": {"text": subscript(j)}} for j, axis in enumerate("xyz")}
    figure.update_layout(
        template="plotly_white",
        # A little further away than Plotly's default camera, which cuts off the corners.
        scene={**titles, "aspectmode": "cube", "camera": {"eye": {"x": 1.5, "y": 1.5, "z": 1.1}}},
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        height=560,
        showlegend=labels is not None and values is None,
        legend={"itemsizing": "constant", "title": {"text": "label"}},
    )
    return figure


def _trace(go: Any, codes: np.ndarray, name: str, marker: dict[str, Any]) -> Any:
    # Plotly interprets HTML tags in names; escaping shows the user's class names as they are written.
    x, y, z = codes.T.tolist()
    return go.Scatter3d(x=x, y=y, z=z, mode="markers", name=html.escape(name), marker={**marker, "opacity": 0.85})
