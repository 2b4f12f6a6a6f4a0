"""One wording for every refusal: what is wrong, what was expected, what was received, what to do.

Every error a user meets is built here, so that it reads the same whether it comes from a file, a parameter or a
training run::

    The 'beta' parameter of KL is out of range · expected: a number >= 0 · received: -1 · what to do: ...

The classes also derive from the built-in (or scikit-learn) exception a caller would catch anyway.
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

_JAX_NOTE = "JAX_TRACEBACK_FILTERING"


class HyotanError(Exception):
    """Base of every error raised on purpose by hyotan.

    Parameters
    ----------
    what : str
        What is wrong, as a sentence without its full stop.
    expected, received, do : str, optional
        What would have been right, what came instead, and what the reader can do about it.

    Examples
    --------
    >>> print(DataError("X is empty", expected="at least 2 rows", received="0 rows"))
    X is empty · expected: at least 2 rows · received: 0 rows
    """

    # A part may raise while Keras calls it. This tells Keras that the message is complete; else it would make another
    # error of the type and of a text with every argument of the call.
    _keras_call_info_injected = True

    def __init__(self, what: str, *, expected: str = "", received: str = "", do: str = "") -> None:
        self.what, self.expected, self.received, self.do = what, expected, received, do
        labelled = (("expected", expected), ("received", received), ("what to do", do))
        super().__init__(" · ".join([what, *(f"{label}: {text}" for label, text in labelled if text)]))

    def add_note(self, note: str, /) -> None:
        """Add a note, unless it is JAX's about its own frames, which is of no use to who is told what to do."""
        if _JAX_NOTE not in note:
            super().add_note(note)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by the four texts: worker processes hand errors back this way."""
        return _rebuild, (type(self), self.what, self.expected, self.received, self.do)


def _rebuild(kind: type[HyotanError], what: str, expected: str, received: str, do: str) -> HyotanError:
    return kind(what, expected=expected, received=received, do=do)


class DataError(HyotanError, ValueError):
    """The data cannot be used as they are."""


class DataTypeError(DataError, TypeError):
    """The data hold something that is not a number at all."""


class ParameterError(HyotanError, ValueError):
    """A parameter, a name or a combination of parts is not valid."""


class UnknownParameterError(ParameterError, TypeError):
    """There is no parameter of that name."""

    name: str = ""


class ArtifactError(HyotanError, ValueError):
    """A saved model cannot be read or written."""


class TrainingError(HyotanError, RuntimeError):
    """Training failed before there was anything worth keeping."""


class HyotanWarning(UserWarning):
    """Something the user should know and the run survived."""


def __getattr__(name: str) -> type:
    """Make ``NotFittedError`` when it is first asked for: scikit-learn is heavy, and this file comes first."""
    if name != "NotFittedError":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sklearn.exceptions import NotFittedError as Base

    made = type(
        name, (HyotanError, Base), {"__doc__": "An unfitted model was asked for a result.", "__module__": __name__}
    )
    globals()[name] = made  # one class, found under this name by pickle
    return made


def not_fitted(estimator: object, doing: str) -> Exception:
    """Return scikit-learn's ``NotFittedError`` in the house's wording.

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
    """Return the error for a name that is not registered, with the nearest one that is.

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


def unknown_parameter(owner: str, name: str, known: Iterable[str]) -> UnknownParameterError:
    """Return the error for a parameter that ``owner`` does not have, with the nearest one that it has.

    Parameters
    ----------
    owner : str
        Name of the class that was called.
    name : str
        What it was given; with ``__`` in it, a parameter of a part.
    known : iterable of str
        Its parameters, those of its parts included.

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
    # "hidden" is looked for in the parts first: there it is net__hidden.
    near = next((each for each in known if name and each.endswith(f"__{name}")), "") or _nearest(name, known)
    error = UnknownParameterError(
        f"{owner} has no parameter {name!r}",
        expected=f"one of {_listed(beside)}" if beside else "no parameter",
        received=repr(name),
        do=f"did you mean {near!r}?" if near else "",
    )
    error.name = name
    return error


def _nearest(name: object, known: list[str]) -> str:
    near = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
    return near[0] if near else ""


def _listed(known: list[str]) -> str:
    return ", ".join(known if len(known) <= 16 else [*known[:16], f"… ({len(known)} in all)"])


def shown(value: object, limit: int = 60) -> str:
    """Return ``repr(value)`` cut to ``limit`` characters, for the *received* part of an error.

    Examples
    --------
    >>> shown(list(range(100)), 20)
    '[0, 1, 2, 3, 4, 5, …'
    """
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
