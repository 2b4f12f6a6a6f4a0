"""The explorer's page: the data of the model and rows, and the script that shows them, in one HTML file."""

from __future__ import annotations

import json
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from markupsafe import Markup

from hyotan.core.files import check_writable, write
from hyotan.core.templates import environment
from hyotan.explorer._rows import payload

HEIGHT = 760  # of the frame in a notebook, in CSS pixels


class Explorer:
    """The explorer's page, made by :func:`explore`.

    A notebook shows it in a frame; :meth:`save` writes it to a file.

    Attributes
    ----------
    html : str
        The whole page.
    """

    def __init__(self, html: str) -> None:
        self.html = html

    def save(self, path: str | Path) -> Path:
        """Write the page to a file atomically and return its path."""
        return write(path, self.html.encode())

    def _repr_html_(self) -> str:
        """Return the page in a frame, so that its styles and the notebook's do not affect each other."""
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
    columns: Any = None,
    rows: Any = None,
    command: str = "",
) -> Explorer:
    """Make an interactive map of a model's codes: one HTML page that decodes the code under the pointer.

    Parameters
    ----------
    model : Autoencoder
        A fitted model whose decoder needs only the code.
    X : array or frame
        Rows to show.
    y : array of shape (n,), optional
        Labels, for colours and names.
    out : path, optional
        File to write the page to as well; it is written atomically.
    layout : {None, "tsne"}
        A two-dimensional layout of the codes, offered in addition to the codes' own dimensions and their principal
        components. A point of the layout has no exact code: the page decodes the mean of the nearest rows' codes
        there and says so.
    columns : dict or frame, optional
        Additional quantities for colours: arrays of n numbers by name, such as ``{"score": model.score_samples(X)}``.
    rows : array of int of shape (n,), optional
        The number of each row, shown in the page and written to the files that the page saves. By default rows count
        from 0, and windows have the number of the step of the series at which they begin.
    command : str
        The shell command of this run, if any; the page shows it.

    Returns
    -------
    Explorer
        A notebook shows it; ``save(path)`` writes it to a file.

    Raises
    ------
    ParameterError
        If the decoder cannot run in a page, or the layout is unknown or does not fit the code.
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
    if out is not None:
        check_writable(out)
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
    r"""Return JSON that can be put into a script element without ending it.

    Examples
    --------
    >>> str(inlined({"label": "</script>"}))
    '{"label":"\\u003c/script>"}'
    """
    text = json.dumps(known, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    # The two separators are valid in JSON, but end a line in older versions of JavaScript.
    for character in "<\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


@cache
def script() -> Markup:
    """Return the page's script, which is built from ``web/`` and shipped in the package, with its licences."""
    room = files("hyotan.explorer")
    licences, code = (room.joinpath(f"explorer.js{end}").read_text(encoding="utf-8") for end in (".LICENSES.txt", ""))
    return Markup(f"/*\n{licences}*/\n{code}")
