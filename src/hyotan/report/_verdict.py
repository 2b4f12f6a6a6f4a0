"""The verdict on a model: good, usable or broken, with the reasons."""

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
    """A reason for a level of the verdict: a sentence with the numbers behind it."""

    level: str
    text: str


@dataclass(frozen=True)
class Verdict:
    """The verdict in one word, and the reasons, the most serious first.

    Parameters
    ----------
    word : {"good", "usable", "broken", "unmeasured"}
    reasons : list of Reason
    """

    word: str
    reasons: list[Reason]

    @property
    def line(self) -> str:
        """The meaning of the word, as a sentence."""
        return SAID[self.word]

    def of(self, level: str) -> list[str]:
        """Return the sentences of all reasons of a level."""
        return [reason.text for reason in self.reasons if reason.level == level]


def verdict(record: Record) -> Verdict:
    """Judge a model by its record.

    A model is **broken** if at least one of these is true:

    * its training or validation loss was not finite at some epoch of the history;
    * no latent unit is active (posterior collapse), or no code unit ever changes;
    * its mean reconstruction error is not finite or not lower than the error of the mean row, or it improves on the
      mean row by less than a tenth of the improvement of PCA of the same size;
    * its score is not finite for some row, or is the same for every row;
    * it only predicts, and predicts no better than repeating the last frame or the last steps.

    It is **usable** if it is not broken, and at least one of these is true:

    * PCA of the same size reconstructs better;
    * fewer than half of its units are active (or ever change);
    * it overfits: at the epoch whose weights it has kept, the validation loss had risen by more than 2 % from its
      lowest value (the exact rule is in ``overfit`` of ``hyotan.metrics._learning``);
    * it has not converged: the last fifth of the epochs brought more than 5 % of the range of its loss;
    * it reconstructs and predicts, but predicts no better than repeating the last frame or the last steps;
    * its decoder also sees the input or previous frames, and its error hardly rises with the codes of other rows.

    Otherwise it is **good**, or **unmeasured** if no metric gave a reason. Units, and equal scores, are judged only on
    30 rows or more. Each metric defines how its numbers are judged; see :func:`hyotan.metrics.metric`.

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


LEARNING = 55  # order of the reasons from the history, among the orders of the metrics


def _rules(record: Record) -> list[Callable[[], Iterator[tuple[str, str]]]]:
    """Return the rules that judge a record, in order: those of the history, and the judges of its metrics."""
    rules: list[tuple[int, Callable[[], Iterator[tuple[str, str]]]]] = [
        (-1, partial(_finite, record)),
        (LEARNING, partial(_learning, record)),
    ]
    for name, metric in in_order(record.metrics):
        if metric.judge is not None:
            rules.append((metric.order, partial(metric.judge, record.metrics[name], record)))
    return [rule for _, rule in sorted(rules, key=lambda each: each[0])]
