"""From what the user gave to what is trained: weights, seeds, batches in network units, the built model.

Also how a fit speaks: :class:`Say` warns and remembers.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from hyotan._errors import DataError, HyotanWarning, ParameterError
from hyotan._parts import Spec
from hyotan.batch import Batch
from hyotan.fitted import Fitted
from hyotan.model import Autoencoding, Parts


class Say:
    """Warn, and remember what was said for the report."""

    def __init__(self, owner: str) -> None:
        self.owner, self.texts = owner, list[str]()

    def __call__(self, text: str) -> None:
        """Warn with the owner's name before the text."""
        self.texts.append(text)
        warnings.warn(f"{self.owner}: {text}", HyotanWarning, stacklevel=4)


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


def batch_of(fitted: Fitted, events: np.ndarray, known: np.ndarray | None, weight: np.ndarray) -> Batch:
    """Return events as a batch in network units, or refuse values the likelihood cannot score."""
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
    return Batch(values, weight.astype(np.float32), seen=known, scored=known)


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
