"""Formatting of numbers for display."""

from __future__ import annotations


def number(value: float, digits: int = 3, keep: bool = False) -> str:
    """Return a number as short text; ``keep`` keeps trailing zeros, so that numbers in a column look alike.

    Examples
    --------
    >>> number(1234.5), number(0.01234), number(-2.0), number(2, keep=True)
    ('1,234', '0.0123', '−2', '2.00')
    """
    if 1000 <= abs(value) < 1e6:
        text = f"{value:,.0f}"
    else:
        text = f"{value:#.{digits}g}".rstrip(".") if keep else f"{value:.{digits}g}"
    return text.replace("-", "−")
