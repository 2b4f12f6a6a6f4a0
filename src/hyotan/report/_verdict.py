"""The verdict: good, usable or broken, and why, each reason with its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from hyotan.metrics import Record
from hyotan.metrics._learning import broken_at, falling, last_fifth, overfit
from hyotan.metrics.code_use import UNUSED
from hyotan.plots._style import number

LEVELS = ("broken", "usable", "good")
SAID = {
    "good": "Nothing that was measured speaks against it.",
    "usable": "It does its work, with reservations.",
    "broken": "It is not to be used as it is.",
    "unmeasured": "Nothing was measured that could tell.",
}
ENOUGH = 30  # rows: the variance of a unit over a handful of them tells nothing
HARDLY = 0.1  # of what PCA of the same size gains over the mean row
CHEAP = {"last_rmse": "by repeating the last frame", "repeat_rmse": "by repeating the last steps"}


@dataclass(frozen=True)
class Reason:
    """What speaks for a level: a sentence with its number."""

    level: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """The word, and the reasons, the gravest first.

    Parameters
    ----------
    word : {"good", "usable", "broken", "unmeasured"}
    reasons : list of Reason
    """

    word: str
    reasons: list[Reason]

    @property
    def line(self) -> str:
        """What the word means, as a sentence."""
        return SAID[self.word]

    def of(self, level: str) -> list[str]:
        """Return the reasons of a level."""
        return [reason.text for reason in self.reasons if reason.level == level]


def verdict(record: Record) -> Verdict:
    """Judge a model by what was measured of it.

    **Broken** is a model of which one of these is true:

    * its validation loss was not finite at some epoch (a training loss that was not stops the fit at the epoch before);
    * none of its latent units is active (posterior collapse), or none of its code units ever changes;
    * it reconstructs no better than the mean row does, or gains less over it than a tenth of what PCA of the same
      size gains;
    * its score is not finite, or the same for every row;
    * it predicts alone, and no better than repeating what came last.

    **Usable** is one that is not broken, and of which one of these is true:

    * PCA of the same size reconstructs as well or better;
    * fewer than half of its units are active (or ever change);
    * its validation loss had risen by more than 2 % at the epoch whose weights it has (overfitting);
    * the last fifth of its epochs still brought more than 5 % of all that its loss fell (it has not converged);
    * it reconstructs and predicts, but predicts no better than repeating what came last;
    * its decoder sees more than the code, and does hardly worse with the codes of other rows.

    **Good** are all others of which anything was measured. Units are judged on 30 rows or more.

    Examples
    --------
    >>> found = {"reconstruction": {"mean": 1.0, "pca_mean": 2.0, "constant_mean": 4.0}, "codes": {"dim": 2}}
    >>> verdict(Record(metrics=found)).word
    'good'
    >>> found["reconstruction"]["mean"] = 3.0
    >>> told = verdict(Record(metrics=found))
    >>> told.word, told.reasons[0].text[:50]
    ('usable', 'PCA with 2 components reconstructs better: mean er')
    """
    reasons = [Reason(*found) for rule in RULES for found in rule(record)]
    reasons.sort(key=lambda reason: LEVELS.index(reason.level))
    return Verdict(reasons[0].level if reasons else "unmeasured", reasons)


def pca(record: Record) -> str:
    """Return PCA of the code's size, in words."""
    dim = record.metrics["codes"]["dim"]
    return f"PCA with {dim} component{'s' * (dim != 1)}"


def _finite(record: Record) -> Iterator[tuple[str, str]]:
    epoch = broken_at(record.history)
    if epoch is not None:
        yield "broken", f"The loss was not finite (NaN or Inf) in epoch {epoch}: look for extreme values in the rows."


def _units(record: Record) -> Iterator[tuple[str, str]]:
    found = record.metrics.get("codes", {})
    if "dim" not in found or record.data.get("rows", 0) < ENOUGH:
        return
    dim = found["dim"]
    if "active_units" in found:
        active = found["active_units"]
        told = f"{active} of {dim} latent unit{'s' * (dim != 1)} {'is' if active == 1 else 'are'} active"
        if active == 0:
            yield "broken", f"{told}: the posterior has collapsed, and the codes say nothing about the rows."
        elif 2 * active < dim:
            yield "usable", f"{told}: the code is larger than what is used of it."
        else:
            yield "good", f"{told}."
    elif "dead_units" in found:
        used = dim - found["dead_units"]
        told = f"{used} of {dim} code unit{'s' * (dim != 1)} {'is' if used == 1 else 'are'} in use"
        if used == 0:
            yield "broken", f"{told}: every row has the same code."
        elif 2 * used < dim:
            yield "usable", f"{told}: the others never change."
        else:
            yield "good", f"{told}."


def _error(record: Record) -> Iterator[tuple[str, str]]:
    found = record.metrics.get("reconstruction", {})
    if "mean" not in found:
        return
    mean, constant, beside = found["mean"], found.get("constant_mean"), found.get("pca_mean")
    if mean is None or not np.isfinite(mean):
        yield "broken", "The reconstruction error is not finite."
    elif constant is not None and mean >= constant:
        against = f"mean error {number(constant, 4)} against {number(mean, 4)}"
        lower = ", or lower beta" * bool(record.model.get("probabilistic"))
        yield "broken", f"Always giving the mean row does as well or better: {against}. Train longer{lower}."
    elif constant is not None and beside is not None and constant - mean < HARDLY * (constant - beside):
        against = f"mean error {number(mean, 4)} against {number(constant, 4)}"
        reach = f"{pca(record)} reaches {number(beside, 4)}"
        yield (
            "broken",
            f"It does hardly better than always giving the mean row: {against}, where {reach}. Train longer.",
        )
    elif beside is not None and mean > beside:
        against = f"mean error {number(beside, 4)} against {number(mean, 4)}"
        yield "usable", f"{pca(record)} reconstructs better: {against}. Train longer, or use a larger net."
    elif beside is not None:
        yield (
            "good",
            f"Rows are reconstructed better than by {pca(record)}: mean error {number(mean, 4)} against "
            f"{number(beside, 4)}{_less(mean, beside)}.",
        )
    elif constant is not None:
        yield (
            "good",
            f"Rows are reconstructed better than by the mean row: mean error {number(mean, 4)} against "
            f"{number(constant, 4)}{_less(mean, constant)}.",
        )


def _less(value: float, than: float) -> str:
    return f", {1 - value / than:.0%} less" if than else ""


def _score(record: Record) -> Iterator[tuple[str, str]]:
    found = record.metrics.get("likelihood", {})
    if "mean" not in found:
        return
    if any(found[name] is None or not np.isfinite(found[name]) for name in ("mean", "min", "max")):
        yield "broken", "The score of a row is not finite."
    elif found["min"] == found["max"] and record.data.get("rows", 0) >= ENOUGH:
        yield "broken", f"The score is the same for every row: {number(found['min'], 4)} nats."


def _forecast(record: Record) -> Iterator[tuple[str, str]]:
    found: dict[str, Any] = record.metrics.get("forecast", {})
    if not found:
        return
    if found["rmse"] < min(found[name] for name in CHEAP if name in found):
        yield "good", f"What follows is predicted better than by what costs nothing. {found['reading']}"
    else:
        yield "usable" if "reconstruction" in record.metrics else "broken", found["reading"]


def _learning(record: Record) -> Iterator[tuple[str, str]]:
    rose = overfit(record.history, record.model.get("epoch"))
    if rose is not None:
        epoch, lowest, end = rose
        yield (
            "usable",
            f"It overfits: the validation loss was lowest at epoch {epoch}, {number(lowest, 4)}, and had risen to "
            f"{number(end, 4)} at the end. Use early_stopping=True.",
        )
    share = falling(record.history)
    if share is not None:
        count = last_fifth(len(record.history["loss"]))
        last = f"{count} epochs" if count > 1 else "epoch"
        yield "usable", f"The loss was still falling: the last {last} brought {share:.0%} of all it fell. Train longer."


def _use(record: Record) -> Iterator[tuple[str, str]]:
    found = record.metrics.get("code_use", {})
    # A decoder that is fed true frames may not need the code, and need it as soon as it runs free.
    if max(found.get("ratio", UNUSED), found.get("free_ratio", 0.0)) < UNUSED:
        yield "usable", found["reading"]


def _probe(record: Record) -> Iterator[tuple[str, str]]:
    found = record.metrics.get("probe", {})
    if "pca" in found and found["codes"] > found["pca"]:
        yield (
            "good",
            f"The codes hold more of the label than PCA of the same size: a linear classifier is right on "
            f"{found['codes']:.1%} against {found['pca']:.1%}.",
        )


RULES = (_finite, _error, _units, _score, _forecast, _learning, _use, _probe)
