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
    "not_fitted",
    "shown",
    "unknown_name",
]


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

    def __init__(self, what: str, *, expected: str = "", received: str = "", do: str = "") -> None:
        self.what, self.expected, self.received, self.do = what, expected, received, do
        labelled = (("expected", expected), ("received", received), ("what to do", do))
        super().__init__(" · ".join([what, *(f"{label}: {text}" for label, text in labelled if text)]))

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
    near = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.5)
    listed = known if len(known) <= 16 else [*known[:16], f"… ({len(known)} in all)"]
    hints = [f"did you mean {near[0]!r}?"] if near else []
    return ParameterError(
        f"There is no {kind} named {name!r}",
        expected=f"one of {', '.join(listed)}",
        received=repr(name),
        do="; ".join([*hints, *([do] if do else [])]),
    )


def shown(value: object, limit: int = 60) -> str:
    """Return ``repr(value)`` cut to ``limit`` characters, for the *received* part of an error.

    Examples
    --------
    >>> shown(list(range(100)), 20)
    '[0, 1, 2, 3, 4, 5, …'
    """
    text = repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
