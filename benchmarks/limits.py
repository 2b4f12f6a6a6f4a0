"""The machine's own limits, measured by a worker that takes its turn among those that train.

A float32 product of two large matrices, the model's own largest product as an epoch repeats it, and a copy of more
memory than any cache holds; by whatever library this environment has for it, and the best of a few repetitions.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np

from pacing import Job, Pacer

SIDE = 2048  # of the large matrices
BATCHES = 64  # of the model's own product, in one go
COPIED = 2**28  # bytes
REPETITIONS = 3


def best(work: Callable[[], Any], amount: float) -> float:
    """Return the largest amount per second of a few repetitions, in units of 10⁹."""
    work()  # warms up
    seconds = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return amount / min(seconds) / 1e9


class Measured:
    """The same three pieces of work in one library.

    Parameters
    ----------
    name : str
        The library.
    large, own, copy : callable
        Multiply two large matrices; multiply all batches by a weight; read memory and write as much.
    """

    def __init__(self, name: str, large: Callable[[], Any], own: Callable[[], Any], copy: Callable[[], Any]) -> None:
        self.name, self.large, self.own, self.copy = name, large, own, copy

    def measure(self, own: tuple[int, int, int]) -> dict[str, float]:
        """Return GFLOP/s of the two products and GB/s of the copy."""
        rows, inputs, outputs = own
        return {
            f"product · {self.name}": best(self.large, 2 * SIDE**3),
            f"own product · {self.name}": best(self.own, 2 * BATCHES * rows * inputs * outputs),
            f"copy · {self.name}": best(self.copy, 2 * COPIED),
        }


def by_numpy(a: Any, batches: Any, weight: Any, memory: Any) -> Measured:
    """Measure NumPy and the BLAS it comes with."""
    out, other = np.empty((len(batches[0]), weight.shape[1]), np.float32), np.empty_like(memory)

    def own() -> None:
        for batch in batches:
            np.matmul(batch, weight, out=out)

    return Measured("numpy", lambda: a @ a, own, lambda: np.copyto(other, memory))


def by_jax(*arrays: Any) -> Measured:
    """Measure XLA."""
    import jax
    import jax.numpy as jnp

    a, batches, weight, memory = map(jnp.asarray, arrays)
    large = jax.jit(lambda a: a @ a)
    # As training repeats it: one batch after another inside a compiled program.
    own = jax.jit(lambda batches, weight: jax.lax.map(lambda batch: batch @ weight, batches))
    copy = jax.jit(lambda memory: -memory)  # what only copies would be left out of the program
    return Measured(
        "jax",
        lambda: large(a).block_until_ready(),
        lambda: own(batches, weight).block_until_ready(),
        lambda: copy(memory).block_until_ready(),
    )


def by_torch(*arrays: Any) -> Measured:
    """Measure PyTorch."""
    import torch

    a, batches, weight, memory = map(torch.from_numpy, arrays)
    out, other = torch.empty(len(batches[0]), weight.shape[1]), torch.empty_like(memory)

    def own() -> None:
        for batch in batches:
            torch.mm(batch, weight, out=out)

    return Measured("torch", lambda: a @ a, own, lambda: other.copy_(memory))


def main() -> None:
    """Measure whenever the controller says so."""
    job = Job.from_arguments()
    rows, inputs, outputs = job.workload.shape
    random = np.random.default_rng(0)
    arrays = [
        random.random(shape, dtype=np.float32)
        for shape in ((SIDE, SIDE), (BATCHES, rows, inputs), (inputs, outputs), (COPIED // 4,))
    ]
    has_torch = find_spec("torch") is not None
    measured = [by_torch(*arrays)] if has_torch else [by_numpy(*arrays), by_jax(*arrays)]
    pacer = Pacer(job, *(library.name for library in measured))
    pacer.introduce(None)
    while True:
        pacer.begin()
        found: dict[str, float] = {}
        for library in measured:
            found |= library.measure(job.workload.shape)
        pacer.end(None, **found)


if __name__ == "__main__":
    main()
