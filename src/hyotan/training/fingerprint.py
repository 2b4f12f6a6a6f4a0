"""What a training is of, told by numbers alone: rows and parameters."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from hyotan.core.batch import Batch

CHUNK = 4096  # rows hashed at a time: views of a long series become copies


@dataclass(frozen=True)
class Rows:
    """What a training is of, told by numbers alone: how many rows, and a hash of them, their masks and weights."""

    rows: int
    sha256: str
    validation_rows: int
    validation_sha256: str

    @classmethod
    def of(cls, rows: Batch, validation: Batch) -> Rows:
        """Return those of training rows and validation rows, which may be none."""
        return cls(len(rows), _hash(rows), len(validation), _hash(validation))


def _hash(rows: Batch) -> str:
    found = hashlib.sha256()
    for name, array in sorted(rows.arrays().items()):
        found.update(f"{name} {array.dtype} {array.shape}".encode())
        for start in range(0, len(array), CHUNK):
            found.update(np.ascontiguousarray(array[start : start + CHUNK]).data)
    return found.hexdigest()


def about(rows: Rows, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return what a fit is of, for JSON."""
    return {**asdict(rows), "settings": settings, "seed": seed}
