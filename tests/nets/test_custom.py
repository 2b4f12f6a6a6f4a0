"""Custom nets: the user's networks are copied, and what they give is taken as told."""

import keras
import numpy as np
import pytest
from scipy import special, stats

import hyotan as hy
from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.core.spec import Spec
from hyotan.latents import Point
from hyotan.likelihoods import Bernoulli, Gaussian
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.nets import Custom
from hyotan.training.loop import train

EVENT = (4, 3, 1)
ROWS = Batch(np.random.default_rng(0).random((6, *EVENT)).astype("float32"), np.ones(6, "float32"))


def encoder():
    return keras.Sequential([keras.Input(EVENT), keras.layers.Flatten(), keras.layers.Dense(5, "tanh")])


def decoder(*last):
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(7, "tanh", name="first"), *last])


def image_of(channels, activation=None):
    return keras.layers.Dense(12 * channels, activation), keras.layers.Reshape((4, 3, channels))


def fresh(net, likelihood=None):
    return Autoencoding(Parts(net, Point(2), likelihood or Gaussian(sigma=1.0)), Spec(EVENT), 0)


def numbers(network):
    return [np.array(np.asarray(w)) for w in network.weights]


def test_the_users_networks_are_copied_with_their_weights_and_never_changed():
    mine = encoder(), decoder()
    before = [numbers(network) for network in mine]
    model = fresh(Custom(*mine))
    np.testing.assert_array_equal(model.net.encode(ROWS.values, ROWS, Context()), mine[0](ROWS.values))
    train(model, ROWS, epochs=1, batch_size=6, optimizer=keras.optimizers.SGD(0.1), seed=0, warn=print)
    for network, copy, old in zip(mine, (model.net.encoder, model.net.decoder), before, strict=True):
        for now, then in zip(numbers(network), old, strict=True):
            np.testing.assert_array_equal(now, then)
        assert any(np.abs(now - then).max() > 1e-6 for now, then in zip(numbers(copy), old, strict=True))


def test_with_features_the_likelihood_adds_its_own_layer():
    model = fresh(Custom(encoder(), decoder()))
    codes = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")
    kernel, bias = map(np.asarray, model.likelihood.location.weights)
    expected = (np.asarray(model.net.decoder(codes)) @ kernel + bias).reshape(6, *EVENT)
    np.testing.assert_allclose(model.decoder(codes), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("likelihood", "activation", "mean"),
    [
        (Bernoulli(), None, special.expit),
        (Bernoulli(link="identity"), "sigmoid", lambda h: h),
        (Gaussian(sigma=1.0), None, lambda h: h),
        (Gaussian(sigma=1.0, link="tanh"), None, np.tanh),
    ],
    ids=["logits", "probabilities", "means", "squashed means"],
)
def test_with_parameters_the_decoder_gives_the_number_of_each_cell(likelihood, activation, mean):
    model = fresh(Custom(encoder(), decoder(*image_of(1, activation)), outputs="parameters"), likelihood)
    codes = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")
    given = np.asarray(model.net.decoder(codes), np.float64)
    np.testing.assert_allclose(model.decoder(codes), mean(given), rtol=1e-4, atol=1e-6)
    assert not model.likelihood.weights  # nothing of the house comes after


def test_mean_and_log_sigma_may_be_stacked_on_the_last_axis():
    net = Custom(encoder(), decoder(*image_of(2)), outputs="parameters")
    model = fresh(net, Gaussian(sigma="predicted", min_sigma=0))
    given = np.asarray(model.net.decoder(model.posterior(ROWS).mean()), np.float64)
    expected = stats.norm.logpdf(ROWS.values, given[..., :1], np.exp(given[..., 1:])).sum(axis=(1, 2, 3))
    nll = model.terms(ROWS, Context(seed=model.noise), 1).minimise["nll"]
    np.testing.assert_allclose(nll, -expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("likelihood", "last"),
    [
        (Bernoulli(), [keras.layers.Dense(12)]),
        (Bernoulli(), image_of(2)),
        (Bernoulli(), image_of(3)),
        (Gaussian(), image_of(2)),
        (Gaussian(sigma="predicted"), image_of(1)),
        (Gaussian(sigma="predicted"), image_of(3)),
    ],
    ids=["flat", "bernoulli-2", "bernoulli-3", "gaussian-2", "predicted-1", "predicted-3"],
)
def test_a_decoder_that_gives_too_many_or_too_few_numbers_is_refused(likelihood, last, refused):
    with refused(ParameterError, "custom decoder", "4, 3", "what to do"):
        fresh(Custom(encoder(), decoder(*last), outputs="parameters"), likelihood)


def test_features_of_other_rows_are_refused_and_the_advice_works(refused):
    flat = keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(5, "tanh")])
    net, X = Custom(flat, decoder(*image_of(2))), np.random.default_rng(0).random((9, 4, 3))
    options = {"net": net, "latent": Point(2), "epochs": 1, "verbose": 0}
    with refused(ParameterError, "features for rows of shape (4, 3)", "(B, 4, k)", "(B, 4, 3, 2)", "kind='images'"):
        hy.Autoencoder(**options).fit(X)
    assert hy.Autoencoder(**options, kind="images").fit(X).reconstruct(X).shape == X.shape


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, ("'encoder' parameter of Custom", "a keras.Model or keras.Layer", "pass Custom(encoder, decoder)")),
        ({"encoder": keras.layers.Flatten(), "decoder": len}, ("'decoder'", "received: <built-in function len>")),
        (
            {"encoder": keras.layers.Flatten(), "decoder": keras.layers.Dense(2), "outputs": "logits"},
            ("'outputs'", "'features', 'parameters'", "received: 'logits'"),
        ),
    ],
    ids=["nothing", "a function", "outputs"],
)
def test_bad_parameters_are_refused(params, words, build, refused):
    with refused(ParameterError, *words):
        build(Custom(**params), EVENT)


def test_repr_names_the_networks():
    named = keras.Sequential(name="mine"), keras.Sequential(name="yours")
    assert repr(Custom(*named)) == "Custom(mine, yours, outputs='features')"
    assert repr(Custom()) == "Custom(None, None, outputs='features')"
