"""What a second fit, and a search, cost beside the first fit: python benchmarks/search.py.

Models of the same parts and widths share their compiled programs, so only the first fit of a process compiles. Measured
in one process without a cache of an earlier one: a fit of 142 of the 178 rows of the wine table, the same again, a fit
of 143 rows, and a five-fold ``GridSearchCV`` over two values of β (ten fits, and one of all rows). Counted are the
programs that were compiled. The bar of the search is twice the first fit and the training of eleven fits, each as long
as the second; that of the second fit is to compile nothing. Exit status 1 if one is missed.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from typing import Any

os.environ["HYOTAN_CACHE"] = "off"

from jax import monitoring
from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV

import hyotan as hy

COMPILED: list[str] = []


def timed(name: str, work: Callable[[], Any]) -> tuple[float, int]:
    """Print the seconds a piece of work takes and the programs it compiles, and return both."""
    before, began = len(COMPILED), time.perf_counter()
    work()
    seconds, count = time.perf_counter() - began, len(COMPILED) - before
    print(f"| {name} | {seconds:.2f} | {count} |")
    return seconds, count


def main() -> int:
    """Measure, and say whether the bars are met."""
    monitoring.register_event_duration_secs_listener(
        lambda event, seconds, **_: COMPILED.append(event) if event.endswith("backend_compile_duration") else None
    )
    X = load_wine().data.astype("float32")
    model = hy.VAE(2, epochs=20, random_state=0, verbose=0)

    def fit(rows: int) -> Callable[[], Any]:
        return lambda: hy.VAE(2, epochs=20, random_state=0, verbose=0).fit(X[:rows]).score_samples(X)

    print("| what | seconds | programs compiled |\n|---|---|---|")
    first, _ = timed("first fit, 142 rows", fit(142))
    second, anew = timed("the same again", fit(142))
    _, other = timed("143 rows", fit(143))
    grid = GridSearchCV(model, {"beta": [1, 4]}, cv=5)
    search, _ = timed("GridSearchCV, 5 folds, 2 values of β", lambda: grid.fit(X))
    met = search <= 2 * first + 11 * second and anew == other == 0
    print(f"\nsearch {search:.2f} s, bar ≤ {2 * first + 11 * second:.2f} s; {'met' if met else 'MISSED'}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
