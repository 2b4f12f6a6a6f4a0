"""From a prepared fit to a training, and from a finished training to the result of the fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from hyotan.artifact.fitted import Fitted
from hyotan.core.keras_defaults import settled
from hyotan.estimator.preparation import Ready
from hyotan.training.loop import Training
from hyotan.training.optimizer import optimizer_from
from hyotan.training.state import TrainingState, check


def training_of(
    ready: Ready,
    model: Any,
    *,
    verbose: int = 0,
    before: TrainingState | None = None,
    keep: Callable[[TrainingState], None] | None = None,
) -> Training:
    """Return the training of a model, ready to run.

    Parameters
    ----------
    ready : Ready
    model : estimator
    verbose : {0, 1, 2}
    before : TrainingState, optional
        State to resume from; raises if its rows or parameters differ from those of this fit.
    keep : callable, optional
        Called with the state after every epoch that ended with finite numbers.
    """
    patience = model.patience if model.early_stopping else None
    if before is not None:
        check(before, ready.about, model.epochs, patience)
    with settled():  # the optimizer's variables, too, are of Keras's default type
        optimizer = optimizer_from(model.optimizer, model.learning_rate)
    return Training(
        ready.assembly.network,
        ready.rows,
        ready.validation if len(ready.validation) else None,
        epochs=model.epochs,
        batch_size=model.batch_size,
        optimizer=optimizer,
        seed=ready.seed,
        patience=patience,
        callbacks=model.callbacks or (),
        verbose=verbose,
        warn=ready.warn,
        state=before,
        keep=keep,
    )


def outcome(ready: Ready, training: Training, seconds: float, *, early_stopping: bool, done: bool = True) -> Fitted:
    """Return the result of a fit: the model, its history, and the epoch to which the weights belong.

    Parameters
    ----------
    ready : Ready
    training : Training
        A training that has run, or has just ended an epoch.
    seconds : float
        Duration of the fit.
    early_stopping : bool
        Whether early stopping was on, so that a finished fit has the weights of the best epoch.
    done : bool
        Whether training is finished. If not, the weights are those of the last epoch so far.
    """
    history, state, best = training.history.history, training.checkpoint.state, early_stopping and done
    losses = history["val_loss" if best else "loss"]
    epoch = int(np.argmin(losses)) + 1 if best else len(losses)
    about = training.model.about
    if done:
        for text in training.model.latent.diagnose(entries(history, epoch)):
            ready.warn(text)
    return Fitted(
        **vars(ready.assembly),
        seed=ready.about["seed"],
        history={name: [*values] for name, values in history.items()},
        info={**ready.info, "epoch": epoch, "seconds": round(seconds, 3)},
        warnings=[*ready.warn.texts],
        about={name: about[name] for name in about},
        state=None if state is None else replace(state, about={**ready.about, "seconds": seconds}),
    )


def entries(history: dict[str, list[Any]], epoch: int) -> dict[str, Any]:
    """Return the history's entries for one epoch, counted from 1."""
    return {name: values[epoch - 1] for name, values in history.items() if len(values) >= epoch}
