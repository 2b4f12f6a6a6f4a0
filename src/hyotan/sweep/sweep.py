"""Sweeps: many variants of one model are trained together and compared, and the best one is chosen."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.base import clone

from hyotan.core.errors import ParameterError, TrainingError, shown, unknown_parameter
from hyotan.core.part import Configurable, Part
from hyotan.core.validation import is_whole
from hyotan.estimator import fitting, parameters, preparation
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.estimator.preparation import seeds_of
from hyotan.sweep.grouping import OF_ROWS, _prepare, _separate, _shared
from hyotan.sweep.results import _best, _score, _scored_rows, _table
from hyotan.sweep.variant import Variant
from hyotan.training.progress import Progress, wanted


class Sweep(Configurable):
    """Fit many variants of one model: a model for every combination of parameter values and seeds.

    Models have the same shape if they differ only in their seeds, learning rates and weights such as β or λ. All
    models of one shape are trained by one program, which is compiled once: one after another on a CPU, side by side
    on an accelerator. Models of different shapes are trained one after another. Each becomes an ordinary fitted model;
    up to rounding, its weights are the same as if it had been fitted alone.

    Parameters
    ----------
    model : Autoencoder
        The model to vary. It is not fitted itself.
    over : dict or None
        Lists of values to try, by parameter name. Nested parameters are allowed:
        ``{"beta": [1, 2, 4], "net__hidden": [(64,), (256,)]}``.
    seeds : sequence of int or None
        One model is fitted for each seed; None uses the ``random_state`` of ``model``.

    Attributes
    ----------
    models_ : list of Autoencoder
        The fitted models in the order of ``table_``; None for a model that failed in its first epoch.
    table_ : list of dict
        One row per model, for ``pandas.DataFrame(sweep.table_)`` or ``polars.DataFrame(sweep.table_)``. Columns: the
        varied parameters and ``seed``; ``loss``, its terms, ``val_*`` and ``active_units`` at the epoch to which the
        weights belong; ``epochs``; ``score``; ``seconds``; ``error`` if a model failed. The score is the mean of
        ``score_samples`` over the validation rows, or over the training rows if there are none. At most 10,000 rows
        are used, the same for all models.
    best_ : Autoencoder
        The model with the highest score. For a VAE, the score is the evidence lower bound with β = 1, so models with
        different β can be compared. If any model has no score, the one with the lowest ``val_loss`` or ``loss``.
    best_index_ : int
        Index of ``best_`` in ``models_``.
    together_ : str
        Which models were trained together or one after another, and why; one line per shape.

    Notes
    -----
    The same rows are held out for all models, chosen with the first seed. If ``model`` has callbacks, its variants are
    trained one after another. A ``checkpoint`` raises an error, because it names a single file.

    Examples
    --------
    >>> import hyotan as hy
    >>> X = np.random.default_rng(0).normal(size=(60, 5))
    >>> vae = hy.VAE(2, epochs=2, verbose=0)
    >>> sweep = hy.Sweep(vae, over={"beta": [1, 4]}, seeds=range(3)).fit(X)
    >>> len(sweep.models_), sweep.best_.transform(X).shape
    (6, (60, 2))
    >>> [(row["beta"], row["seed"]) for row in sweep.table_][:4]
    [(1, 0), (1, 1), (1, 2), (4, 0)]
    """

    def __init__(self, model: Any, *, over: Any = None, seeds: Any = None) -> None:
        self.model = model
        self.over = over
        self.seeds = seeds

    def fit(self, X: Any, y: Any = None, *, sample_weight: Any = None, validation_data: Any = None) -> Sweep:
        """Fit every model.

        Parameters
        ----------
        X, sample_weight, validation_data
            As for :meth:`Autoencoder.fit`.
        y : ignored

        Returns
        -------
        Sweep
            This object. If the fit fails, the results of an earlier fit are kept.

        Raises
        ------
        DataError, ParameterError
        TrainingError
            If no model could be trained: all losses became NaN or infinite, for example, in the first epoch.
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
            print(f"Sweep: {self.together_}", flush=True)  # noqa: T201
        return self

    def _variants(self) -> list[Variant]:
        """Return all unfitted models, one per combination of values and seed; raise if a parameter is not valid."""
        if not isinstance(self.model, Autoencoder):
            raise ParameterError(
                "The 'model' of a Sweep is not a model",
                expected="a hyotan.Autoencoder, as hyotan.VAE(2)",
                received=shown(self.model),
            )
        if self.model.checkpoint is not None:
            raise ParameterError(
                "A Sweep cannot write a checkpoint",
                expected="checkpoint=None: it names one file, and there are many models",
                received=f"checkpoint={shown(self.model.checkpoint)}",
                do="save them afterwards: sweep.models_[0].save(path)",
            )
        over, variants = self._checked_over(), list[Variant]()
        seeds = self._checked_seeds()
        for chosen in itertools.product(*(enumerate(values) for values in over.values())):
            varied = {name: value for name, (_, value) in zip(over, chosen, strict=True)}
            for seed in seeds:
                model = clone(self.model)
                own = {name: clone(value) if isinstance(value, Part) else value for name, value in varied.items()}
                model.set_params(**own, random_state=seed)
                model.callbacks = self.model.callbacks  # the user's objects, not the copies that clone() made
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
            f"The {name!r} parameter of Sweep is not valid",
            expected=expected,
            received=shown(getattr(self, name)),
            do=do,
        )

    def _fit_group(self, group: list[Variant], X: Any) -> str:
        """Fit models of one shape, and return a sentence that says how they were trained."""
        verbose, began = self.model.verbose, time.perf_counter()
        ready = [variant.ready for variant in group if variant.ready is not None]
        if verbose:
            models = f"{len(group)} models, {group[0].number} to {group[-1].number}" if len(group) > 1 else group[0]
            print(f"Sweep: {models} · {ready[0].summary()}", flush=True)  # noqa: T201
        why = _separate(group, ready[0])
        if why is None:
            from hyotan.training import parallel  # imports JAX

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
                print(f"Sweep: {variant}", flush=True)  # noqa: T201
            training = fitting.training_of(each, variant.model, verbose=verbose)
            _finish(variant, each, training, training.run, X)
        return why

    def __sklearn_is_fitted__(self) -> bool:
        """Whether ``fit`` has run."""
        return hasattr(self, "models_")


def _finish(
    variant: Variant, ready: preparation.Ready, training: Any, run: Any, X: Any, seconds: float | None = None
) -> None:
    """Turn a variant into a fitted model, or store its error if training failed."""
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
