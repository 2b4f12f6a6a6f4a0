"""Helpers on top of Keras that nets, latents and likelihoods share."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "selu", "gelu", "silu", "leaky_relu", "softplus", "linear")
LOG_2PI = math.log(2 * math.pi)


def to_numpy(x: Any) -> np.ndarray:
    """Return a copy of a variable or tensor as a NumPy array."""
    # Use the value, because NumPy 2 warns about the variable's own __array__.
    return np.array(ops.convert_to_numpy(x.value if isinstance(x, keras.Variable) else x), order="C")


def values_of(variables: Iterable[Any]) -> list[np.ndarray]:
    """Return copies of the values of variables."""
    return [to_numpy(variable) for variable in variables]


@ops.custom_gradient
def softplus(x: Any) -> Any:
    """Return log(1 + exp(x)), with the sigmoid defined as its derivative.

    The backend's own softplus differentiates both branches of a maximum, which noticeably slows down training with a
    Bernoulli likelihood.
    """

    def gradient(*upstreams: Any, upstream: Any = None) -> Any:
        return (upstreams[0] if upstream is None else upstream) * ops.sigmoid(x)

    return ops.maximum(x, 0) + ops.log1p(ops.exp(-ops.abs(x))), gradient


def on_xla_cpu() -> bool:
    """Whether the backend is JAX on a CPU, where XLA is slow at some gradients and at convolutions inside loops."""
    if keras.backend.backend() != "jax":
        return False
    import jax  # the default backend; never imported when another one runs

    return jax.default_backend() == "cpu"


def run(layers: list[Any], h: Any) -> Any:
    """Pass ``h`` through the layers in order."""
    for layer in layers:
        h = layer(h)
    return h


def flat(h: Any) -> Any:
    """Return ``h`` flattened to (B, size)."""
    return h if len(h.shape) == 2 else ops.reshape(h, (-1, math.prod(h.shape[1:])))
