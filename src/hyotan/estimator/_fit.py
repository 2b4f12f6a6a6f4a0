"""Fitting: read → split → scale → build → train → store the result."""

from __future__ import annotations

import time
from typing import Any, Self

import numpy as np  # noqa: F401  (of the example)

from hyotan.artifact.fitted import Fitted
from hyotan.core import files
from hyotan.core.errors import ParameterError
from hyotan.core.warn import WarningLog
from hyotan.estimator import fitting, parameters
from hyotan.estimator._persistence import PersistenceMixin
from hyotan.estimator.preparation import prepare, read_given, seeds_of
from hyotan.training.state import TrainingState


class FitMixin(PersistenceMixin):
    """The method ``fit``."""

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        validation_data: Any = None,
        callbacks: Any = None,
        resume: bool = False,
        **unknown: Any,
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array or frame
            (n, features), (n, height, width[, channels]), (n, steps[, channels]), a list of series (steps, channels),
            ``hyotan.data.Windows``, or a frame of numeric columns. NaN is a missing cell.
        y : ignored
        sample_weight : array of shape (n,), optional
            Weight of each row in the loss of its batch, Σ weight · loss / Σ weight, and in the scaling and the
            history. Rows of weight 0 are not used.
        validation_data : array or frame, optional
            Rows on which ``val_*`` is measured after each epoch. If it is a tuple, the first element is used.
        callbacks : list of keras.callbacks.Callback, optional
            Callbacks of this fit alone, called after those of the parameter ``callbacks``; they are not kept.
        resume : bool
            Continue the training of the previous fit on the same rows until it has ``epochs`` in total. Optimizer,
            random numbers, order of the rows, schedules and early stopping continue from their saved state. On the
            same machine, the weights are identical, bit by bit, to those of an uninterrupted fit. The exception is a
            part that depends on the fraction of training done, because a new ``epochs`` changes that fraction. Only
            ``epochs``, ``patience``, ``verbose``, ``callbacks`` and ``checkpoint`` may differ from the previous fit.
            The state of your own callbacks is not restored. A model from a file can be resumed if it was saved with
            ``save(path, training=True)``.

        Returns
        -------
        Self
            The estimator. If the fit fails, the result of an earlier fit is kept.

        Raises
        ------
        DataError, ParameterError, TrainingError

        Examples
        --------
        >>> import hyotan as hy
        >>> X = np.random.default_rng(0).normal(size=(40, 5))
        >>> model = hy.VAE(2, epochs=2, random_state=0, verbose=0).fit(X)
        >>> model = model.set_params(epochs=3).fit(X, resume=True)  # a third epoch
        >>> at_once = hy.VAE(2, epochs=3, random_state=0, verbose=0).fit(X)
        >>> bool((model.transform(X) == at_once.transform(X)).all()), len(model.history_["loss"])
        (True, 3)
        """
        for name, value in unknown.items():
            raise parameters.unknown_argument(self, name, value)
        began, warn = time.perf_counter(), WarningLog(type(self).__name__)
        parameters.check(self)
        own = parameters.callbacks_of("The 'callbacks' argument of fit()", callbacks)
        before = self._resumable() if resume else None
        seeds = seeds_of(self.random_state if before is None else before.about["seed"])
        began -= 0 if before is None else before.about["seconds"]

        # read → split → scale → build
        given = read_given(self, X, sample_weight, warn)
        ready = prepare(self, given, validation_data, seeds=seeds, split_seed=seeds[1], warn=warn)

        # train
        def outcome(done: bool = True) -> Fitted:
            seconds = time.perf_counter() - began
            return fitting.outcome(ready, training, seconds, early_stopping=self.early_stopping, done=done)

        keep = None if self.checkpoint is None else lambda state: self._write_checkpoint(outcome(done=False))
        training = fitting.training_of(ready, self, callbacks=own, verbose=self.verbose, before=before, keep=keep)
        if self.verbose:
            print(f"{warn.owner}: {ready.summary()}", flush=True)
        if self.checkpoint is not None:
            files.check_writable(self.checkpoint)  # fail now, not after the first epoch
        training.run()

        # store the result
        fitted = outcome()
        if self.checkpoint is not None:  # write again: early stopping may have restored the best weights
            self._write_checkpoint(fitted)
        self._take_fitted(fitted, X)
        return self

    def _resumable(self) -> TrainingState:
        """Return the training state of the previous fit, or raise if there is none."""
        found = self._fitted.state if hasattr(self, "_fitted") else None
        if found is None:
            raise ParameterError(
                "There is no training to go on with",
                expected="a model that was fitted, or loaded from a file with its training state",
                received="one without: not fitted, saved without training=True, or ended at a loss that is not finite",
                do="call fit(X) without resume; model.save(path, training=True) keeps the state",
            )
        return found

    def _write_checkpoint(self, fitted: Fitted) -> None:
        files.write(self.checkpoint, self._packed(fitted, training=True))
