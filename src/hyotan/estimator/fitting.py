"""From a prepared fit to a training, and from a finished training to the result of the fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from hyotan.artifact.fitted import Fitted
from hyotan.core.keras_defaults import settled
from hyotan.core.terms import NLL
from hyotan.estimator.preparation import Ready
from hyotan.training.loop import Training
from hyotan.training.optimizer import optimizer_from
from hyotan.training.state import TrainingState, check

SOME = 4000  # rows that are enough to tell how well one row for all would do
EARLY = 3  # epochs before which nobody expects anything to be learnt
LEAST = 0.005  # nats a cell that a model must gain over that, at least


def training_of(
    ready: Ready,
    model: Any,
    *,
    callbacks: Sequence[Any] = (),
    verbose: int = 0,
    before: TrainingState | None = None,
    keep: Callable[[TrainingState], None] | None = None,
) -> Training:
    """Return the training of a model, ready to run.

    Parameters
    ----------
    ready : Ready
    model : estimator
    callbacks : sequence of keras.callbacks.Callback
        Callbacks of this fit, called after the model's own.
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
        callbacks=(*(model.callbacks or ()), *callbacks),
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
        found = entries(history, epoch)
        told = training.model.latent.diagnose(found)
        if not told and len(losses) >= EARLY:
            told = nothing_learnt(ready, found)
        for text in told:
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


def nothing_learnt(ready: Ready, entries: dict[str, Any]) -> list[str]:
    """Return a sentence if the rows are decoded no better than by one and the same row for all of them.

    Parameters
    ----------
    ready : Ready
    entries : dict
        The history's entries for the epoch that is kept.
    """
    nll, rows = entries.get(NLL.name), ready.rows
    if nll is None or rows.condition is not None:
        return []
    some = slice(None, None, max(1, rows.values.shape[0] // SOME))
    values = np.asarray(rows.values[some], np.float64)
    scored = np.ones(values.shape, bool)
    if rows.scored is not None:
        scored = scored & rows.scored[some]
    if rows.step_mask is not None:
        scored = scored & rows.step_mask[some].reshape(*rows.step_mask[some].shape, *[1] * (values.ndim - 2))
    given = np.asarray(rows.weight[some], np.float64)
    weight = given.reshape(-1, *[1] * (values.ndim - 1)) * scored
    flat, weight = values.reshape(len(values), -1), weight.reshape(len(values), -1)
    total = np.maximum(weight.sum(axis=0), 1e-12)
    mean = (weight * flat).sum(axis=0) / total
    variance = (weight * np.square(flat - mean)).sum(axis=0) / total
    share = weight.sum(axis=0) / max(float(given.sum()), 1e-12)
    constant = ready.assembly.parts.likelihood.constant_nll(mean, variance, share)
    if constant is None or constant - nll > LEAST * max(share.sum(), 1):
        return []
    return [
        f"nothing learnt: −log p(x|z) is {nll:.5g} nats a row, and {constant:.5g} if every row is decoded to the same "
        "one · what to do: train longer, or with a larger learning_rate or net"
    ]


def entries(history: dict[str, list[Any]], epoch: int) -> dict[str, Any]:
    """Return the history's entries for one epoch, counted from 1."""
    return {name: values[epoch - 1] for name, values in history.items() if len(values) >= epoch}
