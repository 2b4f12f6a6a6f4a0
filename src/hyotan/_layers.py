"""Small things of Keras's that nets, latents and likelihoods share: seeded initialisers, activations, shapes."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from hyotan._parts import Seeds

ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "selu", "gelu", "silu", "leaky_relu", "softplus", "linear")
LOG_2PI = math.log(2 * math.pi)


def glorot(seeds: Seeds) -> Any:
    """Return Keras's default initialiser, seeded: its own draws from Python's global generator."""
    return keras.initializers.GlorotUniform(seed=seeds())


def run(layers: list[Any], h: Any) -> Any:
    """Pass ``h`` through the layers in order."""
    for layer in layers:
        h = layer(h)
    return h


def flat(h: Any) -> Any:
    """Return ``h`` as (B, size)."""
    return h if len(h.shape) == 2 else ops.reshape(h, (-1, math.prod(h.shape[1:])))
