"""What the machine is, and how much of it other programs are using."""

from __future__ import annotations

import os
import platform
import time
from pathlib import Path

from workloads import BenchmarkError

QUIET = 0.15
"""The share of the machine that others may use while something is timed."""

_GRAIN = 0.05  # seconds; the kernel counts too coarsely to blame anyone for less
_PATIENCE = 5  # seconds in which a short burst, such as a mail check, may pass


def busy_seconds() -> float:
    """Return the processor seconds used on this machine since it started, by anyone, over all its processors."""
    user, nice, system, _idle, _iowait, irq, softirq, stolen = map(
        int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    )
    return (user + nice + system + irq + softirq + stolen) / os.sysconf("SC_CLK_TCK")


def share_of_others(busy: float, own: float, seconds: float) -> float:
    """Return the share of the machine that others used, given all processor seconds used and our own among them."""
    return max(0.0, busy - own - _GRAIN) / (seconds * processors())


def wait_until_quiet() -> None:
    """Return after a second in which the machine was nearly idle; our own workers are blocked meanwhile."""
    shares = []
    for _ in range(_PATIENCE):
        start, busy = time.perf_counter(), busy_seconds()
        time.sleep(1)
        shares.append(share_of_others(busy_seconds() - busy, 0.0, time.perf_counter() - start))
        if shares[-1] <= QUIET:
            return
    raise busy_error(f"at least {min(shares):.0%} in each of {_PATIENCE} seconds")


def busy_error(received: str) -> BenchmarkError:
    """Return the error for a machine that others are using."""
    return BenchmarkError(
        "The machine is busy with something else, and times taken now would mean nothing",
        f"at most {QUIET:.0%} of it in use by others",
        received,
        "end the other programs and start again, or pass --allow-busy, which the table will then say",
    )


def processors() -> int:
    """Return the number of processors."""
    return os.cpu_count() or 1


def describe() -> dict[str, str | int]:
    """Return what a reader needs to know about the machine to judge a time taken on it."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "processor": names[0].partition(":")[2].strip() if names else platform.processor(),
        "processors": processors(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
    }
