"""Compiled functions that models of the same signature share: the second one is neither traced nor compiled again.

A jitted function remembers what it was traced from: the layers of one model, say. Where another model computes the same
from other values, the program can serve it too. Here such programs are looked up by a signature, and each is given the
model that calls it for as long as it is traced; no program keeps a model alive.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

LIMIT = 64  # programs kept; those not used for longest go first

_KEPT: OrderedDict[Hashable, Program] = OrderedDict()
_LOCK = threading.Lock()


class Program:
    """A jitted function of an owner and arrays.

    Parameters
    ----------
    function : callable
        ``function(owner, *args)``. What it computes may depend on nothing of the owner that differs between owners of
        one signature: that has to come in the arguments.
    **options
        Of ``jax.jit``; argument numbers are counted without the owner.
    """

    def __init__(self, function: Callable[..., Any], **options: Any) -> None:
        import jax  # the default backend; never imported when another one runs

        self._calling = calling = threading.local()

        def called(*args: Any) -> Any:
            from hyotan.core.keras_defaults import settled  # imports Keras

            with settled():
                return function(calling.owner, *args)

        called.__name__ = called.__qualname__ = getattr(function, "__name__", "called").strip("_")  # for profilers
        self.jitted = jax.jit(called, **options)

    def __call__(self, owner: Any, *args: Any) -> Any:
        """Run it; the first time, and for other shapes, it is traced and compiled."""
        before = getattr(self._calling, "owner", None)
        self._calling.owner = owner
        try:
            return self.jitted(*args)
        finally:
            self._calling.owner = before


def shared(signature: Hashable | None, function: Callable[..., Any], **options: Any) -> Program:
    """Return the program of a signature; without a signature a new one, which nobody else has.

    Parameters
    ----------
    signature : hashable or None
        Tells the function, and everything of its owner that it depends on.
    function, **options
        As :class:`Program` takes them, which is made of them if there is none yet.

    Examples
    --------
    >>> one = shared(("double", "float32"), lambda owner, x: owner.factor * x)
    >>> shared(("double", "float32"), lambda owner, x: owner.factor * x) is one
    True
    >>> shared(None, lambda owner, x: x) is shared(None, lambda owner, x: x)
    False
    """
    if signature is None:
        return Program(function, **options)
    with _LOCK:
        program = _KEPT.get(signature)
        if program is None:
            program = _KEPT[signature] = Program(function, **options)
        _KEPT.move_to_end(signature)
        while len(_KEPT) > LIMIT:
            _KEPT.popitem(last=False)
        return program


def forget() -> None:
    """Forget all programs, for who has changed code in the middle of a process."""
    with _LOCK:
        _KEPT.clear()
