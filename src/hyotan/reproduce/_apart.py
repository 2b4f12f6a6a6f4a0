"""Experiments in processes of their own, several at a time, each on its share of the processors.

Many of the models are small: they keep one processor busy, so two experiments side by side take little longer than one.
This module does not import JAX: what a process may use is settled before its experiment does.
"""

from __future__ import annotations

import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

from hyotan.core.errors import HyotanWarning, TrainingError

Work = Callable[[str, Path, dict[str, Any]], str]
"""Runs the experiment of a name into a folder, and returns the name."""

_lines: Any = None
_places: Any = None


def run(work: Work, names: Sequence[str], out: Path, given: dict[str, Any], jobs: int) -> Iterator[str]:
    """Run experiments, ``jobs`` at a time, and yield the name of each when it has finished.

    After a failure those that run are finished, those that wait are not begun, and the first failure is raised.

    Parameters
    ----------
    work : callable
        A function of a module, run in another process; what it is given as ``say`` sends lines to this one.
    names : sequence of str
        They are begun in this order.
    out : path
    given : dict
        Further arguments; ``say`` is called in this process.
    jobs : int
    """
    say = given["say"]
    context = multiprocessing.get_context("spawn")  # a fork would copy JAX's threads half
    lines, places = context.SimpleQueue(), context.SimpleQueue()
    for place in shares(jobs):
        places.put(place)
    failed: BaseException | None = None
    with ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin, initargs=(lines, places)) as pool:
        tasks = {pool.submit(_call, work, name, out, {**given, "say": say is not None}): name for name in names}
        waiting = set(tasks)
        while waiting:
            done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
            _tell(lines, say)
            for task in done:
                if task.cancelled():
                    continue
                error = task.exception()
                if error is None:
                    yield tasks[task]
                elif failed is None:
                    failed = error
                    for other in waiting:
                        other.cancel()
                    if say is not None and any(not other.cancelled() for other in waiting):
                        say(f"{tasks[task]}: failed; the experiments that run are finished, no other is begun")
    _tell(lines, say)
    if isinstance(failed, BrokenProcessPool):
        raise TrainingError(
            "The process of an experiment was stopped from outside",
            expected="a machine that holds them all",
            received=str(failed),
            do="run the experiments one at a time, with jobs=1, if the memory does not hold several",
        ) from failed
    if failed is not None:
        raise failed


def shares(jobs: int) -> list[set[int]]:
    """Return which processors each job may use; empty sets where that cannot be set.

    Examples
    --------
    >>> len(shares(2))
    2
    """
    if not hasattr(os, "sched_getaffinity"):
        return [set() for _ in range(jobs)]
    processors = sorted(os.sched_getaffinity(0))
    return [set(processors[job % len(processors) :: jobs]) for job in range(jobs)]


def _begin(lines: Any, places: Any) -> None:
    """Begin a process: it takes one of the places, and keeps it."""
    global _lines
    _lines = lines
    if place := places.get():
        os.sched_setaffinity(0, place)


def _call(work: Work, name: str, out: Path, given: dict[str, Any]) -> str:
    with warnings.catch_warnings():
        warnings.showwarning = lambda *told, **_: _lines.put(tuple(map(str, (told[0], *told[2:4]))))
        return work(name, out, {**given, "say": _lines.put if given["say"] else None})


def _tell(lines: Any, say: Callable[[str], None] | None) -> None:
    """Pass on the lines and the warnings that have come."""
    while not lines.empty():
        line = lines.get()
        if isinstance(line, tuple):
            message, file, number = line
            warnings.warn_explicit(message, HyotanWarning, file, int(number))
        elif say is not None:
            say(line)
