"""The versions of Python and of the libraries that a result depends on."""

from __future__ import annotations

import platform
from importlib import metadata

import keras


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a result depends on, and the name of the backend."""
    found = {"python": platform.python_version(), "backend": keras.backend.backend()}
    for name in ("hyotan", "keras", "jax", "numpy", "scikit-learn"):
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
