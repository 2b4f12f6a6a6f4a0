"""Checks of the estimator's own parameters, which no part checks."""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.errors import ParameterError, shown
from hyotan.core.validation import is_whole


def check(model: Any) -> None:
    """Raise unless epochs, batch_size, patience, verbose and callbacks of an estimator are valid."""
    for name, low in (("epochs", 1), ("batch_size", 1), ("patience", 0)):
        value = getattr(model, name)
        if not is_whole(value, low):
            raise _bad_parameter(model, name, f"a whole number >= {low}")
    if model.verbose not in (0, 1, 2):
        raise _bad_parameter(model, "verbose", "0, 1 or 2")
    callbacks = () if model.callbacks is None else model.callbacks
    if not isinstance(callbacks, (list, tuple)) or not all(
        isinstance(callback, keras.callbacks.Callback) for callback in callbacks
    ):
        raise _bad_parameter(model, "callbacks", "a list of keras.callbacks.Callback, or None")
    if any(isinstance(each, keras.callbacks.ModelCheckpoint) and not each.save_weights_only for each in callbacks):
        raise ParameterError(
            "Keras's ModelCheckpoint cannot save a whole model of hyotan",
            expected="checkpoint=PATH, which keeps the model after every epoch, or save_weights_only=True",
            received="ModelCheckpoint(…, save_weights_only=False)",
            do="set the parameter checkpoint='model.hyotan' and leave the callback out",
        )


def _bad_parameter(owner: object, name: str, expected: str) -> ParameterError:
    return ParameterError(
        f"The {name!r} parameter of {type(owner).__name__} is not valid",
        expected=expected,
        received=shown(getattr(owner, name)),
    )
