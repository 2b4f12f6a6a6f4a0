"""Base classes of likelihoods: the part, its layer, and an output layer that fits any net."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from hyotan.core.ops import flat
from hyotan.core.part import Part
from hyotan.core.spec import Column, Seeds, Spec

SQUARES = (
    "give likelihood=hyotan.likelihoods.Gaussian(sigma=math.sqrt(0.5)), whose −log p is the squared error plus a "
    "constant for each cell; or hyotan.likelihoods.Gaussian(), which learns sigma"
)
CROSS_ENTROPY = "give likelihood='bernoulli', whose −log p is the cross-entropy, summed over the cells of a row"


def _over_cells(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return an elementwise function, computed along one axis: over the short ones of an image XLA is much slower."""

    def over_cells(h: Any) -> Any:
        if len(h.shape) < 3 or None in h.shape[1:]:  # a symbolic series may have any length
            return function(h)
        return ops.reshape(function(flat(h)), (-1, *h.shape[1:]))

    return over_cells


LINKS = {"identity": lambda h: h, "sigmoid": _over_cells(ops.sigmoid), "tanh": _over_cells(ops.tanh)}


class Likelihood(Part, kind="likelihood"):
    """The distribution p(x|z) of each cell; abstract.

    Attributes
    ----------
    support : str
        The values it can score, in words.
    interval : tuple of float or None
        The support, if it is a closed interval; None otherwise.
    """

    foreign_names: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("mse", "meansquarederror"), SQUARES),
        **dict.fromkeys(("bce", "binarycrossentropy"), CROSS_ENTROPY),
    }
    support: ClassVar[str] = "real numbers"
    interval: ClassVar[tuple[float, float] | None] = None

    def build(self, spec: Spec, seeds: Seeds) -> LikelihoodLayer:
        """Return its layer, with new weights."""
        raise NotImplementedError

    def density(self, spec: Spec) -> bool | np.ndarray:
        """Return whether ``log_prob`` is a density over real numbers: one value, or one per cell, of shape ``event``.

        Scaling the data adds a log-Jacobian to a density, but not to a probability of discrete values.
        """
        return True

    def suits(self, column: Column) -> float:
        """Return how well it fits such values; ``likelihood="auto"`` chooses the likelihood with the highest number.

        The default, 0, means that it is never chosen.
        """
        return 0.0

    def scaling(self, column: Column) -> str:
        """Return the scaling that ``scale="auto"`` selects with this likelihood, by default "standard"."""
        return "standard"

    def invalid(self, values: np.ndarray) -> np.ndarray:
        """Return a boolean mask of the ``values`` (NaN for missing) that cannot be scored at all."""
        return np.zeros(values.shape, bool)

    def constant_nll(self, mean: np.ndarray, variance: np.ndarray, share: np.ndarray) -> float | None:
        """Return the mean −log p of a row, in nats, if every row got the same parameters, the best ones.

        A model whose loss is no lower has learnt nothing of what tells rows apart. None, the default, means that it is
        not known, and nothing is said.

        Parameters
        ----------
        mean, variance : ndarray of shape (cells,)
            Of the values of each cell over the training rows, in network units.
        share : ndarray of shape (cells,)
            Share of the rows in which each cell is scored.
        """
        return None

    def normalised(self, values: np.ndarray) -> bool:
        """Whether the log-probabilities of these values belong to a normalised distribution."""
        return True


class LikelihoodLayer(keras.Layer):
    """The layer of a likelihood; abstract.

    Attributes
    ----------
    numbers : int
        How many numbers per cell a decoder with its own output layer must give, stacked on the last axis.
    elementwise_iid : bool
        Whether ``log_prob`` treats all cells alike and its parameters have the shape of the values, so that the cells
        can be reshaped freely.
    """

    elementwise_iid: bool = False

    def __init__(self, spec: Spec, numbers: int = 1) -> None:
        super().__init__(name="likelihood")
        self.spec, self.numbers = spec, numbers
        self.built = True

    def read(self, values: Any, seen: Any) -> Any:
        """Return the encoder's input: the values and, if cells may be missing, an observed flag for each cell."""
        if not self.spec.missing:
            return values
        flags = ops.ones_like(values) if seen is None else ops.cast(seen, values.dtype)
        return ops.concatenate([values, flags], axis=-1)

    def head(self, h: Any) -> dict[str, Any]:
        """Return the parameters of p(x|z) from the last hidden layer of the decoder."""
        raise NotImplementedError

    def given(self, output: Any) -> dict[str, Any]:
        """Return the parameters of p(x|z) from the output of a custom decoder, ``numbers`` values per cell."""
        raise NotImplementedError

    def log_prob(self, params: dict[str, Any], values: Any) -> Any:
        """Return log p(x|z) of each cell in nats, of shape (…, *event)."""
        raise NotImplementedError

    def mean(self, params: dict[str, Any]) -> Any:
        """Return E[x|z] of each cell."""
        raise NotImplementedError

    def point(self, params: dict[str, Any]) -> Any:
        """Return the value of each cell that is used as its reconstruction, by default the mean."""
        return self.mean(params)

    def feedback(self, params: dict[str, Any]) -> Any:
        """Return the values that an autoregressive decoder gets as its next input, by default the mean."""
        return self.mean(params)

    def sample(self, params: dict[str, Any], seed: Any) -> Any:
        """Return one draw from p(x|z)."""
        raise NotImplementedError


class Head(keras.Layer):
    """A linear output layer with one number per cell, for any output of a net.

    A vector (B, k) goes through one dense layer and is reshaped to the event. A feature map (B, *positions, k), which
    already has the event's positions, goes through a dense layer over its last axis.
    """

    def __init__(self, spec: Spec, seeds: Seeds, name: str, zero: bool = False) -> None:
        super().__init__(name=name)
        self.spec = spec
        kernel = "zeros" if zero else seeds.glorot()
        self.kernel = kernel
        self.dense: Any = None  # made at the first call, when the shape of the net's output is known
        self.built = True

    def call(self, h: Any) -> Any:
        """Return one number per cell."""
        vector = len(h.shape) == 2
        if self.dense is None:
            width = self.spec.size if vector else self.spec.event[-1]
            self.dense = keras.layers.Dense(width, kernel_initializer=self.kernel, name="vector" if vector else "map")
        return ops.reshape(self.dense(h), (-1, *self.spec.event)) if vector else self.dense(h)


class Emit:
    """Maps the decoder's output to the parameters of p(x|z) and to the next input of an autoregressive decoder."""

    def __init__(self, likelihood: Any) -> None:
        self.likelihood, self.numbers = likelihood, likelihood.numbers

    def __call__(self, h: Any) -> tuple[dict[str, Any], Any]:
        """Return the parameters from the likelihood's own output layer, and the next input computed from them."""
        params = self.likelihood.head(h)
        return params, self.likelihood.feedback(params)

    def given(self, output: Any) -> tuple[dict[str, Any], Any]:
        """Return the same for a decoder that has its own output layer."""
        params = self.likelihood.given(output)
        return params, self.likelihood.feedback(params)
