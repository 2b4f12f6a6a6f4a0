"""Optimizers by name or as objects."""

from __future__ import annotations

from typing import Any

import keras

from hyotan.core.errors import ParameterError, shown, unknown_name
from hyotan.core.validation import is_number


def optimizer_from(optimizer: Any, learning_rate: Any) -> Any:
    """Return a fresh Keras optimizer from a name or an object, with the learning rate if one is given.

    Raises
    ------
    ParameterError
        If there is no such optimizer or schedule, or the rate is not a positive number.
    """
    if isinstance(optimizer, keras.optimizers.Optimizer):
        fresh = type(optimizer).from_config(optimizer.get_config())
        exclude(fresh, excluded(optimizer))
    else:
        known = {name.lower(): cls for name, cls in vars(keras.optimizers).items() if isinstance(cls, type)}
        known.pop("optimizer", None)
        known.pop("lossscaleoptimizer", None)
        if str(optimizer).lower() not in known or not isinstance(optimizer, str):
            of_keras = isinstance(optimizer, type) and issubclass(optimizer, keras.optimizers.Optimizer)
            call = f"call the class: optimizer=keras.optimizers.{optimizer.__name__}()" if of_keras else ""
            raise unknown_name("optimizer", optimizer, known, call or "or pass a keras.optimizers object")
        fresh = known[optimizer.lower()]()
    if learning_rate is not None:
        schedule = isinstance(learning_rate, keras.optimizers.schedules.LearningRateSchedule)
        number = is_number(learning_rate) and learning_rate > 0
        if not (schedule or number):
            raise ParameterError(
                "The 'learning_rate' parameter is not valid",
                expected="a number > 0, a schedule of keras.optimizers.schedules, or None",
                received=shown(learning_rate),
            )
        fresh.learning_rate = learning_rate if schedule else float(learning_rate)
    return fresh


def excluded(optimizer: Any) -> str | None:
    """Return the pattern of names of variables without weight decay, which is not in Keras's configuration.

    Raises
    ------
    ParameterError
        If variables themselves are excluded: those of the model to be trained do not exist yet.

    Examples
    --------
    >>> optimizer = keras.optimizers.AdamW()
    >>> optimizer.exclude_from_weight_decay(var_names=["bias"])
    >>> excluded(optimizer)
    'bias'
    """
    if getattr(optimizer, "_exclude_from_weight_decay", None):
        raise ParameterError(
            "The optimizer excludes variables from weight decay that are not those of the model",
            expected="exclude_from_weight_decay(var_names=[...])",
            received="exclude_from_weight_decay(var_list=[...])",
            do="exclude them by name, such as var_names=['bias']",
        )
    pattern = getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
    return None if pattern is None else str(pattern.pattern)


def exclude(optimizer: Any, pattern: str | None) -> None:
    """Exclude variables whose names match a pattern from weight decay; None excludes none."""
    if pattern is not None:
        optimizer.exclude_from_weight_decay(var_names=[pattern])
