"""Finding what a source names: a file, a folder or standard input, and the format of a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from hyotan.core.errors import DataError, shown, unknown_name
from hyotan.core.files import reading
from hyotan.data.io.builtin import BUILTIN
from hyotan.data.io.formats import Format, format_named, format_of, is_readable
from hyotan.data.io.formats.delimited import Delimited
from hyotan.data.io.opening import STANDARD_INPUT, Opened, open_file, open_standard_input, open_zip, packing_of
from hyotan.data.io.options import FILES

__all__ = ["made_of", "open_source"]


def open_source(source: Any) -> Opened | Path | None:
    """Open the file that a source names; return the path of a folder, and None for what is in memory or built in.

    Whoever reads a source several times opens it once: standard input can be read only once.

    Parameters
    ----------
    source : str, Path, Opened or anything
        As for :func:`load`, which takes the opened file, too.

    Raises
    ------
    DataError
        If the file does not exist or cannot be opened.

    Examples
    --------
    >>> open_source("digits") is None, open_source([1, 2]) is None
    (True, True)
    """
    if isinstance(source, Opened):
        return source
    if not isinstance(source, (str, os.PathLike)) or source in BUILTIN:
        return None
    if source == STANDARD_INPUT:
        opened = open_standard_input()
        # Workbooks and .npz files are zipped, too.
        return open_zip(opened) if format_of(opened) is None else opened
    path = _existing(source)
    with reading(path):
        folder = path.is_dir()
    if folder:
        return path
    if not is_readable(path.name):
        raise _no_kind(str(path), path.name)
    return open_file(path)


def made_of(opened: Opened) -> Format:
    """Return the format of an opened file, by its name or, of standard input, by its content.

    Raises
    ------
    DataError
        If its name tells no format, or another one than its content.

    Examples
    --------
    >>> made_of(Opened("a.csv", "a.csv", None, b"a,b")).name
    'a text table'
    """
    told, named = format_of(opened), format_named(opened.name)
    if opened.path is None and not opened.ending:  # standard input has no name
        return told or Delimited()
    if named is None:
        raise _no_kind(f"{opened.name} in {opened}", opened.name)
    packed = packing_of(opened.head) if named.text else None
    if packed is not None:
        raise _misnamed(opened, named, f"packed as {packed}", f"rename it to {opened.name}{packed}")
    if told is not None and told is not named:
        raise _misnamed(opened, named, told.name, f"rename it to end in {' or '.join(told.endings)}")
    return named


def _misnamed(opened: Opened, named: Format, kind: str, do: str) -> DataError:
    return DataError(
        f"{opened} is {kind}, whatever its name says",
        expected=f"{named.name}, as the ending {opened.ending} says",
        received=kind,
        do=do,
    )


def _no_kind(what: str, name: str) -> DataError:
    ending = Path(name).suffix
    return DataError(
        f"{what} is not a kind of file that can be read",
        expected=f"one of {FILES}, or a folder of images",
        received=f"a file ending in {ending!r}" if ending else "a file without an ending",
    )


def _existing(source: str | os.PathLike[str]) -> Path:
    if not os.fspath(source):
        raise DataError("The source is an empty text", expected=f"a file, a folder, or one of {', '.join(BUILTIN)}")
    path = Path(source)
    with reading(path):
        path = path.expanduser()
        if path.exists():
            return path
    try:
        nearby = [entry.name for entry in os.scandir(path.parent)]
        folder = ""
    except OSError:  # the folder does not exist either
        nearby, folder = [], f" (and no folder {str(path.parent)!r})"
    raise DataError(
        f"There is no file or folder {str(path)!r}{folder}",
        expected=f"{FILES}, a folder of images, or one of {', '.join(BUILTIN)}",
        received=shown(str(source)),
        do=unknown_name("source", path.name, [*BUILTIN, *nearby]).do,  # only the hint: the list may be very long
    )
