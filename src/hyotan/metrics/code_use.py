"""Test whether a decoder that also has other inputs uses the code: errors with own codes and with shuffled codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hyotan.core.terms import Term
from hyotan.estimator.units import norms
from hyotan.metrics._base import Found, Key, metric
from hyotan.metrics.record import Record
from hyotan.metrics.view import View

ROWS = 2000  # rows reconstructed, at most
UNUSED = 1.05  # ratio of the errors (shuffled over own codes) below which the code counts as unused
USED = 1.5  # ratio from which the decoder "depends on the code"


def _judged(found: Found, record: Record) -> Iterator[tuple[str, str]]:
    # With teacher forcing a decoder may not need the code, and still need it when it runs on its own output.
    if max(found.get("ratio", UNUSED), found.get("free_ratio", 0.0)) < UNUSED:
        yield "usable", found["reading"]


def _remarks(found: Found, view: View) -> Iterator[str]:
    if found["ratio"] < UNUSED:
        yield found["reading"]


KEY = Key(
    Term("shuffled", "Error with the codes of other rows", "in the data's own units", 60),
    (Term("honest", "with their own codes"), Term("mean_code", "with the mean code")),
    places=("report",),
    words=lambda found, record: {"reading": found["reading"]},
)


@metric(keys=[KEY], judge=_judged, remark=_remarks)
def code_use(view: View) -> dict[str, Any] | None:
    """Mean Euclidean error of rows decoded with their own codes, with the codes of other rows, and with the mean code.

    The errors ``honest`` (own codes), ``shuffled`` and ``mean_code`` are measured as in training: the decoder also
    sees the input or, with teacher forcing, the true previous frames. A decoder of the second kind is measured on its
    own output as well (``free_honest``, ``free_shuffled``). ``ratio`` is shuffled / honest; 1 means that the decoder
    does not use the code.

    At most 2,000 rows are used. None if the decoder sees only the code, or with fewer than 2 rows.
    """
    count = min(len(view.rows), ROWS)
    if view.sees == "nothing" or count < 2:
        return None
    rows = np.sort(np.random.default_rng(0).permutation(len(view.rows))[:count])
    X, truth, codes = view.X[rows], view.rows[rows], view.codes[rows]
    others = codes[deranged(count)]
    # A net that only predicts is measured on the future steps, any other on the steps it reconstructs.
    past = truth.shape[1] - view.future
    steps = slice(None, past) if view.reconstructs else slice(past, None)

    def error(given: np.ndarray | None, forced: bool) -> float:
        decoded = view.model.reconstruct(X, codes=given, teacher_forcing=forced)
        difference = np.nan_to_num(truth[:, steps].astype(np.float64) - decoded[:, steps], nan=0.0)
        return float(norms(difference.reshape(count, -1), 1).mean())

    mean = np.repeat(codes.mean(axis=0, keepdims=True), count, axis=0)
    found: dict[str, Any] = {
        "rows": count,
        "sees": view.sees,
        "honest": error(codes, True),
        "shuffled": error(others, True),
        "mean_code": error(mean, True),
    }
    found["ratio"] = _over(found["shuffled"], found["honest"])
    if view.sees == "previous frames":
        found |= {"free_honest": error(codes, False), "free_shuffled": error(others, False)}
        found["free_ratio"] = _over(found["free_shuffled"], found["free_honest"])
    found["reading"] = _reading(found)
    return found


def deranged(n: int, seed: int = 0) -> np.ndarray:
    """Return a random derangement: an order of n ≥ 2 rows in which no row keeps its place.

    Examples
    --------
    >>> order = deranged(5)
    >>> sorted(order.tolist()), bool((order != np.arange(5)).all())
    ([0, 1, 2, 3, 4], True)
    """
    circle = np.random.default_rng(seed).permutation(n)
    order = np.empty(n, int)
    order[circle] = np.roll(circle, 1)
    return order


def _over(shuffled: float, honest: float) -> float:
    return shuffled / honest if honest > 0 else float(shuffled > 0) + 1.0


def _reading(found: dict[str, Any]) -> str:
    ratio, free = found["ratio"], found.get("free_ratio")
    seen = "the input" if found["sees"] == "input" else "the frames before"
    times = f"with the codes of other rows its error is {ratio:.2f} times as large"
    if ratio < UNUSED:
        text = f"The decoder hardly looks at the code: {times}. What it writes comes from {seen}"
        if free is not None and free >= UNUSED:
            return (
                f"{text} as long as it is fed true ones; running free it does need the code ({free:.2f} times the "
                "error with those of other rows)."
            )
        return f"{text}, and the codes need not say anything about the rows."
    how = "depends on the code" if ratio >= USED else "looks at the code, but not only at it"
    text = f"The decoder {how}: {times}, beside {seen} as in training"
    return f"{text}; running free {free:.2f} times." if free is not None else f"{text}."
