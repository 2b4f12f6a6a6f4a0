"""How many calls cross from one file of hyotan to another: python benchmarks/crossings.py.

A reader who follows a call has to open the file it goes to. Counted are the calls whose caller stands in another file
of the package, in a second ``fit`` and ``transform`` of a small Arrow table, so that imports and what is made once are
left out; and of those the ones that climb, into a package that stands above the caller's.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

BARS = {"transform": 16, "fit": 150}


def counted(function: Callable[[], Any], package: Path) -> Counter[tuple[str, str]]:
    """Return how often each file of the package called into each other one while ``function`` ran."""
    found: Counter[tuple[str, str]] = Counter()
    root = f"{package}{os.sep}"

    def watch(frame: FrameType, event: str, arg: object) -> None:
        if event != "call" or frame.f_back is None:
            return
        caller, called = frame.f_back.f_code.co_filename, frame.f_code.co_filename
        if caller.startswith(root) and called.startswith(root) and caller != called:
            found[caller.removeprefix(root), called.removeprefix(root)] += 1

    sys.setprofile(watch)
    try:
        function()
    finally:
        sys.setprofile(None)
    return found


def main() -> int:
    """Count, and say whether the bars are met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", action="store_true", help="list every pair of files")
    args = parser.parse_args()
    import pyarrow as pa

    import hyotan as hy

    values = np.random.default_rng(0).normal(size=(200, 6))
    table = pa.table({f"c{i}": values[:, i] for i in range(6)})
    model = hy.AE(2, epochs=1, random_state=0, verbose=0)
    model.fit(table)
    model.transform(table)
    package, missed = Path(hy.__file__).parent, False
    verbs: dict[str, Callable[[], Any]] = {"transform": lambda: model.transform(table), "fit": lambda: model.fit(table)}
    for name, verb in verbs.items():
        found = counted(verb, package)
        total = sum(found.values())
        missed |= total > BARS[name]
        print(f"{name:10s}{total:5d} calls from file to file, bar ≤ {BARS[name]}")
        if args.calls:
            for (caller, called), count in found.most_common():
                print(f"{count:8d}  {caller} → {called}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
