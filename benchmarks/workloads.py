"""The four models that every library trains: their data, their sizes and their arithmetic."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

PIXELS = 784
SIDE = 28  # an image as a series: so many rows of so many pixels
STEPS, UNITS = 100, 10  # the windows of the LSTM autoencoder, and its state
LEARNING_RATE = 1e-3
SHARE = 0.01  # λ of the loss (1 − λ) · BCE + λ · KL, with BCE a mean per pixel
BETA = PIXELS * SHARE / (1 - SHARE)
"""The same weight of the KL, 7.92, where the cross entropy is a sum over the pixels."""


class BenchmarkError(RuntimeError):
    """The benchmark cannot run, or its numbers would mean nothing.

    Parameters
    ----------
    what, expected, received, do : str
        What is wrong, what would have been right, what came instead, and what the reader can do about it.
    """

    def __init__(self, what: str, expected: str, received: str, do: str) -> None:
        super().__init__(f"{what} · expected: {expected} · received: {received} · what to do: {do}")
        self.received = received


@dataclass(frozen=True)
class Product:
    """The matrix product of a layer: so many numbers in, so many out, so many times a row.

    Parameters
    ----------
    inputs, outputs : int
        A recurrent layer has two: of its input and of its state, each with all its gates as outputs.
    times : int
        Steps of a series.
    of_data : bool
        Whether the input is data, for which no gradient is computed.
    """

    inputs: int
    outputs: int
    times: int = 1
    of_data: bool = False

    @property
    def operations(self) -> int:
        """Floating-point operations for one row: forward, weight gradient, and the input's gradient if it has one.

        Each of the three is a product with inputs · outputs multiplications and as many additions.
        """
        return (2 if self.of_data else 3) * 2 * self.inputs * self.outputs * self.times


@dataclass(frozen=True)
class Workload:
    """A model, its data and its optimiser.

    Parameters
    ----------
    title : str
        What a table calls it.
    rows, cells : int
        Rows in an epoch, and numbers in a row.
    batch_size, code : int
        Rows in a batch, and numbers in a code.
    parameters : int
        Trained parameters.
    moments : int
        Running averages that the optimiser keeps for each of them: Adam two, RMSprop one.
    products : tuple of Product
        All matrix products, as the model is written down.
    shape : tuple of int
        The one with the most arithmetic, as (rows, inputs, outputs).
    """

    title: str
    rows: int
    cells: int
    batch_size: int
    code: int
    parameters: int
    moments: int
    products: tuple[Product, ...]
    shape: tuple[int, int, int]

    def operations(self, rows: int) -> int:
        """Return the floating-point operations of an epoch's matrix products; nothing else is counted."""
        return rows * sum(product.operations for product in self.products)

    def traffic(self, rows: int) -> int:
        """Return the bytes that an epoch has to move at least.

        Every row is read once, and in every step each weight and each of its moments is read and written.
        """
        steps = -(-rows // self.batch_size)
        return 4 * (rows * self.cells + steps * 2 * self.parameters * (1 + self.moments))


WORKLOADS = {
    "ae": Workload(
        title="AE 784-32-784",
        rows=60_000,
        cells=PIXELS,
        batch_size=256,
        code=32,
        parameters=784 * 32 + 32 + 32 * 784 + 784,
        moments=2,
        products=(Product(784, 32, of_data=True), Product(32, 784)),
        shape=(256, 784, 32),
    ),
    "vae": Workload(
        title="VAE 784-256-2",
        rows=60_000,
        cells=PIXELS,
        batch_size=64,
        code=2,
        parameters=404_244,
        moments=2,
        products=(
            Product(784, 256, of_data=True),
            Product(256, 2),
            Product(256, 2),
            Product(2, 256),
            Product(256, 784),
        ),
        shape=(64, 256, 784),
    ),
    "gru": Workload(
        title="GRU VAE 28 × 28, 40 units",
        rows=54_000,
        cells=PIXELS,
        batch_size=128,
        code=3,
        parameters=15_194,
        moments=2,
        products=(
            Product(28, 3 * 40, SIDE, of_data=True),
            Product(40, 3 * 40, SIDE),
            Product(40, 3),
            Product(40, 3),
            Product(3, 3 * 40, SIDE),  # the code is the same at every step
            Product(40, 3 * 40, SIDE),
            Product(40, 28, SIDE),
        ),
        shape=(128, 40, 120),
    ),
    "lstm": Workload(
        title="LSTM AE 100 × 1, 10 units",
        rows=17_802,
        cells=STEPS,
        batch_size=500,
        code=UNITS,
        parameters=1_481,
        moments=1,
        products=(
            Product(1, 4 * UNITS, STEPS, of_data=True),
            Product(UNITS, 4 * UNITS, STEPS),
            Product(UNITS, 4 * UNITS, STEPS),  # the code, the same at every step
            Product(1, 4 * UNITS, STEPS, of_data=True),  # the reversed input beside it
            Product(UNITS, 4 * UNITS, STEPS),
            Product(UNITS, 10, STEPS),
            Product(10, 1, STEPS),
        ),
        shape=(500, UNITS, 4 * UNITS),
    ),
}


def data(model: str, rows: int) -> np.ndarray:
    """Return what a model is trained on, in float32.

    Images are rows of 784 numbers between 0 and 1, or series (28, 28) of them; windows are (100, 1) and between -1
    and 1. Fewer rows than there are of the windows are evenly spaced, for the two kinds of them lie one after another.
    """
    import numpy as np  # not at the top: the controller imports this module too, and stays small

    if model == "lstm":
        windows = sines()
        return np.ascontiguousarray(windows[:: max(1, len(windows) // rows)][:rows])
    with np.load(mnist_path()) as file:
        images: np.ndarray = file["x_train"][:rows]
    images = images.astype("float32") / np.float32(255)
    return images if model == "gru" else images.reshape(-1, PIXELS)


def sines() -> np.ndarray:
    """Return the training windows (17802, 100, 1) of two noisy sines, those of ``hyotan.data.load("sines")``."""
    import numpy as np

    random = np.random.default_rng(0)
    windows: list[np.ndarray] = []
    for period in (20, 80):
        t = np.arange(200 * period + 1)
        x = np.sin(2 * np.pi * t / period + random.uniform(-1, 1, len(t)) * 0.05).astype(np.float32)
        x = x[: round(0.9 * len(x))]
        windows.append(np.lib.stride_tricks.sliding_window_view(x, STEPS)[:-1, :, np.newaxis])
    return np.concatenate(windows)


def mnist_path() -> str:
    """Return where MNIST lies, or say how to put it there."""
    folder = os.environ.get("HYOTAN_DATA", "")
    path = os.path.join(folder, "mnist.npz")
    if not folder or not os.path.isfile(path):
        raise BenchmarkError(
            "MNIST is not there",
            "a file mnist.npz with the array x_train, in the folder that HYOTAN_DATA names",
            f"HYOTAN_DATA={folder!r}",
            "put mnist.npz (the one keras.datasets.mnist downloads) into a folder and set HYOTAN_DATA to it",
        )
    return path
