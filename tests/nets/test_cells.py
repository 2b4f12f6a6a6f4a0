"""Recurrent layers against Keras's own: the same weights, configuration, results and gradients."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from hyotan.nets import _cells

B, T, C, STILL, UNITS = 6, 9, 3, 2, 5
PAIRS = {"lstm": (_cells.LSTM, keras.layers.LSTM), "gru": (_cells.GRU, keras.layers.GRU)}
THERE = np.arange(T) < np.array([9, 1, 4, 7, 9, 3])[:, None]
HOLES = np.random.default_rng(3).random((B, T)) < 0.6  # a mask need not be padding


def pair(name, **args):
    """Return our layer and Keras's with the same weights, none of them zero."""
    ours, keras_own = (layer(UNITS, **args) for layer in PAIRS[name])
    for layer in (ours, keras_own):
        layer.build((None, T, STILL + C))
    draws = np.random.default_rng(0)
    weights = [draws.normal(size=w.shape) for w in ours.weights]
    ours.set_weights(weights)
    keras_own.set_weights(ours.get_weights())
    return ours, keras_own


def data(seed=1):
    draws = np.random.default_rng(seed)
    return draws.normal(size=(B, STILL)).astype("float32"), draws.normal(size=(B, T, C)).astype("float32")


def with_gradients(layer, call, still, x):
    """Return what the layer gives, and the gradients of a random weighting of it by the weights and both inputs."""
    variables = layer.trainable_variables

    def given(values, still, x):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return call(layer, still, x)

    values = [v.value for v in variables]
    out = given(values, still, x)
    upstream = np.random.default_rng(2).normal(size=out.shape)
    return out, jax.grad(lambda *args: jnp.sum(given(*args) * upstream), argnums=(0, 1, 2))(values, still, x)


def joined(still, x):
    return jnp.concatenate([jnp.repeat(still[:, None], x.shape[1], axis=1), x], axis=-1)


@pytest.mark.parametrize("mask", [None, THERE, HOLES], ids=["whole", "padded", "holes"])
@pytest.mark.parametrize("go_backwards", [False, True], ids=["ahead", "back"])
@pytest.mark.parametrize("return_sequences", [False, True], ids=["last", "every"])
@pytest.mark.parametrize("name", list(PAIRS))
def test_results_and_gradients_are_those_of_keras(name, return_sequences, go_backwards, mask):
    ours, keras_own = pair(name, return_sequences=return_sequences, go_backwards=go_backwards)
    still, x = data()
    assert ours._fits(mask)
    found = with_gradients(ours, lambda layer, still, x: layer(x, mask=mask, still=still), still, x)
    wanted = with_gradients(keras_own, lambda layer, still, x: layer(joined(still, x), mask=mask), still, x)
    for mine, theirs in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5, rtol=2e-5)


@pytest.mark.parametrize("name", list(PAIRS))
def test_without_anything_that_changes_with_time(name):
    ours, keras_own = (layer(UNITS, return_sequences=True) for layer in PAIRS[name])
    still, _ = data()
    nothing = np.zeros((B, T, 0), "float32")
    mine = ours(nothing, still=still)
    keras_own.build((None, T, STILL))
    keras_own.set_weights(ours.get_weights())
    np.testing.assert_allclose(mine, keras_own(joined(still, nothing)), atol=1e-6)


@pytest.mark.parametrize("return_sequences", [False, True], ids=["last", "every"])
@pytest.mark.parametrize("name", list(PAIRS))
def test_both_ways(name, return_sequences):
    _, x = data()
    out = []
    for layer in PAIRS[name]:
        both = keras.layers.Bidirectional(layer(UNITS, return_sequences=return_sequences))
        both.build(x.shape)
        draws = np.random.default_rng(0)
        both.set_weights([draws.normal(size=w.shape) for w in both.weights])
        out.append(both(x, mask=THERE))
    assert isinstance(both.forward_layer, PAIRS[name][1])
    np.testing.assert_allclose(*out, atol=1e-5)


@pytest.mark.parametrize("name", list(PAIRS))
def test_the_configuration_is_that_of_keras(name):
    ours, keras_own = (layer(UNITS, name="reader", seed=1) for layer in PAIRS[name])
    assert ours.get_config() == keras_own.get_config()
    again = PAIRS[name][0].from_config(keras_own.get_config())
    assert again.get_config() == ours.get_config()
    assert [w.shape for w in pair(name)[0].weights] == [w.shape for w in pair(name)[1].weights]


@pytest.mark.parametrize(
    "other",
    [
        {"activation": "relu"},
        {"recurrent_activation": "hard_sigmoid"},
        {"use_bias": False},
        {"dropout": 0.5},
        {"return_state": True},
        {"unroll": True},
    ],
    ids=lambda other: next(iter(other)),
)
@pytest.mark.parametrize("name", list(PAIRS))
def test_what_the_loop_does_not_do_is_left_to_keras(name, other):
    ours, keras_own = pair(name, **other)
    still, x = data()
    assert not ours._fits(None)
    mine, theirs = ours(x, still=still), keras_own(joined(still, x))
    for a, b in zip(jax.tree.leaves(mine), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("name", list(PAIRS))
def test_a_given_first_state_is_left_to_keras(name):
    ours, keras_own = pair(name)
    still, x = data()
    states = [np.ones((B, UNITS), "float32")] * (2 if name == "lstm" else 1)
    mine = ours(joined(still, x), initial_state=states)
    np.testing.assert_allclose(mine, keras_own(joined(still, x), initial_state=states), atol=1e-6)
    assert np.abs(mine - ours(joined(still, x))).max() > 0.01


@pytest.mark.parametrize("name", list(PAIRS))
def test_extreme_values_stay_finite(name):
    ours, _ = pair(name, return_sequences=True)
    still, x = data()
    out, gradients = with_gradients(ours, lambda layer, still, x: layer(x, still=still), still, 1e4 * x)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves((out, gradients)))


@pytest.mark.parametrize("name", list(PAIRS))
def test_many_sets_of_weights_at_once(name):
    """A sweep maps over models: the loop of our own must do that, too."""
    ours, _ = pair(name)
    still, x = data()
    variables = ours.trainable_variables

    def last(values):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return ours(x, still=still).sum()

    sets = [[v.value * scale for v in variables] for scale in (0.5, 1.0)]
    stacked = [jnp.stack(both) for both in zip(*sets, strict=True)]
    together = jax.vmap(jax.grad(last))(stacked)
    for i, one in enumerate(sets):
        for mine, alone in zip(together, jax.grad(last)(one), strict=True):
            np.testing.assert_allclose(mine[i], alone, atol=1e-5, rtol=1e-5)
