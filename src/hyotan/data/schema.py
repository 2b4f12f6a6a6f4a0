"""Schema: what kind of rows a model was fitted on, and the way between the user's arrays and arrays of events.

Kinds: a **table** is (n, features), an array or a frame; **images** are (n, height, width[, channels]); **series** are
(n, steps, channels), (n, steps) for one channel, or a list of arrays (steps, channels) of unequal length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from hyotan.core.errors import DataError, ParameterError, shown
from hyotan.core.spec import Spec
from hyotan.data.arrays import read_array
from hyotan.data.series.ragged import lengths_of, unpadded
from hyotan.data.tables import frames

KINDS = ("table", "images", "series")
QUANTILES = 101  # of the lengths of training series that are kept


@dataclass(frozen=True)
class Schema:
    """What a row of the user's data looks like.

    Parameters
    ----------
    kind : {"table", "images", "series"}
    shape : tuple of int
        Shape of a row as the user gives it; of series of unequal length that of the longest.
    dtype : str
        NumPy name of the type the data came in.
    missing : bool
        Whether the training data had missing cells.
    columns : tuple of str or None
        Column names of a frame; of series those of the channels, where they have any.
    open_ended : bool
        Whether series of other lengths than those of the training data can be read.
    lengths : tuple of int or None
        For series of unequal length, 101 quantiles of their lengths from the shortest to the longest.
    """

    kind: str
    shape: tuple[int, ...]
    dtype: str
    missing: bool = False
    columns: tuple[str, ...] | None = None
    open_ended: bool = False
    lengths: tuple[int, ...] | None = None

    @property
    def event(self) -> tuple[int, ...]:
        """Shape of a row in network units: images and series always have channels."""
        bare = {"images": 2, "series": 1}.get(self.kind)
        return (*self.shape, 1) if len(self.shape) == bare else self.shape

    @property
    def ragged(self) -> bool:
        """Whether the training series were of unequal length."""
        return self.lengths is not None

    def spec(self, any_length: bool) -> Spec:
        """Return what parts have to know; a net that cannot skip padding is told of it as of missing cells."""
        return Spec(self.event, missing=self.missing or (self.ragged and not any_length), ragged=self.ragged)

    @classmethod
    def infer(
        cls,
        X: np.ndarray,
        kind: str,
        columns: tuple[str, ...] | None,
        *,
        series: bool = False,
        open_ended: bool = False,
        whole: bool = False,
    ) -> Schema:
        """Return the schema of checked training data.

        Parameters
        ----------
        X : ndarray
        kind : str
        columns : tuple of str or None
        series : bool
            What "auto" is to make of three dimensions.
        open_ended : bool
            Whether the net reads series of any length.
        whole : bool
            Every series is as long as the array: NaN at its end is missing, as in windows of one long series.
        """
        if kind not in ("auto", *KINDS):
            raise ParameterError(
                "The 'kind' parameter is not valid",
                expected="one of 'auto', 'table', 'images', 'series'",
                received=shown(kind),
            )
        natural = "table" if X.ndim == 2 else "images"
        found = ("series" if series else natural) if kind == "auto" else kind
        if X.ndim not in {"table": (2,), "images": (3, 4), "series": (2, 3)}[found]:
            raise DataError(
                f"Data of shape {X.shape} are not a kind of rows that can be fitted",
                expected="(n, features) for a table, (n, height, width[, channels]) for images, "
                "(n, steps, channels) for series",
                received=f"{X.ndim} dimensions" + ("" if kind == "auto" else f" and kind={kind!r}"),
                do="reshape the data",
            )
        if found != "series":
            missing = X.dtype.kind == "f" and bool(np.isnan(X).any())
            return cls(found, tuple(X.shape[1:]), X.dtype.name, missing, columns)
        lengths = lengths_of(X)
        if whole:
            lengths = np.full(len(X), X.shape[1])
        longest = int(lengths.max())
        missing = X.dtype.kind == "f" and bool((np.isnan(_channelled(X)) & inside(lengths, X.shape[1])).any())
        quantiles = None
        if lengths.min() < longest:
            quantiles = tuple(int(q) for q in np.quantile(lengths, np.linspace(0, 1, QUANTILES), method="nearest"))
        return cls(found, (longest, *X.shape[2:]), X.dtype.name, missing, columns, open_ended, quantiles)

    def check(self, array: np.ndarray, X: Any, owner: str) -> None:
        """Raise if rows, as an array and as they were given, are not like those the model was fitted on."""
        self.check_shape(array, owner)
        self.check_names(X, owner)

    def check_shape(self, X: np.ndarray, owner: str) -> None:
        """Raise if rows do not have the shape the model was fitted on; the words are scikit-learn's."""
        if tuple(X.shape[1:]) == self.shape:
            return
        if self.kind == "series":
            self._check_series(X, owner)
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
        """Raise if columns or channels that have names are not those of the training data, in their order."""
        if self.columns is None:
            return
        given = frames.given_names(X)
        if given is None or given == self.columns:
            return
        raise DataError(
            f"The feature names should match those that were passed during fit of {owner}",
            expected=shown(list(self.columns), 200),
            received=shown(list(given), 200),
            do="select the columns by name, in the order of the training frame",
        )

    def _check_series(self, X: np.ndarray, owner: str) -> None:
        steps, channels = self.event
        if X.ndim not in (2, 3) or _channelled(X).shape[2] != channels:
            raise DataError(
                f"X has rows of shape {tuple(X.shape[1:])}, but {owner} was fitted on series of {channels} channels",
                expected=f"arrays (steps, {channels})" + (", or (steps,)" if channels == 1 else ""),
                received=str(tuple(X.shape)),
                do="give the channels the model was fitted on, in the same order; steps come first",
            )
        longest = int(lengths_of(X).max())
        if self.open_ended or (longest <= steps if self.ragged else X.shape[1] == steps):
            return
        raise DataError(
            f"X has series of {longest} steps, but {owner} was fitted on {'up to ' * self.ragged}{steps}",
            expected=f"{'at most ' * self.ragged}{steps} steps: this net reads one length",
            received=f"{longest} steps",
            do="cut the series with hyotan.data.windows(), or fit a Recurrent net, which reads any length",
        )

    def lay_out(self, X: np.ndarray, whole: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
        """Return rows as events, and how long each series is; see :meth:`events` and :meth:`ends`."""
        events = self.events(X, whole)
        return events, self.ends(events, whole)

    def events(self, X: np.ndarray, whole: bool = False) -> np.ndarray:
        """Return rows as events: a channel axis is added where there is none, and series get the length of the net.

        With ``whole`` each is as long as the array, whatever is missing at its end.
        """
        if self.kind != "series":
            return X.reshape(len(X), *self.event)
        X = _channelled(X)
        steps = self.event[0]
        if self.open_ended:
            steps = X.shape[1] if whole else int(lengths_of(X).max())
        if X.shape[1] >= steps:
            return X[:, :steps]
        end = np.full((len(X), steps - X.shape[1], X.shape[2]), np.nan)
        return np.concatenate([X, end.astype(X.dtype if X.dtype.kind == "f" else np.float64)], axis=1)

    def ends(self, events: np.ndarray, whole: bool = False) -> np.ndarray | None:
        """Return how long each series is, or None where all are as long as the array, so that NaN is a missing cell."""
        if self.kind != "series" or whole or not (self.ragged or self.open_ended):
            return None
        lengths = lengths_of(events)
        return None if (lengths == events.shape[1]).all() else lengths

    def rows(self, events: np.ndarray, like: Any = None, array: np.ndarray | None = None, whole: bool = False) -> Any:
        """Return events as the user's rows.

        Parameters
        ----------
        events : ndarray of shape (n, *event)
        like : array or list, optional
            The rows they answer: series come back as they came, a list for a list, with NaN beyond the end of each.
        array : ndarray, optional
            The same as an array, if that was read already.
        whole : bool
            As for :meth:`events`.
        """
        if self.kind != "series":
            return events.reshape(len(events), *self.shape)
        if like is None:
            return events[..., 0] if len(self.shape) == 1 else events
        array = read_array(like, owner="X", series=True) if array is None else array
        if not whole and (self.ragged or self.open_ended):
            events = np.where(inside(lengths_of(array), events.shape[1]), events, np.nan)
        full = np.full((*array.shape[:2], events.shape[2]), np.nan, events.dtype)
        steps = min(full.shape[1], events.shape[1])
        full[:, :steps] = events[:, :steps]
        if isinstance(like, (list, tuple)):
            found = unpadded(full, [len(item) for item in like])
            return [row[:, 0] if np.ndim(item) == 1 else row for row, item in zip(found, like, strict=True)]
        return full[..., 0] if array.ndim == 2 else full


def inside(lengths: np.ndarray, steps: int) -> np.ndarray:
    """Return (n, steps, 1): whether a step comes before the end of its series.

    Examples
    --------
    >>> inside(np.array([1, 3]), 3)[..., 0].astype(int).tolist()
    [[1, 0, 0], [1, 1, 1]]
    """
    return (np.arange(steps) < np.reshape(lengths, (-1, 1)))[..., None]


def _channelled(X: np.ndarray) -> np.ndarray:
    return X[..., None] if X.ndim == 2 else X
