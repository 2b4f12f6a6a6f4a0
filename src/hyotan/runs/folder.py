"""The folder of a run while it is written: one run at a time, and never a mixture of two.

An earlier run stays whole until the first model of the new one has been written: the new files are made in a folder
beside it, which then takes its place in one step. A lock on the folder keeps a second fit out.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from hyotan.core.errors import ArtifactError
from hyotan.core.files import exchange, settle
from hyotan.runs.config import DERIVED, MODEL, START, TRAINING

PAGES = ("explorer.html",)  # made of a run by other commands; they do not outlive it
OF_A_RUN = (MODEL, TRAINING, START, *DERIVED, *PAGES)
UNFINISHED = re.compile(r"\..+\.(\d+)\.part")


class RunFolder:
    """A run folder that is being written.

    Parameters
    ----------
    out : Path
        The folder. If it holds a run, that one is replaced, or gone on with.
    resume : bool
        Go on with the run that is there: its files are replaced one by one.

    Attributes
    ----------
    path : Path
        Where files are to be written now: a folder beside ``out`` until :meth:`begin`, if there is an earlier run.
    """

    def __init__(self, out: Path, resume: bool = False) -> None:
        self.out = Path(os.path.realpath(out))
        self.resume, self._shown = resume, out
        self.path, self._locks = self.out, ExitStack()

    @contextmanager
    def open(self) -> Iterator[RunFolder]:
        """Make the folder, lock it, and remove what killed runs have left; on an error, an empty new folder goes."""
        made = [path for path in (self.out, *self.out.parents) if not path.exists()]
        try:
            self.out.mkdir(parents=True, exist_ok=True)
            self._lock(self.out)
            self._tidy()
            if not self.resume and (self.out / MODEL).exists():
                self.path = Path(tempfile.mkdtemp(f".{os.getpid()}.part", f".{self.out.name}.", self.out.parent))
                os.chmod(self.path, self.out.stat().st_mode & 0o7777)
                self._lock(self.path)
        except OSError as err:
            self._locks.close()
            raise ArtifactError(
                f"{self._shown} cannot be made", expected="a folder", received=err.strerror or str(err)
            ) from err
        try:
            yield self
        except BaseException:
            with suppress(OSError):  # a folder that holds something stays
                for path in made:
                    path.rmdir()
            raise
        finally:
            if self.path != self.out:
                shutil.rmtree(self.path, ignore_errors=True)
            self._locks.close()

    def begin(self) -> None:
        """Let the new run take the place of the earlier one; called when its first model has been written."""
        if self.path == self.out:
            return
        for entry in list(self.out.iterdir()):  # files of the user's own stay
            if entry.name not in OF_A_RUN:
                _linked(entry, self.path / entry.name)
        settle(self.path)
        exchange(self.path, self.out)
        settle(self.out.parent)
        earlier, self.path = self.path, self.out
        shutil.rmtree(earlier, ignore_errors=True)

    def _lock(self, folder: Path) -> None:
        """Lock a folder for as long as it is open; where the system has no such locks, do nothing."""
        try:
            import fcntl
        except ImportError:  # Windows
            return
        handle = os.open(folder, os.O_RDONLY)
        self._locks.callback(os.close, handle)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            self._locks.close()
            raise ArtifactError(
                f"Another fit is writing to {self._shown}",
                expected="one fit at a time in a folder",
                received="a folder that another process has locked",
                do="wait for it, or choose another folder with -o",
            ) from err

    def _tidy(self) -> None:
        """Remove unfinished files and folders of processes that are no more."""
        near = [
            (self.out, UNFINISHED),
            (self.out.parent, re.compile(rf"\.{re.escape(self.out.name)}\..*\.(\d+)\.part")),
        ]
        for folder, pattern in near:
            for entry in folder.iterdir():
                found = pattern.fullmatch(entry.name)
                if found and not _alive(int(found[1])):
                    shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)
        for name in (MODEL, TRAINING):  # left by versions before 0.9
            (self.out / f"{name}.new").unlink(missing_ok=True)


def _alive(process: int) -> bool:
    if process == os.getpid():
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def _linked(entry: Path, to: Path) -> None:
    """Let a file or folder exist in a second place, without a copy where the file system can do that."""
    if entry.is_dir() and not entry.is_symlink():
        shutil.copytree(entry, to, symlinks=True, copy_function=_link)
    else:
        _link(str(entry), str(to))


def _link(entry: str, to: str) -> None:
    try:
        os.link(entry, to, follow_symlinks=False)
    except OSError:
        shutil.copy2(entry, to, follow_symlinks=False)
