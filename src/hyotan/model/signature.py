"""The signature of a model: what its compiled programs depend on. Variables and traced numbers are their arguments."""

from __future__ import annotations

import json
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from hyotan.core.part import Part
from hyotan.core.validation import is_number
from hyotan.model.parts import Parts

PLAIN = (bool, int, float, str, type(None), np.generic)
OWN = ("hyotan", "keras")
_PLACES = threading.RLock()  # nobody reads a model's numbers while another thread has put others in their places


class _NotPlain(Exception):
    """Something has no plain form, so that two of it cannot be told to be equal."""


def signature(model: Any) -> Hashable | None:
    """Return what is equal for models that one program can serve; None if this model must have its own.

    Equal are the parts with their parameters, the numbers that parts declare as ``traced`` left out, the shape of the
    rows, and what Keras was told about types and axes. A model with classes of the user's own has its own programs:
    what they look at beyond their parameters cannot be told from here.

    Examples
    --------
    >>> import hyotan as hy
    >>> X = np.eye(6)
    >>> one, two, other = (
    ...     hy.VAE(2, beta=beta, net=hy.nets.Dense(widths), epochs=1, verbose=0).fit(X)._fitted.network
    ...     for beta, widths in ((1, ()), (4, ()), (1, (3,)))
    ... )
    >>> signature(one) == signature(two), signature(one) == signature(other)
    (True, False)
    """
    if keras.distribution.distribution() is not None or model.alike is None:
        return None
    layers = list(model._flatten_layers())
    if not all(_own(layer) for layer in layers):
        return None
    policy = json.dumps(keras.saving.serialize_keras_object(keras.config.dtype_policy()), sort_keys=True)
    own = tuple((layer.dtype_policy.name, getattr(layer, "data_format", None)) for layer in layers)
    settings = (keras.config.floatx(), keras.config.image_data_format(), policy, own)
    variables = tuple((tuple(v.shape), v.trainable) for v in model.variables)  # a layer may be frozen
    return model.alike, model.spec, model.rows is None, settings, variables


def parts_signature(parts: Parts) -> Hashable | None:
    """Return what tells parts from others, as they are now: a model is built of them once, and they may be changed."""
    try:
        return tuple((kind, _key(part)) for kind, part in vars(parts).items())
    except _NotPlain:
        return None


def optimizer_signature(optimizer: Any) -> Hashable | None:
    """Return the same of an optimizer; its learning rate is a variable unless it follows a schedule of Keras's."""
    rate = getattr(optimizer, "_learning_rate", None)
    if not _own(optimizer) or not (isinstance(rate, keras.Variable) or _own(rate)):
        return None
    if hasattr(optimizer, "inner_optimizer") or getattr(optimizer, "_exclude_from_weight_decay", None):
        return None  # neither is told by the configuration
    pattern = getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
    try:
        config = optimizer.get_config()
        config.pop("name", None)  # Keras numbers them
        if isinstance(rate, keras.Variable):
            config.pop("learning_rate", None)
        return type(optimizer), json.dumps(config, sort_keys=True), None if pattern is None else pattern.pattern
    except Exception:  # no configuration, or one that is not plain
        return None


def traced(model: Any) -> list[tuple[Any, str]]:
    """Return what holds the numbers that parts declare as ``traced``, and their names; those in variables are left out.

    Examples
    --------
    >>> import hyotan as hy
    >>> model = hy.VAE(2, beta=4, net=hy.nets.Dense(()), epochs=1, verbose=0).fit(np.eye(4))
    >>> [(type(holder).__name__, name, getattr(holder, name)) for holder, name in traced(model._fitted.network)]
    [('Autoencoding', 'rows', 4), ('KLLayer', 'beta', 4.0)]
    """
    holders = [holder for holder in (model.corruption, *model._flatten_layers()) if holder is not None]
    named = [(holder, name) for holder in holders for name in getattr(holder, "traced", ())]
    return [(holder, name) for holder, name in named if is_number(getattr(holder, name))]


def traced_numbers(model: Any) -> np.ndarray:
    """Return those numbers, as a program takes them."""
    with _PLACES:
        return np.array([getattr(holder, name) for holder, name in traced(model)], np.float32)


@contextmanager
def given(model: Any, numbers: Any) -> Iterator[None]:
    """Put numbers in the places of a model's own for as long as it is traced."""
    with _PLACES:
        places = traced(model)
        own = [getattr(holder, name) for holder, name in places]
        try:
            for i, (holder, name) in enumerate(places):
                object.__setattr__(holder, name, numbers[i])  # past Keras's own, which is for weights and layers
            yield
        finally:
            for (holder, name), value in zip(places, own, strict=True):
                object.__setattr__(holder, name, value)


def _own(thing: Any) -> bool:
    return type(thing).__module__.partition(".")[0] in OWN


def _key(value: Any) -> Hashable:
    if isinstance(value, Part):
        if not _own(value):
            raise _NotPlain
        params = value.get_params(deep=False)
        left_out = {name for name in value.traced if is_number(params[name])}
        kept = {name: own for name, own in params.items() if name not in left_out}
        for name, own in kept.items():
            if isinstance(own, str):  # a name stands for the part of that name, whose class counts
                kept[name] = value.nested(name) or own
        return type(value), tuple((name, _key(own)) for name, own in kept.items())
    if isinstance(value, (tuple, list)):
        return type(value), tuple(map(_key, value))
    if isinstance(value, PLAIN):
        return type(value), repr(value)  # 1, 1.0 and True are equal, and not the same
    raise _NotPlain
