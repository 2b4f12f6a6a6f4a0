"""Versions of the file format: one file a step, each of which brings a document of one version to the next.

``v1_to_v2.py`` has ``migrate(document, training)``, which changes both in place; a file of today's version meets none.
"""

from __future__ import annotations

import importlib
from typing import Any

VERSION = 2


def migrate(document: dict[str, Any], training: tuple[dict[str, Any], dict[str, Any]] | None) -> None:
    """Bring ``model.json``, and ``training.json`` with its arrays if there are any, to today's version, in place."""
    for version in range(document["version"], VERSION):
        step = importlib.import_module(f"{__name__}.v{version}_to_v{version + 1}")
        step.migrate(document, training)
        document["version"] = version + 1
