"""The arguments of ``Part.build``: a specification of the data, and a stream of seeds for the weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Spec:
    """The properties of the data that a part needs to create its weights.

    Parameters
    ----------
    event : tuple of int
        Shape of one row inside the model: ``(features,)`` for a table, ``(height, width, channels)`` for images,
        ``(steps, channels)`` for series.
    missing : bool
        Whether cells may be missing; the encoder then gets an observed flag for each cell.
    condition : int
        Length of the vector of conditioning variables; 0 if there is none.
    layout : {"vector", "grid"}
        Layout of the latent's codes, for the net.
    ragged : bool
        Whether series have different lengths; ``event`` then has the length of the longest.
    code : tuple of int
        Last axes of a code, which a latent passes to its prior and divergence.
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
    """A summary of the data, for the automatic choice of the likelihood.

    Parameters
    ----------
    kind : {"table", "images", "series"}
        The kind of data.
    low, high : float
        The smallest and the largest observed value.
    """

    kind: str
    low: float
    high: float

    def scaled(self, method: str) -> Column:
        """Return the summary after a scaling, which changes the range."""
        if method in ("unit", "minmax"):
            return Column(self.kind, 0.0, 1.0)
        return Column(self.kind, -math.inf, math.inf) if method == "standard" else self


class Seeds:
    """A stream of integer seeds generated from one seed, so that each layer gets its own in a fixed order.

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
        """Return Keras's default initialiser with a seed; without one it uses Python's global generator."""
        from hyotan.core.initial import Glorot  # here, so that this module can be imported without Keras

        return Glorot(seed=self())

    def orthogonal(self) -> Any:
        """Return Keras's default initialiser of recurrent kernels, with a seed."""
        from hyotan.core.initial import Orthogonal

        return Orthogonal(seed=self())
