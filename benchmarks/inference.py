"""How near the machine's own limits a fitted model answers: python benchmarks/inference.py [--quick].

A VAE 784-256-2 is asked about a million rows of 784 cells, a float32 array of 3 GB: seconds, rows, arithmetic and
memory traffic a second, beside the machine's limits measured in the same run (limits.py), and the memory that was taken
beside the rows and what is given back. Exit status 1 if a bar is missed.

What binds is whichever of the two limits would take longer; the share is that time over the time it took. Only the
products of matrices are counted as arithmetic: what an exponential costs is not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import hyotan as hy
from limits import COPIED, SIDE, Measured, best, by_jax

CELLS, HIDDEN, CODE, DRAWS = 784, 256, 2, 16
ENCODER, DECODER = 2 * (CELLS * HIDDEN + HIDDEN * CODE), 2 * (CODE * HIDDEN + HIDDEN * CELLS)
ROWS, QUICK = 1_000_000, 50_000
BAR = 0.7  # of what binds
MEMORY = 256  # MiB beside rows and answer, whatever their number


@dataclass
class Limits:
    """What the machine does at best, in all rounds so far: GFLOP/s of a product of matrices, GB/s of a copy."""

    measured: Measured
    product: float = 0.0
    memory: float = 0.0

    @classmethod
    def by_jax(cls) -> Limits:
        """Return the limits as JAX reaches them."""
        random = np.random.default_rng(0)
        shapes = (SIDE, SIDE), (1, 128, CELLS), (CELLS, HIDDEN), (COPIED // 4,)
        return cls(by_jax(*(random.random(shape, dtype=np.float32) for shape in shapes)))

    def measure(self) -> None:
        """Measure both again."""
        self.product = max(self.product, best(self.measured.large, 2 * SIDE**3))
        self.memory = max(self.memory, best(self.measured.copy, 2 * COPIED))


@dataclass
class Query:
    """One question, and what it costs.

    Parameters
    ----------
    name : str
    ask : callable
        Of rows.
    share : float
        Of the rows it is asked about.
    flops : int
        Additions and multiplications in products of matrices, a row.
    given : int
        Bytes a row that are given back.
    bar : float or None
        Least share of what binds.
    """

    name: str
    ask: Callable[[np.ndarray], Any]
    share: float
    flops: int
    given: int
    bar: float | None = None
    seconds: float = float("inf")
    mib: float = 0.0

    def run(self, X: np.ndarray) -> None:
        """Ask, and keep the best time and the largest memory."""
        rows = X[: round(len(X) * self.share)]
        forget_peak()
        before = memory("VmRSS")
        began = time.perf_counter()
        answer = self.ask(rows)
        self.seconds = min(self.seconds, time.perf_counter() - began)
        self.mib = max(self.mib, memory("VmHWM") - before - len(rows) * self.given / 2**20)
        del answer

    def line(self, rows: int, found: Limits) -> tuple[str, bool]:
        """Return the line of the table, and whether the bars are met."""
        n = round(rows * self.share)
        flops, moved = n * self.flops / 1e9, n * (4 * CELLS + self.given) / 1e9
        ideal = {"product": flops / found.product, "memory": moved / found.memory}
        binds = max(ideal, key=lambda name: ideal[name])
        share = ideal[binds] / self.seconds
        met = (self.bar is None or share >= self.bar) and self.mib <= MEMORY
        bar = "–" if self.bar is None else f"≥ {self.bar:.0%}"
        return (
            f"| {self.name} | {n:,} | {self.seconds:.2f} | {n / self.seconds:,.0f} | {flops / self.seconds:.0f} | "
            f"{moved / self.seconds:.1f} | {binds} | {share:.0%} | {bar} | "
            f"{max(self.mib, 0):.0f} | {'met' if met else '**missed**'} |"
        ), met


def memory(name: str) -> float:
    """Return the MiB this process holds (VmRSS), or held at most (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def forget_peak() -> None:
    """Let the kernel measure the largest memory anew."""
    Path("/proc/self/clear_refs").write_text("5")


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK:,} rows, one round: does everything work here?")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    n, rounds = (QUICK, 1) if args.quick else (ROWS, args.rounds)
    X = np.empty((n, CELLS), np.float32)
    generator = np.random.default_rng(0)
    for start in range(0, n, 10_000):
        generator.random(out=X[start : start + 10_000], dtype=np.float32)
    settings: dict[str, Any] = {"net": hy.nets.Dense((HIDDEN,)), "epochs": 1, "random_state": 0, "verbose": 0}
    as_is = hy.VAE(CODE, likelihood="bernoulli", **settings).fit(X[:1000])
    scaled = hy.VAE(CODE, **settings).fit(X[:1000])
    questions = [
        Query("transform", as_is.transform, 1, ENCODER, 4 * CODE, BAR),
        Query("transform, cells standardised", scaled.transform, 1, ENCODER, 4 * CODE),
        Query("reconstruct", as_is.reconstruct, 1, ENCODER + DECODER, 4 * CELLS),
        Query("score_samples, 16 draws", as_is.score_samples, 0.1, ENCODER + DRAWS * DECODER, 8),
    ]
    for question in questions:
        question.ask(X[:30_000])  # compiled
    found = Limits.by_jax()
    for _ in range(rounds):  # in turn, so that all meet the same conditions
        found.measure()
        for question in questions:
            question.run(X)
    print(
        f"limits: {found.product:,.0f} GFLOP/s (product of matrices), {found.memory:.1f} GB/s (copy, read and written)"
    )
    print(
        f"VAE {CELLS}-{HIDDEN}-{CODE}, float32, best of {rounds}; memory beside rows and answer at most {MEMORY} MiB\n"
    )
    print("| what | rows | s | rows/s | GFLOP/s | GB/s | binds | share of it | bar | MiB beside | |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    lines = [question.line(n, found) for question in questions]
    print("\n".join(text for text, _ in lines))
    return 0 if all(met for _, met in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
