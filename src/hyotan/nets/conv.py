"""Convolutional net for images and series: strided convolutions down, transposed convolutions up.

Each level halves the size of the image or series (rounded up), and the decoder crops the extra positions, so any size
works. A code is a vector, or a grid of the smallest level's size. Causal convolutions use only the current and earlier
steps: with a grid code, neither the code nor the output at a position depends on later positions.
"""

from __future__ import annotations

import itertools
import math
import operator
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.core.ops import flat, on_xla_cpu, run
from hyotan.core.spec import Seeds, Spec
from hyotan.nets._base import Emit, Net, NetLayer


class Conv(Net):
    """Convolutional encoder and decoder for images and series.

    Parameters
    ----------
    filters : tuple of int
        Channels of each level, starting at the input; each level halves height and width, or the number of steps.
    kernel : int
        Kernel size, the same on every axis.
    hidden : tuple of int
        Dense layers between the last level and a "vector" code, mirrored in the decoder.
    activation : str
        Activation of every hidden layer.
    dimensions : {1, 2} or None
        1 for series: an array (n, a, b) is read as series. 2 for images. None accepts both.
    causal : bool
        For series: use causal convolutions, which do not look ahead.

    Examples
    --------
    >>> Conv(filters=(16, 32), hidden=(128,))
    Conv(filters=(16, 32), hidden=(128,))
    >>> Conv(dimensions=1, causal=True).reads_series
    True
    """

    layouts: ClassVar[frozenset[str]] = frozenset({"vector", "grid"})
    ranks: ClassVar[frozenset[int]] = frozenset({2, 3})

    def __init__(
        self,
        filters: tuple[int, ...] = (32, 64),
        kernel: int = 3,
        hidden: tuple[int, ...] = (),
        activation: str = "relu",
        dimensions: int | None = None,
        causal: bool = False,
    ) -> None:
        self.filters = filters
        self.kernel = kernel
        self.hidden = hidden
        self.activation = activation
        self.dimensions = dimensions
        self.causal = causal

    @property
    def reads_series(self) -> bool:
        """Whether it reads an array (n, a, b) as series."""
        return self.dimensions == 1 or bool(self.causal)

    @property
    def reads_images(self) -> bool | None:
        """Whether it reads an array (n, a, b) as images; None without ``dimensions``."""
        return True if self.dimensions == 2 else None

    def check_fits(self, spec: Spec, layout: str) -> None:
        """Raise if this net does not support such rows or codes of this layout."""
        super().check_fits(spec, layout)
        given = len(spec.event) - 1
        if self.dimensions not in (None, given) or (self.causal and given == 2):
            wanted = "images (dimensions=2)" if self.dimensions == 2 and not self.causal else "series (dimensions=1)"
            raise ParameterError(
                "The Conv net was not made for such rows",
                expected=wanted,
                received=f"rows of shape {spec.event}",
                do="leave dimensions= and causal= out, or set kind= of the model",
            )

    def build(self, spec: Spec, seeds: Seeds) -> NetLayer:
        filters = self.check_widths("filters")
        if not filters:
            raise self.refusal("filters", "at least one whole number")
        self.check_choice("dimensions", (None, 1, 2))
        self.check_choice("causal", (True, False))
        kernel, hidden = self.check_whole("kernel", low=1), self.check_widths("hidden")
        return ConvLayer(spec, seeds, filters, kernel, hidden, self.check_activation("activation"), bool(self.causal))


class Up1D(keras.layers.Conv1DTranspose):
    """A transposed convolution of stride 2; if ``phased``, computed by :func:`transposed` where that is faster."""

    phased = True

    def call(self, inputs: Any) -> Any:
        """Return twice as many steps."""
        return transposed(self, inputs) if self.phased and on_xla_cpu() else super().call(inputs)


class Up2D(keras.layers.Conv2DTranspose):
    """A transposed convolution of stride 2; if ``phased``, computed by :func:`transposed` where that is faster."""

    phased = True

    def call(self, inputs: Any) -> Any:
        """Return twice as many rows and columns."""
        return transposed(self, inputs) if self.phased and on_xla_cpu() else super().call(inputs)


def transposed(layer: Any, x: Any) -> Any:
    """Compute a transposed convolution of stride 2 as one matrix product.

    Along an axis, outputs 2i and 2i + 1 depend on the few inputs around i only. So all outputs of a position are its
    neighbourhood, written as a row, times one matrix that holds every tap of the kernel where its input meets its
    output, and zeros elsewhere. On a CPU, XLA computes this and its gradients several times as fast.
    """
    axes = len(x.shape) - 2
    first, taps = meetings(layer.kernel_size[0])
    kernel = ops.pad(ops.swapaxes(layer.kernel, -1, -2), [(0, 1)] * axes + [(0, 0)] * 2)  # the tap after the last is 0
    for axis in range(0, 2 * axes, 2):
        kernel = ops.take(kernel, taps, axis=axis)
    inputs, outputs = range(0, 2 * axes, 2), range(1, 2 * axes, 2)
    kernel = ops.transpose(kernel, (*inputs, 2 * axes, *outputs, 2 * axes + 1))
    rows = neighbourhoods(x, first, len(taps))
    sides, filters = x.shape[1:-1], layer.filters
    h = ops.matmul(ops.reshape(rows, (-1, rows.shape[-1])), ops.reshape(kernel, (rows.shape[-1], -1)))
    h = ops.reshape(h, (-1, *sides, *(2,) * axes, filters))
    order = [axis for side in range(1, axes + 1) for axis in (side, side + axes)]
    h = ops.reshape(ops.transpose(h, (0, *order, 2 * axes + 1)), (-1, *(2 * side for side in sides), filters))
    return layer.activation(h + layer.bias)


def neighbourhoods(x: Any, first: int, count: int) -> Any:
    """Return, at every position i, its inputs i + first, …, i + first + count − 1 on all axes in a row; 0 outside."""
    sides = x.shape[1:-1]
    x = ops.pad(x, [(0, 0), *[(-first, first + count - 1)] * len(sides), (0, 0)])
    corners = itertools.product(range(count), repeat=len(sides))
    parts = [x[(slice(None), *map(slice, corner, map(operator.add, corner, sides)))] for corner in corners]
    return ops.concatenate(parts, axis=-1)


def meetings(size: int) -> tuple[int, np.ndarray]:
    """Return the first input that an output of a position reads, and which tap of the kernel input and output meet at.

    Input j stamps the kernel on the outputs from 2j − l on, where l = ⌊max(size − 2, 0) / 2⌋ is what "same" padding
    cuts off in front. So output 2i + p meets input i + d at the tap p − 2d + l, if there is one.

    Returns
    -------
    int
        The smallest d, at most 0.
    array of shape (inputs, 2)
        For each d from there on, and for p = 0 and 1, the tap; ``size`` where there is none.

    Examples
    --------
    >>> first, taps = meetings(3)
    >>> first, taps.tolist()
    (-1, [[2, 3], [0, 1]])
    """
    cut = max(size - 2, 0) // 2
    first, last = min(0, -((size - 1 - cut) // 2)), max(0, (1 + cut) // 2)
    taps = cut + np.arange(2) - 2 * np.arange(first, last + 1)[:, np.newaxis]
    return first, np.where((taps >= 0) & (taps < size), taps, size)


class ConvLayer(NetLayer):
    """Layer of :class:`Conv`."""

    def __init__(
        self,
        spec: Spec,
        seeds: Seeds,
        filters: tuple[int, ...],
        kernel: int,
        hidden: tuple[int, ...],
        activation: str,
        causal: bool,
    ) -> None:
        super().__init__(spec)
        *positions, _ = spec.event
        self.bottom = (*(math.ceil(length / 2 ** len(filters)) for length in positions), filters[-1])
        one = len(positions) == 1
        down = keras.layers.Conv1D if one else keras.layers.Conv2D
        up = Up1D if one else Up2D
        dense = {"activation": activation}
        args = {"strides": 2, "padding": "causal" if causal else "same", **dense}
        self.down = [
            down(f, kernel, kernel_initializer=seeds.glorot(), name=f"down_{i}", **args) for i, f in enumerate(filters)
        ]
        self.narrow = [
            keras.layers.Dense(w, kernel_initializer=seeds.glorot(), name=f"narrow_{i}", **dense)
            for i, w in enumerate(hidden if spec.layout == "vector" else ())
        ]
        # Only a vector code has to be mapped back to the smallest level.
        widths = (*hidden[::-1], math.prod(self.bottom)) if spec.layout == "vector" else ()
        self.widen = [
            keras.layers.Dense(w, kernel_initializer=seeds.glorot(), name=f"widen_{i}", **dense)
            for i, w in enumerate(widths)
        ]
        self.up: list[Any] = []
        for i, f in enumerate(filters[::-1]):
            kernels = {"kernel_initializer": seeds.glorot(), "name": f"up_{i}"}
            if causal:  # a transposed convolution would look ahead
                self.up += [
                    keras.layers.UpSampling1D(2, name=f"repeat_{i}"),
                    down(f, kernel, padding="causal", **kernels, **dense),
                ]
            else:
                self.up.append(up(f, kernel, **kernels, **args))

    def encode(self, features: Any, batch: Batch, ctx: Context) -> Any:
        """Return the smallest level: (B, …, c) for a "grid" code; flat, after the dense layers, for a "vector" code."""
        h = run(self.down, features)
        return h if self.spec.layout == "grid" else run(self.narrow, flat(h))

    def decode(self, z: Any, ctx: Context, emit: Emit, teacher: Batch | None = None) -> dict[str, Any]:
        """Return the parameters of p(x|z)."""
        h = z if len(z.shape) == len(self.bottom) + 1 else ops.reshape(run(self.widen, z), (-1, *self.bottom))
        h = run(self.up, h)
        # Crop the positions that rounding up has added.
        return emit(h[tuple(slice(length) for length in (None, *self.spec.event[:-1]))])[0]
