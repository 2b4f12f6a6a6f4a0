"""Time one training epoch of four models: hyotan, Keras and PyTorch by hand, and other libraries that have them.

All libraries are alive at once and take turns, so that whatever the machine does in the meantime meets them all;
a ratio is formed within each round before the median is taken over the rounds. So it is with the machine's own limits.
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
from pacing import Job
from report import Failure, Report, Series, write
from workers import LIBRARIES, LIMITS, OURS, Epoch, Worker
from workloads import WORKLOADS, BenchmarkError, mnist_path

PEERS = tuple(name for name in LIBRARIES if name != OURS)
USUAL = ("keras", "torch", "torch-compile", "torch-fused")
ROUNDS, QUICK_ROUNDS = 5, 2
SHARE = 10  # a quick run has so many times fewer rows
REPEATS = 5


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows and two rounds, to try it out")
    parser.add_argument(
        "--rounds", type=int, help=f"timed epochs per library (default: {ROUNDS}; quick: {QUICK_ROUNDS})"
    )
    parser.add_argument(
        "--peers",
        default=",".join(USUAL),
        help=f"libraries beside hyotan, among {', '.join(PEERS)}; or 'all' (default: %(default)s)",
    )
    parser.add_argument("--models", default=",".join(WORKLOADS), help="models to train (default: %(default)s)")
    parser.add_argument("--only-peers", action="store_true", help="leave hyotan itself out; there are no ratios then")
    parser.add_argument("--no-limits", action="store_true", help="do not measure the machine's own limits")
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


class Rounds:
    """All that take turns with one model.

    Parameters
    ----------
    job : Job
        The model, and how much of its data.
    allow_busy : bool
        Whether to time regardless of what else the machine is doing.
    console : Console
        Is told what is done.
    """

    def __init__(self, job: Job, allow_busy: bool, console: Console) -> None:
        self.job, self.allow_busy, self.console = job, allow_busy, console
        self.workers: list[Worker] = []
        self.series: dict[str, Series] = {}
        self.failures: list[Failure] = []

    def measure(self, names: list[str], rounds: int) -> None:
        """Start everybody, and let them take turns."""
        with ExitStack() as stack:
            for name in names:
                self.console.print(f"{self.job.model} · {name} · starts, and trains an epoch to warm up")
                try:
                    worker = stack.enter_context(closing(Worker(name, self.job)))
                except BenchmarkError as error:
                    self._fails(name, error)
                else:
                    self.workers.append(worker)
                    self.series[name] = Series(
                        self.job.model, name, worker.job.rows, self.job.rows, worker.introduction, worker.warm_up
                    )
            done = repeats = 0
            while done < rounds and self.workers:
                if not self.allow_busy:
                    machine.wait_until_quiet()
                self.console.print(f"{self.job.model} · round {done + 1} of {rounds}", end="")
                turns = self.workers if done % 2 == 0 else self.workers[::-1]  # nobody always follows the same one
                epochs = {worker.name: epoch for worker in [*turns] if (epoch := self._turn(worker)) is not None}
                disturbed = max((others for _, others in epochs.values()), default=0.0)
                self.console.print("")
                if disturbed > machine.QUIET and not self.allow_busy:
                    repeats += 1
                    self.console.print(f"  is repeated: others used {disturbed:.0%} of the machine during an epoch")
                    if repeats > REPEATS:
                        raise machine.busy_error(f"{disturbed:.0%} during an epoch, and so in {repeats} rounds")
                    continue
                for name, (epoch, others) in epochs.items():
                    self.series[name].add(epoch, others)
                done += 1

    def _turn(self, worker: Worker) -> tuple[Epoch, float] | None:
        """Let a worker train an epoch; return its report, and the share of the machine that others used meanwhile."""
        start, busy = time.perf_counter(), machine.busy_seconds()
        try:
            epoch = worker.train_epoch()
        except BenchmarkError as error:
            self.workers.remove(worker)
            self.series.pop(worker.name)
            self._fails(worker.name, error)
            return None
        busy, seconds = machine.busy_seconds() - busy, time.perf_counter() - start
        self.console.print(f" · {worker.name} {epoch['seconds']:.3f} s", end="")
        return epoch, machine.share_of_others(busy, epoch["cpu"], seconds)

    def _fails(self, name: str, error: BenchmarkError) -> None:
        """Go on without a peer; without hyotan there is nothing to go on for."""
        if name == OURS:
            raise error
        self.console.print(f"  {name} could not be run: {error.received}", style="yellow", markup=False)
        self.failures.append(Failure(self.job.model, name, error.received))


def main() -> int:
    """Run the benchmark; the exit status is 1 if a bar was missed, and 2 if nothing could be measured."""
    options, console = arguments(), Console(stderr=True, highlight=False)
    began = datetime.now(UTC).isoformat(timespec="seconds")
    series: list[Series] = []
    limits: list[Series] = []
    failures: list[Failure] = []
    rounds = options.rounds or (QUICK_ROUNDS if options.quick else ROUNDS)
    try:
        mnist_path()
        peers = list(PEERS) if options.peers == "all" else names(options.peers, PEERS, "--peers")
        models = names(options.models, tuple(WORKLOADS), "--models")
        chosen = [] if options.only_peers else [OURS]
        chosen += peers
        measurers = [] if options.no_limits else [*LIMITS] if "torch" in peers else ["limits"]
        if not options.allow_busy:
            machine.wait_until_quiet()  # rather now than after minutes of starting workers
        for model in models:
            rows = WORKLOADS[model].rows // (SHARE if options.quick else 1)
            job = Job(model, rows, epochs=rounds + REPEATS + 3)  # one warms up, and one is only begun
            measured = Rounds(job, options.allow_busy, console)
            measured.measure([*(name for name in chosen if model in LIBRARIES[name].models), *measurers], rounds)
            series += [each for name, each in measured.series.items() if name in LIBRARIES]
            limits += [each for name, each in measured.series.items() if name in LIMITS]
            failures += measured.failures
    except BenchmarkError as error:
        console.print(f"error: {error}", style="bold red", markup=False, soft_wrap=True)
        return 2
    report = Report(began, machine.describe(), options.quick, rounds, options.allow_busy, series, limits, failures)
    Console(width=max(200, console.width)).print(*report.tables(), *report.notes(), sep="\n")
    if options.out:
        write(report, options.out)
    return int(report.missed())


if __name__ == "__main__":
    sys.exit(main())
