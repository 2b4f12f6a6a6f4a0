"""Schema: the kind and shape of the rows a model was fitted on, and conversion between user arrays and events.

A **table** is an array (n, features) or a frame. **Images** are (n, height, width[, channels]). **Series** are
(n, steps, channels), or (n, steps) for one channel, or a list of arrays (steps, channels) of unequal length.
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
QUANTILES = 101  # number of quantiles of the lengths of training series


@dataclass(frozen=True)
class Schema:
    """The kind, shape and type of the user's rows.

    Parameters
    ----------
    kind : {"table", "images", "series"}
    shape : tuple of int
        Shape of a row as the user gives it; for series of unequal length, the shape of the longest.
    dtype : str
        NumPy name of the data type of the training data.
    missing : bool
        Whether the training data had missing cells.
    columns : tuple of str or None
        Column names of a frame, or channel names of series; None if there are none.
    open_ended : bool
        Whether the model accepts series of other lengths than in the training data.
    lengths : tuple of int or None
        For series of unequal length, 101 quantiles of their lengths from the shortest to the longest.
    labels : tuple of str or None
        Column names of a frame that are not text, such as numbers, written as text.
    """

    kind: str
    shape: tuple[int, ...]
    dtype: str
    missing: bool = False
    columns: tuple[str, ...] | None = None
    open_ended: bool = False
    lengths: tuple[int, ...] | None = None
    labels: tuple[str, ...] | None = None

    @property
    def event(self) -> tuple[int, ...]:
        """Shape of a row inside the model, where images and series always have a channel axis."""
        bare = {"images": 2, "series": 1}.get(self.kind)
        return (*self.shape, 1) if len(self.shape) == bare else self.shape

    @property
    def ragged(self) -> bool:
        """Whether the training series were of unequal length."""
        return self.lengths is not None

    def spec(self, any_length: bool) -> Spec:
        """Return the specification for parts; if the net cannot skip padding, padding counts as missing cells."""
        return Spec(self.event, missing=self.missing or (self.ragged and not any_length), ragged=self.ragged)

    @classmethod
    def infer(
        cls,
        X: np.ndarray,
        kind: str,
        columns: tuple[str, ...] | None,
        *,
        series: bool = False,
        images: bool | None = False,
        open_ended: bool = False,
        whole: bool = False,
    ) -> Schema:
        """Return the schema of checked training data.

        Parameters
        ----------
        X : ndarray
        kind : str
        columns : tuple of str or None
        series, images : bool
            Whether kind "auto" takes an array of three dimensions for series, or for images. If neither is true, bytes
            and squares are images, and everything else is series; ``images=None`` raises for everything else.
        open_ended : bool
            Whether the net accepts series of any length.
        whole : bool
            Whether every series has the full length of the array, as windows have; NaN at the end is then missing.
        """
        if kind not in ("auto", *KINDS):
            raise ParameterError(
                "The 'kind' parameter is not valid",
                expected="one of 'auto', 'table', 'images', 'series'",
                received=shown(kind),
            )
        found = ("series" if series else _natural(X, images)) if kind == "auto" else kind
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
        """Raise if the rows (as an array, and as given) do not match the training data in shape and names."""
        if self.kind == "table":  # the names tell more than the number of columns
            self.check_names(X, owner)
            self.check_shape(array, owner)
        else:
            self.check_shape(array, owner)
            self.check_names(X, owner)

    def check_shape(self, X: np.ndarray, owner: str) -> None:
        """Raise if rows do not have the shape the model was fitted on; the message follows scikit-learn's wording."""
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
        """Raise if column or channel names differ from those of the training data, or have another order."""
        wanted = self.columns or self.labels
        given = None if wanted is None else frames.given_names(X)
        if wanted is None or given is None or given == wanted:
            return
        counted = wanted == tuple(map(str, range(len(wanted))))  # names that pandas gives by itself
        if self.columns is None and counted and set(given) != set(wanted):
            return
        raise DataError(
            f"The feature names should match those that were passed during fit of {owner}",
            expected=shown(list(wanted), 200),
            received=shown(list(given), 200) + _differing(wanted, given),
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
        """Return rows as events, and the length of each series; see :meth:`events` and :meth:`ends`."""
        events = self.events(X, whole)
        return events, self.ends(events, whole)

    def events(self, X: np.ndarray, whole: bool = False) -> np.ndarray:
        """Return rows as events: with a channel axis for images and series, and series cut or padded to one length.

        That length is the net's or, if it accepts any length, that of the longest series. With ``whole``, every series
        has the full length of the array, even if values at its end are missing.
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
        """Return the length of each series, or None if all have the full length, where every NaN is a missing cell."""
        if self.kind != "series" or whole or not (self.ragged or self.open_ended):
            return None
        lengths = lengths_of(events)
        return None if (lengths == events.shape[1]).all() else lengths

    def rows(self, events: np.ndarray, like: Any = None, array: np.ndarray | None = None, whole: bool = False) -> Any:
        """Return events in the form of the user's rows.

        Parameters
        ----------
        events : ndarray of shape (n, *event)
        like : array or list, optional
            The user's rows that the events belong to. Series are returned in the same form: a list for a list, else an
            array with NaN after the end of each series.
        array : ndarray, optional
            ``like`` as an array, if it has been converted already.
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


def _differing(wanted: tuple[str, ...], given: tuple[str, ...]) -> str:
    """Return which names are missing, and which are too many."""
    missing, more = ([name for name in a if name not in set(b)] for a, b in ((wanted, given), (given, wanted)))
    told = [f"{what} {shown(names)}" for what, names in (("without", missing), ("with", more)) if names]
    return f", {' and '.join(told)}" if told else ", in another order"


def _natural(X: np.ndarray, images: bool | None) -> str:
    """Return the kind of rows that an array is taken for; raise if that could be more than one."""
    if X.ndim == 2:
        return "table"
    if X.ndim == 3:
        _, height, width = X.shape
        ends = X.dtype.kind == "f" and len(np.unique(_last_known(X))) > 1
        if images or ((X.dtype == np.uint8 or height == width) and not ends):
            return "images"
        if images is None:
            raise ParameterError(
                f"Rows of shape {X.shape[1:]} can be series or images, and this net reads both",
                expected="kind='series' or kind='images'",
                received="kind='auto'",
                do=f"set kind='series' for {height} steps of {width} channels, or kind='images' for {height} x {width} "
                "pixels",
            )
        return "series"
    first = X.ndim == 4 and X.shape[1] < X.shape[2] == X.shape[3]  # (n, 3, 32, 32), and spectra of square images
    if first or (X.ndim == 4 and X.shape[1] in (1, 3, 4) and X.shape[3] > 4 and X.shape[2] > 4):
        raise DataError(
            f"X seems to have the channels of its images first: shape {X.shape}",
            expected="(n, height, width, channels)",
            received=f"{X.shape[1]} in the place of the height, {X.shape[3]} in that of the channels",
            do=f"np.moveaxis(X, 1, -1) puts channels last; kind='images' reads {X.shape[1]} x {X.shape[2]} pixels with "
            f"{X.shape[3]} channels",
        )
    return "images"


def _last_known(X: np.ndarray) -> np.ndarray:
    """Return the last step of each row (n, steps, channels) with a known value, 0 if there is none."""
    known = ~np.isnan(X).all(axis=2)
    return np.where(known.any(axis=1), X.shape[1] - known[:, ::-1].argmax(axis=1), 0)


def inside(lengths: np.ndarray, steps: int) -> np.ndarray:
    """Return a mask (n, steps, 1) of the steps before the end of each series.

    Examples
    --------
    >>> inside(np.array([1, 3]), 3)[..., 0].astype(int).tolist()
    [[1, 0, 0], [1, 1, 1]]
    """
    return (np.arange(steps) < np.reshape(lengths, (-1, 1)))[..., None]


def _channelled(X: np.ndarray) -> np.ndarray:
    return X[..., None] if X.ndim == 2 else X
