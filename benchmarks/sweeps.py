"""Time 16 models trained as a sweep against the same 16 one after another; on a GPU, the compiled loop too.

Warm: an epoch of all models, compiling left out on both sides. Cold: everything, from the first row read to the last
score. Both sides take turns, and the ratio is that of the medians. The bars: on a processor never slower; on a GPU 8
times as fast, and the compiled loop 5 times as fast as Keras's step loop.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

import machine
from pacing import BenchmarkError

MODELS = 16
BARS = {"cpu": 1.0, "gpu": 8.0}
LOOP_BAR = 5.0  # of the compiled loop, on a GPU


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rows, epochs and rounds, to try it out")
    parser.add_argument("--workloads", default="mnist,table", help="what to train (default: %(default)s)")
    parser.add_argument(
        "--width", type=int, help="models side by side, instead of one on a processor and all on an accelerator"
    )
    parser.add_argument("--allow-busy", action="store_true", help="time even if other programs use the machine")
    return parser.parse_args()


def workload(name: str, quick: bool) -> tuple[Any, np.ndarray]:
    """Return a model and its rows."""
    import hyotan as hy

    if name == "mnist":
        X = hy.data.load("mnist").X.reshape(-1, 784)[: 6_000 if quick else None]
        net, epochs, more = hy.nets.Dense((256,)), 4 if quick else 5, {"likelihood": "bernoulli"}
    elif name == "table":
        X = np.random.default_rng(0).normal(size=(2_000, 13)).astype(np.float32)
        X[:, 1:] += X[:, :1]
        net, epochs, more = hy.nets.Dense((32,)), 40 if quick else 150, {}
    else:
        raise BenchmarkError("There is no such workload", "mnist, table", name, "correct the list")
    return hy.VAE(2, net=net, epochs=epochs, batch_size=64, verbose=0, **more), X


def apart(model: Any, X: np.ndarray) -> tuple[float, float]:
    """Train 16 models by themselves; return the seconds of an epoch of all, and of everything."""
    from sklearn.base import clone

    began, epochs = time.perf_counter(), []
    for seed in range(MODELS):
        fitted = clone(model).set_params(random_state=seed).fit(X)
        epochs.append(statistics.median(fitted.history_["seconds"][1:]))
        fitted.score(X[:10_000])
    return sum(epochs), time.perf_counter() - began


def sweep(model: Any, X: np.ndarray) -> tuple[float, float, str]:
    """Train them as a sweep; return the same, and what the sweep says of how it did that."""
    import hyotan as hy

    began = time.perf_counter()
    found = hy.Sweep(model, seeds=range(MODELS)).fit(X)
    seconds = time.perf_counter() - began
    last = [statistics.median(each.history_["seconds"][model.epochs // 2 :]) for each in found.models_]
    return sum(last), seconds, found.together_


def loops(quick: bool) -> tuple[float, float]:
    """Return the seconds of an epoch of the dense VAE in the compiled loop, and in Keras's step loop."""
    import keras

    class EveryStep(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            """Look at every step, which is what keeps training in the step loop."""

    model, X = workload("mnist", quick)
    model.set_params(epochs=4, random_state=0)
    both = []
    for callbacks in ([], [EveryStep()]):
        fitted = model.set_params(callbacks=callbacks).fit(X)
        both.append(statistics.median(fitted.history_["seconds"][1:]))
    return both[0], both[1]


def main() -> int:
    """Run the benchmark; the exit status is 1 if a bar was missed, and 2 if nothing could be measured."""
    options, console = arguments(), Console(stderr=True, highlight=False)
    os.environ.setdefault("KERAS_BACKEND", "jax")
    sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
    try:
        import jax

        from hyotan.training import parallel

        parallel.WIDTH = options.width
        backend = jax.default_backend()
        bar, missed = BARS.get(backend, 1.0), False
        table = Table("Workload", "", "apart, s", "sweep, s", "sweep is … times as fast", "Bar", title=backend)
        words = []
        for name in options.workloads.split(","):
            model, X = workload(name, options.quick)
            alone, together, told = [], [], ""
            for turn in range(1 if options.quick else 3):
                if not options.allow_busy:
                    machine.wait_until_quiet()
                for side in (0, 1) if turn % 2 == 0 else (1, 0):
                    console.print(f"{name} · round {turn + 1} · {'sweep' if side else 'apart'}")
                    if side:
                        *seconds, told = sweep(model, X)
                        together.append(seconds)
                    else:
                        alone.append(apart(model, X))
            for at, what in enumerate(("warm: an epoch of all", "cold: everything")):
                a, b = (statistics.median(found[at] for found in side) for side in (alone, together))
                bad = a / b < bar
                missed |= bad
                table.add_row(
                    name, what, f"{a:.3g}", f"{b:.3g}", f"{a / b:.2f}", f"{bar:g} {'missed' if bad else 'met'}"
                )
            words.append(f"{name}: {told}")
        if backend == "gpu":
            compiled, steps = loops(options.quick)
            bad = steps / compiled < LOOP_BAR
            missed |= bad
            ratio = f"{steps / compiled:.2f}"
            table.add_row("mnist", "compiled loop, an epoch", f"{steps:.3g} (step loop)", f"{compiled:.3g}", ratio,
                          f"{LOOP_BAR:g} {'missed' if bad else 'met'}")  # fmt: skip
        else:
            words.append(f"the compiled loop on a GPU: not measured, this machine computes on its {backend}")
    except BenchmarkError as error:
        console.print(f"error: {error}", style="bold red", markup=False, soft_wrap=True)
        return 2
    Console(width=max(140, console.width)).print(table, *words, sep="\n")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
