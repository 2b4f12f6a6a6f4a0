"""Keras's global settings as hyotan relies on them, whatever somebody else has set."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import keras

from hyotan.core.errors import TrainingError

FLOAT, AXES = "float32", "channels_last"
_STATE = {"used": False, "forked": False}  # whether the backend has computed here, and in the process this is a fork of
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: _STATE.update(forked=_STATE["forked"] or _STATE["used"], used=False))


@contextmanager
def settled(policy: str | None = None) -> Iterator[None]:
    """Within this context, floats are float32 and channels come last; the user's settings come back afterwards.

    Parameters
    ----------
    policy : str, optional
        Name of a dtype policy, such as "mixed_bfloat16"; None leaves the policy as it is.

    Raises
    ------
    TrainingError
        In a fork of a process in which the backend has computed: its threads are not there.

    Examples
    --------
    >>> keras.config.set_floatx("float16")
    >>> with settled("float32"):
    ...     print(keras.config.floatx(), keras.config.dtype_policy().name)
    float32 float32
    >>> keras.config.floatx()
    'float16'
    >>> keras.config.set_floatx("float32")
    """
    if _STATE["forked"]:
        raise TrainingError(
            "This process is a fork of one that has computed already, and would wait for ever",
            expected="a process that was started anew",
            received="one made by os.fork(), as multiprocessing does it by default on Linux",
            do="multiprocessing.get_context('spawn'), or joblib, whose workers are started anew",
        )
    _STATE["used"] = True
    before = keras.config.floatx(), keras.config.image_data_format(), keras.config.dtype_policy()
    changed = before[:2] != (FLOAT, AXES), policy not in (None, before[2].name)
    try:
        if changed[0]:
            keras.config.set_floatx(FLOAT)
            keras.config.set_image_data_format(AXES)
        if changed[1]:
            keras.config.set_dtype_policy(policy)
        yield
    finally:
        if changed[0]:
            keras.config.set_floatx(before[0])
            keras.config.set_image_data_format(before[1])
        if changed[1]:
            keras.config.set_dtype_policy(before[2])


@contextmanager
def built_or_forgotten() -> Iterator[None]:
    """Build a model within this context: if that fails, Keras forgets the variables it still meant to initialise.

    Keras keeps a global list of them, and would fail on it in every model that is built later.
    """
    try:
        yield
    except BaseException:
        policy, spread = keras.config.dtype_policy(), keras.distribution.distribution()
        keras.utils.clear_session(free_memory=False)
        keras.config.set_dtype_policy(policy)
        if spread is not None:
            keras.distribution.set_distribution(spread)
        raise
