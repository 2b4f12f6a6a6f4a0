"""The dense net against NumPy: every activation, the mirror, dropout."""

import keras
import numpy as np
import pytest
from scipy import special

from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.core.spec import Spec
from hyotan.latents import Point
from hyotan.likelihoods import Gaussian
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.nets import Dense
from hyotan.nets._base import ACTIVATIONS

FORMULAS = {
    "relu": lambda h: np.maximum(h, 0),
    "tanh": np.tanh,
    "sigmoid": special.expit,
    "elu": lambda h: np.where(h > 0, h, np.expm1(h)),
    "selu": lambda h: 1.0507009873554805 * np.where(h > 0, h, 1.6732632423543772 * np.expm1(h)),
    "gelu": lambda h: h * special.ndtr(h),
    "silu": lambda h: h * special.expit(h),
    "leaky_relu": lambda h: np.where(h > 0, h, 0.2 * h),
    "softplus": lambda h: np.logaddexp(0, h),
    "linear": lambda h: h,
}
ROWS = np.random.default_rng(0).normal(size=(5, 2, 3, 1)).astype("float32")
CODES = np.random.default_rng(1).normal(size=(5, 2)).astype("float32")


def forward(h, layers, activation):
    h = h.astype(np.float64)
    for layer in layers:
        kernel, bias = map(np.asarray, layer.weights)
        h = FORMULAS[activation](h @ kernel + bias)
    return h


def decoded(layer, codes):
    """Return the decoder's last hidden layer, which the likelihood would be given."""
    return np.asarray(layer.decode(codes, Context(), lambda h: ({"h": h}, None))["h"])


def test_formulas_cover_every_activation():
    assert set(FORMULAS) == set(ACTIVATIONS)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_both_ways_match_numpy(activation, build):
    layer = build(Dense((8, 4), activation), (2, 3, 1))
    hidden = np.asarray(layer.encode(ROWS, Batch(ROWS, None), Context()))
    expected = forward(ROWS.reshape(5, 6), layer.encoder_layers, activation)
    np.testing.assert_allclose(hidden, expected, rtol=1e-4, atol=1e-5)
    back = decoded(layer, CODES)
    np.testing.assert_allclose(back, forward(CODES, layer.decoder_layers, activation), rtol=1e-4, atol=1e-5)
    assert hidden.shape == (5, 4)
    assert back.shape == (5, 8)


@pytest.mark.parametrize(
    ("params", "encoder", "decoder"),
    [
        ({"hidden": (8, 4)}, [8, 4], [4, 8]),
        ({"hidden": [8, 4]}, [8, 4], [4, 8]),
        ({"hidden": 8}, [8], [8]),
        ({"hidden": ()}, [], []),
        ({"hidden": (8, 4), "decoder_hidden": (5,)}, [8, 4], [5]),
        ({"hidden": (8, 4), "decoder_hidden": ()}, [8, 4], []),
        ({"hidden": (np.int64(8),)}, [8], [8]),
    ],
    ids=str,
)
def test_the_decoder_mirrors_the_encoder_unless_told_otherwise(params, encoder, decoder, build):
    layer = build(Dense(**params))
    assert [dense.units for dense in layer.encoder_layers] == encoder
    assert [dense.units for dense in layer.decoder_layers] == decoder


def test_without_hidden_layers_rows_and_codes_pass_through(build):
    layer = build(Dense(()), (2, 3, 1))
    np.testing.assert_array_equal(layer.encode(ROWS, Batch(ROWS, None), Context()), ROWS.reshape(5, 6))
    np.testing.assert_array_equal(decoded(layer, CODES), CODES)


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_dropout_acts_in_training_only(dropout):
    parts = Parts(Dense((64,), dropout=dropout), Point(3), Gaussian(sigma=1.0))
    model = Autoencoding(parts, Spec((6,)), 0)
    batch = Batch(ROWS.reshape(5, 6), np.ones(5, "float32")).arrays()
    calm, one, other = (np.asarray(model(batch, training=t)["minimise"]["nll"]) for t in (False, True, True))
    np.testing.assert_array_equal(calm, np.asarray(model(batch, training=False)["minimise"]["nll"]))
    assert np.array_equal(calm, one) is (dropout == 0)
    assert np.array_equal(one, other) is (dropout == 0)


def test_dropout_is_of_the_encoder_alone_and_keeps_the_mean(build):
    layer = build(Dense((4000,), "linear", dropout=0.3))
    dense, dropout = layer.encoder_layers
    full = np.asarray(dense(np.ones((1, 5), "float32")))
    hidden = np.asarray(dropout(full, training=True))
    dropped = hidden == 0
    assert dropped.mean() == pytest.approx(0.3, abs=5 * np.sqrt(0.21 / 4000))
    np.testing.assert_allclose(hidden[~dropped], full[~dropped] / 0.7, rtol=1e-5)
    assert all(isinstance(part, keras.layers.Dense) for part in layer.decoder_layers)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"hidden": (8, 0)}, ("'hidden' parameter of Dense", "whole numbers >= 1", "received: (8, 0)")),
        ({"hidden": (8, 2.5)}, ("'hidden'", "received: (8, 2.5)")),
        ({"hidden": (True,)}, ("'hidden'", "received: (True,)")),
        ({"hidden": "256"}, ("'hidden'", "received: '256'")),
        ({"hidden": None}, ("'hidden'", "received: None")),
        ({"decoder_hidden": (-1,)}, ("'decoder_hidden'", "received: (-1,)")),
        ({"dropout": 1.0}, ("'dropout'", "a number >= 0 and <= 0.99", "received: 1.0")),
        ({"dropout": -0.1}, ("'dropout'", "received: -0.1")),
        ({"activation": "reul"}, ("'activation' parameter of Dense", "'relu'", "received: 'reul'")),
    ],
    ids=str,
)
def test_bad_parameters_are_refused(params, words, build, refused):
    with refused(ParameterError, *words):
        build(Dense(**params))
