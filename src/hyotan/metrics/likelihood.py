"""Scores in nats, split into distortion and rate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hyotan.core.numbers import number
from hyotan.core.terms import Term
from hyotan.metrics._base import Found, Key, metric
from hyotan.metrics.record import Record
from hyotan.metrics.view import View

ENOUGH = 30  # with this many rows or more, equal scores of all rows are a sign of a broken model


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
    """Return what must be equal for scores to be comparable: their kind, their meaning, and the future steps."""
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
    """Mean score over the rows with its standard error, split into distortion and rate if the latent reports its cost.

    score = −nll − rate, where ``nll`` is the distortion −log p(x|z) and ``rate`` the cost of the code summed over its
    units, for a Gaussian latent the KL to the prior.

    None for a decoder that sees the input, because p(x|z, x) is not a likelihood.

    Rate and distortion as in Alemi et al., Fixing a Broken ELBO, ICML 2018.
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
