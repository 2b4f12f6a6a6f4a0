"""NumPy's files of one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from hyotan.core.files import reading
from hyotan.data.io.arrays import checked
from hyotan.data.io.builtin import Parts
from hyotan.data.io.formats._format import ArrayFormat
from hyotan.data.io.opening import Opened


class Npy(ArrayFormat):
    """One array, never an object that would have to be unpickled.

    Examples
    --------
    >>> Npy().named("a.npy")
    True
    """

    name = "an .npy file"
    endings = (".npy",)
    rank = 1
    writes = (".npy",)

    def recognises(self, opened: Opened) -> bool:
        return opened.head.startswith(b"\x93NUMPY")

    def read(self, opened: Opened, **options: Any) -> Parts:
        with reading(opened), opened.open() as raw:
            array = np.load(raw, allow_pickle=False)
        return Parts(checked(array, opened, ""), None, None, None, f"from {opened}", "rows")

    def write(self, file: Any, array: np.ndarray, names: Sequence[str] | None, ending: str) -> None:
        np.save(file, array, allow_pickle=False)
