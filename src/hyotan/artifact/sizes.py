"""Sizes in an artifact, checked before anything of them is built."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from hyotan.core.errors import ArtifactError, shown
from hyotan.data.scaling import Scaler

__all__ = ["check_sizes"]

ANYWAY = 2**22  # cells of weights that may be built in any case
LONGEST = 2**24  # the longest axis of a row


def check_sizes(document: Mapping[str, Any], arrays: Mapping[str, np.ndarray], scaler: Scaler, where: str) -> None:
    """Raise if the parts are larger than the tensors of the file.

    A layer has at least one weight for each of its outputs, and one for each pair of an input and an output; so sizes
    that the tensors cannot hold would be built in vain, and might not fit into memory.

    Raises
    ------
    ArtifactError
    """
    shape, event = tuple(document["schema"]["shape"]), tuple(document["spec"]["event"])
    cells = max(ANYWAY, 4 * sum(array.size for array in arrays.values()))
    sane = all(type(length) is int and 0 < length <= LONGEST for length in event)
    fits = math.prod(event) == math.prod(shape) and all(
        np.broadcast_shapes(array.shape, event) == event for array in (scaler.offset, scaler.scale)
    )
    numbers = np.isfinite(scaler.offset).all() and np.isfinite(scaler.scale).all() and (scaler.scale > 0).all()
    still = scaler.constant
    fits = fits and bool(numbers) and (still is None or (still.shape == scaler.scale.shape and still.dtype == bool))
    sizes = list(_whole(document["parts"]))
    pairs = sum(abs(one * other) for one, other in _neighbours(document["parts"]))
    if not (sane and fits) or max(map(abs, sizes), default=0) > max(cells, LONGEST) or pairs > cells:
        raise ArtifactError(
            f"The sizes in {where} do not fit its weights",
            expected=f"parts for rows of shape {shown(shape)}, no larger than the {len(arrays)} tensors in the file",
            received=f"rows of shape {shown(event)}, and sizes up to {max(map(abs, sizes), default=0):,}",
            do="copy the file anew, or fit the model again",
        )


def _inside(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []


def _whole(value: Any) -> Iterator[int]:
    """Yield all whole numbers inside a JSON value."""
    if type(value) is int:
        yield value
    for inner in _inside(value):
        yield from _whole(inner)


def _neighbours(value: Any) -> Iterator[tuple[int, int]]:
    """Yield all pairs of neighbouring whole numbers in the lists inside a JSON value."""
    if isinstance(value, list):
        yield from pairwise([item for item in value if type(item) is int])
    for inner in _inside(value):
        yield from _neighbours(inner)
