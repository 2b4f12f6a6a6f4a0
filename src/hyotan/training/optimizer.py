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
    else:
        known = {name.lower(): cls for name, cls in vars(keras.optimizers).items() if isinstance(cls, type)}
        known.pop("optimizer", None)
        known.pop("lossscaleoptimizer", None)
        if str(optimizer).lower() not in known or not isinstance(optimizer, str):
            raise unknown_name("optimizer", optimizer, known, "or pass a keras.optimizers object")
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
