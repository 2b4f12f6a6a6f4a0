"""NumPy's files of several arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np

from hyotan.core.errors import DataError
from hyotan.core.files import reading
from hyotan.data.io.arrays import check_room, named_arrays
from hyotan.data.io.builtin import Parts
from hyotan.data.io.formats._format import ArrayFormat
from hyotan.data.io.opening import Opened


class Npz(ArrayFormat):
    """Arrays by name, never objects that would have to be unpickled.

    Examples
    --------
    >>> Npz().named("a.npz")
    True
    """

    name = "an .npz file"
    endings = (".npz",)
    options = ("key", "label")
    rank = 2
    writes = (".npz",)

    def recognises(self, opened: Opened) -> bool:
        if not opened.head.startswith(b"PK"):
            return False
        try:
            with opened.open() as raw, zipfile.ZipFile(raw) as archive:
                names = archive.namelist()
        except (OSError, zipfile.BadZipFile):
            return False
        return bool(names) and all(name.endswith(".npy") for name in names)

    def read(self, opened: Opened, label: str | None = None, key: str | None = None, **options: Any) -> Parts:
        with reading(opened):
            raw = opened.open()  # NumPy itself would leave a broken file open
        with raw:
            with reading(opened):
                file = np.load(raw, allow_pickle=False)
            if isinstance(file, np.ndarray):
                raise DataError(
                    f"{opened} holds a single array without a name",
                    expected="an .npz file",
                    received="an .npy file",
                    do="rename it to end in .npy",
                )
            with file:
                check_room(sum(info.file_size for info in file.zip.infolist()), opened)
                return named_arrays(file.files, file.__getitem__, opened, label, key)

    def write(self, file: Any, array: np.ndarray, names: Sequence[str] | None, ending: str) -> None:
        if array.dtype.kind == "O":  # older NumPy versions would pickle them, and the file could not be loaded
            raise DataError("Python objects cannot be written to an .npz file", expected="numbers", received="objects")
        arrays: dict[str, Any] = {"X": array}
        if names is not None:
            arrays["columns"] = np.array([str(name) for name in names])
        np.savez(file, **arrays)
