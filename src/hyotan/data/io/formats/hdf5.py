"""HDF5 files, read by h5py."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyotan.core.errors import DataError
from hyotan.core.files import reading
from hyotan.data.io.arrays import named_arrays
from hyotan.data.io.builtin import Parts
from hyotan.data.io.formats._format import ArrayFormat
from hyotan.data.io.opening import Opened


class Hdf5(ArrayFormat):
    """Arrays by name, or by their path in groups, such as ``measured/day1``.

    Examples
    --------
    >>> Hdf5().named("a.h5")
    True
    """

    name = "an HDF5 file"
    endings = (".h5", ".hdf5", ".hdf")
    options = ("key", "label")
    rank = 11

    def recognises(self, opened: Opened) -> bool:
        return opened.head.startswith(b"\x89HDF\r\n\x1a\n")

    def read(self, opened: Opened, label: str | None = None, key: str | None = None, **options: Any) -> Parts:
        with reading(opened):
            import h5py

            raw = opened.open()
        with raw:
            with reading(opened):
                file = h5py.File(raw, "r")
            with file:
                names: list[str] = []
                frames: list[str] = []

                def visit(name: str, each: Any) -> None:
                    if "pandas_type" in each.attrs:
                        frames.append(name)
                    elif isinstance(each, h5py.Dataset) and not any(name.startswith(f"{f}/") for f in frames):
                        names.append(name)

                with reading(opened):
                    file.visititems(visit)
                if frames and (not names or (key or "").strip("/").split("/")[0] in frames):
                    raise DataError(
                        f"{opened} holds tables of pandas",
                        expected="arrays",
                        received=", ".join(map(repr, frames[:8])),
                        do=f"pandas.read_hdf({opened.name!r}, {frames[0]!r}).to_parquet('{opened.stem}.parquet')",
                    )
                key, label = (None if name is None else name.strip("/") for name in (key, label))
                return named_arrays(names, lambda name: np.asarray(file[name]), opened, label, key)
