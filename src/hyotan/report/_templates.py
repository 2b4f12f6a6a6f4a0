"""Templates: what all pages look like, and where they are found."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def environment(*rooms: str) -> Environment:
    """Return the templates of the named rooms, on top of the base page and its look, which all of them share."""
    return Environment(
        loader=ChoiceLoader([PackageLoader(room, "templates") for room in (*rooms, "hyotan.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
