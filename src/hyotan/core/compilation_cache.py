"""Compiled programs, kept for the next process.

JAX compiles a program when it first meets its shapes, which takes longer than a small fit. Here what was compiled is
kept in a folder of the user's, so that a second process only reads it. The folder is ``$HYOTAN_CACHE``, or else
``hyotan`` in the user's own cache folder; ``HYOTAN_CACHE=off`` keeps nothing, and so does a folder that cannot be
written. Nobody who has set up JAX's own cache gets this one.

It may be deleted at any time, and shared by any number of processes and machines of one user: a program is written
whole or not at all, is read only if its checksum is right, and lies under the name of the compiler and the processor it
was made for. From the first model on, whatever else the process compiles with JAX is kept there, too.
Nothing that goes wrong here stops anything, or is heard of: then a program is compiled again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import sys
import tempfile
import threading
import time
from pathlib import Path

import keras

LIMIT = 2**28  # bytes in the folder: some thousand programs; the ones not used for longest go first
OFF = ("0", "off", "no", "false")
SECONDS = 1.0  # JAX's own least time of compiling below which nothing is kept
_HEAD = b"hyotan program 1\n"
_LOCK = threading.Lock()


_installed: Programs | None = None


def folder() -> Path | None:
    """Return where programs are kept, or None if the user wants none kept.

    Examples
    --------
    >>> found = folder()
    >>> found is None or found.is_absolute()
    True
    """
    chosen = os.environ.get("HYOTAN_CACHE", "").strip()
    if chosen.lower() in OFF:
        return None
    if chosen:
        return Path(chosen).expanduser().absolute()
    if sys.platform == "win32":
        own = os.environ.get("LOCALAPPDATA")
        return Path(own) / "hyotan" / "Cache" if own else None
    own = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(own):
        return Path(own) / "hyotan"
    try:
        home = Path.home()
    except RuntimeError:  # nobody in particular
        return None
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "hyotan"


def machine() -> str:
    """Return the name of the compiler and the processor programs are made for: others cannot run them."""
    told = [platform.system(), platform.machine(), str(_processors())]
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            first = file.read(2**14).split("\n\n")[0].splitlines()
        words = ("model name", "cpu family", "model", "stepping", "flags", "Features", "CPU implementer", "CPU part")
        told += [line for line in first if line.split(":")[0].strip() in words]
    except OSError:  # not Linux
        told += [platform.processor(), platform.node()]
    import jaxlib  # the default backend; never imported when another one runs

    return f"jaxlib-{jaxlib.__version__}-{hashlib.sha256(' | '.join(told).encode()).hexdigest()[:12]}"


def _processors() -> int:
    """Return how many processors this process may use: a program is cut into as many parts."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Programs:
    """A folder of compiled programs, as JAX asks for them: what cannot be read is not there.

    Parameters
    ----------
    root : Path
        What is bounded in size.
    name : str
        The folder in it for programs of this compiler and this processor.
    limit : int
        Bytes.
    """

    def __init__(self, root: Path, name: str, limit: int = LIMIT) -> None:
        self.root, self.limit = root, limit
        self._path = root / name
        self._written = limit  # the first program that is written looks at the size of the folder

    def usable(self) -> bool:
        """Make the folder; whoever can write to it can run code as this user, so it must be the user's alone."""
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self._path.stat()
        except OSError:
            return False
        return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)

    def _place(self, key: str) -> Path:
        return self._path / hashlib.sha256(key.encode()).hexdigest()[:40]

    def get(self, key: str) -> bytes | None:
        """Return what was kept under a name, or None."""
        place = self._place(key)
        try:
            with place.open("rb") as file:
                if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                    return None  # a program is code, and this one is somebody else's
                found = file.read()
            head, digest, value = found[: len(_HEAD)], found[len(_HEAD) : len(_HEAD) + 32], found[len(_HEAD) + 32 :]
            if head != _HEAD or hashlib.sha256(value).digest() != digest:
                place.unlink()
                return None
            os.utime(place)  # it is in use
        except OSError:
            return None
        return value

    def put(self, key: str, value: bytes) -> None:
        """Keep something under a name, whole or not at all; what would push too much else out is not kept."""
        if len(value) > self.limit // 8:
            return
        new = None
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            file, new = tempfile.mkstemp(prefix="new-", dir=self._path)
            with os.fdopen(file, "wb") as target:
                target.write(_HEAD + hashlib.sha256(value).digest() + value)
            os.replace(new, self._place(key))
        except OSError:  # no room, no right, or deleted meanwhile
            if new is not None:
                with contextlib.suppress(OSError):
                    os.unlink(new)
            return
        self._written += len(value)
        if self._written > self.limit // 8:
            self._written = 0
            self.sweep()

    def sweep(self) -> None:
        """Delete what was not used for longest, of any compiler and processor, until the folder is a quarter empty."""
        found = []
        for place in self.root.glob("jaxlib-*/*"):
            with contextlib.suppress(OSError):  # another process sweeps, too
                told = place.stat()
                if place.name.startswith("new-") and told.st_mtime > time.time() - 3600:
                    continue  # somebody is writing it
                found.append((0.0 if place.name.startswith("new-") else told.st_mtime, told.st_size, place))
        size = sum(each for _, each, _ in found)
        if size <= self.limit:
            return
        for _, each, place in sorted(found):
            if size <= 0.75 * self.limit:
                break
            with contextlib.suppress(OSError):
                place.unlink()
                size -= each


def keep() -> None:
    """From now on, keep what JAX compiles, unless the user has arranged something else."""
    if keras.backend.backend() != "jax":
        return
    import jax

    global _installed
    with _LOCK:
        theirs = jax.config.jax_compilation_cache_dir or not jax.config.jax_enable_compilation_cache
        if _installed is not None:
            if theirs:
                _withdraw()
            return
        try:
            root = None if theirs else folder()
            programs = None if root is None else Programs(root, machine())
        except (OSError, RuntimeError):  # a home of nobody's, a working folder that is gone
            return
        if programs is not None and programs.usable() and _install(programs):
            _installed = programs


def _install(programs: Programs) -> bool:
    """Give JAX our folder. Its own would be read while another process writes it, and cannot be bounded."""
    import jax

    try:
        from jax._src import compilation_cache

        if compilation_cache._cache is not None:
            return False
        compilation_cache._cache = programs
        compilation_cache._cache_initialized = True
    except (ImportError, AttributeError):  # another JAX, which works as it does without a cache
        return False
    if (
        jax.config.jax_persistent_cache_min_compile_time_secs == SECONDS
        and "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ
    ):
        # A fit compiles a hundred small programs, each faster than that.
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    return True


def _withdraw() -> None:
    """Leave JAX as it was: the user has set up a cache of their own meanwhile."""
    global _installed
    import jax
    from jax._src import compilation_cache

    if compilation_cache._cache is _installed:
        compilation_cache.reset_cache()
    if jax.config.jax_persistent_cache_min_compile_time_secs == 0.0:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", SECONDS)
    _installed = None
