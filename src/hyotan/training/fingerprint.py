"""A fingerprint of the data and parameters of a fit, to check that a resumed fit uses the same ones."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from hyotan.core.batch import Batch

CHUNK = 4096  # rows hashed at a time: hashing copies views, such as windows of a long series


def fingerprint(rows: Batch, validation: Batch, settings: dict[str, Any], seed: int) -> dict[str, Any]:
    """Return a fingerprint of a fit, for JSON: row counts, hashes of values, masks and weights, parameters, seed."""
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
        # Files of format version 1 hashed the step mask under its old name, "there"; keep it so hashes still match.
        found.update(f"{'there' if name == 'step_mask' else name} {array.dtype} {array.shape}".encode())
        for start in range(0, len(array), CHUNK):
            found.update(np.ascontiguousarray(array[start : start + CHUNK]).data)
    return found.hexdigest()
