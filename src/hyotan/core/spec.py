"""What a part has to know about the data before it can make its weights, and the stream of seeds it makes them from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Spec:
    """What a part has to know about the data before it can make its weights.

    Parameters
    ----------
    event : tuple of int
        Shape of one row in network units: ``(features,)`` for a table, ``(height, width, channels)`` for images,
        ``(steps, channels)`` for series.
    missing : bool
        Whether cells may be missing, so that the encoder is fed a flag beside each cell.
    condition : int
        Width of the condition vector; 0 when there is none.
    layout : {"vector", "grid"}
        What the latent's codes look like, told to the net.
    ragged : bool
        Whether series end at different steps; ``event`` is then as long as the longest.
    code : tuple of int
        Last axes of a code, told by a latent to its prior and divergence.
    """

    event: tuple[int, ...]
    missing: bool = False
    condition: int = 0
    layout: str = "vector"
    ragged: bool = False
    code: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Make tuples of the lists a file has."""
        for name in ("event", "code"):
            object.__setattr__(self, name, tuple(getattr(self, name)))

    @property
    def size(self) -> int:
        """Number of cells in a row."""
        return math.prod(self.event)


@dataclass(frozen=True)
class Column:
    """What is known of the values that a likelihood is to score.

    Parameters
    ----------
    kind : {"table", "images", "series"}
        What they are the cells of.
    low, high : float
        The smallest and the largest known one.
    """

    kind: str
    low: float
    high: float

    def scaled(self, method: str) -> Column:
        """Return the same after a scaling: what it does to the range."""
        if method in ("unit", "minmax"):
            return Column(self.kind, 0.0, 1.0)
        return Column(self.kind, -math.inf, math.inf) if method == "standard" else self


class Seeds:
    """A stream of integer seeds drawn from one: every layer of a model gets its own, always in the same order.

    Examples
    --------
    >>> a, b = Seeds(0), Seeds(0)
    >>> [a(), a()] == [b(), b()]
    True
    """

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def __call__(self) -> int:
        """Return the next seed."""
        return int(self._generator.integers(2**31 - 1))

    def glorot(self) -> Any:
        """Return Keras's default initialiser, seeded: its own draws from Python's global generator."""
        import keras  # what a part has to know is told without it

        return keras.initializers.GlorotUniform(seed=self())

    def orthogonal(self) -> Any:
        """Return Keras's default initialiser of a recurrent kernel, seeded."""
        import keras

        return keras.initializers.Orthogonal(seed=self())
