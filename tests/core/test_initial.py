"""Initial weights are those of Keras's initialisers, bit by bit."""

import jax
import keras
import numpy as np
import pytest

from hyotan.core.initial import LEAST, Glorot, Orthogonal, _counted

SHAPES = [(3, 5), (1, 1), (LEAST, 1), (LEAST + 1, 1), (65, 64), (3, 3, 1, 32), (5, 3, 7), (7,)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", [0, 1, 2**31 - 2])
def test_glorot(shape, seed):
    right = np.asarray(keras.initializers.GlorotUniform(seed=seed)(shape))
    found = np.asarray(Glorot(seed=seed)(shape))
    np.testing.assert_array_equal(found, right)
    assert found.dtype == right.dtype


@pytest.mark.parametrize("shape", [(3, 5), (32, 128), (1, 4), (3, 3, 4)])
@pytest.mark.parametrize("seed", [0, 12345])
def test_orthogonal(shape, seed):
    right = np.asarray(keras.initializers.Orthogonal(seed=seed)(shape))
    np.testing.assert_array_equal(np.asarray(Orthogonal(seed=seed)(shape)), right)


def test_another_generator_of_random_numbers_is_not_cut():
    """Only JAX's default generator counts what it draws."""
    assert _counted()
    with jax.default_prng_impl("rbg"):
        assert not _counted()
    with jax.threefry_partitionable(False):
        assert not _counted()
