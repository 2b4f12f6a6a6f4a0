"""Whether hyotan's two training loops give the same results: python benchmarks/loops.py.

The compiled loop takes many steps in one program; the step loop is Keras's own, which a callback that wants to see
every step brings about. From the same seed both have to give the same losses up to the rounding of float32. The two
take turns, and what an epoch takes in each stands beside it. Exit status 1 if a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import numpy as np

from models import model_of  # it chooses Keras's backend, so it comes before Keras

import keras  # isort: skip

import machine
from pacing import Job
from workloads import WORKLOADS

BAR = 1e-4  # the largest relative difference of a loss


class EveryStep(keras.callbacks.Callback):
    """Wants to see every step, and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Count."""
        self.steps += 1


class NoStep(keras.callbacks.Callback):
    """Does not care for steps, and looks whether Keras's own one is run."""

    def __init__(self) -> None:
        super().__init__()
        self.compiled = False

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Look at what Keras's loop will call."""
        self.compiled = self.model.train_function.__module__.startswith("hyotan.")


def fitted(name: str, x: np.ndarray, epochs: int, callback: Any) -> dict[str, list[Any]]:
    """Return the history of a fit."""
    history: dict[str, list[Any]] = model_of(name, epochs=epochs, callbacks=[callback]).fit(x).history_
    return history


def compare(name: str, rows: int, epochs: int, rounds: int) -> tuple[float, float, float]:
    """Return the largest relative difference of the losses, and the best seconds an epoch of either loop."""
    x = Job(name, rows, epochs).data()
    steps = epochs * -(-len(x) // WORKLOADS[name].batch_size)
    difference, compiled, stepwise = 0.0, np.inf, np.inf
    for _ in range(rounds):
        no, every = NoStep(), EveryStep()
        quick, slow = fitted(name, x, epochs, no), fitted(name, x, epochs, every)
        if not no.compiled:
            raise SystemExit(f"{name}: the compiled loop was not taken")
        if every.steps != steps:
            raise SystemExit(f"{name}: {every.steps} steps were seen, not {steps}; that was not the step loop")
        losses = np.asarray(quick["loss"]), np.asarray(slow["loss"])
        difference = max(difference, float(np.max(np.abs(losses[0] / losses[1] - 1))))
        compiled, stepwise = min(compiled, *quick["seconds"][1:]), min(stepwise, *slow["seconds"][1:])
    return difference, compiled, stepwise


def main() -> int:
    """Compare the loops on every workload."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=4_100, help="rows of each workload (default: %(default)s)")
    parser.add_argument("--epochs", type=int, default=3, help="epochs to compare (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=2, help="fits of either loop (default: %(default)s)")
    parser.add_argument("--models", default=",".join(WORKLOADS), help="workloads (default: %(default)s)")
    args = parser.parse_args()
    print(f"{machine.describe()['processors']} × {machine.describe()['processor']}; {args.rows:,} rows\n")
    print("| workload | largest difference of the losses | bar | | compiled s/epoch | step loop s/epoch | ratio |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    missed = False
    for name in args.models.split(","):
        difference, compiled, stepwise = compare(name, args.rows, args.epochs, args.rounds)
        met = difference <= BAR
        missed = missed or not met
        print(
            f"| {WORKLOADS[name].title} | {difference:.1e} | ≤ {BAR:.0e} | {'met' if met else '**missed**'} "
            f"| {compiled:.3f} | {stepwise:.3f} | {stepwise / compiled:.2f} |",
            flush=True,
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
