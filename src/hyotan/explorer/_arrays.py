"""Arrays in the page's format: dtype, shape, and the little-endian numbers compressed by zlib, in base64."""

from __future__ import annotations

import base64
import zlib
from typing import Any

import numpy as np

from hyotan.core.numbers import single

TYPES = {"f4": np.float32, "i4": np.int32, "u1": np.uint8, "u2": np.uint16}


def pack(array: Any, dtype: str) -> dict[str, Any]:
    """Return an array as JSON for the page.

    Parameters
    ----------
    array : array
    dtype : {"f4", "i4", "u1", "u2"}
        Type in which the numbers are stored.

    Examples
    --------
    >>> packed = pack([[1, 2, 3]], "u1")
    >>> packed["dtype"], packed["shape"], unpack(packed).tolist()
    ('u1', [1, 3], [[1, 2, 3]])
    """
    values = single(np.asarray(array)) if dtype == "f4" else np.asarray(array)
    data = np.ascontiguousarray(values, np.dtype(TYPES[dtype]).newbyteorder("<")).tobytes()
    return {
        "dtype": dtype,
        "shape": list(values.shape),
        "data": base64.b64encode(zlib.compress(data, 9)).decode(),
    }


def unpack(packed: dict[str, Any]) -> np.ndarray:
    """Return the array of a dict made by :func:`pack`.

    Examples
    --------
    >>> unpack(pack([[1.5, 2.0]], "f4")).tolist()
    [[1.5, 2.0]]
    """
    data = zlib.decompress(base64.b64decode(packed["data"]))
    return np.frombuffer(data, np.dtype(TYPES[packed["dtype"]]).newbyteorder("<")).reshape(packed["shape"])
