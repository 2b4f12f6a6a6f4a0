"""What every likelihood is: a part, its layer, and the output layer that fits any net."""

from __future__ import annotations

from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from hyotan.core.part import Part
from hyotan.core.spec import Column, Seeds, Spec

LINKS = {"identity": lambda h: h, "sigmoid": ops.sigmoid, "tanh": ops.tanh}


class Likelihood(Part, kind="likelihood"):
    """What a decoded number means; abstract.

    Attributes
    ----------
    support : str
        The values it can score, in words.
    interval : tuple of float or None
        Where all values it can score lie, and everything in between can be scored; None if that is not so.
    """

    support: ClassVar[str] = "real numbers"
    interval: ClassVar[tuple[float, float] | None] = None

    def build(self, spec: Spec, seeds: Seeds) -> LikelihoodLayer:
        """Return its layer, with new weights."""
        raise NotImplementedError

    def density(self, spec: Spec) -> bool | np.ndarray:
        """Return whether ``log_prob`` is a density over real numbers, for all cells or for each, of shape ``event``.

        Scaling the data adds a log-Jacobian to a density; to a probability of discrete values it does not.
        """
        return True

    def suits(self, column: Column) -> float:
        """Return how well it fits such values, for ``likelihood="auto"``: the one that says most is taken.

        0, if not overridden, is never taken.
        """
        return 0.0

    def scaling(self, column: Column) -> str:
        """Return the scaling that ``scale="auto"`` stands for with this likelihood: "standard", if not overridden."""
        return "standard"

    def invalid(self, values: np.ndarray) -> np.ndarray:
        """Return where ``values`` (NaN for missing) cannot be scored at all, as booleans."""
        return np.zeros(values.shape, bool)

    def normalised(self, values: np.ndarray) -> bool:
        """Whether the log-probabilities of these values belong to a normalised distribution."""
        return True


class LikelihoodLayer(keras.Layer):
    """The layer of a likelihood; abstract.

    Attributes
    ----------
    numbers : int
        How many numbers a decoder with its own head must give for each cell, stacked on the last axis.
    elementwise_iid : bool
        Whether ``log_prob`` treats every cell alike, by parameters of its own shape only, so that cells may come in
        any arrangement.
    """

    elementwise_iid: bool = False

    def __init__(self, spec: Spec, numbers: int = 1) -> None:
        super().__init__(name="likelihood")
        self.spec, self.numbers = spec, numbers
        self.built = True

    def read(self, values: Any, seen: Any) -> Any:
        """Return what the encoder is fed: the values, and a flag beside each cell where cells may be missing."""
        if not self.spec.missing:
            return values
        flags = ops.ones_like(values) if seen is None else ops.cast(seen, values.dtype)
        return ops.concatenate([values, flags], axis=-1)

    def head(self, h: Any) -> dict[str, Any]:
        """Return the parameters of p(x|z) from the last hidden layer of the decoder."""
        raise NotImplementedError

    def given(self, output: Any) -> dict[str, Any]:
        """Return the parameters of p(x|z) from the number a custom decoder gave for each cell."""
        raise NotImplementedError

    def log_prob(self, params: dict[str, Any], values: Any) -> Any:
        """Return log p(x|z) of every cell in nats, of shape (…, *event)."""
        raise NotImplementedError

    def mean(self, params: dict[str, Any]) -> Any:
        """Return E[x|z] of every cell."""
        raise NotImplementedError

    def point(self, params: dict[str, Any]) -> Any:
        """Return the one value of every cell that reconstructions give: the mean, if not overridden."""
        return self.mean(params)

    def feedback(self, params: dict[str, Any]) -> Any:
        """Return what a decoder that feeds on its own output is fed: the mean, if not overridden."""
        return self.mean(params)

    def sample(self, params: dict[str, Any], seed: Any) -> Any:
        """Return a draw from p(x|z)."""
        raise NotImplementedError


class Head(keras.Layer):
    """A linear output layer that gives one number a cell, whatever the net ends with.

    A vector (B, k) goes through one dense layer and is reshaped to the event; a feature map that already has the
    event's positions, (B, *positions, k), goes through a dense layer over its last axis.
    """

    def __init__(self, spec: Spec, seeds: Seeds, name: str, zero: bool = False) -> None:
        super().__init__(name=name)
        self.spec = spec
        kernel = "zeros" if zero else seeds.glorot()
        self.kernel = kernel
        self.dense: Any = None  # made at the first call, which tells what the net ends with
        self.built = True

    def call(self, h: Any) -> Any:
        """Return one number a cell."""
        vector = len(h.shape) == 2
        if self.dense is None:
            width = self.spec.size if vector else self.spec.event[-1]
            self.dense = keras.layers.Dense(width, kernel_initializer=self.kernel, name="vector" if vector else "map")
        return ops.reshape(self.dense(h), (-1, *self.spec.event)) if vector else self.dense(h)


class Emit:
    """The way from the decoder's last layer to the parameters of p(x|z), and to what a feeding decoder is fed."""

    def __init__(self, likelihood: Any) -> None:
        self.likelihood, self.numbers = likelihood, likelihood.numbers

    def __call__(self, h: Any) -> tuple[dict[str, Any], Any]:
        """Return the parameters from the likelihood's own head, and their mean."""
        params = self.likelihood.head(h)
        return params, self.likelihood.feedback(params)

    def given(self, output: Any) -> tuple[dict[str, Any], Any]:
        """Return the same from a decoder that has its own head."""
        params = self.likelihood.given(output)
        return params, self.likelihood.feedback(params)
