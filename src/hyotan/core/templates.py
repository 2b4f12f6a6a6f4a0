"""HTML templates: the base page and the style sheet shared by all pages that hyotan writes."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

__all__ = ["environment"]


def environment(*rooms: str) -> Environment:
    """Return a Jinja environment with the templates of the given packages, the base page and its style sheet.

    Parameters
    ----------
    *rooms : str
        Names of packages with a folder ``templates``. If several have a template of the same name, the first wins.

    Returns
    -------
    jinja2.Environment
        It escapes values, and raises an error for undefined names.

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
