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
        self.path, self._locks, self._keep = self.out, ExitStack(), False

    @contextmanager
    def open(self) -> Iterator[RunFolder]:
        """Make the folder, lock it, and remove what killed runs have left; on an error, an empty new folder goes.

        Raises
        ------
        ArtifactError
            If the folder cannot be made or replaced, or another fit writes to it.
        """
        made = [path for path in (self.out, *self.out.parents) if not path.exists()]
        try:
            self._prepare()
        except OSError as err:
            self._locks.close()
            raise ArtifactError(
                f"{self._shown} cannot be made",
                expected="a folder that can be written to, in one that can be",
                received=err.strerror or str(err),
                do="choose another folder with -o",
            ) from err
        except ArtifactError:
            self._locks.close()
            raise
        try:
            yield self
        except BaseException:
            with suppress(OSError):  # a folder that holds something stays
                for path in made:
                    path.rmdir()
            raise
        finally:
            if self.untouched and not self._keep:
                shutil.rmtree(self.path, ignore_errors=True)
            self._locks.close()

    def _prepare(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        self._lock(self.out)
        self._tidy()
        if self.resume or not (self.out / MODEL).exists():
            return
        if os.path.ismount(self.out):
            raise OSError(0, "a mount point, which no other folder can take the place of")
        self.path = Path(tempfile.mkdtemp(f".{os.getpid()}.part", f".{self.out.name}.", self.out.parent))
        os.chmod(self.path, self.out.stat().st_mode & 0o7777)
        self._lock(self.path)
        for entry in self._others():  # tried before any training
            if entry.is_file() and not os.access(entry, os.R_OK):
                raise OSError(0, f"{entry.name} in it may not be read, and so not be kept")

    def _others(self) -> list[Path]:
        """Return the files and folders of the user's own, which stay when the run is replaced."""
        return [entry for entry in self.out.iterdir() if entry.name not in OF_A_RUN]

    @property
    def untouched(self) -> bool:
        """Whether there is an earlier run, which is still in its place."""
        return self.path != self.out

    def begin(self) -> None:
        """Let the new run take the place of the earlier one; called when its first model has been written."""
        if self.path == self.out:
            return
        try:
            for entry in self._others():
                _linked(entry, self.path / entry.name)
            settle(self.path)
            exchange(self.path, self.out)
        except (OSError, shutil.Error) as err:
            self._keep = True
            raise ArtifactError(
                f"{self._shown} cannot be replaced",
                expected="a folder that can be renamed",
                received=str(err)[:200],
                do=f"the earlier run is untouched; the new one is whole in {self.path}",
            ) from err
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
            raise ArtifactError(
                f"Another fit is writing to {self._shown}",
                expected="one fit at a time in a folder",
                received="a folder that another process has locked",
                do="wait for it, or choose another folder with -o",
            ) from err
        except OSError:  # a file system without locks
            return

    def _tidy(self) -> None:
        """Remove what processes that are no more have left unfinished; undo an exchange that was cut off."""
        for entry in self.out.iterdir():
            found = UNFINISHED.fullmatch(entry.name)
            if found and not _alive(int(found[1])):
                entry.unlink(missing_ok=True)
        near = re.compile(rf"\.{re.escape(self.out.name)}\.[a-z0-9_]{{8}}\.(\d+)\.part(\.aside)?")
        for entry in self.out.parent.iterdir():
            found = near.fullmatch(entry.name)
            if not found or _alive(int(found[1])) or not _free(entry):
                continue
            if found[2] and not any(self.out.iterdir()):  # killed between two renames: the earlier run comes back
                os.replace(entry, self.out)
            else:
                shutil.rmtree(entry, ignore_errors=True)


def _free(folder: Path) -> bool:
    """Return whether no process has locked a folder, as one in another container may have."""
    try:
        import fcntl

        handle = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        os.close(handle)
    return True


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
