"""From a prepared fit to its training, and from a finished training to what is kept of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from hyotan.artifact.fitted import Fitted
from hyotan.core.warn import Say
from hyotan.estimator.preparation import Ready
from hyotan.training import loop, optimizer, state


def training_of(
    ready: Ready,
    model: Any,
    *,
    verbose: int = 0,
    before: state.State | None = None,
    keep: Callable[[state.State], None] | None = None,
) -> loop.Training:
    """Return the training of a model, ready to run.

    Parameters
    ----------
    ready : Ready
    model : estimator
    verbose : {0, 1, 2}
    before : State, optional
        Go on from there, if the fit is of the same.
    keep : callable, optional
        Is given the state after every epoch that ended well.
    """
    patience = model.patience if model.early_stopping else None
    if before is not None:
        state.check(before, ready.about, model.epochs, patience)
    return loop.Training(
        ready.fitted.network,
        ready.rows,
        ready.validation if len(ready.validation) else None,
        epochs=model.epochs,
        batch_size=model.batch_size,
        optimizer=optimizer.optimizer_from(model.optimizer, model.learning_rate),
        seed=ready.seed,
        patience=patience,
        callbacks=model.callbacks or (),
        verbose=verbose,
        say=ready.say,
        history=ready.fitted.history,
        state=before,
        keep=keep,
    )


def keep(ready: Ready, stands: state.State | None, seconds: float) -> None:
    """Keep where a training stands with what was fitted."""
    ready.fitted.state = stands
    if stands is not None:
        stands.about = {**ready.about, "seconds": seconds}


def finish(ready: Ready, model: Any, stands: state.State | None, seconds: float) -> Fitted:
    """Return what a fit leaves behind, with which epoch's weights these are and how long it took."""
    fitted = ready.fitted
    keep(ready, stands, seconds)
    losses = fitted.history["val_loss" if model.early_stopping else "loss"]
    fitted.info["epoch"] = int(np.argmin(losses)) + 1 if model.early_stopping else len(losses)  # of the weights
    fitted.info["seconds"] = round(seconds, 3)
    say_collapse(fitted, ready.say)
    return fitted


def say_collapse(fitted: Fitted, say: Say) -> None:
    """Warn once if no unit of a Gaussian latent carries anything at the epoch whose weights are kept."""
    active = fitted.history.get("active_units")
    if active and active[fitted.info["epoch"] - 1] == 0:
        dim = int(np.prod(fitted.network.code))
        say(
            f"posterior collapse: 0 of {dim} latent units are active, so the codes say nothing about the rows · "
            "what to do: lower beta, use KL(warmup=…) or KL(free_bits=…), or train longer"
        )
