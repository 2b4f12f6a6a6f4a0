"""Checks of parameters, with hyotan's standard error."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from hyotan.core.errors import ParameterError, shown


def is_number(value: object) -> bool:
    """Whether a parameter is a finite number; True and False are not."""
    number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return number and math.isfinite(value)  # type: ignore[arg-type]


def is_whole(value: object, low: int) -> bool:
    """Whether a parameter is a whole number of at least ``low``; True and False are not."""
    return is_number(value) and isinstance(value, (int, np.integer)) and bool(value >= low)


class Checked:
    """Mixin with checks of the object's own parameters by name."""

    def check_number(self, name: str, *, low: float, high: float = math.inf, open_low: bool = False) -> float:
        """Return the parameter ``name`` as a float, or raise if it is not a number from ``low`` to ``high``.

        With ``open_low``, ``low`` itself is not allowed.
        """
        value = getattr(self, name)
        if not is_number(value) or value > high or (value <= low if open_low else value < low):
            bound = "a finite number" if low == -math.inf else f"a number {'>' if open_low else '>='} {low:g}"
            bound += f" and <= {high:g}" if high < math.inf else ""
            raise self.refusal(name, bound)
        return float(value)

    def check_whole(self, name: str, *, low: int) -> int:
        """Return the parameter ``name`` as a whole number, or raise if it is not one of at least ``low``."""
        value = getattr(self, name)
        if not is_whole(value, low):
            raise self.refusal(name, f"a whole number >= {low}")
        return int(value)

    def check_widths(self, name: str) -> tuple[int, ...]:
        """Return the parameter ``name``, whole numbers of at least 1 or a single one, as a tuple, or raise."""
        value = getattr(self, name)
        widths = (value,) if isinstance(value, (int, np.integer)) else value
        if not isinstance(widths, (tuple, list, np.ndarray)) or not all(is_whole(w, 1) for w in widths):
            raise self.refusal(name, "a tuple of whole numbers >= 1")
        return tuple(int(w) for w in widths)

    def check_choice(self, name: str, choices: Iterable[Any]) -> Any:
        """Return the parameter ``name``, or raise if it is not one of ``choices``."""
        choices = tuple(choices)
        value = getattr(self, name)
        if not isinstance(value, (str, int, type(None))) or value not in choices:
            raise self.refusal(name, "one of " + ", ".join(map(repr, choices)))
        return value

    def refusal(self, name: str, expected: str, do: str = "") -> ParameterError:
        """Return the error for an invalid parameter of this object."""
        return ParameterError(
            f"The {name!r} parameter of {type(self).__name__} is not valid",
            expected=expected,
            received=shown(getattr(self, name)),
            do=do,
        )
