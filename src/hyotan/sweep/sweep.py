"""Fleets: one model in many variants, trained together, compared in a table, the best of them named."""

from __future__ import annotations

import itertools
import math
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import keras
import numpy as np
from sklearn.base import clone

from hyotan.core.errors import HyotanWarning, ParameterError, TrainingError, shown, unknown_parameter
from hyotan.core.part import Configurable, Part
from hyotan.core.validation import is_number, is_whole
from hyotan.core.warn import WarningLog
from hyotan.data.tables.frames import take_rows
from hyotan.estimator import fitting, parameters, preparation
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.estimator.preparation import seeds_of
from hyotan.sweep.variant import Variant
from hyotan.training.progress import Progress, wanted

SCORED = 10_000  # rows behind a score at most, evenly spaced
IN_LOOP = ("epochs", "patience")  # each model counts its own
OF_ROWS = (
    "net",
    "likelihood",
    "kind",
    "scale",
    "validation_fraction",
    "early_stopping",
)  # how rows are read and parted


class Fleet(Configurable):
    """Many variants of one model: every combination of values and seeds, trained together where that is faster.

    Models that differ in their seeds, their learning rate and such weights as β or λ only have one shape, and are
    trained by one program that is compiled once; side by side or one after another, whichever is faster here.
    Models of other shapes follow one another. Each becomes an ordinary fitted model, with the weights it would have
    got alone, up to rounding.

    Parameters
    ----------
    model : Autoencoder
        What all have in common. It is not fitted itself.
    over : dict or None
        Values to try, by the name of a parameter, nested ones too:
        ``{"beta": [1, 2, 4], "net__hidden": [(64,), (256,)]}``.
    seeds : sequence of int or None
        A model for each; None takes the one seed of ``model``.

    Attributes
    ----------
    models_ : list of Autoencoder
        In the order of ``table_``; None for one that failed in its first epoch, as the table says.
    table_ : list of dict
        A row a model, for ``pandas.DataFrame(fleet.table_)`` or ``polars.DataFrame(fleet.table_)``: what varies,
        ``seed``; at the epoch whose weights are kept ``loss``, its terms, ``val_*`` and ``active_units``; ``epochs``;
        ``score``, the mean of ``score_samples`` over the rows held out, or over the training rows if none were (at
        most 10,000, the same for all); ``seconds``; ``error``.
    best_ : Autoencoder
        That with the highest score: the evidence lower bound with β = 1, so that models of different β compare. Where
        a model has no score, that with the lowest ``val_loss``, or ``loss``.
    best_index_ : int
        Which of ``models_`` that is.
    together_ : str
        What was trained together and what one after another, and why; a line for each shape.

    Notes
    -----
    Rows are held out once for all, by the first seed. Callbacks of your own are called for one model after another.
    A ``checkpoint`` is refused: it names one file.

    Examples
    --------
    >>> import hyotan as hy
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> vae = hy.VAE(2, epochs=2, verbose=0)
    >>> fleet = hy.Fleet(vae, over={"beta": [1, 4]}, seeds=range(3)).fit(X)
    >>> len(fleet.models_), fleet.best_.transform(X).shape
    (6, (60, 2))
    >>> [(row["beta"], row["seed"]) for row in fleet.table_][:4]
    [(1, 0), (1, 1), (1, 2), (4, 0)]
    """

    def __init__(self, model: Any, *, over: Any = None, seeds: Any = None) -> None:
        self.model = model
        self.over = over
        self.seeds = seeds

    def fit(self, X: Any, y: Any = None, *, sample_weight: Any = None, validation_data: Any = None) -> Fleet:
        """Fit every model.

        Parameters
        ----------
        X, sample_weight, validation_data
            As for :meth:`Autoencoder.fit`.
        y : ignored

        Returns
        -------
        Fleet
            Itself. If anything fails, an earlier fit is still there.

        Raises
        ------
        DataError, ParameterError
        TrainingError
            If the loss of every model stops being finite in the first epoch.
        """
        variants = self._variants()
        for variant in variants:
            parameters.check(variant.model)
        groups: dict[tuple[int, ...], list[Variant]] = {}
        for variant in variants:
            groups.setdefault(variant.shape, []).append(variant)
        all_ready = _prepare(variants, X, {"sample_weight": sample_weight, "validation_data": validation_data})
        told = [self._fit_group(group, X) for group in groups.values()]
        alive = [variant for variant in variants if variant.error is None]
        if not alive:
            raise variants[0].error or TrainingError("No model could be trained")
        scored = _scored_rows(X, validation_data, all_ready)
        for group in groups.values():
            _score([variant for variant in group if variant.error is None], scored)
        self.models_ = [variant.model if variant.error is None else None for variant in variants]
        self.table_ = _table(variants)
        self.best_index_ = _best(variants)
        self.best_ = self.models_[self.best_index_]
        self.together_ = "\n".join(told)
        if self.model.verbose:
            print(f"Fleet: {self.together_}", flush=True)  # noqa: T201
        return self

    def _variants(self) -> list[Variant]:
        """Return all models, checked: every combination of values, each with every seed."""
        if not isinstance(self.model, Autoencoder):
            raise ParameterError(
                "The 'model' of a Fleet is not a model",
                expected="a hyotan.Autoencoder, as hyotan.VAE(2)",
                received=shown(self.model),
            )
        if self.model.checkpoint is not None:
            raise ParameterError(
                "A Fleet cannot write a checkpoint",
                expected="checkpoint=None: it names one file, and there are many models",
                received=f"checkpoint={shown(self.model.checkpoint)}",
                do="save them afterwards: fleet.models_[0].save(path)",
            )
        over, variants = self._checked_over(), list[Variant]()
        seeds = self._checked_seeds()
        for chosen in itertools.product(*(enumerate(values) for values in over.values())):
            varied = {name: value for name, (_, value) in zip(over, chosen, strict=True)}
            for seed in seeds:
                model = clone(self.model)
                own = {name: clone(value) if isinstance(value, Part) else value for name, value in varied.items()}
                model.set_params(**own, random_state=seed)
                model.callbacks = self.model.callbacks  # themselves, not copies: they are the user's
                places = {name: at for name, (at, _) in zip(over, chosen, strict=True)}
                shape = tuple(at for name, at in places.items() if not _shared(model, name, over[name]))
                rows = tuple(at for name, at in places.items() if name.partition("__")[0] in OF_ROWS)
                variants.append(Variant(len(variants), model, {**varied, "seed": seed}, shape, rows))
        return variants

    def _checked_over(self) -> dict[str, list[Any]]:
        over = {} if self.over is None else self.over
        if not isinstance(over, Mapping):
            raise self._refusal("over", "a dict of lists of values by the name of a parameter, or None")
        known = self.model.get_params()
        for name, values in over.items():
            if name not in known:
                raise unknown_parameter(type(self.model).__name__, name, known)
            if name in ("random_state", "callbacks", "checkpoint", "verbose"):
                do = "seeds=range(16) makes a model for each seed" if name == "random_state" else ""
                raise ParameterError(
                    f"{name!r} cannot be varied", expected="a parameter of the model", received=repr(name), do=do
                )
            if not isinstance(values, (Sequence, np.ndarray)) or isinstance(values, str) or not len(values):
                raise ParameterError(
                    f"The values of {name!r} are not valid", expected="a list of one or more", received=shown(values)
                )
        return {name: [v.item() if isinstance(v, np.generic) else v for v in values] for name, values in over.items()}

    def _checked_seeds(self) -> list[int]:
        if self.seeds is None:
            return [seeds_of(self.model.random_state)[0]]
        do = f"seeds=range({self.seeds})" if is_whole(self.seeds, 1) else ""
        several = isinstance(self.seeds, (Sequence, np.ndarray)) and not isinstance(self.seeds, str)
        seeds = list(self.seeds) if several else []
        if not seeds or not all(is_whole(seed, 0) for seed in seeds) or len(set(seeds)) < len(seeds):
            raise self._refusal("seeds", "different whole numbers >= 0, or None", do)
        return [int(seed) for seed in seeds]

    def _refusal(self, name: str, expected: str, do: str = "") -> ParameterError:
        return ParameterError(
            f"The {name!r} parameter of Fleet is not valid",
            expected=expected,
            received=shown(getattr(self, name)),
            do=do,
        )

    def _fit_group(self, group: list[Variant], X: Any) -> str:
        """Fit models of one shape, and tell how."""
        verbose, began = self.model.verbose, time.perf_counter()
        ready = [variant.ready for variant in group if variant.ready is not None]
        if verbose:
            models = f"{len(group)} models, {group[0].number} to {group[-1].number}" if len(group) > 1 else group[0]
            print(f"Fleet: {models} · {ready[0].summary()}", flush=True)  # noqa: T201
        why = _separate(group, ready[0])
        if why is None:
            from hyotan.training import parallel  # it imports JAX

            trainings = [fitting.training_of(each, v.model) for each, v in zip(ready, group, strict=True)]
            epochs = max(variant.model.epochs for variant in group)
            told = parallel.train(
                trainings,
                Progress(epochs, ready[0].assembly.network.about, bar=verbose == 1) if wanted(verbose) else None,
            )
            seconds = (time.perf_counter() - began) / len(group)
            for variant, each, training in zip(group, ready, trainings, strict=True):
                _finish(variant, each, training, training.finish, X, seconds)
            return told
        for variant, each in zip(group, ready, strict=True):
            if verbose and len(group) > 1:
                print(f"Fleet: {variant}", flush=True)  # noqa: T201
            training = fitting.training_of(each, variant.model, verbose=verbose)
            _finish(variant, each, training, training.run, X)
        return why

    def __sklearn_is_fitted__(self) -> bool:
        """Whether ``fit`` has run."""
        return hasattr(self, "models_")


def _shared(model: Autoencoder, name: str, values: list[Any]) -> bool:
    """Whether models that differ in this parameter can share a compiled program: it is no part of the program."""
    if name in IN_LOOP:
        return True
    if name == "learning_rate":  # a number is a variable of the optimizer; a schedule is not
        return all(map(is_number, values))
    part, own = model.owner_of(name)
    return isinstance(part, Part) and own in part.traced and all(map(is_number, values))


def _separate(group: list[Variant], ready: preparation.Ready) -> str | None:
    """Return why models of one shape are trained one after another, in words, or None if they can be together."""
    first = group[0].model
    if len(group) == 1:
        return f"{group[0]} by itself: no other has its shape"
    text = f"{len(group)} models one after another, each by itself: "
    if keras.backend.backend() != "jax":
        return f"{text}one program for all needs the JAX backend"
    if first.callbacks:
        return f"{text}callbacks of your own are called for one model at a time"
    from hyotan.training import compiled_loop  # it imports JAX

    network, rows = ready.assembly.network, [ready.rows, ready.validation]
    if compiled_loop.usable(network, rows, ()):
        return None
    if network.net.slow_in_loop:
        return f"{text}the net's convolutions are faster step by step here"
    return f"{text}the rows do not fit on the device, or a layer has no weights before it is trained"


def _prepare(variants: list[Variant], X: Any, given: dict[str, Any]) -> list[preparation.Ready]:
    """Read the rows and build every model before any is trained, so that what is wrong is said at once.

    Rows are read once for all models that read them alike; which those are is returned, one of each kind.
    """
    split_seed = seeds_of(variants[0].model.random_state)[1]
    read: dict[tuple[int, ...], preparation.Ready] = {}
    for variant in variants:
        model, own = variant.model, WarningLog(f"Fleet, {variant}")
        seeds = seeds_of(model.random_state)
        if variant.rows in read:
            variant.ready = preparation.sibling(read[variant.rows], model, seeds, own)
            continue
        warn = WarningLog("Fleet")
        own.texts = warn.texts
        rows = preparation.read_given(model, X, given["sample_weight"], warn)
        how: dict[str, Any] = {"seeds": seeds, "split_seed": split_seed, "warn": warn}
        read[variant.rows] = variant.ready = replace(
            preparation.prepare(model, rows, given["validation_data"], **how), warn=own
        )
    return list(read.values())


def _finish(
    variant: Variant, ready: preparation.Ready, training: Any, run: Any, X: Any, seconds: float | None = None
) -> None:
    """Make a fitted model of what was trained, or take down that there was nothing worth keeping."""
    began = time.perf_counter()
    try:
        run()
    except TrainingError as err:
        variant.error = err
        ready.warn(f"it failed: {err}")
        return
    seconds = time.perf_counter() - began if seconds is None else seconds
    variant.model._take_fitted(
        fitting.outcome(ready, training, seconds, early_stopping=variant.model.early_stopping), X
    )


def _scored_rows(X: Any, validation_data: Any, all_ready: list[preparation.Ready]) -> Any:
    """Return the rows that all models are scored on: those validated on, or training rows where any had none."""
    first = all_ready[0]
    if not all(len(ready.held) for ready in all_ready):
        return take_rows(X, _spread(first.kept))
    if validation_data is None:
        return take_rows(X, _spread(first.held))
    rows = validation_data[0] if isinstance(validation_data, tuple) else validation_data
    return take_rows(rows, _spread(first.held))


def _spread(rows: np.ndarray) -> np.ndarray:
    """Return at most ``SCORED`` of the rows, evenly spaced."""
    return rows if len(rows) <= SCORED else rows[np.linspace(0, len(rows) - 1, SCORED).astype(int)]


def _score(group: list[Variant], X: Any) -> None:
    """Score fitted models of one shape; weights are what a compiled program is given, so one serves them all."""
    for variant in group:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", HyotanWarning)  # what there is to say of the rows has been said
            with _in_place_of(group[0].model, variant.model) as model:
                try:
                    variant.score = float(np.mean(model.score_samples(X)))
                except ParameterError:  # what its decoder gives is no likelihood
                    return


@contextmanager
def _in_place_of(model: Autoencoder, other: Autoencoder) -> Iterator[Autoencoder]:
    """Give a model the weights of another one of its shape, for a while."""
    if model is other:
        yield model
        return
    variables, given = (m._fitted.network.variables for m in (model, other))
    own = [variable.value for variable in variables]
    try:
        for variable, value in zip(variables, given, strict=True):
            variable.assign(value.value)
        yield model
    finally:
        for variable, value in zip(variables, own, strict=True):
            variable.assign(value)


def _table(variants: list[Variant]) -> list[dict[str, Any]]:
    """Return a row a model, all with the same columns."""
    rows = []
    for variant in variants:
        row = dict(variant.varied)
        if variant.error is None:
            fitted = variant.model._fitted
            at = fitted.info["epoch"] - 1
            terms = {name: values[at] for name, values in fitted.history.items() if np.ndim(values[at]) == 0}
            terms.pop("seconds", None)
            row |= {**terms, "score": variant.score, "epochs": len(fitted.history["loss"])}
            row |= {"seconds": fitted.info["seconds"]}
        else:
            row["error"] = str(variant.error)
        rows.append(row)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    return [{name: row.get(name) for name in columns} for row in rows]


def _best(variants: list[Variant]) -> int:
    """Return the number of the model with the highest score, or the lowest loss where there is no score."""
    alive = [variant for variant in variants if variant.error is None]
    if all(variant.score is not None for variant in alive):
        ranked = {variant.number: variant.score for variant in alive}
    else:
        histories = {variant.number: variant.model.history_ for variant in alive}
        name = "val_loss" if all("val_loss" in history for history in histories.values()) else "loss"
        epochs = {variant.number: variant.model._fitted.info["epoch"] - 1 for variant in alive}
        ranked = {number: -history[name][epochs[number]] for number, history in histories.items()}
    return max(ranked, key=lambda number: ranked[number] if math.isfinite(ranked[number] or 0) else -math.inf)  # type: ignore[arg-type,return-value]
