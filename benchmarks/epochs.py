"""Time one training epoch of two models on MNIST: hyotan, hand-written Keras, hand-written PyTorch, and pythae.

All libraries are alive at once and take turns, so that whatever the machine does in the meantime meets them all;
a ratio is formed within each round before the median is taken over the rounds.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

import machine
from pacing import PARAMETERS, BenchmarkError, Job, mnist_path
from report import FULL_ROWS, Report, Series, write
from workers import OURS, Epoch, Worker

PEERS = ("keras", "torch", "pythae")
FULL, QUICK = (FULL_ROWS, 5), (6_000, 2)
REPEATS = 5


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the images and two rounds, to try it out")
    parser.add_argument("--rounds", type=int, help=f"timed epochs per library (default: {FULL[1]}; quick: {QUICK[1]})")
    parser.add_argument("--peers", default=",".join(PEERS), help="libraries beside hyotan (default: %(default)s)")
    parser.add_argument("--models", default=",".join(PARAMETERS), help="models to train (default: %(default)s)")
    parser.add_argument("--only-peers", action="store_true", help="leave hyotan itself out; there are no ratios then")
    parser.add_argument("--allow-busy", action="store_true", help="time even if other programs use the machine")
    parser.add_argument("--out", type=Path, help="write the results to this path with .json and .md as its suffix")
    return parser.parse_args()


def names(text: str, known: tuple[str, ...], option: str) -> list[str]:
    """Return the names in a comma-separated list, all of them known."""
    chosen = [name for name in text.split(",") if name]
    if not chosen or not set(chosen) <= set(known):
        raise BenchmarkError(
            f"{option} names something that is not there",
            f"names among {', '.join(known)}",
            repr(text),
            "correct the list; the names are separated by commas",
        )
    return chosen


def measure(job: Job, libraries: list[str], rounds: int, allow_busy: bool, console: Console) -> list[Series]:
    """Return the times of all libraries for one model."""
    with ExitStack() as stack:
        workers = []
        for library in libraries:
            console.print(f"{job.model} · {library} · starts, and trains an epoch to warm up")
            workers.append(stack.enter_context(closing(Worker(library, job))))
        series = {peer.name: Series(job.model, peer.name, peer.introduction, peer.warm_up) for peer in workers}
        repeats = 0
        while (number := len(series[libraries[0]].epochs)) < rounds:
            if not allow_busy:
                machine.wait_until_quiet()
            console.print(f"{job.model} · round {number + 1} of {rounds}", end="")
            turns = workers if number % 2 == 0 else workers[::-1]  # so that nobody always follows the same one
            epochs = [turn(worker, console) for worker in turns]
            disturbed = max(others for _, others in epochs)
            console.print("")
            if disturbed > machine.QUIET and not allow_busy:
                repeats += 1
                console.print(f"  is repeated: others used {disturbed:.0%} of the machine during an epoch")
                if repeats > REPEATS:
                    raise machine.busy_error(f"{disturbed:.0%} during an epoch, and so in {repeats} rounds")
                continue
            for worker, (epoch, others) in zip(turns, epochs, strict=True):
                series[worker.name].add(epoch, others)
    return list(series.values())


def turn(worker: Worker, console: Console) -> tuple[Epoch, float]:
    """Let a worker train an epoch; return its report, and the share of the machine that others used meanwhile."""
    start, busy = time.perf_counter(), machine.busy_seconds()
    epoch = worker.train_epoch()
    busy, seconds = machine.busy_seconds() - busy, time.perf_counter() - start
    console.print(f" · {worker.name} {epoch['seconds']:.3f} s", end="")
    return epoch, machine.share_of_others(busy, epoch["cpu"], seconds)


def main() -> int:
    """Run the benchmark; the exit status is 1 if a bar was missed, and 2 if nothing could be measured."""
    options, console = arguments(), Console(stderr=True, highlight=False)
    try:
        mnist_path()
        peers = names(options.peers, PEERS, "--peers")
        models = names(options.models, tuple(PARAMETERS), "--models")
        libraries = peers if options.only_peers else [OURS, *peers]
        rows, rounds = QUICK if options.quick else FULL
        rounds = options.rounds or rounds
        began = datetime.now(UTC).isoformat(timespec="seconds")
        series: list[Series] = []
        for model in models:
            job = Job(model, rows, epochs=rounds + REPEATS + 3)  # one warms up, and one is only begun
            series += measure(job, libraries, rounds, options.allow_busy, console)
    except BenchmarkError as error:
        console.print(f"error: {error}", style="bold red", markup=False, soft_wrap=True)
        return 2
    report = Report(began, machine.describe(), rows, rounds, options.allow_busy, series)
    Console(width=max(140, console.width)).print(report.table(), *report.notes(), sep="\n")
    if options.out:
        write(report, options.out)
    return 1 if any(report.verdict(series) == "missed" for series in report.series) else 0


if __name__ == "__main__":
    sys.exit(main())
