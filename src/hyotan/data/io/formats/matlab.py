"""MATLAB's .mat files: version 5 read by SciPy, 7.3 by h5py."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyotan.core.files import reading
from hyotan.data.io.arrays import check_room, named_arrays
from hyotan.data.io.builtin import Parts
from hyotan.data.io.formats._format import ArrayFormat
from hyotan.data.io.opening import Opened

NUMERIC = ("double", "single", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "logical")


class Matlab(ArrayFormat):
    """Arrays by name, such as ``X`` and ``y``; text, structures and cells in the file are passed over.

    Examples
    --------
    >>> Matlab().named("a.mat")
    True
    """

    name = "a .mat file"
    endings = (".mat",)
    options = ("key", "label")
    rank = 10

    def recognises(self, opened: Opened) -> bool:
        return opened.head.startswith(b"MATLAB ")

    def read(self, opened: Opened, label: str | None = None, key: str | None = None, **options: Any) -> Parts:
        if opened.head.startswith(b"MATLAB 7.3") or opened.head[:4] == b"\x89HDF":
            return _of_hdf5(opened, label, key)
        with reading(opened), opened.open() as file:
            from scipy import io

            listed = io.whosmat(file)
            names = [name for name, _, kind in listed if kind in (*NUMERIC, "sparse")]

        def get(name: str) -> np.ndarray:
            with opened.open() as file:
                found = io.loadmat(file, variable_names=[name])[name]
            if hasattr(found, "toarray"):
                check_room(int(np.prod(found.shape)) * found.dtype.itemsize, opened)
                found = found.toarray()
            return np.asarray(found)

        return named_arrays(names, get, opened, label, key)


def _of_hdf5(opened: Opened, label: str | None, key: str | None) -> Parts:
    """Read version 7.3, an HDF5 file whose arrays have their axes in the reverse order."""
    with reading(opened):
        import h5py

        raw = opened.open()
    with raw:
        with reading(opened):
            file = h5py.File(raw, "r")
        with file:
            names = [name for name, each in file.items() if isinstance(each, h5py.Dataset) and _is_numeric(each)]
            return named_arrays(names, lambda name: np.asarray(file[name]).T, opened, label, key)


def _is_numeric(dataset: Any) -> bool:
    kind = dataset.attrs.get("MATLAB_class", b"double")
    return (kind.decode() if isinstance(kind, bytes) else str(kind)) in NUMERIC
