"""What a metric is, which of its numbers are shown and how, and the registry metrics are found in."""

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
    """Return a whole number in full, any other to four figures."""
    return f"{value:,}" if isinstance(value, int) else number(value, 4)


@dataclass(frozen=True)
class Key:
    """A number of a metric that is shown, and how.

    Parameters
    ----------
    term : Term
        Its name is the number's key in what the metric returns, dotted where dicts are nested.
    beside : tuple of Term
        Baselines, found in the same way, to stand beside it.
    reading : str
        How it is read; the unit of the term, if not given. Which direction is better is added.
    places : tuple of str
        Where it is shown, of "report" and "comparison".
    value : callable, optional
        ``value(found)`` returns the number from what the metric returned, where it does not stand there as it is;
        None if there is nothing to show.
    text : callable
        ``text(value, found)`` returns the number as it is written.
    words : callable, optional
        ``words(found, record)`` returns what the report says otherwise where that depends on the record: any of
        "what", "value", "beside" and "reading".
    alike : callable, optional
        ``alike(record)`` returns what has to be the same in two runs for their numbers to be compared.
    unlike : str
        How it is read where that is not the same.
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
        """What it is called; its unit is told by :meth:`read`."""
        return self.term.label or self.term.name

    def of(self, found: Found) -> Any:
        """Return the number in what the metric returned, or None."""
        return look_up(found, self.term.name) if self.value is None else self.value(found)

    def read(self) -> str:
        """Return how it is read: unit or words, and which direction is better."""
        return "; ".join(filter(None, (self.reading or self.term.unit, BETTER.get(self.term.direction, ""))))

    def to_json(self) -> dict[str, Any]:
        """Return what of it is plain JSON: the terms and the reading."""
        return {"term": asdict(self.term), "beside": [asdict(each) for each in self.beside], "reading": self.reading}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Key:
        """Rebuild it from :meth:`to_json`."""
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
        The numbers that are shown; None shows every plain number under its own name.
    judge : callable, optional
        ``judge(found, record)`` yields reasons for the verdict, each a level ("good", "usable" or "broken") and a
        sentence.
    remark : callable, optional
        ``remark(found, view)`` yields warnings, in sentences.
    """

    function: Function
    keys: tuple[Key, ...] | None = None
    judge: Judge | None = field(default=None, kw_only=True)
    remark: Remark | None = field(default=None, kw_only=True)

    def __call__(self, view: View) -> dict[str, Any] | None:
        """Measure."""
        return self.function(view)

    @property
    def order(self) -> int:
        """The place among others, that of its first number."""
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

    A metric takes a :class:`View` and returns plain numbers by name, or None if it does not apply. Used bare, every
    number it returns is shown under its own name in the report and in comparisons.

    Parameters
    ----------
    function : callable
    keys : iterable of Term or Key, optional
        The numbers that are shown, with label, unit, place and which direction is better; the name of a term is the
        number's key in what the metric returns. None of them for an empty one.
    judge : callable, optional
        ``judge(found, record)`` yields reasons for the verdict, each a level ("good", "usable" or "broken") and a
        sentence.
    remark : callable, optional
        ``remark(found, view)`` yields warnings, in sentences.

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
    """Return the metrics by name, sorted."""
    return dict(sorted(_REGISTRY.items()))


def in_order(names: Iterable[str]) -> list[tuple[str, Metric]]:
    """Return those of the named metrics that are registered, in the order they are shown."""
    known = [(name, _REGISTRY[name]) for name in names if name in _REGISTRY]
    return sorted(known, key=lambda each: (each[1].order, each[0]))


def pca(record: Record) -> str:
    """Return PCA of the code's size, in words."""
    dim = record.metrics["codes"]["dim"]
    return f"PCA with {dim} component{'s' * (dim != 1)}"
