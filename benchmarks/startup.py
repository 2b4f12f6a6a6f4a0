"""How long the first step takes in a first process, and in a second one: python benchmarks/startup.py [--quick].

The four models of models.py, each in processes of its own that come in turns: a first one with an empty cache of
compiled programs, a second one that finds what the first one left. Measured is ``fit`` of one batch of rows for one
epoch, from its call to its return; the imports are done by then. Exit status 1 if a median of the ratios, second to
first of the same round, is above the bar.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from workloads import WORKLOADS

BAR = 0.55


def work(name: str) -> None:
    """Fit one batch, and print the seconds it took and what was compiled."""
    import numpy as np
    from jax import monitoring

    from models import model_of

    events = dict.fromkeys(("cache_hits", "cache_misses"), 0)

    def count(event: str, **_: str | int) -> None:
        if event.rpartition("/")[2] in events:
            events[event.rpartition("/")[2]] += 1

    monitoring.register_event_listener(count)
    shape = {"ae": (28, 28), "vae": (28, 28), "gru": (28, 28), "lstm": (100, 1)}[name]
    rows = np.random.default_rng(0).uniform(size=(WORKLOADS[name].batch_size, *shape)).astype(np.float32)
    model = model_of(name, epochs=1)
    began = time.perf_counter()
    model.fit(rows)
    print(json.dumps({"seconds": time.perf_counter() - began, **events}))


def timed(name: str, cache: str) -> dict[str, float]:
    """Run one process with a folder for compiled programs."""
    environment = {**os.environ, "HYOTAN_CACHE": cache, "KERAS_BACKEND": "jax"}
    environment.pop("JAX_COMPILATION_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, __file__, "--work", name], env=environment, capture_output=True, text=True, check=True
    )
    if done.stderr:
        print(done.stderr, file=sys.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round: does everything work here?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", choices=sorted(WORKLOADS), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.work:
        work(args.work)
        return 0
    rounds, found = 1 if args.quick else args.rounds, {name: list[tuple[float, float]]() for name in WORKLOADS}
    told: dict[str, dict[str, float]] = {}
    for _ in range(rounds):
        for name in WORKLOADS:
            with tempfile.TemporaryDirectory() as cache:
                first, second = timed(name, cache), timed(name, cache)
                held = sum(file.stat().st_size for file in Path(cache).rglob("*") if file.is_file()) / 2**20
            found[name].append((first["seconds"], second["seconds"]))
            told[name] = {"first": first["cache_misses"], "second": second["cache_misses"], "MiB": held}
    print(f"seconds from fit to the end of its first step, medians of {rounds}; bar: second ≤ {BAR:.0%} of first\n")
    print("| model | first process | second process | ratio | programs compiled: first, second | kept, MiB | |")
    print("|---|---|---|---|---|---|---|")
    missed = False
    for name, pairs in found.items():
        first, second = (statistics.median(pair[i] for pair in pairs) for i in range(2))
        ratio = statistics.median(after / before for before, after in pairs)
        missed = missed or ratio > BAR
        counts = f"{told[name]['first']:.0f}, {told[name]['second']:.0f}"
        verdict = "met" if ratio <= BAR else "**missed**"
        line = f"| {name} | {first:.2f} | {second:.2f} | {ratio:.0%} | {counts} | {told[name]['MiB']:.1f} | {verdict} |"
        print(line, flush=True)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
