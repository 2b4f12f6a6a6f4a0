"""Initial weights: those of Keras's initialisers, drawn without compiling a program for each shape."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops, random

LEAST, MOST = 2**12, 2**24  # numbers drawn at once; larger weights are drawn in their own shape


def drawn(draw: Any, shape: tuple[int, ...], dtype: Any, **how: Any) -> Any:
    """Return random numbers of a shape: the first ones of a longer row, if that gives the same numbers.

    JAX's generator counts the numbers it draws, so the first n do not depend on how many follow. Without this, JAX
    would compile a program for every shape, which takes longer than all else in the building of a small model.

    Parameters
    ----------
    draw : callable
        ``keras.random.uniform`` or ``keras.random.normal``.
    shape : tuple of int
    dtype : str or None
    **how
        Further arguments of ``draw``.
    """
    size = math.prod(shape)
    if not _counted() or not 0 < size <= MOST:
        return draw(shape, dtype=dtype, **how)
    import jax  # the default backend; never imported when another one runs

    more = max(LEAST, 2 ** math.ceil(math.log2(size)))
    with jax.ensure_compile_time_eval():  # Keras may initialise weights while it infers the shapes of a layer
        return np.asarray(draw((more,), dtype=dtype, **how))[:size].reshape(shape)


def _counted() -> bool:
    """Whether the backend's random numbers depend on the seed and their position only."""
    if keras.backend.backend() != "jax":
        return False
    import jax  # the default backend; never imported when another one runs

    return bool(jax.config.jax_threefry_partitionable) and jax.config.jax_default_prng_impl == "threefry2x32"


@keras.saving.register_keras_serializable("hyotan")
class Glorot(keras.initializers.GlorotUniform):
    """Keras's ``GlorotUniform``, with the same numbers.

    Examples
    --------
    >>> ours, keras_own = Glorot(seed=1)((3, 5)), keras.initializers.GlorotUniform(seed=1)((3, 5))
    >>> bool((np.asarray(ours) == np.asarray(keras_own)).all())
    True
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return initial weights of a shape."""
        *positions, inputs, outputs = shape if len(shape) > 1 else (1, *shape, *shape)
        field = math.prod(positions)
        limit = math.sqrt(3.0 * (self.scale / max(1.0, (inputs * field + outputs * field) / 2.0)))
        return drawn(random.uniform, tuple(shape), dtype, minval=-limit, maxval=limit, seed=self.seed)


@keras.saving.register_keras_serializable("hyotan")
class Orthogonal(keras.initializers.OrthogonalInitializer):
    """Keras's ``Orthogonal``, with the same numbers.

    Examples
    --------
    >>> ours, keras_own = Orthogonal(seed=1)((4, 4)), keras.initializers.Orthogonal(seed=1)((4, 4))
    >>> bool((np.asarray(ours) == np.asarray(keras_own)).all())
    True
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return initial weights of a shape."""
        rows, columns = math.prod(shape[:-1]), shape[-1]
        flat = max(rows, columns), min(rows, columns)
        q, r = ops.qr(ops.convert_to_tensor(drawn(random.normal, flat, dtype, seed=self.seed)))
        q = q * ops.sign(ops.diag(r))
        return self.gain * ops.reshape(ops.transpose(q) if rows < columns else q, shape)
