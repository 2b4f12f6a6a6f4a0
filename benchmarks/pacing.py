"""What every benchmark worker shares: its arguments, its data, and the clock the controller holds.

A worker is one process that trains one model with one library. It runs epochs only when told to, so that several
libraries can take turns on one machine within one run and meet the same conditions. The conversation is one JSON
object per line on standard output, and the word ``go`` per line on standard input:

1. the worker says who it is (versions, number of parameters, threads);
2. it trains one epoch at once, to compile and to fill caches, and reports it;
3. for every ``go`` it trains one more epoch and reports it; when standard input ends, it ends.

An epoch is timed from its ``go`` to the moment the library asks to begin the next one, so that no work can hide
between two epochs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, TextIO

import workloads
from workloads import WORKLOADS, BenchmarkError, Workload

if TYPE_CHECKING:
    import numpy as np


@dataclass
class Job:
    """What one worker is asked to train.

    Parameters
    ----------
    model : str
        One of :data:`workloads.WORKLOADS`.
    rows : int
        How many rows of its data to use.
    epochs : int
        How many epochs the library is told it will train: more than the controller will ask for, since an epoch
        ends for us when the next one begins.
    compile : bool
        Whether a library that runs eagerly is to compile the model first.
    fused : bool
        Whether it is to use an optimiser that is one kernel, where it has one that is not its default.
    """

    model: str
    rows: int
    epochs: int
    compile: bool = False
    fused: bool = False

    @classmethod
    def from_arguments(cls) -> Job:
        """Read the job from the command line."""
        parser = argparse.ArgumentParser(description="One benchmark worker; epochs.py starts it.")
        parser.add_argument("model", choices=WORKLOADS)
        parser.add_argument("--rows", type=int, required=True)
        parser.add_argument("--epochs", type=int, required=True)
        parser.add_argument("--compile", action="store_true")
        parser.add_argument("--fused", action="store_true")
        return cls(**vars(parser.parse_args()))

    @property
    def workload(self) -> Workload:
        """The model's sizes."""
        return WORKLOADS[self.model]

    def data(self) -> np.ndarray:
        """Return the rows; see :func:`workloads.data`."""
        return workloads.data(self.model, self.rows)


class Pacer:
    """Hold a worker back until the controller lets it run, and time each epoch it runs.

    Parameters
    ----------
    job : Job
        What the worker trains.
    packages : tuple of str
        The distributions whose versions belong beside the numbers.
    """

    def __init__(self, job: Job, *packages: str) -> None:
        self._job, self._packages = job, packages
        self._lines = _claim_stdout()
        self._loss: float | None = None
        self._measured: dict[str, float] = {}
        self._wall = self._cpu = 0.0
        self._begun = 0

    def introduce(self, parameters: int | None, threads: int | None = None, *, same: bool = True) -> None:
        """Say what is about to be trained, having checked that it is the model every other worker trains.

        ``same=False`` is for a library that has only something like it; None for a worker that trains nothing.
        """
        expected = self._job.workload.parameters
        if same and parameters not in (None, expected):
            raise BenchmarkError(
                f"The {self._job.model} is not the one to be measured",
                f"{expected:,} trained parameters",
                f"{parameters:,}",
                "correct this worker's layers",
            )
        versions = {name: _version(name) for name in self._packages}
        self._say({"versions": versions, "parameters": parameters, "threads": threads})

    def begin(self) -> None:
        """Report the epoch that has just ended, if any, wait for the next ``go``, and start the clock."""
        if self._begun:
            usage = resource.getrusage(resource.RUSAGE_SELF)
            seconds, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
            peak = usage.ru_maxrss / 1024
            self._say(
                {"seconds": seconds, "cpu": cpu, "loss": self._loss, "peak_mib": peak, "measured": self._measured}
            )
            if not sys.stdin.readline().strip():
                sys.exit(0)  # no further epoch is wanted, and what the library does after training is not measured
        self._begun += 1
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def end(self, loss: float | None, **measured: float) -> None:
        """Remember the training loss of the epoch that has ended; the clock goes on until the next :meth:`begin`."""
        self._loss, self._measured = loss, measured

    def _say(self, message: dict[str, object]) -> None:
        print(json.dumps(message), file=self._lines, flush=True)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # hyotan straight from its sources
        return f"{sys.modules[package].__version__} (not installed)"


def _claim_stdout() -> TextIO:
    """Return standard output for our lines alone, and send whatever a library prints to standard error."""
    ours = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return ours
