"""Missing cells: their mask, the warning about them, and errors for data that are missing entirely."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from hyotan.core.errors import DataError, shown
from hyotan.data.schema import inside

UNSEEN = "they are neither seen nor scored"


def known_cells(
    X: np.ndarray,
    *,
    fitting: bool,
    warn: Callable[[str], None],
    ends: np.ndarray | None = None,
    series: bool = False,
    names: Sequence[str] | None = None,
    unseen: str = UNSEEN,
) -> np.ndarray | None:
    """Return the mask of observed cells, or None if all are; the number of missing cells is passed to ``warn``.

    Parameters
    ----------
    X : ndarray of shape (n, ...)
    fitting : bool
        Whether each column must have at least one observed cell.
    warn : callable
    ends : ndarray of shape (n,), optional
        Lengths of series: the cells after the end are False in the mask, but do not count as missing.
    series : bool
        Whether a column is a channel of series, rather than a position in the row.
    names : sequence of str, optional
        Names of the columns, for the messages.
    unseen : str
        What becomes of missing cells, for the warning.

    Raises
    ------
    DataError
        If every cell is missing, or (fitting) a whole column is.
    """
    if X.dtype.kind != "f":
        return None
    missing = np.isnan(X)
    if not missing.any():
        return None
    if missing.all():
        raise DataError(
            "All cells of X are missing (NaN)",
            expected="at least one known cell",
            received=f"{X.size:,} missing cells of {X.size:,}",
            do="check how the data were read",
        )
    if fitting:
        check_columns(~missing, series, names)
    within = np.ones(1, bool) if ends is None else inside(ends, X.shape[1])
    count = int((missing & within).sum())
    if count:
        cells = X.size if ends is None else int(ends.sum()) * X.shape[2]
        warn(missing_words(count, cells, unseen))
    return ~missing


def missing_words(count: int, cells: int, unseen: str = UNSEEN) -> str:
    """Return the text of the warning about missing cells.

    Examples
    --------
    >>> missing_words(1200, 48000)
    '1,200 of 48,000 cells (2.5%) are missing; they are neither seen nor scored'
    """
    return f"{count:,} of {cells:,} cells ({count / cells:.1%}) are missing; {unseen}"


def missing_cells(known: np.ndarray | None, ends: np.ndarray | None) -> int:
    """Return the number of missing cells, without those after the end of a series."""
    if known is None:
        return 0
    return int((~known if ends is None else ~known & inside(ends, known.shape[1])).sum())


def check_columns(known: np.ndarray, series: bool = False, names: Sequence[str] | None = None) -> None:
    """Raise if a whole column of the training rows is missing: it cannot be scaled or learned."""
    name = "channel" if series else "column"
    empty = np.flatnonzero(~known.reshape(-1, known.shape[-1] if series else known[0].size).any(axis=0))
    if len(empty):
        raise DataError(
            f"{len(empty)} {name}s of X have no known cell",
            expected=f"at least one known cell in every {name} of the training rows",
            received=f"all NaN in {name}(s) {shown([i if names is None else names[i] for i in empty[:8].tolist()])}",
            do=f"drop these {name}s",
        )
