"""Fitting: read → split → scale → build → train → keep."""

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
    """The verb ``fit``."""

    def fit(
        self,
        X: Any,
        y: Any = None,
        *,
        sample_weight: Any = None,
        validation_data: Any = None,
        resume: bool = False,
    ) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array or frame
            (n, features), (n, height, width[, channels]), (n, steps[, channels]), a list of series (steps, channels),
            ``hyotan.data.Windows``, or a frame of numeric columns. NaN is a missing cell.
        y : ignored
        sample_weight : array of shape (n,), optional
            Weight of each row in the loss of its batch, Σ weight · loss / Σ weight, in the scaling and in the
            history. A row of weight 0 is left out.
        validation_data : array or frame, optional
            Rows that ``val_*`` is measured on after each epoch; of a tuple the first element counts.
        resume : bool
            Go on with the training of the fit before, on the same rows, until there are ``epochs`` in all. Optimizer,
            random numbers, order of the rows, schedules and early stopping go on where they stood, so that on one
            machine the weights are, to the bit, those of a fit that was not interrupted (but for a part that follows
            the share of training done, which another number of ``epochs`` changes). Only ``epochs`` and ``patience``
            may be others than before; what callbacks of your own remember is theirs to keep. A model from
            a file can go on if it was saved with ``save(path, training=True)``.

        Returns
        -------
        Self
            Itself. If anything fails, an earlier fit is still there.

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
        began, warn = time.perf_counter(), WarningLog(type(self).__name__)
        parameters.check(self)
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
        training = fitting.training_of(ready, self, verbose=self.verbose, before=before, keep=keep)
        if self.verbose:
            print(f"{warn.owner}: {ready.summary()}", flush=True)
        if self.checkpoint is not None:
            files.check_writable(self.checkpoint)  # before hours of training, not after the first of them
        training.run()

        # keep
        fitted = outcome()
        if self.checkpoint is not None:  # with the best weights, if they came back
            self._write_checkpoint(fitted)
        self._take_fitted(fitted, X)
        return self

    def _resumable(self) -> TrainingState:
        """Return the state of the fit before's training, or refuse to resume."""
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
