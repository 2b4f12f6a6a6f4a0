"""From what the user gave to what is trained: weights, seeds, batches in network units, the built model.

Also how a fit speaks: :class:`Say` warns and remembers.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from hyotan._errors import DataError, HyotanWarning, ParameterError, shown
from hyotan._parts import Spec
from hyotan.batch import Batch
from hyotan.data.scaling import Scaler
from hyotan.data.schema import Schema, inside, missing_cells
from hyotan.fitted import Fitted
from hyotan.model import Autoencoding, Parts


class Say:
    """Warn, and remember what was said for the report."""

    def __init__(self, owner: str) -> None:
        self.owner, self.texts = owner, list[str]()

    def __call__(self, text: str) -> None:
        """Warn with the owner's name before the text."""
        self.texts.append(text)
        frame, level = sys._getframe(), 1
        while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "hyotan":
            frame, level = frame.f_back, level + 1  # the line that is told is the user's, however deep this is called
        warnings.warn(f"{self.owner}: {text}", HyotanWarning, stacklevel=level)


def seeds_of(random_state: Any) -> tuple[int, int]:
    """Return the integer that stands for a random state, and the seed everything is drawn from.

    An integer stands for itself; None and a ``RandomState`` give one that can be written down and used again.
    """
    whole = isinstance(random_state, (int, np.integer)) and not isinstance(random_state, bool)
    chosen = int(random_state) if whole else int(check_random_state(random_state).randint(2**31 - 1))
    return chosen, int(check_random_state(chosen).randint(2**31 - 1))


def built(parts: Parts, spec: Spec, seed: int) -> Autoencoding:
    """Return the model, or say which network of the user's own does not fit."""
    try:
        return Autoencoding(parts, spec, seed)
    except ValueError as err:
        if isinstance(err, ParameterError) or not parts.net.not_saved:
            raise
        raise ParameterError(
            "The custom net does not fit the data or the code",
            expected=f"an encoder of rows {spec.event} and a decoder of the latent's codes",
            received=" ".join(str(err).split())[:200],
            do="change the shapes of the networks' inputs",
        ) from err


def batch_of(
    fitted: Fitted, events: np.ndarray, known: np.ndarray | None, weight: np.ndarray, ends: np.ndarray | None = None
) -> Batch:
    """Return events as a batch in network units, or refuse values the likelihood cannot score.

    Parameters
    ----------
    fitted : Fitted
    events : ndarray of shape (n, *event)
    known : ndarray of bool of the same shape, or None for every cell
    weight : ndarray of shape (n,)
    ends : ndarray of shape (n,), or None
        Lengths of series that are not all as long as the array.
    """
    values = fitted.scaler.apply(events)
    invalid = fitted.parts.likelihood.invalid(values)
    if invalid.any():
        name, worst = type(fitted.parts.likelihood).__name__, values[invalid]
        raise DataError(
            f"{int(invalid.sum()):,} values cannot be scored by the {name} likelihood",
            expected=fitted.parts.likelihood.support,
            received=f"values from {worst.min():.4g} to {worst.max():.4g} (values {fitted.scaler.describe()})",
            do="clip them to the range of the training rows, or fit with likelihood='gaussian'"
            if fitted.scaler.method == "minmax"
            else "fit with likelihood='gaussian', or with scale='minmax'; or clip the data",
        )
    if known is not None:
        known = known.reshape(values.shape)
        values = np.where(known, values, np.float32(0))
        if ends is not None and not (fitted.network.spec.missing or missing_cells(known, ends)):
            known = None  # there is padding and nothing else, which ``there`` tells
    # A net that predicts is not shown what it has to predict.
    seen, scored = (
        known if cells is None else np.broadcast_to(cells, values.shape) if known is None else known & cells
        for cells in fitted.parts.net.masks(values.shape[1:])
    )
    there = None if ends is None else inside(ends, values.shape[1])[..., 0]
    return Batch(values, weight.astype(np.float32), seen=seen, scored=scored, there=there)


def scaler_of(events: np.ndarray, method: str, kind: str, weight: np.ndarray) -> Scaler:
    """Return the scaler of training events: one map for images, one a column, one a channel of series."""
    if kind == "series":
        weight = np.repeat(weight, events.shape[1])
        events = events.reshape(-1, events.shape[-1])
    return Scaler.fit(events, method, per_column=kind != "images", weight=weight)


def blank_rows(schema: Schema, lengths: Any, n: int) -> tuple[np.ndarray, Batch]:
    """Return the lengths of n series, checked, and rows that hold nothing and end there, for codes to be written to."""
    ends = np.asarray(lengths)
    longest = 2**31 if schema.open_ended else schema.shape[0]
    whole = schema.kind == "series" and ends.shape == (n,) and ends.dtype.kind in "iu"
    if not whole or ends.min() < 1 or ends.max() > longest:
        wanted = f"{n} whole numbers from 1" + ("" if schema.open_ended else f" to {longest}")
        raise ParameterError(
            "The 'lengths' parameter is not valid",
            expected=wanted if schema.kind == "series" else f"None: these rows are {schema.kind}, not series",
            received=shown(lengths),
        )
    steps = int(ends.max()) if schema.open_ended else schema.shape[0]
    nothing = np.zeros((n, steps, schema.event[1]), bool)
    there = inside(ends, steps)[..., 0]
    return ends, Batch(nothing.astype(np.float32), np.ones(n, np.float32), seen=nothing, there=there)


def row_norms(difference: np.ndarray) -> np.ndarray:
    """Return the Euclidean norm of each row, (n,); zeros at the end of a series change no bit of it.

    Examples
    --------
    >>> row_norms(np.array([[3.0, 4.0], [0.0, 2.0]])).tolist()
    [5.0, 2.0]
    """
    squares = np.square(difference.reshape(len(difference), -1))
    if difference.ndim == 3:  # one after the other: NumPy's own sum would group cells by how many there are
        return np.asarray(np.sqrt(np.cumsum(squares, axis=1)[:, -1]))
    return np.asarray(np.sqrt(np.sum(squares, axis=1)))


def weights_of(sample_weight: Any, n: int) -> np.ndarray:
    """Return the rows' weights, ones if none are given, or refuse them."""
    if sample_weight is None:
        return np.ones(n)
    weight = np.asarray(sample_weight, dtype=np.float64)
    if weight.shape != (n,) or not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise DataError(
            "sample_weight is not valid" if weight.any() else "All sample weights are zero",
            expected=f"{n} finite numbers >= 0, not all of them 0",
            received=f"shape {weight.shape}, from {weight.min(initial=0):g} to {weight.max(initial=0):g}",
        )
    return weight


def say_collapse(fitted: Fitted, say: Say) -> None:
    """Warn once if no unit of a Gaussian latent carries anything at the epoch whose weights are kept."""
    active = fitted.history.get("active_units")
    if active and active[fitted.info["epoch"] - 1] == 0:
        dim = int(np.prod(fitted.network.code))
        say(
            f"posterior collapse: 0 of {dim} latent units are active, so the codes say nothing about the rows · "
            "what to do: lower beta, use KL(warmup=…) or KL(free_bits=…), or train longer"
        )
