"""Scores in nats, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hyotan.core.numbers import number
from hyotan.core.terms import Term
from hyotan.metrics._base import Found, Key, metric
from hyotan.metrics.record import Record
from hyotan.metrics.view import View

ENOUGH = 30  # rows, from which it is odd that all have the same score


def _words(found: Found, record: Record) -> dict[str, str]:
    kind = "" if found["normalised"] else ", unnormalised"
    beside = "–"
    if "rate" in found:
        beside = f"made of −log p(x|z) {number(found['nll'], 4)} and the rate {number(found['rate'])}"
    return {
        "what": f"Score ({found['what']}{kind})",
        "value": f"{number(found['mean'], 4)} ± {number(found['stderr'], 2)} nats",
        "beside": beside,
        "reading": f"{record.model.get('score', 'nats')}; mean over the rows ± its standard error; higher is better",
    }


def _meaning(record: Record) -> tuple[Any, ...]:
    """Return what a score means: a bound or not, a density or not, and of how many steps."""
    return record.metrics["likelihood"].get("what"), record.model.get("score"), record.data.get("future", 0)


def _judged(found: Found, record: Record) -> Iterator[tuple[str, str]]:
    if "mean" not in found:
        return
    if any(found[name] is None or not np.isfinite(found[name]) for name in ("mean", "min", "max")):
        yield "broken", "The score of a row is not finite."
    elif found["min"] == found["max"] and record.data.get("rows", 0) >= ENOUGH:
        yield "broken", f"The score is the same for every row: {number(found['min'], 4)} nats."


KEYS = (
    Key(
        Term("mean", "Score", "nats a row", 30, "higher"),
        text=lambda value, found: number(value, 5),
        words=_words,
        alike=_meaning,
        unlike="nats a row; these mean different things and do not compare",
    ),
    Key(
        Term("rate", "Rate", "nats a row", 31),
        reading="nats a row that the code tells",
        places=("comparison",),
        text=lambda value, found: number(value),
    ),
)


def _remarks(found: Found, view: View) -> Iterator[str]:
    if not found["normalised"]:
        yield "scores are cross-entropies on grey values: compare them with each other, not with likelihoods"


@metric(keys=KEYS, judge=_judged, remark=_remarks)
def likelihood(view: View) -> dict[str, Any] | None:
    """Mean score with its standard error; where the latent tells what its units cost, what the score is made of.

    Then score = −nll − rate: ``rate`` is the sum of what the units cost, for a Gaussian latent the KL to the prior, and
    ``nll`` the distortion −log p(x|z) [1]_.

    References
    ----------
    .. [1] Alemi et al., Fixing a Broken ELBO, ICML 2018.

    None for a decoder that sees the input: p(x|z, x) is not a likelihood.
    """
    if view.sees == "input":
        return None
    scores = view.scores
    found: dict[str, Any] = {
        "what": "ELBO" if view.can("density") else "log p(x|z)",
        "mean": float(scores.mean()),
        "stderr": float(scores.std() / np.sqrt(len(scores))),
        "min": float(scores.min()),
        "max": float(scores.max()),
        "normalised": view.model._fitted.normalised,
    }
    if view.charged is not None:
        found["rate"] = float(view.charged.sum(axis=1).mean())
        found["nll"] = -found["mean"] - found["rate"]
    return found
