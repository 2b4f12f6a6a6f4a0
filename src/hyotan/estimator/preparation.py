"""The steps of a fit before training: read → split → scale → build.

``fit`` and ``Sweep`` use the same steps. In all functions, ``model`` is the estimator, whose parameters determine what
is done.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from hyotan.artifact import params_json
from hyotan.artifact.describe import describe
from hyotan.artifact.fitted import Assembly, Fitted
from hyotan.core.batch import Batch
from hyotan.core.errors import DataError, ParameterError, shown
from hyotan.core.part import resolve
from hyotan.core.warn import WarningLog
from hyotan.data.arrays import read_array
from hyotan.data.masked import unmasked
from hyotan.data.missing import check_columns, known_cells, missing_cells
from hyotan.data.scaling import Scaler
from hyotan.data.schema import Schema
from hyotan.data.series.ragged import is_ragged
from hyotan.data.series.windows import Windows
from hyotan.data.splits import held_out
from hyotan.data.tables import frames
from hyotan.estimator.build import built, parts_of
from hyotan.estimator.defaults import choose
from hyotan.estimator.reading import batch_of, read, refuse_padding_in_front
from hyotan.nets import Net
from hyotan.training.fingerprint import fingerprint


@dataclass(frozen=True)
class Given:
    """The user's rows, read and checked.

    Parameters
    ----------
    net : Net
    schema : Schema
    events : ndarray of shape (n, *event)
    weight : ndarray of shape (n,)
    known : ndarray of bool, or None if every cell is known
    ends : ndarray of shape (n,), or None
        Lengths of the series; None if all have the same length.
    windows : Windows or None
        The rows as given, if they are windows of one long series.
    guess : str
        How to have the rows read otherwise, if their kind was guessed.
    """

    net: Net
    schema: Schema
    events: np.ndarray
    weight: np.ndarray
    known: np.ndarray | None
    ends: np.ndarray | None
    windows: Windows | None
    guess: str = ""

    def taken(self, rows: Any) -> tuple[Any, ...]:
        """Return events, known, weight and ends of some rows: the arguments of :func:`batch_of`."""
        found = (self.events, self.known, self.weight, self.ends)
        return tuple(None if array is None else array[rows] for array in found)


@dataclass(frozen=True)
class Ready:
    """Rows in network units and a built model, ready for training.

    Parameters
    ----------
    assembly : Assembly
    rows, validation : Batch
        Training rows; validation rows, possibly empty.
    kept, held : ndarray of int
        Numbers of the training rows in the user's X; numbers of the validation rows in X or in ``validation_data``.
    seed : int
        Seed for initial weights, order of rows and noise.
    info : dict
        The entries of :attr:`Fitted.info` that are known before training.
    about : dict
        Fingerprint of the fit, which is compared when it is resumed.
    warn : WarningLog
    """

    assembly: Assembly
    rows: Batch
    validation: Batch
    kept: np.ndarray
    held: np.ndarray
    seed: int
    info: dict[str, Any]
    about: dict[str, Any]
    warn: WarningLog

    def summary(self) -> str:
        """Return a one-line summary of the data and the parts."""
        return describe(Fitted(**vars(self.assembly), seed=self.about["seed"], info=self.info))


def prepare(
    model: Any,
    given: Given,
    validation_data: Any,
    *,
    seeds: tuple[int, int],
    split_seed: int,
    warn: WarningLog,
) -> Ready:
    """Return rows in network units and a built model.

    Parameters
    ----------
    model : estimator
    given : Given
        From :func:`read_given`.
    validation_data
        The argument of ``fit``.
    seeds : tuple of int
        From :func:`seeds_of`.
    split_seed : int
        Seed for the choice of the rows held out.
    warn : WarningLog
    """
    kept, held = split(model, given, validation_data, split_seed)
    scaler, likelihood = scale(model, given, kept)
    parts = parts_of(model, given.net, likelihood)
    spec = given.schema.spec(given.net.any_length)
    assembly = Assembly(built(parts, spec, seeds[1], len(given.weight[kept])), parts, given.schema, scaler)
    rows = batch_of(assembly, *given.taken(kept))
    if validation_data is not None:
        validation = read(assembly, validation_data, warn, fitting=True).batch or rows.take(slice(0))
    else:
        validation = batch_of(assembly, *given.taken(held))
    seen = rows.values if rows.seen is None else rows.values[rows.seen]
    about = fingerprint(rows, validation, _settings(model), seeds[0])
    info = {
        "rows": about["rows"],
        "validation_rows": about["validation_rows"],
        "missing": 0 if given.known is None else missing_cells(given.known, given.ends),
        "parameters": int(sum(np.prod(w.shape) for w in assembly.network.trainable_weights)),
        "normalised": parts.likelihood.normalised(seen),
    }
    if given.guess:
        info["guess"] = given.guess
    places = np.arange(len(given.weight))
    validated = places[held] if validation_data is None else np.arange(about["validation_rows"])
    return Ready(assembly, rows, validation, places[kept], validated, seeds[1], info, about, warn)


def sibling(ready: Ready, model: Any, seeds: tuple[int, int], warn: WarningLog) -> Ready:
    """Return the same prepared rows with a newly built model for another estimator with the same net and likelihood.

    Warnings about the rows are copied to the new model.
    """
    first = ready.assembly
    parts = parts_of(model, resolve("net", model.net), first.parts.likelihood)
    warn.texts[:0] = ready.warn.texts
    assembly = replace(first, network=built(parts, first.network.spec, seeds[1], first.network.rows), parts=parts)
    about = {**ready.about, "settings": _settings(model), "seed": seeds[0]}
    return replace(ready, assembly=assembly, seed=seeds[1], about=about, warn=warn)


def _settings(model: Any) -> dict[str, Any]:
    return params_json.settings(model.get_params(deep=False))


def read_given(model: Any, X: Any, sample_weight: Any, warn: WarningLog) -> Given:
    """Read and check the user's rows; the net may determine whether they are series."""
    net = resolve("net", model.net)
    reads_series = net.reads_series
    if reads_series and model.kind == "auto" and frames.is_frame(X):
        raise DataError(
            f"A {type(net).__name__} net reads series, and X is a table",
            expected="an array (n, steps, channels), a list of series, or hyotan.data.Windows",
            received=type(X).__name__,
            do="hyotan.data.windows(table, length) for one long series; kind='series' if each row is one",
        )
    names = frames.names(X)
    labels = frames.other_names(X) if names is None else None
    array = read_array(X, owner=warn.owner, series=model.kind == "series")
    windows = X if isinstance(X, Windows) else None
    schema = Schema.infer(
        array,
        model.kind,
        None if model.kind == "series" and array.ndim == 2 else names,  # the columns are steps
        series=reads_series or windows is not None or is_ragged(X),
        images=array.ndim == 3 and net.reads_images,
        open_ended=net.any_length and not net.future,
        whole=windows is not None,
    )
    series = schema.kind == "series"
    if labels is not None and not series:
        schema = replace(schema, labels=labels)
    if series and windows is None and not isinstance(X, (list, tuple)):
        refuse_padding_in_front(array)
    (events, ends), weight = schema.lay_out(array, windows is not None), weights_of(sample_weight, len(array))
    names = schema.columns or schema.labels
    known = known_cells(events, fitting=True, warn=warn, ends=ends, series=series, names=names)
    if ends is not None and not isinstance(X, (list, tuple)):
        warn(f"{int((ends < events.shape[1]).sum()):,} series end in NaN: they are read as shorter ones")
    guess = ""
    if model.kind == "auto" and array.ndim == 3 and not reads_series and windows is None and not is_ragged(X):
        guess = f"kind='{'images' if series else 'series'}' reads {'images' if series else 'series'}"
    return Given(net, schema, events, weight, known, ends, windows, guess)


def split(model: Any, given: Given, validation_data: Any, seed: int) -> tuple[Any, Any]:
    """Return the training rows and the rows held out; rows of weight 0 are in neither.

    Neighbouring windows of one series share steps, so windows are split by time: the last ones are held out.
    """
    rows = np.flatnonzero(given.weight)
    fraction = 0.1 if model.validation_fraction is None and model.early_stopping else model.validation_fraction
    kept: Any
    held: Any
    if validation_data is not None or fraction is None:
        # Indexing with a slice does not copy the data.
        kept, held = (slice(None) if len(rows) == len(given.weight) else rows), slice(0)
    elif given.windows is not None:
        X = given.windows
        first, last = (np.flatnonzero(np.isin(X.start, part.start)) for part in X.split(fraction))
        kept, held = np.intersect1d(first, rows), np.intersect1d(last, rows)
    else:
        kept, held = (rows[part] for part in held_out(len(rows), fraction, seed))
    if given.known is not None:
        names = given.schema.columns or given.schema.labels
        check_columns(given.known[kept], given.schema.kind == "series", names)
    return kept, held


def scale(model: Any, given: Given, kept: Any) -> tuple[Scaler, str]:
    """Return the scaler, fitted on the training rows, and the name of the likelihood."""
    events, kind = given.events[kept], given.schema.kind
    method, likelihood = choose(events, kind, model.scale, model.likelihood)
    return scaler_of(events, method, kind, given.weight[kept]), likelihood


def _is_int(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def seeds_of(random_state: Any) -> tuple[int, int]:
    """Return the integer seed of a random state, and a second seed derived from it, which the fit uses.

    For an integer, the first is the integer itself. For None, a ``RandomState`` or a ``Generator`` it is drawn; given
    as ``random_state``, it repeats the fit.

    Raises
    ------
    ParameterError
        If it is something else.
    """
    if isinstance(random_state, np.random.Generator):
        chosen = int(random_state.integers(2**31 - 1))
    elif _is_int(random_state) and 0 <= random_state < 2**32:
        chosen = int(random_state)
    elif random_state is None or isinstance(random_state, np.random.RandomState) or random_state is np.random:
        chosen = int(check_random_state(random_state).randint(2**31 - 1))
    else:
        raise ParameterError(
            "The 'random_state' parameter is not valid",
            expected="a whole number from 0 to 2**32 - 1, None, or a numpy.random.Generator or RandomState",
            received=shown(random_state),
        )
    return chosen, int(check_random_state(chosen).randint(2**31 - 1))


def scaler_of(events: np.ndarray, method: str, kind: str, weight: np.ndarray) -> Scaler:
    """Return the scaler of training events: one scale for images, one per column of a table or channel of series."""
    if kind == "series":
        weight = np.repeat(weight, events.shape[1])
        events = events.reshape(-1, events.shape[-1])
    return Scaler.fit(events, method, per_column=kind != "images", weight=weight)


def weights_of(sample_weight: Any, n: int) -> np.ndarray:
    """Return the weights of the rows with mean 1, all 1 if none are given; raise if they are not valid.

    Only the ratios of weights matter: weights times a constant give the same model.
    """
    if sample_weight is None:
        return np.ones(n)
    weight = np.asarray(unmasked(sample_weight), dtype=np.float64)
    if weight.shape != (n,) or not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise DataError(
            "sample_weight is not valid" if weight.any() else "All sample weights are zero",
            expected=f"{n} finite numbers >= 0, not all of them 0",
            received=f"shape {weight.shape}, from {weight.min(initial=0):g} to {weight.max(initial=0):g}",
        )
    weight = weight / weight.max()  # first, so that the sum of very large weights is finite
    return weight / weight.mean()
