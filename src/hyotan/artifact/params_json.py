"""Conversion of an estimator's parameters to JSON and back."""

from __future__ import annotations

import json
import re
from typing import Any

import keras
import numpy as np

from hyotan.core.errors import ParameterError, shown
from hyotan.core.part import Part, from_config, to_config
from hyotan.training.optimizer import exclude, excluded

NOT_SAVED = {"callbacks": None, "checkpoint": None}
MAY_CHANGE = ("epochs", "patience", "verbose", *NOT_SAVED)  # when training is resumed


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, indent=1, default=lambda value: value.tolist()).encode()  # NumPy numbers


def settings(params: dict[str, Any]) -> dict[str, Any]:
    """Return, in JSON form, the parameters of an estimator that must not change when training is resumed.

    Examples
    --------
    >>> settings({"batch_size": np.int64(64), "scale": "auto", "epochs": 30})
    {'batch_size': 64, 'scale': 'auto'}
    """
    found: dict[str, Any] = {}
    for name, value in params.items():
        if name not in MAY_CHANGE:
            try:
                found[name] = _plain(name, value)
            except ParameterError:
                found[name] = type(value).__name__
    return dict(json.loads(_json(found)))


def _plain(name: str, value: Any) -> Any:
    """Return a parameter in a form that JSON can hold; raise if there is none."""
    if isinstance(value, Part):
        return to_config(value)
    if isinstance(value, keras.optimizers.Optimizer) and _is_keras(value, keras.optimizers):
        without_decay = excluded(value)
        more = {} if without_decay is None else {"excluded_from_weight_decay": without_decay}
        return {"optimizer": type(value).__name__, "config": _plain(name, value.get_config()), **more}
    schedules = keras.optimizers.schedules
    if isinstance(value, schedules.LearningRateSchedule) and _is_keras(value, schedules):
        return {"schedule": type(value).__name__, "config": _plain(name, value.get_config())}
    if isinstance(value, np.random.RandomState):
        return None
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        if {"class_name", "config"} <= value.keys():  # a schedule inside an optimizer's own config
            return {"schedule": value["class_name"], "config": _plain(name, value["config"])}
        return {k: _plain(name, v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(name, v) for v in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise ParameterError(
        f"The {name!r} parameter cannot be saved",
        expected="numbers, names, parts, or Keras's own optimizers and schedules",
        received=shown(value),
        do="replace it with set_params() before saving",
    )


def _is_keras(value: object, module: Any) -> bool:
    """Whether the class comes from Keras: loading looks up no other classes."""
    return getattr(module, type(value).__name__, None) is type(value)


def _value(value: Any) -> Any:
    """Return a parameter from its JSON form; apart from parts, only Keras optimizers and schedules are looked up."""
    if isinstance(value, list):
        return tuple(_value(v) for v in value)
    if not isinstance(value, dict):
        return value
    if "kind" in value:
        return from_config(value)
    config = {k: _value(v) for k, v in value.get("config", {}).items()}
    for key, module, base in (
        ("optimizer", keras.optimizers, keras.optimizers.Optimizer),
        ("schedule", keras.optimizers.schedules, keras.optimizers.schedules.LearningRateSchedule),
    ):
        if key in value:
            known = getattr(module, str(value[key]), None)
            if not (isinstance(known, type) and issubclass(known, base)):
                raise ParameterError(f"There is no {key} named {value[key]!r} in Keras")
            cls: Any = known
            if key == "schedule":
                return cls(**config)
            optimizer, pattern = cls.from_config(config), value.get("excluded_from_weight_decay")
            try:
                exclude(optimizer, pattern)
            except (TypeError, re.error):
                raise ParameterError("A pattern of names is not valid", received=shown(pattern)) from None
            return optimizer
    # Refuse any other dictionary: Keras's own deserialiser would build whatever object it names.
    raise ParameterError("A parameter is not of a known form", received=shown(value))
