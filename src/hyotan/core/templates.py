"""Pages: the base page and the look that everything hyotan writes as HTML shares."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

__all__ = ["environment"]


def environment(*rooms: str) -> Environment:
    """Return the templates of the named rooms, on top of the base page and its look, which all of them share.

    Parameters
    ----------
    *rooms : str
        Packages with a folder ``templates``; of two templates of one name, that of the room named first is found.

    Returns
    -------
    jinja2.Environment
        Escapes what it fills in, and refuses names it was not given.

    Examples
    --------
    >>> environment("hyotan.report").from_string("<p>{{ text }}</p>").render(text="a < b")
    '<p>a &lt; b</p>'
    """
    return Environment(
        loader=ChoiceLoader(
            [*(PackageLoader(room, "templates") for room in rooms), PackageLoader("hyotan.core", "pages")]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
