"""Operations on the steps of series: reverse them, delay them by one, and find the last visible values."""

from __future__ import annotations

from typing import Any

from keras import ops


def reverse(x: Any, step_mask: Any) -> Any:
    """Return ``x``, (B, T, k), with the steps of every row in reverse order; padding stays at the end."""
    if step_mask is None:
        return ops.flip(x, axis=1)
    at = ops.arange(x.shape[1], dtype="int32")[None]
    length = ops.sum(ops.cast(step_mask, "int32"), axis=1, keepdims=True)
    # Functions instead of operators: a symbolic length has no operators with the backend's own arrays.
    index = ops.where(ops.less(at, length), ops.subtract(length, at + 1), at)
    return ops.take_along_axis(x, index[:, :, None], axis=1)


def before(x: Any, first: Any) -> Any:
    """Return ``x``, (B, T, k), delayed by one step, with ``first``, (B, 1, k), as the first step."""
    return ops.concatenate([first, x[:, :-1]], axis=1)


def last_seen(values: Any, seen: Any, otherwise: Any) -> Any:
    """Return the last visible value of each channel, (B, 1, C), or ``otherwise`` where there is none."""
    if seen is None:
        return values[:, -1:]
    at = ops.arange(1, values.shape[1] + 1, dtype="int32")[None, :, None]
    last = ops.max(ops.cast(seen, "int32") * at, axis=1, keepdims=True)
    found = ops.take_along_axis(values, ops.maximum(last - 1, 0), axis=1)
    return ops.where(last > 0, found, otherwise)
