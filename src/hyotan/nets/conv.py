"""Convolutional net for images: strided convolutions down, transposed convolutions up.

Every level halves the image (rounding up) and the decoder crops what rounding added, so any size works. A code is a
vector, or a grid of the smallest level's size.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import keras
from keras import ops

from hyotan._layers import flat, glorot, run
from hyotan._parts import Seeds, Spec
from hyotan.batch import Batch
from hyotan.nets._base import Emit, Net, NetLayer


class Conv(Net):
    """Convolutional encoder and decoder for images.

    Parameters
    ----------
    filters : tuple of int
        Channels of each level, from the image down; each level halves height and width.
    kernel : int
        Side of the kernels.
    hidden : tuple of int
        Dense layers between the last level and a "vector" code, mirrored in the decoder.
    activation : str
        Activation of every hidden layer.

    Examples
    --------
    >>> Conv(filters=(16, 32), hidden=(128,))
    Conv(filters=(16, 32), hidden=(128,))
    """

    layouts: ClassVar[frozenset[str]] = frozenset({"vector", "grid"})
    ranks: ClassVar[frozenset[int]] = frozenset({3})

    def __init__(
        self,
        filters: tuple[int, ...] = (32, 64),
        kernel: int = 3,
        hidden: tuple[int, ...] = (),
        activation: str = "relu",
    ) -> None:
        self.filters = filters
        self.kernel = kernel
        self.hidden = hidden
        self.activation = activation

    def build(self, spec: Spec, seeds: Seeds) -> NetLayer:
        """Return the built twin."""
        filters = self.check_widths("filters")
        if not filters:
            raise self.refusal("filters", "at least one whole number")
        kernel = self.check_whole("kernel", low=1)
        return ConvLayer(spec, seeds, filters, kernel, self.check_widths("hidden"), self.check_activation("activation"))


class ConvLayer(NetLayer):
    """Twin of :class:`Conv`."""

    def __init__(
        self,
        spec: Spec,
        seeds: Seeds,
        filters: tuple[int, ...],
        kernel: int,
        hidden: tuple[int, ...],
        activation: str,
    ) -> None:
        super().__init__(spec)
        height, width, _ = spec.event
        shrink = 2 ** len(filters)
        self.bottom = (math.ceil(height / shrink), math.ceil(width / shrink), filters[-1])
        args = {"padding": "same", "strides": 2, "activation": activation}
        dense = {"activation": activation}
        self.down = [
            keras.layers.Conv2D(f, kernel, kernel_initializer=glorot(seeds), name=f"down_{i}", **args)
            for i, f in enumerate(filters)
        ]
        self.narrow = [
            keras.layers.Dense(w, kernel_initializer=glorot(seeds), name=f"narrow_{i}", **dense)
            for i, w in enumerate(hidden if spec.layout == "vector" else ())
        ]
        # Only a vector code needs the way back to the smallest level.
        widths = (*hidden[::-1], math.prod(self.bottom)) if spec.layout == "vector" else ()
        self.widen = [
            keras.layers.Dense(w, kernel_initializer=glorot(seeds), name=f"widen_{i}", **dense)
            for i, w in enumerate(widths)
        ]
        self.up = [
            keras.layers.Conv2DTranspose(f, kernel, kernel_initializer=glorot(seeds), name=f"up_{i}", **args)
            for i, f in enumerate(filters[::-1])
        ]

    def encode(self, features: Any, seen: Any, condition: Any, layout: str) -> Any:
        """Return the smallest level, (B, h, w, c) for a "grid" code, flattened and narrowed for a "vector" one."""
        h = run(self.down, features)
        return h if layout == "grid" else run(self.narrow, flat(h))

    def decode(self, z: Any, condition: Any, emit: Emit, teacher: Batch | None = None) -> dict[str, Any]:
        """Return the parameters of p(x|z)."""
        h = z if len(z.shape) == 4 else ops.reshape(run(self.widen, z), (-1, *self.bottom))
        h = run(self.up, h)
        height, width, _ = self.spec.event
        return emit(h[:, :height, :width, :])[0]
