"""Steps of a series: which there are, and the same ones read from the end.

A series that is shorter than its batch is followed by padding: steps of which nothing is seen and nothing is scored.
A step in between of which nothing is known is not padding: time passes there.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from hyotan.batch import Batch


def up_to_last(mask: Any) -> Any:
    """Return for a mask of cells (B, T, C) which steps come before the end: those up to the last with a True cell."""
    marked = ops.cast(ops.any(mask, axis=-1), "int32")
    # What is left from a step on, counted from the end: a step is there while something is left.
    return ops.flip(ops.cumsum(ops.flip(marked, axis=1), axis=1), axis=1) > 0


def steps_of(batch: Batch) -> Any:
    """Return which steps of each row there are, (B, T), or None for all of them (or for rows that are no series)."""
    if len(batch.values.shape) != 3 or (batch.seen is None and batch.scored is None):
        return None
    masks = [mask for mask in (batch.seen, batch.scored) if mask is not None]
    return up_to_last(ops.logical_or(*masks) if len(masks) == 2 else masks[0])


def reverse(x: Any, steps: Any) -> Any:
    """Return (B, T, k) with the steps of every row in reverse order; padding stays at the end."""
    if steps is None:
        return ops.flip(x, axis=1)
    at = ops.arange(x.shape[1], dtype="int32")[None]
    length = ops.sum(ops.cast(steps, "int32"), axis=1, keepdims=True)
    # By name, as a symbolic length knows no operators with the backend's own arrays.
    index = ops.where(ops.less(at, length), ops.subtract(length, at + 1), at)
    return ops.take_along_axis(x, index[:, :, None], axis=1)


def before(x: Any, first: Any) -> Any:
    """Return (B, T, k) one step late: what came before each step, beginning with ``first`` (B, 1, k)."""
    return ops.concatenate([first, x[:, :-1]], axis=1)
