"""Sweeps: one model in many variants, trained together, compared in a table, the best of them named."""

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
    """Many variants of one model: every combination of values and seeds, trained together.

    Models that differ in their seeds, their learning rate and such weights as β or λ only have one shape, and are
    trained by one program that is compiled once: one after another on a processor, side by side on an accelerator.
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
        A row a model, for ``pandas.DataFrame(sweep.table_)`` or ``polars.DataFrame(sweep.table_)``: what varies,
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
            print(f"Sweep: {self.together_}", flush=True)  # noqa: T201
        return self

    def _variants(self) -> list[Variant]:
        """Return all models, checked: every combination of values, each with every seed."""
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
            f"The {name!r} parameter of Sweep is not valid",
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
            print(f"Sweep: {models} · {ready[0].summary()}", flush=True)  # noqa: T201
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
