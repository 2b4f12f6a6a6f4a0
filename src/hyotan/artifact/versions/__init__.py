"""Versions of the file format: one module per step, which converts a document from one version to the next.

For example, ``v1_to_v2.py`` has a function ``migrate(document, training)`` that changes both arguments in place. A file
of the current version needs no step.
"""

from __future__ import annotations

import importlib
from typing import Any

VERSION = 2


def migrate(document: dict[str, Any], training: tuple[dict[str, Any], dict[str, Any]] | None) -> None:
    """Convert ``model.json``, and ``training.json`` with its arrays if present, to the current version, in place."""
    for version in range(document["version"], VERSION):
        step = importlib.import_module(f"{__name__}.v{version}_to_v{version + 1}")
        step.migrate(document, training)
        document["version"] = version + 1
