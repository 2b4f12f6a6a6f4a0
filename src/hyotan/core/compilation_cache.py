"""The folder of JAX's persistent compilation cache: compiled programs, kept for the next process.

JAX compiles a program when it first meets its shapes, which takes longer than a small fit. Its persistent cache is
switched on here for a folder of the user's, so that a second process only reads what a first one compiled. The folder
is ``$HYOTAN_CACHE``, or else ``hyotan`` in the user's own cache folder; ``HYOTAN_CACHE=off`` keeps nothing, and so does
a folder that cannot be written, or that others can write to. Nobody who has set up JAX's cache gets this one.

Reading and writing are JAX's. Its bound on the size (``jax_compilation_cache_max_size``) is not used: each write then
reads a file for every program kept, 50 ms for a thousand of them, and a process that ends between the two files of a
program makes all later writes fail. So :func:`tidy` bounds the folder, and deletes what was written only in part, which
JAX would find unreadable again and again but never replace.

The folder may be deleted at any time, and shared by any number of processes and machines of one user: programs lie
under the name of the compiler and the processor they were made for. From the first model on, whatever else the process
compiles with JAX is kept there, too. Nothing that goes wrong here stops a fit: then a program is compiled again.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import sys
import threading
import warnings
import zlib
from pathlib import Path
from typing import Any

import keras

LIMIT = 2**28  # bytes in the folder: some ten thousand programs; the ones not used for longest go first
OFF = ("0", "off", "no", "false")
OFTEN = 256  # models made between two looks at the size of the folder
SETTINGS: dict[str, tuple[Any, Any]] = {  # of JAX: its default, which alone is replaced, and the value here
    # A fit compiles a hundred small programs, each faster than that.
    "jax_persistent_cache_min_compile_time_secs": (1.0, 0.0),
    # XLA's own files on a GPU are not bounded.
    "jax_persistent_cache_enable_xla_caches": ("xla_gpu_per_fusion_autotune_cache_dir", "none"),
}
_FAILURE = "Error (reading|writing) persistent compilation cache entry"
_MARK = ".tidied"
_LOCK = threading.Lock()


_installed: Path | None = None


_models = 0


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


def usable(own: Path) -> bool:
    """Make the folder; whoever can write to it can run code as this user, so it must be the user's alone."""
    try:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = own.stat()
    except OSError:
        return False
    if not os.access(own, os.R_OK | os.W_OK | os.X_OK):
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def whole(entry: bytes) -> bool:
    """Return whether JAX can unpack an entry: zlib's checksum is looked at, of Zstandard's only the first bytes."""
    if entry.startswith(b"\x28\xb5\x2f\xfd"):
        return True
    try:
        zlib.decompress(entry)
    except zlib.error:
        return False
    return True


def tidy(root: Path, own: Path, limit: int | None = LIMIT) -> None:
    """Delete what cannot be used, and what was not used for longest until the folder is a quarter empty.

    Nothing is looked at if no program came or went since the last time, and no program is read twice.

    Parameters
    ----------
    root : Path
        What is bounded in size: the folders of all compilers and processors.
    own : Path
        The folder in it that is in use: programs in it must be whole, and this user's.
    limit : int or None
        Bytes, or None for no bound.
    """
    mark = own / _MARK
    since = mark.stat().st_mtime_ns if mark.exists() else 0
    if own.stat().st_mtime_ns < since:
        return
    mark.touch()
    found = []
    for place in root.glob("jaxlib-*/*-cache"):
        with contextlib.suppress(OSError):  # another process tidies, too
            told = place.stat()
            unfit = limit is not None and told.st_size > limit // 8  # it would push too much else out
            if place.parent == own and not unfit:
                unfit = hasattr(os, "getuid") and told.st_uid != os.getuid()  # a program is code
                unfit = unfit or (told.st_mtime_ns >= since and not whole(place.read_bytes()))
            if unfit:
                place.unlink()
                continue
            # Most file systems note the first reading of a day; where none is noted, the oldest go first.
            found.append((max(told.st_atime_ns, told.st_mtime_ns), told.st_size, place))
    size = sum(each for _, each, _ in found)
    if limit is None or size <= limit:
        return
    for _, each, place in sorted(found):
        if size <= 0.75 * limit:
            break
        with contextlib.suppress(OSError):
            place.unlink()
            size -= each


def keep() -> None:
    """From now on, keep what JAX compiles, unless the user has arranged something else."""
    if keras.backend.backend() != "jax":
        return
    import jax

    global _installed, _models
    with _LOCK:
        ours = None if _installed is None else str(_installed)
        theirs = (jax.config.jax_compilation_cache_dir or None) != ours or not jax.config.jax_enable_compilation_cache
        if _installed is not None and (theirs or not usable(_installed)):
            _withdraw()
            return
        if _installed is None:
            try:
                root = None if theirs else folder()
                own = None if root is None else root / machine()
            except (OSError, RuntimeError):  # a home of nobody's, a working folder that is gone
                return
            if own is None or not usable(own):
                return
            _install(own)
            _models = 0
        if _installed is not None and _models % OFTEN == 0:
            unbounded = jax.config.jax_compilation_cache_max_size == -1  # else the user has JAX bound it
            with contextlib.suppress(OSError):  # deleted meanwhile, or no room
                tidy(_installed.parent, _installed, LIMIT if unbounded else None)
        _models += 1
        _hush()


def _hush() -> None:
    """Show no warning of JAX's about an entry it cannot read or write; the program is compiled as without a cache."""
    first = warnings.filters[0] if warnings.filters else None
    if first is None or getattr(first[1], "pattern", None) != _FAILURE:  # each call forgets what was shown once
        warnings.filterwarnings("ignore", message=_FAILURE, category=UserWarning)


def _install(own: Path) -> None:
    """Give JAX the folder."""
    import jax
    from jax.experimental.compilation_cache import compilation_cache

    global _installed
    for name, (default, here) in SETTINGS.items():
        if getattr(jax.config, name, here) == default and name.upper() not in os.environ:
            jax.config.update(name, here)
    jax.config.update("jax_compilation_cache_dir", str(own))
    compilation_cache.reset_cache()  # what was compiled before may have told JAX that there is none
    _installed = own


def _withdraw() -> None:
    """Leave JAX as it was: the user has set up a cache of their own meanwhile."""
    import jax
    from jax.experimental.compilation_cache import compilation_cache

    global _installed
    for name, (default, here) in SETTINGS.items():
        if getattr(jax.config, name, default) == here and name.upper() not in os.environ:
            jax.config.update(name, default)
    if jax.config.jax_compilation_cache_dir == str(_installed):
        jax.config.update("jax_compilation_cache_dir", None)
    compilation_cache.reset_cache()
    _installed = None
