"""Schema: what kind of rows a model was fitted on, and the way between the user's arrays and arrays of events.

Kinds: a **table** is (n, features), an array or a frame; **images** are (n, height, width[, channels]).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.utils import check_array

from hyotan._errors import DataError, DataTypeError, ParameterError, shown
from hyotan.data import frames

KINDS = ("table", "images")


@dataclass(frozen=True)
class Schema:
    """What a row of the user's data looks like.

    Parameters
    ----------
    kind : {"table", "images"}
    shape : tuple of int
        Shape of a row as the user gives it.
    dtype : str
        NumPy name of the type the data came in.
    missing : bool
        Whether the training data had missing cells.
    columns : tuple of str or None
        Column names of a frame.
    """

    kind: str
    shape: tuple[int, ...]
    dtype: str
    missing: bool = False
    columns: tuple[str, ...] | None = None

    @property
    def event(self) -> tuple[int, ...]:
        """Shape of a row in network units: images always have channels."""
        return (*self.shape, 1) if self.kind == "images" and len(self.shape) == 2 else self.shape

    @classmethod
    def infer(cls, X: np.ndarray, kind: str, columns: tuple[str, ...] | None) -> Schema:
        """Return the schema of checked training data."""
        if kind not in ("auto", *KINDS):
            raise ParameterError(
                "The 'kind' parameter is not valid",
                expected="one of 'auto', 'table', 'images'",
                received=shown(kind),
                do="long or ragged series are not read yet" if "series" in str(kind) else "",
            )
        natural = "table" if X.ndim == 2 else "images"
        if kind not in ("auto", natural) or X.ndim > 4:
            raise DataError(
                f"Data of shape {X.shape} are not a kind of rows that can be fitted",
                expected="(n, features) for a table, (n, height, width[, channels]) for images",
                received=f"{X.ndim} dimensions" + ("" if kind == "auto" else f" and kind={kind!r}"),
                do="reshape the data",
            )
        missing = X.dtype.kind == "f" and bool(np.isnan(X).any())
        return cls(natural, tuple(X.shape[1:]), X.dtype.name, missing, columns)

    def check(self, X: np.ndarray, owner: str) -> None:
        """Raise if rows do not have the shape the model was fitted on; the words are scikit-learn's."""
        if tuple(X.shape[1:]) == self.shape:
            return
        if self.kind == "table" and X.ndim == 2:
            what = f"X has {X.shape[1]} features, but {owner} is expecting {self.shape[0]} features as input"
        else:
            what = f"X has rows of shape {tuple(X.shape[1:])}, but {owner} was fitted on rows of shape {self.shape}"
        raise DataError(
            what,
            expected=f"an array of shape (n, {', '.join(map(str, self.shape))})",
            received=str(tuple(X.shape)),
            do="give the columns or pixels the model was fitted on, in the same order",
        )

    def check_names(self, X: Any, owner: str) -> None:
        """Raise if a frame does not have the columns of the training frame, in their order."""
        if self.columns is None or not frames.is_frame(X) or tuple(frames.columns(X)) == self.columns:
            return
        raise DataError(
            f"The feature names should match those that were passed during fit of {owner}",
            expected=shown(list(self.columns), 200),
            received=shown(frames.columns(X), 200),
            do="select the columns by name, in the order of the training frame",
        )

    def events(self, X: np.ndarray) -> np.ndarray:
        """Return rows as events (a channel axis is added to grey images)."""
        return X.reshape(len(X), *self.event)

    def rows(self, events: np.ndarray) -> np.ndarray:
        """Return events as the user's rows."""
        return events.reshape(len(events), *self.shape)


def read_array(X: Any, *, owner: str, minimum: int = 1) -> np.ndarray:
    """Return the user's data as a numeric array with NaN for missing cells, or refuse it.

    Frames of pandas, polars and Arrow become arrays of float64; integer and float32 arrays keep their type.

    Parameters
    ----------
    X : array or frame
    owner : str
        Who asks, for the messages.
    minimum : int
        Fewest rows allowed.

    Raises
    ------
    DataError
        If the data are empty, not numeric, infinite somewhere, or a list of arrays of unequal shape.

    Examples
    --------
    >>> read_array([[1, 2], [3, 4]], owner="AE").dtype.kind
    'i'
    """
    given = f"{type(X).__name__}{_shape(X)}"
    if isinstance(X, (list, tuple)):
        X = _stacked(X)
    if frames.is_frame(X):
        X = frames.numeric(X)
    try:
        array = check_array(
            X,
            dtype="numeric",
            allow_nd=True,
            ensure_all_finite=False,
            ensure_min_samples=minimum,
            input_name="X",
            estimator=owner,
        )
    except (ValueError, TypeError) as err:
        lines = str(err).strip().splitlines() or [type(err).__name__]
        refusal = DataTypeError if isinstance(err, TypeError) else DataError
        raise refusal(
            lines[0].rstrip(".:"),
            expected="a numeric array (n, features), (n, height, width[, channels]), or a frame of numeric columns",
            received=given,
            do="; ".join(line.strip() for line in lines[1:3] if line.strip()),
        ) from err
    if array.dtype.kind == "b":
        array = array.astype(np.uint8)
    if array.dtype.kind == "f" and np.isinf(array).any():
        where = np.argwhere(np.isinf(array))
        raise DataError(
            "X contains infinity (inf)",
            expected="finite numbers, NaN for a missing cell",
            received=f"{len(where):,} infinite cells, the first at index {tuple(int(i) for i in where[0])}",
            do="replace them by NaN if they mean 'missing', else clip or drop those rows",
        )
    return np.asarray(array)


def _stacked(X: Any) -> np.ndarray:
    """Return a list of rows as one array, with NaN for None."""
    try:
        array = np.asarray(X)
    except ValueError as err:  # NumPy's "inhomogeneous shape"
        raise DataError(
            "X is a list of arrays of unequal shape",
            expected="one array or frame",
            received=f"list of {len(X)} with shapes {shown(sorted({x.shape for x in X if hasattr(x, 'shape')}))}",
            do="images must be of one size (hyotan.data.load(folder, resize=28)); series of unequal length are not "
            "read by this version",
        ) from err
    if array.dtype.kind == "O" and all(v is None or isinstance(v, (int, float)) for v in array.ravel()):
        return array.astype(np.float64)
    return array


def known_cells(X: np.ndarray, *, fitting: bool, say: Callable[[str], None]) -> np.ndarray | None:
    """Return where cells are known, or None if all are; missing ones are counted aloud, through ``say``.

    Raises
    ------
    DataError
        If every cell is missing, or (fitting) a whole column is.
    """
    if X.dtype.kind != "f":
        return None
    missing = np.isnan(X)
    count = int(missing.sum())
    if not count:
        return None
    if count == X.size:
        raise DataError(
            "All cells of X are missing (NaN)",
            expected="at least one known cell",
            received=f"{count:,} missing cells of {X.size:,}",
            do="check how the data were read",
        )
    if fitting:
        check_columns(~missing)
    say(f"{count:,} of {X.size:,} cells ({count / X.size:.1%}) are missing; they are neither seen nor scored")
    return ~missing


def check_columns(known: np.ndarray) -> None:
    """Raise if training rows know nothing of a whole column: it has no scale, and there is nothing to learn."""
    empty = np.flatnonzero(~known.reshape(len(known), -1).any(axis=0))
    if len(empty):
        raise DataError(
            f"{len(empty)} columns of X have no known cell",
            expected="at least one known cell in every column of the training rows",
            received=f"all NaN in column(s) {shown(empty[:8].tolist())}",
            do="drop these columns",
        )


def _shape(X: Any) -> str:
    shape = getattr(X, "shape", None)
    return f" of shape {shape}" if shape is not None else ""
