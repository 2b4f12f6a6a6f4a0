"""Opening files: a path or standard input becomes the bytes of one file, unpacked if it was packed."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import BinaryIO

from hyotan.core.errors import DataError, shown
from hyotan.core.files import free_memory, reading

__all__ = [
    "PACKINGS",
    "STANDARD_INPUT",
    "Opened",
    "open_file",
    "open_standard_input",
    "open_zip",
    "opened_from",
    "packing_of",
    "unpacked_name",
]

STANDARD_INPUT = "-"
HEAD = 2**16  # bytes from which the kind of a file can be told
BLOCK = 2**20


@dataclass(frozen=True, eq=False)
class Opened:
    r"""The bytes of one file, unpacked.

    Parameters
    ----------
    where : str
        What errors call the file: its path, or "standard input".
    name : str
        The name of the file without the endings of packings, such as ``a.csv`` for ``a.csv.gz``; that of the member
        of a .zip file.
    path : Path or None
        The file; None for standard input.
    raw : bytes or None
        The unpacked bytes; None if they are those of the file itself.

    Examples
    --------
    >>> found = Opened("standard input", "a.csv", None, b"a,b\n1,2\n")
    >>> found.ending, found.stem, found.size, found.open().readline()
    ('.csv', 'a', 8, b'a,b\n')
    """

    where: str
    name: str
    path: Path | None = None
    raw: bytes | None = None

    def __str__(self) -> str:
        """Return what errors call the file."""
        return self.where

    @property
    def ending(self) -> str:
        """The last ending of the unpacked name, in lower case."""
        return PurePath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """The unpacked name without its last ending."""
        return PurePath(self.name).stem

    @property
    def size(self) -> int:
        """How many bytes there are when unpacked."""
        if self.raw is not None:
            return len(self.raw)
        assert self.path is not None  # a file or bytes
        return self.path.stat().st_size

    @cached_property
    def head(self) -> bytes:
        """The first bytes, from which the kind of a file can be told."""
        with reading(self), self.open() as file:
            return file.read(HEAD)

    def open(self) -> BinaryIO:
        """Return a new file object that begins with the first byte and can seek."""
        if self.raw is not None:
            return io.BytesIO(self.raw)
        assert self.path is not None
        return self.path.open("rb")

    def read(self) -> bytes:
        """Return all bytes."""
        if self.raw is not None:
            return self.raw
        with self.open() as file:
            return file.read()


def _zst(file: BinaryIO) -> BinaryIO:
    import pyarrow as pa

    found: BinaryIO = pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd")
    return found


# Each ending with the first bytes of such a file, and what opens its content for reading; a .zip has its own function.
PACKINGS: dict[str, tuple[bytes, Callable[[BinaryIO], BinaryIO] | None]] = {
    ".gz": (b"\x1f\x8b", lambda file: gzip.GzipFile(fileobj=file)),  # type: ignore[dict-item, return-value]
    ".bz2": (b"BZh", bz2.BZ2File),  # type: ignore[dict-item]
    ".xz": (b"\xfd7zXZ\0", lzma.LZMAFile),  # type: ignore[dict-item]
    ".zst": (b"\x28\xb5\x2f\xfd", _zst),
    ".zip": (b"PK\x03\x04", None),
}


def unpacked_name(name: str) -> str:
    """Return a file's name without the endings of packings.

    Examples
    --------
    >>> unpacked_name("a.csv.gz"), unpacked_name("A.CSV"), unpacked_name("a.zip")
    ('a.csv', 'A.CSV', 'a')
    """
    while PurePath(name).suffix.lower() in PACKINGS:
        name = name[: -len(PurePath(name).suffix)]
    return name


def packing_of(head: bytes) -> str | None:
    r"""Return the ending of the packing that a file's first bytes tell, except .zip, which other kinds are, too.

    Examples
    --------
    >>> packing_of(b"\x1f\x8b\x08"), packing_of(b"a,b")
    ('.gz', None)
    """
    return next((ending for ending, (magic, read) in PACKINGS.items() if read and head.startswith(magic)), None)


def open_file(path: Path) -> Opened:
    """Open a file, which may be packed: .gz, .bz2, .xz, .zst, or a .zip with one file in it.

    Parameters
    ----------
    path : Path
        An existing file.

    Raises
    ------
    DataError
        If it cannot be read, is empty, is cut off or damaged, or is a .zip with several files.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.csv.gz")
    >>> with gzip.open(path, "wt") as file:
    ...     _ = file.write("a,b")
    >>> found = open_file(path)
    >>> found.name, found.stem, found.read()
    ('a.csv', 'a', b'a,b')
    """
    with reading(path):
        size = path.stat().st_size
    opened = Opened(str(path), path.name, path)
    if size == 0:
        raise _empty(opened)
    while (ending := opened.ending) in PACKINGS:
        opened = _unpacked(opened, ending)
    return opened


def opened_from(source: Path | Opened) -> Opened:
    """Return a file that may be open already.

    Examples
    --------
    >>> found = Opened("a", "a", None, b"a")
    >>> opened_from(found) is found
    True
    """
    return source if isinstance(source, Opened) else open_file(source)


def open_standard_input() -> Opened:
    """Read all of standard input, which may be packed.

    Raises
    ------
    DataError
        If it is a terminal, closed or empty.
    """
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None or stream.closed or sys.stdin.isatty():
        raise DataError(
            "There is nothing to read from standard input",
            expected="data from another program or a file",
            received="standard input that is closed" if stream is None or stream.closed else "a terminal",
            do="pipe data to it, such as: hyotan fit - < rows.csv",
        )
    with reading("standard input"):
        raw = stream.read()
    opened = Opened("standard input", "stdin", None, raw)
    if not raw:
        raise _empty(opened)
    while (ending := packing_of(opened.head)) is not None:
        opened = _unpacked(opened, ending)
    return opened


def open_zip(opened: Opened) -> Opened:
    """Return the only file in what may be a .zip, by its first bytes; what is none is returned as it is."""
    return _unpacked(opened, ".zip") if opened.head.startswith(PACKINGS[".zip"][0]) else opened


def _empty(opened: Opened) -> DataError:
    return DataError(f"{opened} is empty", expected="data", received="0 bytes", do="write or download it again")


def _unpacked(opened: Opened, ending: str) -> Opened:
    read = PACKINGS[ending][1]
    # The name of the file in a .zip decides what it is; other packings keep the name without their ending.
    name = opened.name[: -len(ending)] if opened.ending == ending else opened.name
    with reading(opened), opened.open() as file:
        if read is not None:
            with read(file) as stream:
                raw = _all(stream, opened)
        else:
            with zipfile.ZipFile(file) as archive:
                name = _only(archive, opened)
                with archive.open(name) as member:
                    raw = _all(member, opened)  # type: ignore[arg-type]
    found = Opened(opened.where, PurePath(name).name, opened.path, raw)
    if not raw:
        raise _empty(found)
    return found


def _all(stream: BinaryIO, opened: Opened) -> bytes:
    """Return all bytes of a packed file; raise before they fill the memory, which a small file can do."""
    free, found = free_memory(), bytearray()
    while block := stream.read(BLOCK):
        found += block
        if free is not None and len(found) > free // 2:
            raise DataError(
                f"{opened} does not fit in memory",
                expected=f"at most {free / 2**31:.1f} GiB when unpacked",
                received="more",
                do="unpack it, and load a part of it",
            )
    return bytes(found)


def _only(archive: zipfile.ZipFile, opened: Opened) -> str:
    """Return the name of the only file in a .zip, apart from folders and what systems add unasked."""
    names = [
        info.filename
        for info in archive.infolist()
        if not info.is_dir() and not any(part.startswith((".", "__MACOSX")) for part in PurePath(info.filename).parts)
    ]
    if len(names) != 1:
        raise DataError(
            f"{opened} holds {len(names)} files" if names else f"{opened} holds no file",
            expected="one file in a .zip",
            received=shown(names, 200),
            do="unpack it, and name one of them" if names else "",
        )
    return names[0]
