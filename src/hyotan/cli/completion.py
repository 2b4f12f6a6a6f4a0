"""Shell completion: functions that Typer calls for the possible values of an argument."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from hyotan.cli.parsing import likelihood_names, net_names
from hyotan.recipes import names as recipe_names


def recipes(incomplete: str) -> list[str]:
    """Return the recipes whose names begin with ``incomplete``."""
    return _beginning(incomplete, recipe_names())


def nets(incomplete: str) -> list[str]:
    """Return the nets whose names begin with ``incomplete``.

    Examples
    --------
    >>> nets("d")
    ['dense']
    """
    return _beginning(incomplete, net_names())


def likelihoods(incomplete: str) -> list[str]:
    """Return the likelihoods whose names begin with ``incomplete``."""
    return _beginning(incomplete, likelihood_names())


def experiments(incomplete: str) -> list[str]:
    """Return the published experiments whose names begin with ``incomplete``."""
    from hyotan.reproduce import names

    return _beginning(incomplete, names())


def data(incomplete: str) -> list[str]:
    """Return the built-in data sets, data files and folders whose names begin with ``incomplete``.

    Examples
    --------
    >>> data("dig")[0]
    'digits'
    """
    from hyotan.data.io.builtin import BUILTIN

    return [*_beginning(incomplete, sorted(BUILTIN)), *_files(incomplete)]


def _beginning(incomplete: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def _files(incomplete: str) -> Iterator[str]:
    """Yield matching folders, and matching files of a type that :func:`hyotan.data.load` reads."""
    from hyotan.data.io.formats import is_readable

    folder, _, begun = incomplete.rpartition("/")
    try:
        found = sorted(
            os.scandir(Path(f"{folder}/" if folder or incomplete.startswith("/") else ".").expanduser()), key=str
        )
    except OSError:
        return
    for entry in found:
        if entry.name.startswith(begun) and not (entry.name.startswith(".") and not begun):
            path = f"{folder}/{entry.name}" if "/" in incomplete else entry.name
            if entry.is_dir():
                yield f"{path}/"
            elif is_readable(entry.name):
                yield path
