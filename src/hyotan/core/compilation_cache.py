"""JAX's persistent compilation cache: a folder of compiled programs that later processes reuse.

JAX compiles a program for each new combination of shapes, which takes longer than a small fit. This module enables
JAX's persistent cache, so that a second process only loads what the first one compiled. The cache folder is
``$HYOTAN_CACHE``, or by default ``hyotan`` in the user's cache folder. There is no cache if ``HYOTAN_CACHE=off``, if
the folder cannot be written, or if other users can write to it. If the user has configured JAX's cache, it stays as
configured.

JAX itself reads and writes the entries. Its own size limit (``jax_compilation_cache_max_size``) is not used: with it,
each write reads one file for every stored program (50 ms for a thousand programs), and a process that ends between
writing the two files of a program makes all later writes fail. Instead, :func:`tidy` limits the size of the folder. It
also deletes incomplete entries, which JAX cannot read but never replaces.

The folder may be deleted at any time, and may be shared by several processes and machines of one user: its subfolders
are named after the compiler and the processor. Once a model has been made, everything else that the process compiles
with JAX is cached there too. An error in the cache never stops a fit: the program is compiled again.
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

LIMIT = 2**28  # maximum size of the folder in bytes, about ten thousand programs; least recently used go first
OFF = ("0", "off", "no", "false")
OFTEN = 256  # number of models made between two checks of the folder's size
SETTINGS: dict[str, tuple[Any, Any]] = {  # JAX option: (its default, our value); other values are left alone
    # A fit compiles about a hundred small programs, each in less than JAX's default of one second.
    "jax_persistent_cache_min_compile_time_secs": (1.0, 0.0),
    # XLA's own cache files on a GPU have no size limit.
    "jax_persistent_cache_enable_xla_caches": ("xla_gpu_per_fusion_autotune_cache_dir", "none"),
}
_FAILURE = "Error (reading|writing) persistent compilation cache entry"
_MARK = ".tidied"
_LOCK = threading.Lock()


_installed: Path | None = None


_models = 0


def folder() -> Path | None:
    """Return the cache folder, or None if the user has turned the cache off or has no home folder.

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
    except RuntimeError:  # the user has no home folder
        return None
    return home / ("Library/Caches" if sys.platform == "darwin" else ".cache") / "hyotan"


def machine() -> str:
    """Return a name for the compiler and the processor: a compiled program runs only with the same ones."""
    told = [platform.system(), platform.machine(), str(processors())]
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            first = file.read(2**14).split("\n\n")[0].splitlines()
        words = ("model name", "cpu family", "model", "stepping", "flags", "Features", "CPU implementer", "CPU part")
        told += [line for line in first if line.split(":")[0].strip() in words]
    except OSError:  # not Linux
        told += [platform.processor(), platform.node()]
    import jaxlib  # the default backend; never imported when another one runs

    return f"jaxlib-{jaxlib.__version__}-{hashlib.sha256(' | '.join(told).encode()).hexdigest()[:12]}"


def processors() -> int:
    """Return how many processors this process may use, which compiled programs depend on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def usable(own: Path) -> bool:
    """Create the folder and return whether it can be used.

    Only the user may be able to write to it, because anyone who can write to it can run code as this user.
    """
    try:
        own.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = own.stat()
    except OSError:
        return False
    if not os.access(own, os.R_OK | os.W_OK | os.X_OK):
        return False
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o022)


def whole(entry: bytes) -> bool:
    """Return whether a zlib entry can be decompressed; a Zstandard entry is only recognised by its magic number."""
    if entry.startswith(b"\x28\xb5\x2f\xfd"):
        return True
    try:
        zlib.decompress(entry)
    except zlib.error:
        return False
    return True


def tidy(root: Path, own: Path, limit: int | None = LIMIT) -> None:
    """Delete unusable entries and, above the size limit, the least recently used ones down to 75 % of the limit.

    Nothing is done if ``own`` has not changed since the last call, and entries already checked are not read again.

    Parameters
    ----------
    root : Path
        The cache folder with the subfolders of all compilers and processors; the limit applies to all of them.
    own : Path
        The subfolder in use; entries in it must be complete and belong to this user.
    limit : int or None
        Maximum size in bytes; None for no limit.
    """
    mark = own / _MARK
    since = mark.stat().st_mtime_ns if mark.exists() else 0
    if own.stat().st_mtime_ns < since:
        return
    mark.touch()
    found = []
    for place in root.glob("jaxlib-*/*-cache"):
        with contextlib.suppress(OSError):  # another process may delete files at the same time
            told = place.stat()
            unfit = limit is not None and told.st_size > limit // 8  # it would displace too many others
            if place.parent == own and not unfit:
                unfit = hasattr(os, "getuid") and told.st_uid != os.getuid()  # an entry is executable code
                unfit = unfit or (told.st_mtime_ns >= since and not whole(place.read_bytes()))
            if unfit:
                place.unlink()
                continue
            # Most file systems update the access time at most once a day; without access times, the oldest go first.
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
    """Enable the persistent cache from now on, unless the user has configured JAX's cache; called for each model."""
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
            except (OSError, RuntimeError):  # no home folder, or the working folder has been deleted
                return
            if own is None or not usable(own):
                return
            _install(own)
            _models = 0
        if _installed is not None and _models % OFTEN == 0:
            unbounded = jax.config.jax_compilation_cache_max_size == -1  # else JAX limits it, as the user wants
            with contextlib.suppress(OSError):  # the folder was deleted meanwhile, or the disk is full
                tidy(_installed.parent, _installed, LIMIT if unbounded else None)
        _models += 1
        _hush()


def _hush() -> None:
    """Suppress JAX's warnings about entries it cannot read or write; it compiles the program instead."""
    first = warnings.filters[0] if warnings.filters else None
    # Only if it is missing: each new filter resets which warnings have been shown already.
    if first is None or getattr(first[1], "pattern", None) != _FAILURE:
        warnings.filterwarnings("ignore", message=_FAILURE, category=UserWarning)


def _install(own: Path) -> None:
    """Set JAX's cache folder and options."""
    import jax
    from jax.experimental.compilation_cache import compilation_cache

    global _installed
    for name, (default, here) in SETTINGS.items():
        if getattr(jax.config, name, here) == default and name.upper() not in os.environ:
            jax.config.update(name, here)
    jax.config.update("jax_compilation_cache_dir", str(own))
    compilation_cache.reset_cache()  # JAX may have decided at an earlier compilation that there is no cache
    _installed = own


def _withdraw() -> None:
    """Restore JAX's options, because the user has configured the cache meanwhile or the folder is unusable."""
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
