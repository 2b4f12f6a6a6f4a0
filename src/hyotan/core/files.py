"""Reading files with clear errors, and writing them atomically."""

from __future__ import annotations

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hyotan.core.errors import ArtifactError, DataError, HyotanError


@contextmanager
def reading(path: object) -> Iterator[None]:
    """Convert any error that a library raises while reading a file into one clear error.

    The ``with`` block should contain library calls only, because every error in it is blamed on the file.

    Parameters
    ----------
    path : Path, or anything that is shown as one
        The file or folder that is being read, for the message.

    Raises
    ------
    DataError
        Instead of any error that is not hyotan's own.

    Examples
    --------
    >>> with reading(Path("gone.txt")):  # doctest: +ELLIPSIS
    ...     text = Path("gone.txt").read_text()
    Traceback (most recent call last):
    ...
    hyotan.core.errors.DataError: gone.txt cannot be read · received: FileNotFoundError: No such file or directory · ...
    """
    try:
        yield
    except HyotanError:
        raise
    except Exception as err:  # numpy, zipfile, zlib, gzip and Arrow share no base class narrower than this
        told = _told(err)
        if isinstance(err, PermissionError):
            raise DataError(f"{path} may not be read", received=told, do="check its permissions") from err
        if isinstance(err, MemoryError):
            raise DataError(f"{path} does not fit in memory", received=told, do="load a part of it") from err
        if isinstance(err, UnicodeError):
            raise _not_utf8(path, told) from err
        if isinstance(err, ValueError) and "allow_pickle" in told:  # numpy's words for "this is a pickle"
            raise DataError(
                f"{path} holds Python objects, which are not loaded because that could run code",
                expected="arrays of numbers",
                received="an array of objects (a pickle)",
                do="convert them to numbers, such as array.astype(float), and save them again",
            ) from err
        raise DataError(
            f"{path} cannot be read",
            received=told if len(told) < 300 else told[:299] + "…",
            do="check that the file is complete and really of the kind its name says",
        ) from err


def _told(err: Exception) -> str:
    """Return a library's error message on one line, without the path, which the new message names already."""
    text = err.strerror if isinstance(err, OSError) and err.strerror else str(err)
    return f"{type(err).__name__}: {' '.join(text.split())}".removesuffix(": ")


def _not_utf8(path: object, received: str) -> DataError:
    return DataError(f"{path} is not UTF-8 text", expected="UTF-8", received=received, do="save it again as UTF-8")


def _target(path: Path) -> Path:
    """Return the file that a path leads to, through links; raise unless it is a regular file or not there yet.

    To rename a file to the path itself would put it in the place of the link, or of a device such as ``/dev/null``.
    """
    if str(path) == "-":
        raise DataError(
            "'-' is not a file",
            expected="the path of a file",
            received="the sign for standard output",
            do="choose a path; ./- is a file of that name",
        )
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise DataError(
            f"{path} cannot be written",
            expected="the path of a file, or of none yet",
            received="a folder" if target.is_dir() else "a device, a pipe or a socket",
            do="choose another path",
        )
    return target


def free_memory() -> int | None:
    """Return the bytes that can still be had, what caches files among them; None if the system does not tell."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, ValueError, IndexError, StopIteration):
        return None


@contextmanager
def replacing(path: Path) -> Iterator[Any]:
    """Open a temporary file in the folder of ``path`` for writing, and rename it to ``path`` if there was no error.

    Parameters
    ----------
    path : Path
        An existing file is replaced, and keeps its permissions; after an error it is unchanged. Of a link, the file
        that it leads to is replaced.

    Raises
    ------
    DataError
        Instead of any error that is not hyotan's own; and if there is something else than a regular file.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.txt")
    >>> with replacing(path) as file:
    ...     _ = file.write(b"all of it")
    >>> path.read_bytes()
    b'all of it'
    """
    target = _target(path)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, unfinished)
        os.replace(unfinished, target)
    except HyotanError:
        raise
    except Exception as err:  # the disk, numpy and Arrow share no base class narrower than this
        raise DataError(
            f"{path} cannot be written",
            received=_told(err),
            do="check that the folder exists, may be written to and has room; what was there before is untouched"
            if isinstance(err, OSError)
            else "",
        ) from err
    finally:
        unfinished.unlink(missing_ok=True)  # it exists only after an error
    settle(target.parent)


def settle(folder: Path) -> None:
    """Have the names in a folder written to the disk, so that a renamed file is there after a power cut."""
    with suppress(OSError):  # not every system and file system can do that
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def exchange(one: Path, other: Path) -> None:
    """Let two files or folders of one file system take each other's place, in one step where the system can do that.

    Parameters
    ----------
    one, other : Path
        ``other`` need not exist: ``one`` is then only renamed.

    Examples
    --------
    >>> import tempfile
    >>> one, other = (Path(tempfile.mkdtemp(), name) for name in "ab")
    >>> _ = one.write_text("1"), other.write_text("2")
    >>> exchange(one, other)
    >>> one.read_text(), other.read_text()
    ('2', '1')
    """
    if not other.exists():
        os.replace(one, other)
        return
    if _swapped(os.fsencode(one), os.fsencode(other)):
        return
    aside = one.with_name(f"{one.name}.aside")
    os.replace(other, aside)
    try:
        os.replace(one, other)
    except BaseException:
        os.replace(aside, other)
        raise
    os.replace(aside, one)


def _swapped(one: bytes, other: bytes) -> bool:
    """Exchange two paths by one call of the system; return whether it could."""
    library: Any = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None
    if hasattr(library, "renameat2"):  # Linux; −100 is the current folder, 2 to exchange
        return bool(library.renameat2(-100, one, -100, other, 2) == 0)
    if hasattr(library, "renamex_np"):  # macOS
        return bool(library.renamex_np(one, other, 2) == 0)
    return False


def check_writable(path: str | Path, make_folders: bool = True) -> None:
    """Raise if no file can be written at ``path``, to be asked before long work; an existing file is not changed."""
    try:
        folder = _target(Path(path).expanduser()).parent
        if make_folders:
            folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (OSError, DataError) as err:
        raise ArtifactError(
            f"{path} cannot be written",
            expected="a path in a folder that can be written to",
            received=err.received if isinstance(err, DataError) else err.strerror or str(err),
            do=(isinstance(err, DataError) and err.do) or "choose another path",
        ) from err


def write(path: str | Path, content: bytes) -> Path:
    """Write bytes to ``path`` atomically, by renaming a temporary file; missing folders are created."""
    path = Path(path).expanduser()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(content)
    except (OSError, DataError) as err:
        received = err.received if isinstance(err, DataError) else err.strerror or str(err)
        raise ArtifactError(
            f"{path} cannot be written",
            expected="a path in a folder that can be written to",
            received=received,
            do="choose another path; what was there before is untouched",
        ) from err
    return path


def read(path: str | Path, what: str = "a .hyotan file") -> bytes:
    """Return the bytes of a file, or raise an ``ArtifactError``; ``what`` is the expected kind of file."""
    try:
        return Path(path).read_bytes()
    except OSError as err:
        raise ArtifactError(
            f"{path} cannot be read",
            expected=what,
            received=err.strerror or str(err),
            do="check the path; a run folder holds model.hyotan",
        ) from err
