"""What a training is of, told by numbers alone: rows and parameters."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from hyotan.core.batch import Batch

CHUNK = 4096  # rows hashed at a time: views of a long series become copies


def fingerprint(rows: Batch, validation: Batch, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return what a fit is of, for JSON: how many rows, a hash of them, their masks and weights, parameters, seed."""
    return {
        "rows": len(rows.values),
        "sha256": _hash(rows),
        "validation_rows": len(validation.values),
        "validation_sha256": _hash(validation),
        "settings": settings,
        "seed": seed,
    }


def _hash(rows: Batch) -> str:
    found = hashlib.sha256()
    for name, array in sorted(vars(rows).items()):
        if array is None:
            continue
        # The hash outlives a name: files of the first version have the step mask under its first one.
        found.update(f"{'there' if name == 'step_mask' else name} {array.dtype} {array.shape}".encode())
        for start in range(0, len(array), CHUNK):
            found.update(np.ascontiguousarray(array[start : start + CHUNK]).data)
    return found.hexdigest()
