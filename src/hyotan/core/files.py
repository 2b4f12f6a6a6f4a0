"""Files of any kind: read with one clear error, written whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hyotan.core.errors import DataError, HyotanError

if TYPE_CHECKING:
    pass
import tempfile

from hyotan.core.errors import ArtifactError


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a library says about a file it cannot read into one clear error.

    Keep only library calls under it: everything they raise counts as the file's fault.

    Parameters
    ----------
    path : Path
        The file or folder that is being read, to name it.

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
    """Return what a library said, on one line, without the path (it is named already)."""
    text = err.strerror if isinstance(err, OSError) and err.strerror else str(err)
    return f"{type(err).__name__}: {' '.join(text.split())}".removesuffix(": ")


def _not_utf8(path: Path, received: str) -> DataError:
    return DataError(f"{path} is not UTF-8 text", expected="UTF-8", received=received, do="save it again as UTF-8")


@contextmanager
def replacing(path: Path) -> Iterator[Any]:
    """Open a file to be written under another name beside ``path``, and move it there when all went well.

    Parameters
    ----------
    path : Path
        A file already there is replaced; if anything fails it is left as it was.

    Raises
    ------
    DataError
        Instead of any error that is not hyotan's own.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.txt")
    >>> with replacing(path) as file:
    ...     _ = file.write(b"all of it")
    >>> path.read_bytes()
    b'all of it'
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, path)
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
        unfinished.unlink(missing_ok=True)  # there only if something went wrong


def check_writable(path: str | Path) -> None:
    """Raise if a file could not be written there; what is there stays as it is."""
    folder = Path(path).parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as err:
        raise ArtifactError(
            f"{path} cannot be written",
            expected="a path in a folder that can be written to",
            received=err.strerror or str(err),
            do="choose another path",
        ) from err


def write(path: str | Path, content: bytes) -> Path:
    """Write bytes to a temporary name beside ``path`` and rename: there is never half a file."""
    path = Path(path)
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
    """Return the bytes of a file, or say in one line why not."""
    try:
        return Path(path).read_bytes()
    except OSError as err:
        raise ArtifactError(
            f"{path} cannot be read",
            expected=what,
            received=err.strerror or str(err),
            do="check the path; a run folder holds model.hyotan",
        ) from err
