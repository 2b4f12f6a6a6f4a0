"""The definition of a metric, how its numbers are shown, and the registry of metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, overload

from hyotan.core.numbers import number
from hyotan.core.terms import Term
from hyotan.metrics.record import Record
from hyotan.metrics.view import View

Found = Mapping[str, Any]  # what a metric returned
Function = Callable[[View], dict[str, Any] | None]
Judge = Callable[[Found, Record], Iterator[tuple[str, str]]]
Remark = Callable[[Found, View], Iterator[str]]
PLACES = ("report", "comparison")
BETTER = {"lower": "lower is better", "higher": "higher is better"}
_REGISTRY: dict[str, Metric] = {}


def _written(value: Any, found: Found) -> str:
    """Return an integer in full and any other number to four significant figures."""
    return f"{value:,}" if isinstance(value, int) else number(value, 4)


@dataclass(frozen=True)
class Key:
    """A number of a metric that is shown in reports and comparisons, and how it is shown.

    Parameters
    ----------
    term : Term
        Label, unit, order and direction. ``term.name`` is the number's key in the dict that the metric returns, with
        dots for nested dicts.
    beside : tuple of Term
        Baselines shown next to the number; they are looked up by name in the same dict.
    reading : str
        How to read the number; the unit of the term by default. :meth:`read` adds which direction is better.
    places : tuple of str
        Where the number is shown: "report", "comparison" or both.
    value : callable, optional
        ``value(found)`` computes the number from the dict ``found`` that the metric returned, for a number that is not
        an entry of it. It returns None if there is nothing to show.
    text : callable
        ``text(value, found)`` formats the number.
    words : callable, optional
        ``words(found, record)`` returns texts that depend on the record and replace the default ones in the report;
        its keys are any of "what", "value", "beside" and "reading".
    alike : callable, optional
        ``alike(record)`` returns a value that must be equal in two runs for their numbers to be comparable.
    unlike : str
        The reading shown where that value differs.
    """

    term: Term
    beside: tuple[Term, ...] = ()
    reading: str = ""
    places: tuple[str, ...] = PLACES
    value: Callable[[Found], Any] | None = None
    text: Callable[[Any, Found], str] = _written
    words: Callable[[Found, Record], dict[str, str]] | None = None
    alike: Callable[[Record], Any] | None = None
    unlike: str = ""

    @property
    def label(self) -> str:
        """The name that is shown, without the unit."""
        return self.term.label or self.term.name

    def of(self, found: Found) -> Any:
        """Return the number, taken or computed from what the metric returned, or None."""
        return look_up(found, self.term.name) if self.value is None else self.value(found)

    def read(self) -> str:
        """Return how to read the number: the reading or the unit, and which direction is better."""
        return "; ".join(filter(None, (self.reading or self.term.unit, BETTER.get(self.term.direction, ""))))

    def to_json(self) -> dict[str, Any]:
        """Return the terms and the reading as plain JSON; the callables are not stored."""
        return {"term": asdict(self.term), "beside": [asdict(each) for each in self.beside], "reading": self.reading}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Key:
        """Rebuild a key, without its callables, from the output of :meth:`to_json`."""
        beside = tuple(Term(**each) for each in document["beside"])
        return cls(Term(**document["term"]), beside, document["reading"])


def look_up(found: Found, name: str) -> Any:
    """Return the value of a dotted name, or None.

    Examples
    --------
    >>> look_up({"a": {"b": 3}}, "a.b"), look_up({"a": 1}, "a.b")
    (3, None)
    """
    value: Any = found
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


@dataclass(frozen=True)
class Metric:
    """A registered metric; calling it calls its function.

    Parameters
    ----------
    function : callable
    keys : tuple of Key, or None
        The numbers to show. None shows every plain number under its own name.
    judge : callable, optional
        ``judge(found, record)`` yields reasons for the verdict as pairs (level, sentence); the level is "good",
        "usable" or "broken".
    remark : callable, optional
        ``remark(found, view)`` yields warnings, each a sentence.
    """

    function: Function
    keys: tuple[Key, ...] | None = None
    judge: Judge | None = field(default=None, kw_only=True)
    remark: Remark | None = field(default=None, kw_only=True)

    def __call__(self, view: View) -> dict[str, Any] | None:
        """Measure the model and rows of ``view``."""
        return self.function(view)

    @property
    def order(self) -> int:
        """The position among other metrics: the lowest order of its keys."""
        return min((key.term.order for key in self.keys or ()), default=Term("").order)


@overload
def metric(function: Function) -> Function: ...
@overload
def metric(
    *, keys: Iterable[Key | Term] | None = None, judge: Judge | None = None, remark: Remark | None = None
) -> Callable[[Function], Function]: ...
def metric(
    function: Function | None = None,
    *,
    keys: Iterable[Key | Term] | None = None,
    judge: Judge | None = None,
    remark: Remark | None = None,
) -> Any:
    """Register a metric under its function's name.

    A metric takes a :class:`View` and returns a dict of plain numbers, or None if it does not apply. With the bare
    decorator (``@metric``), every number is shown under its own name in the report and in comparisons.

    Parameters
    ----------
    function : callable
    keys : iterable of Term or Key, optional
        The numbers to show, with label, unit, order and which direction is better. The name of a term is the number's
        key in the dict that the metric returns. An empty iterable shows no number.
    judge : callable, optional
        ``judge(found, record)`` yields reasons for the verdict as pairs (level, sentence); the level is "good",
        "usable" or "broken".
    remark : callable, optional
        ``remark(found, view)`` yields warnings, each a sentence.

    Examples
    --------
    >>> @metric(keys=[Term("value", "largest residual", "the data's own units", 15, "lower")])
    ... def largest(view):
    ...     return {"value": float(abs(view.residuals).max())}
    >>> registered()["largest"].keys[0].read()
    "the data's own units; lower is better"
    >>> del _REGISTRY["largest"]
    """
    shown = None if keys is None else tuple(Key(each) if isinstance(each, Term) else each for each in keys)

    def register(function: Function) -> Function:
        _REGISTRY[function.__name__] = Metric(function, shown, judge=judge, remark=remark)
        return function

    return register if function is None else register(function)


def registered() -> dict[str, Metric]:
    """Return the registered metrics, sorted by name."""
    return dict(sorted(_REGISTRY.items()))


def in_order(names: Iterable[str]) -> list[tuple[str, Metric]]:
    """Return the names and metrics of ``names`` that are registered, in the order they are shown."""
    known = [(name, _REGISTRY[name]) for name in names if name in _REGISTRY]
    return sorted(known, key=lambda each: (each[1].order, each[0]))


def pca(record: Record) -> str:
    """Return the baseline's name in texts, such as "PCA with 2 components"."""
    dim = record.metrics["codes"]["dim"]
    return f"PCA with {dim} component{'s' * (dim != 1)}"
