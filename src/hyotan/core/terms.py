"""Terms: the components of a loss, each with a label and a unit for display."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Term:
    """How a quantity is labelled wherever it is shown: progress, history, report, comparison of runs.

    Parameters
    ----------
    name : str
        Its key in ``history_``.
    label : str
        Text for axes and tables; if empty, the name is used.
    unit : str
        "nats", "units", "s" …; empty for a plain number.
    order : int
        Position in lists: lower comes first, and is the last to be left out on a narrow terminal.
    direction : {"lower", "higher", ""}
        Which values are better; empty if neither.

    Examples
    --------
    >>> Term("kl", "KL to the prior", "nats", 30).text
    'KL to the prior, nats'
    """

    name: str
    label: str = ""
    unit: str = ""
    order: int = 100
    direction: str = ""

    @property
    def text(self) -> str:
        """The label with its unit."""
        return ", ".join(filter(None, (self.label or self.name.replace("_", " "), self.unit)))


LOSS = Term("loss", "loss", "nats", 0, "lower")
VALIDATION = Term("val_loss", "validation loss", "nats", 1, "lower")
SECONDS = Term("seconds", "seconds an epoch", "s", 1000, "lower")
NLL = Term("nll", "−log p(x|z)", "nats", 10, "lower")


@dataclass(frozen=True)
class Terms:
    """The loss terms of each row, in nats.

    Parameters
    ----------
    minimise : dict of arrays of shape (B,)
        Their sum is the loss of a row; weights such as β are already included.
    report : dict of arrays of shape (B,) or (B, d)
        Quantities to report as averages over rows, without weights such as β. They replace minimised terms of the same
        name in the report. Scalars go into the history; vectors are passed to the latent's ``summary``.
    about : tuple of Term
        Labels of the terms; a term without one is shown under its name.
    """

    minimise: dict[str, Any]
    report: dict[str, Any] = field(default_factory=dict)
    about: tuple[Term, ...] = ()


def described(names: Iterable[str], about: Mapping[str, Term]) -> list[Term]:
    """Return a term for each name, in the order in which they are shown; an unknown name gets a default term.

    A name that begins with ``val_`` gets the label of the term after the prefix.

    Examples
    --------
    >>> [term.name for term in described(["mmd", "kl", "loss"], {"kl": Term("kl", order=30)})]
    ['loss', 'kl', 'mmd']
    >>> described(["val_kl"], {"kl": Term("kl", "KL to the prior", "nats", 30)})[0].label
    'KL to the prior, validation'
    """
    known = {term.name: term for term in (LOSS, VALIDATION, SECONDS, *about.values())}

    def term(name: str) -> Term:
        own = name.removeprefix("val_")
        if name in known or own == name or own not in known:
            return known.get(name, Term(name))
        of = known[own]
        return Term(name, f"{of.label or of.name}, validation", of.unit, of.order, of.direction)

    return sorted((term(name) for name in names), key=lambda each: (each.order, each.name))


def to_json(about: Mapping[str, Term]) -> dict[str, dict[str, Any]]:
    """Return terms by name as dictionaries for JSON."""
    return {name: {k: v for k, v in asdict(term).items() if k != "name"} for name, term in about.items()}


def from_json(document: Mapping[str, Mapping[str, Any]]) -> dict[str, Term]:
    """Rebuild terms from the result of :func:`to_json`."""
    return {name: Term(name, **dict(rest)) for name, rest in document.items()}
