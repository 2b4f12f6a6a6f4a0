"""The numbers of a record that are shown: its metrics, and the terms of the loss at the end of the fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hyotan.core.terms import Term, described
from hyotan.metrics._base import _REGISTRY, Found, Key, look_up
from hyotan.metrics.record import Record


@dataclass(frozen=True)
class KeyNumber:
    """A number of a metric with its baselines, ready to be shown.

    Parameters
    ----------
    metric : str
    key : Key
    value : number
    beside : dict of float
        Baselines by label.
    found : dict
        Everything the metric returned.
    """

    metric: str
    key: Key
    value: Any
    beside: dict[str, Any]
    found: Found

    @property
    def term(self) -> Term:
        """The term of the key: label, unit, order and direction."""
        return self.key.term

    @property
    def text(self) -> str:
        """The number, formatted."""
        return self.key.text(self.value, self.found)


def key_numbers(record: Record, place: str = "report") -> list[KeyNumber]:
    """Return the numbers of a record that are shown, in order.

    For a registered metric these are the keys it declares; for a metric that is not registered in this process, the
    keys stored in the record. For a metric that declares no keys, every plain number is shown under its own name.

    Parameters
    ----------
    record : Record
    place : {"report", "comparison"}

    Examples
    --------
    >>> record = Record(metrics={"reconstruction": {"mean": 0.5, "pca_mean": 0.75}, "mine": {"share": 0.1}})
    >>> [(each.term.label, each.text, each.beside) for each in key_numbers(record)]
    [('Mean reconstruction error', '0.5', {'by PCA of the same size': 0.75}), ('mine.share', '0.1', {})]
    """
    numbers = [each for name, found in record.metrics.items() for each in _of(name, found, record, place)]
    return sorted(numbers, key=lambda each: each.term.order)


def _of(name: str, found: Found, record: Record, place: str) -> Iterator[KeyNumber]:
    for key in _keys(name, found, record):
        value = key.of(found) if place in key.places else None
        if value is None:
            continue
        beside = {term.text: look_up(found, term.name) for term in key.beside}
        yield KeyNumber(name, key, value, {k: v for k, v in beside.items() if v is not None}, found)


def _keys(name: str, found: Found, record: Record) -> list[Key]:
    known = _REGISTRY.get(name)
    if known is not None and known.keys is not None:
        return [*known.keys]
    if name in record.keys:
        return [Key.from_json(document) for document in record.keys[name]]
    return [Key(Term(each, f"{name}.{each}")) for each, value in found.items() if _is_number(value)]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def end_of_fit(record: Record) -> list[tuple[Term, float]]:
    """Return the loss and its terms at the epoch whose weights the model has kept, in order.

    Of the validation values only the loss is included. Terms with one value for each unit are left out.

    Examples
    --------
    >>> history = {"loss": [3.0, 2.0], "val_loss": [3.0, 2.5], "mmd": [0.2, 0.1], "val_mmd": [0.2, 0.2]}
    >>> terms = {"mmd": {"label": "distance to the prior", "unit": "nats"}}
    >>> [(term.text, value) for term, value in end_of_fit(Record(history=history, terms=terms))]
    [('loss, nats', 2.0), ('validation loss, nats', 2.5), ('distance to the prior, nats', 0.1)]
    """
    epoch = record.model.get("epoch", 0)
    own = {name: v for name, v in record.history.items() if name == "val_loss" or not name.startswith("val_")}
    last = {name: v[epoch - 1] for name, v in own.items() if v and name != "seconds" and len(v) >= epoch}
    numbers = {name: value for name, value in last.items() if _is_number(value)}
    return [(term, numbers[term.name]) for term in described(numbers, record.about)]
