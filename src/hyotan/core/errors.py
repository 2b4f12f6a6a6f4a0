"""Exceptions with one message format: what is wrong, what was expected, what was received, what to do.

All errors shown to users have this format, whether they come from a file, a parameter or a training run::

    The 'beta' parameter of KL is out of range · expected: a number >= 0 · received: -1 · what to do: ...

The classes also derive from the built-in (or scikit-learn) exception that a caller would normally catch.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

__all__ = [
    "ArtifactError",
    "DataError",
    "DataTypeError",
    "HyotanError",
    "HyotanWarning",
    "NotFittedError",  # noqa: F822  (made by __getattr__)
    "ParameterError",
    "TrainingError",
    "UnknownParameterError",
    "not_fitted",
    "shown",
    "unknown_name",
    "unknown_parameter",
]

LONGEST = 1000  # characters of each part of a message
_JAX_NOTE = "JAX_TRACEBACK_FILTERING"


class HyotanError(Exception):
    """Base class of all errors that hyotan raises on purpose.

    Parameters
    ----------
    what : str
        What is wrong, as a sentence without a full stop.
    expected, received, do : str, optional
        What is valid, what was given instead, and how to fix it.

    Examples
    --------
    >>> print(DataError("X is empty", expected="at least 2 rows", received="0 rows"))
    X is empty · expected: at least 2 rows · received: 0 rows
    """

    # A part may raise an error while Keras calls it. This attribute tells Keras that the message is complete; without
    # it, Keras would raise a new error whose message lists all arguments of the call.
    _keras_call_info_injected = True

    def __init__(self, what: str, *, expected: str = "", received: str = "", do: str = "") -> None:
        what, expected, received, do = (_cut(text) for text in (what, expected, received, do))
        self.what, self.expected, self.received, self.do = what, expected, received, do
        labelled = (("expected", expected), ("received", received), ("what to do", do))
        super().__init__(" · ".join([what, *(f"{label}: {text}" for label, text in labelled if text)]))

    def add_note(self, note: str, /) -> None:
        """Add a note, unless it is JAX's note about hidden traceback frames, which does not help the user."""
        if _JAX_NOTE not in note:
            super().add_note(note)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the four texts, so that worker processes can return errors."""
        return _rebuild, (type(self), self.what, self.expected, self.received, self.do)


def _cut(text: str) -> str:
    """Return a text of at most :data:`LONGEST` characters: data in a message may be of any size."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _rebuild(kind: type[HyotanError], what: str, expected: str, received: str, do: str) -> HyotanError:
    return kind(what, expected=expected, received=received, do=do)


class DataError(HyotanError, ValueError):
    """The data cannot be used as they are."""


class DataTypeError(DataError, TypeError):
    """The data contain values that are not numbers."""


class ParameterError(HyotanError, ValueError):
    """A parameter, a name or a combination of parts is not valid."""


class UnknownParameterError(ParameterError, TypeError):
    """There is no parameter with this name."""

    name: str = ""


class ArtifactError(HyotanError, ValueError):
    """A saved model cannot be read or written."""


class TrainingError(HyotanError, RuntimeError):
    """Training failed before there was a usable model."""


class HyotanWarning(UserWarning):
    """A problem that the user should know about, but that did not stop the run."""


def __getattr__(name: str) -> type:
    """Create ``NotFittedError`` on first access, so that importing this module does not import scikit-learn."""
    if name != "NotFittedError":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sklearn.exceptions import NotFittedError as Base

    made = type(
        name, (HyotanError, Base), {"__doc__": "An unfitted model was asked for a result.", "__module__": __name__}
    )
    globals()[name] = made  # there must be only one class, and pickle looks it up under this name
    return made


def not_fitted(estimator: object, doing: str) -> Exception:
    """Return a ``NotFittedError``, also a subclass of scikit-learn's, for a model that is not fitted.

    Examples
    --------
    >>> print(not_fitted(3, "transform"))  # doctest: +ELLIPSIS
    This int instance is not fitted yet · expected: a fitted model before transform() · ...
    """
    import hyotan.core.errors as here

    error: Exception = here.NotFittedError(
        f"This {type(estimator).__name__} instance is not fitted yet",
        expected=f"a fitted model before {doing}()",
        received="an unfitted one",
        do="call fit(X) first, or hyotan.load(path) for a saved model",
    )
    return error


def unknown_name(kind: str, name: object, known: Iterable[str], do: str = "") -> ParameterError:
    """Return the error for a name that is not registered, with the most similar known name as a hint.

    Examples
    --------
    >>> print(unknown_name("net", "dens", ["conv", "dense"]))
    There is no net named 'dens' · expected: one of conv, dense · received: 'dens' · what to do: did you mean 'dense'?
    """
    known = sorted(known)
    near = _nearest(name, known)
    hints = [f"did you mean {near!r}?"] if near else []
    return ParameterError(
        f"There is no {kind} named {name!r}",
        expected=f"one of {_listed(known)}",
        received=repr(name),
        do="; ".join([*hints, *([do] if do else [])]),
    )


def unknown_parameter(owner: str, name: str, known: Iterable[str], do: str = "") -> UnknownParameterError:
    """Return the error for a parameter that ``owner`` does not have, with the most similar one as a hint.

    Parameters
    ----------
    owner : str
        Name of the class that was called.
    name : str
        The unknown name; a name with ``__`` is a parameter of a part.
    known : iterable of str
        Names of its parameters, including those of its parts.
    do : str
        What to do instead, if that is known; then no similar name is looked for.

    Examples
    --------
    >>> print(unknown_parameter("KL", "bta", ["beta", "warmup"]))
    KL has no parameter 'bta' · expected: one of beta, warmup · received: 'bta' · what to do: did you mean 'beta'?
    """
    known = sorted(known)
    part = name.rpartition("__")[0]
    beside = [each for each in known if each.rpartition("__")[0] == part] or [
        each for each in known if "__" not in each
    ]
    # An exact match in a part comes first: "hidden" is suggested as net__hidden.
    near = next((each for each in known if name and each.endswith(f"__{name}")), "") or _nearest(name, known)
    error = UnknownParameterError(
        f"{owner} has no parameter {name!r}",
        expected=f"one of {_listed(beside)}" if beside else "no parameter",
        received=repr(name),
        do=do or (f"did you mean {near!r}?" if near else ""),
    )
    error.name = name
    return error


def _nearest(name: object, known: list[str]) -> str:
    near = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
    return near[0] if near else ""


def _listed(known: list[str]) -> str:
    return ", ".join(known if len(known) <= 16 else [*known[:16], f"… ({len(known)} in all)"])


def shown(value: object, limit: int = 60) -> str:
    """Return ``repr(value)``, shortened to ``limit`` characters, for the *received* part of an error.

    Examples
    --------
    >>> shown(list(range(100)), 20)
    '[0, 1, 2, 3, 4, 5, …'
    """
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
