"""The verdict: good, usable or broken, and why, each reason with its number."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from hyotan.core.numbers import number
from hyotan.metrics import Record
from hyotan.metrics._base import in_order
from hyotan.metrics._learning import broken_at, falling, last_fifth, overfit

LEVELS = ("broken", "usable", "good")
SAID = {
    "good": "Nothing that was measured speaks against it.",
    "usable": "It does its work, with reservations.",
    "broken": "It is not to be used as it is.",
    "unmeasured": "Nothing was measured that could tell.",
}


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

    **Good** are all others of which anything was measured. Units are judged on 30 rows or more. Each metric tells how
    its numbers are judged; see :func:`hyotan.metrics.metric`.

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
    reasons = [Reason(*found) for rule in _rules(record) for found in rule()]
    reasons.sort(key=lambda reason: LEVELS.index(reason.level))
    return Verdict(reasons[0].level if reasons else "unmeasured", reasons)


def _finite(record: Record) -> Iterator[tuple[str, str]]:
    epoch = broken_at(record.history)
    if epoch is not None:
        yield "broken", f"The loss was not finite (NaN or Inf) in epoch {epoch}: look for extreme values in the rows."


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


LEARNING = 55  # the place of what the history tells: after the metrics of rows, before those of codes in use


def _rules(record: Record) -> list[Callable[[], Iterator[tuple[str, str]]]]:
    """Return what judges a record, in order: its history, and each of its metrics that has something to say."""
    rules: list[tuple[int, Callable[[], Iterator[tuple[str, str]]]]] = [
        (-1, partial(_finite, record)),
        (LEARNING, partial(_learning, record)),
    ]
    for name, metric in in_order(record.metrics):
        if metric.judge is not None:
            rules.append((metric.order, partial(metric.judge, record.metrics[name], record)))
    return [rule for _, rule in sorted(rules, key=lambda each: each[0])]
