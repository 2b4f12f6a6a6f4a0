"""The report's page: draw the plots, collect the texts, and render the template into one HTML file."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup

from hyotan.core.errors import ParameterError, shown
from hyotan.core.files import check_writable, write
from hyotan.core.templates import environment
from hyotan.metrics import Record, evaluate
from hyotan.plots import SECTIONS, Plot, png, registered, scatter3d
from hyotan.report import _words as words
from hyotan.report._verdict import verdict

PIXELS = 96  # CSS pixels per inch


@dataclass(frozen=True)
class Image:
    """A plot in the form that the template needs; ``data`` is a PNG in base64."""

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
    explorer: bool = False,
) -> Path:
    """Write the report of a model as one self-contained HTML file.

    The report begins with a verdict (good, usable or broken, by the rules of :func:`hyotan.report.verdict`) and the
    reasons for it. Key numbers with their baselines follow, then plots, settings, the data card, versions and the
    command.

    Parameters
    ----------
    model : Autoencoder or Record
        A fitted model, which is evaluated on ``X``, or the record of an earlier evaluation.
    X : array or frame, optional
        Rows to evaluate on, preferably rows the model was not trained on. Required for a model.
    y : array of shape (n,), optional
        Labels, for the colours of plots and for the linear probe.
    out : path
        File to write the page to; it is written atomically.
    reference : array or frame, optional
        Rows to fit the baselines on, usually the training rows.
    command : str
        The shell command of this run, if any; the page shows it.
    explorer : bool
        Whether to include the explorer of the codes, :func:`hyotan.explore`. It needs a model and rows.

    Returns
    -------
    Path
        Path of the page.

    Raises
    ------
    ParameterError
        If a model is given without rows, a record is given with rows, or ``explorer`` is set for a record.

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
        if explorer:
            raise ParameterError(
                "A record holds no decoder, and the explorer runs it",
                expected="a fitted model and rows",
                received="a record and explorer=True",
                do="call report(model, X, y, explorer=True)",
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
        check_writable(out)
        record = evaluate(model, X, y, reference=reference, command=command)
    inside = None
    if explorer:
        from hyotan.explorer import explore  # not at the top of the module: it imports JAX

        inside = explore(model, X, y, command=command).html
    return write(out, page(record, inside).encode())


def page(record: Record, explorer: str | None = None) -> str:
    """Return the page of a record as HTML; ``explorer`` is the HTML of the explorer to include, if any."""
    pictures = [plot for plot in registered() if plot.applies(record)]
    sections = [
        {"id": name, "title": title, "images": [image(plot, record) for plot in pictures if plot.section == name]}
        for name, title in SECTIONS.items()
    ]
    return (
        environment("hyotan.report")
        .get_template("report.html")
        .render(
            title=words.title(record),
            verdict=verdict(record),
            warnings=record.warnings,
            numbers=words.key_numbers(record),
            settings=words.settings(record),
            data=words.data_card(record),
            columns=words.columns(record),
            everything=words.everything(record),
            sections=[section for section in sections if section["images"]],
            turning=turning(record),
            explorer=explorer,
            versions=record.versions,
            command=record.command,
        )
    )


def image(plot: Plot, record: Record) -> Image:
    """Draw one plot and return it with its title, caption and alt text."""
    figure: Any = plot.draw(record)
    width, height = (round(PIXELS * inches) for inches in figure.get_size_inches())
    return Image(plot.name, plot.title, plot.caption_of(record), plot.alt_of(record), encoded(figure), width, height)


def encoded(figure: Any) -> str:
    """Return a figure as a PNG in base64."""
    return base64.b64encode(png(figure)).decode()


def turning(record: Record) -> Markup | None:
    """Return an interactive plot of three-dimensional codes with its script, or None for codes of another size."""
    codes = record.pictures.get("codes")
    if codes is None or codes.shape[1] != 3:
        return None
    config = {"displaylogo": False, "responsive": True}  # the logo is a link to another site
    # Safe to mark as markup: Plotly escapes < and > in the JSON that it writes into the script.
    return Markup(scatter3d(record).to_html(full_html=False, include_plotlyjs=True, div_id="codes-3d", config=config))
