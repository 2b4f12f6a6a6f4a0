"""Checks of the estimator's own parameters, which no part checks, and of the callbacks of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from hyotan.core.errors import ParameterError, UnknownParameterError, shown, unknown_parameter
from hyotan.core.validation import is_whole

ARGUMENTS = ("sample_weight", "validation_data", "callbacks", "resume")  # of fit(), beside the rows
OF_THE_MODEL = {"validation_split": "validation_fraction", "lr": "learning_rate"}  # names of Keras → names here
LEFT_OUT = {
    "shuffle": "leave it out: the order of the rows is drawn anew in every epoch",
    "initial_epoch": "resume=True goes on after the last epoch of the model",
}


def unknown_argument(model: Any, name: str, value: object) -> UnknownParameterError:
    """Return the error for an argument that ``fit`` does not have, but Keras's ``fit`` or the model may have.

    Examples
    --------
    >>> from hyotan import AE
    >>> unknown_argument(AE(), "epochs", 50).do
    'it is a parameter of the model: model.set_params(epochs=50).fit(X)'
    """
    own, params = OF_THE_MODEL.get(name, name), model._get_param_names()
    do = LEFT_OUT.get(name, "")
    if own in params:
        do = f"it is a parameter of the model: model.set_params({own}={shown(value)}).fit(X)"
    return unknown_parameter("fit()", name, ARGUMENTS if do else [*ARGUMENTS, *params], do)


def check(model: Any) -> None:
    """Raise unless epochs, batch_size, patience, verbose and callbacks of an estimator are valid."""
    for name, low in (("epochs", 1), ("batch_size", 1), ("patience", 0)):
        value = getattr(model, name)
        if not is_whole(value, low):
            raise _bad_parameter(model, name, f"a whole number >= {low}")
    if model.verbose not in (0, 1, 2):
        raise _bad_parameter(model, "verbose", "0, 1 or 2")
    callbacks_of(f"The 'callbacks' parameter of {type(model).__name__}", model.callbacks)


def callbacks_of(what: str, callbacks: Any) -> Sequence[Any]:
    """Return the callbacks that were given, or raise unless they are a list of Keras callbacks or None.

    Parameters
    ----------
    what : str
        What they are, for the error.
    callbacks : list of keras.callbacks.Callback or None
    """
    callbacks = () if callbacks is None else callbacks
    if not isinstance(callbacks, (list, tuple)) or not all(
        isinstance(callback, keras.callbacks.Callback) for callback in callbacks
    ):
        raise ParameterError(
            f"{what} is not valid",
            expected="a list of keras.callbacks.Callback, or None",
            received=shown(callbacks),
            do="put it into a list: callbacks=[callback]" if isinstance(callbacks, keras.callbacks.Callback) else "",
        )
    if any(isinstance(each, keras.callbacks.ModelCheckpoint) and not each.save_weights_only for each in callbacks):
        raise ParameterError(
            "Keras's ModelCheckpoint cannot save a whole model of hyotan",
            expected="checkpoint=PATH, which keeps the model after every epoch, or save_weights_only=True",
            received="ModelCheckpoint(…, save_weights_only=False)",
            do="set the parameter checkpoint='model.hyotan' and leave the callback out",
        )
    return callbacks


def _bad_parameter(owner: object, name: str, expected: str) -> ParameterError:
    return ParameterError(
        f"The {name!r} parameter of {type(owner).__name__} is not valid",
        expected=expected,
        received=shown(getattr(owner, name)),
    )
