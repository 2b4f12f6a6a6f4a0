"""The page: pictures drawn, words gathered, and the template filled into one file."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from hyotan._errors import ParameterError, shown
from hyotan.artifact import write
from hyotan.metrics import Record, evaluate
from hyotan.plots import SECTIONS, Plot, png, registered, scatter3d
from hyotan.report import _words as words
from hyotan.report._templates import environment

PIXELS = 96  # CSS pixels an inch


@dataclass(frozen=True)
class Image:
    """A picture as the template wants it."""

    name: str
    title: str
    caption: str
    alt: str
    data: str
    width: int
    height: int


def report(
    model: Any,
    X: Any = None,
    y: Any = None,
    *,
    out: str | Path = "report.html",
    reference: Any = None,
    command: str = "",
) -> Path:
    """Write a model's report, one HTML file with everything in it.

    Parameters
    ----------
    model : Autoencoder or Record
        A fitted model, to be evaluated on ``X``; or what was measured already.
    X : array or frame, optional
        Rows to evaluate on, best ones the model was not trained on.
    y : array of shape (n,), optional
        Labels, for colours and for the probe.
    out : path
        Where the page is written; whole or not at all.
    reference : array or frame, optional
        Rows to fit the baselines on (those the model was trained on).
    command : str
        The command that asked, to be shown on the page.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    ParameterError
        If there are no rows to evaluate a model on, or rows beside a record that was measured on its own.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import hyotan as hy
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> model = hy.AE(2, epochs=2, random_state=0, verbose=0).fit(X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hy.report(model, X, out=f"{folder}/report.html").name
    'report.html'
    """
    if isinstance(model, Record):
        if X is not None or y is not None or reference is not None:
            raise ParameterError(
                "A record holds what was measured: there is nothing to evaluate",
                expected="a record alone, or a model and rows",
                received="a record and rows",
                do="call report(record), or report(model, X, y)",
            )
        record = model
    elif X is None:
        raise ParameterError(
            "There are no rows to evaluate the model on",
            expected="a fitted model and rows, or a hyotan.Record",
            received=f"{shown(model)} and no X",
            do="call report(model, X_test)",
        )
    else:
        record = evaluate(model, X, y, reference=reference, command=command)
    return write(out, page(record).encode())


def page(record: Record) -> str:
    """Return the page of a record as HTML."""
    pictures = [plot for plot in registered() if plot.applies(record)]
    sections = [
        {"id": name, "title": title, "images": [image(plot, record) for plot in pictures if plot.section == name]}
        for name, title in SECTIONS.items()
    ]
    return (
        environment()
        .get_template("report.html")
        .render(
            title=words.title(record),
            verdict=words.verdict(record),
            warnings=record.warnings,
            numbers=words.key_numbers(record),
            facts=words.facts(record),
            everything=words.everything(record),
            sections=[section for section in sections if section["images"]],
            turning=turning(record),
            versions=record.versions,
            command=record.command,
        )
    )


def image(plot: Plot, record: Record) -> Image:
    """Draw one plot and return it with its words."""
    figure: Any = plot.draw(record)
    width, height = (round(PIXELS * inches) for inches in figure.get_size_inches())
    data = base64.b64encode(png(figure)).decode()
    return Image(plot.name, plot.title, plot.caption_of(record), plot.alt_of(record), data, width, height)


def turning(record: Record) -> Markup | None:
    """Return codes of three dimensions as a picture that can be turned, with the script that turns it; else None."""
    codes = record.pictures.get("codes")
    if codes is None or codes.shape[1] != 3:
        return None
    config = {"displaylogo": False, "responsive": True}  # the logo is a link to another site
    # Plotly escapes < and > in what it writes into the page's script.
    return Markup(scatter3d(record).to_html(full_html=False, include_plotlyjs=True, div_id="codes-3d", config=config))
