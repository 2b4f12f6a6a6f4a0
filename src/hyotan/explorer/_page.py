"""The page: what is known of the model and its rows, and the script that shows it, in one file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from hyotan.core.files import write
from hyotan.core.templates import environment
from hyotan.explorer._rows import payload

HEIGHT = 760  # CSS pixels in a notebook


class Explorer:
    """An explorer's page.

    Made by :func:`explore`. A notebook shows it in a frame; :meth:`save` writes it as a file.

    Attributes
    ----------
    html : str
        The whole page.
    """

    def __init__(self, html: str) -> None:
        self.html = html

    def save(self, path: str | Path) -> Path:
        """Write the page, whole or not at all, and return where it was written."""
        return write(path, self.html.encode())

    def _repr_html_(self) -> str:
        """Return the page in a frame of its own: its look and the notebook's do not mix."""
        return (
            f'<iframe title="hyotan explorer" srcdoc="{escape(self.html)}" loading="lazy" '
            f'style="width: 100%; height: {HEIGHT}px; border: 0"></iframe>'
        )

    def __repr__(self) -> str:
        return f"Explorer({len(self.html.encode()) / 1e6:.1f} MB of HTML; save(path) writes it)"


def explore(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    out: str | Path | None = None,
    layout: str | None = None,
    columns: Mapping[str, Any] | None = None,
    rows: Any = None,
    command: str = "",
) -> Explorer:
    """Make a map of a model's codes that decodes under the pointer: one HTML page, with the decoder in it.

    Parameters
    ----------
    model : Autoencoder
        A fitted model whose decoder needs nothing but a code.
    X : array or frame
        Rows to show.
    y : array of shape (n,), optional
        Labels, for colours and names.
    out : path, optional
        Where the page is written too; whole or not at all.
    layout : {None, "tsne"}
        A layout of the codes in two dimensions, offered as a plane beside the codes' own dimensions and their
        principal components. Its places have no codes of their own: the mean of the nearest rows' codes is decoded
        there, and the page says so.
    columns : dict, optional
        More to colour by: an array of n numbers by name, such as ``{"score": model.score_samples(X)}``.
    rows : array of int of shape (n,), optional
        What the page and the files it saves call each row. None counts from 0; windows are called by the step of the
        series they begin at.
    command : str
        The command that asked, to be shown on the page.

    Returns
    -------
    Explorer
        Shown by a notebook; ``save(path)`` writes it.

    Raises
    ------
    ParameterError
        If the decoder cannot be run in a page, or the layout is not known.
    DataError
        If the rows or labels cannot be used.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import hyotan as hy
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> model = hy.AE(2, epochs=2, random_state=0, verbose=0).fit(X)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     hy.explore(model, X).save(f"{folder}/explorer.html").name
    'explorer.html'
    """
    made = Explorer(page(payload(model, X, y, layout=layout, columns=columns, rows=rows, command=command)))
    if out is not None:
        made.save(out)
    return made


def page(known: dict[str, Any]) -> str:
    """Return the page of a payload as HTML."""
    return (
        environment("hyotan.explorer")
        .get_template("explorer.html")
        .render(
            title=known["title"],
            line=known["line"],
            versions=known["versions"],
            command=known["command"],
            data=inlined(known),
            script=script(),
        )
    )


def inlined(known: Any) -> Markup:
    r"""Return JSON that cannot end the script element it stands in.

    Examples
    --------
    >>> str(inlined({"label": "</script>"}))
    '{"label":"\\u003c/script>"}'
    """
    text = json.dumps(known, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    # The two separators ended a line in older scripts; they may stand in JSON, and are escaped with the rest.
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


@cache
def script() -> Markup:
    """Return the page's script, built from ``web/`` and kept in the package, with the licences of what is in it."""
    room = files("hyotan.explorer")
    licences, code = (room.joinpath(f"explorer.js{end}").read_text(encoding="utf-8") for end in (".LICENSES.txt", ""))
    return Markup(f"/*\n{licences}*/\n{code}")
