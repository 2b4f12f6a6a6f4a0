"""The Gaussian likelihood against SciPy: four kinds of σ, three links, and what a custom decoder may give."""

import keras
import numpy as np
import pytest
from scipy import special, stats

from hyotan.core.errors import ParameterError
from hyotan.likelihoods import Gaussian

EVENT = (3, 2, 2)
LINKS = {"identity": lambda h: h, "sigmoid": special.expit, "tanh": np.tanh}
GENERATOR = np.random.default_rng(5)
OUTPUT, VALUES = GENERATOR.normal(size=(2, 4, *EVENT)).astype("float32")
RAW = GENERATOR.normal(size=(4, *EVENT)).astype("float32") - 0.5


def sigma_of(raw, min_sigma):
    return np.sqrt(np.exp(2 * np.asarray(raw, np.float64)) + min_sigma**2)


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("sigma", [0.05, 1, 7.5])
def test_fixed_sigma(sigma, link, build):
    layer = build(Gaussian(sigma=sigma, link=link, min_sigma=3.0), EVENT)  # a fixed σ has no floor
    expected = stats.norm.logpdf(VALUES, LINKS[link](OUTPUT.astype(np.float64)), sigma)
    params = layer.given(OUTPUT)
    np.testing.assert_allclose(layer.log_prob(params, VALUES), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer.mean(params), LINKS[link](OUTPUT), rtol=1e-5, atol=1e-6)
    assert not layer.trainable_variables


@pytest.mark.parametrize("min_sigma", [0, 1e-3, 0.6])
@pytest.mark.parametrize(("sigma", "shape"), [("learned", ()), ("per_cell", EVENT)])
def test_learned_sigma(sigma, shape, min_sigma, build):
    layer = build(Gaussian(sigma=sigma, min_sigma=min_sigma), EVENT)
    (weight,) = layer.trainable_variables
    assert weight.shape == shape
    for raw in (np.zeros(shape), RAW[0] if shape else -0.7):
        weight.assign(raw)
        expected = stats.norm.logpdf(VALUES, OUTPUT.astype(np.float64), sigma_of(raw, min_sigma))
        np.testing.assert_allclose(layer.log_prob({"mean": OUTPUT}, VALUES), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("min_sigma", [0, 1e-3, 0.6])
@pytest.mark.parametrize("link", LINKS)
def test_predicted_sigma(link, min_sigma, build):
    layer = build(Gaussian(sigma="predicted", link=link, min_sigma=min_sigma), EVENT)
    params = layer.given(np.concatenate([OUTPUT, RAW], axis=-1))
    expected = stats.norm.logpdf(VALUES, LINKS[link](OUTPUT.astype(np.float64)), sigma_of(RAW, min_sigma))
    np.testing.assert_allclose(layer.log_prob(params, VALUES), expected, rtol=1e-4, atol=1e-5)


def test_predicted_sigma_starts_at_one_everywhere_and_is_linear_in_the_hidden_layer(build):
    layer = build(Gaussian(sigma="predicted", min_sigma=0), (5,))
    generator = np.random.default_rng(0)
    h = generator.normal(size=(4, 7)).astype("float32")
    params = layer.head(h)
    kernel, bias = map(np.asarray, layer.location.weights)
    np.testing.assert_allclose(params["mean"], h @ kernel + bias, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(params["log_sigma"], np.zeros((4, 5)))
    slope = generator.normal(size=(7, 5)).astype("float32")
    layer.raw.set_weights([slope, np.ones(5)])
    np.testing.assert_allclose(layer.head(h)["log_sigma"], h @ slope + 1, rtol=1e-4, atol=1e-5)


def test_sigma_of_root_half_is_the_summed_squared_error(build):
    layer = build(Gaussian(sigma=np.sqrt(0.5)), EVENT)
    loss = -np.sum(np.asarray(layer.log_prob({"mean": OUTPUT}, VALUES)), axis=(1, 2, 3))
    squared = np.sum(np.square(VALUES - OUTPUT), axis=(1, 2, 3))
    np.testing.assert_allclose(loss - squared, 12 * 0.5 * np.log(np.pi), rtol=1e-4)


def test_min_sigma_bounds_the_density_of_a_perfect_copy(build):
    layer = build(Gaussian(min_sigma=0.01), (1,))
    layer.raw.assign(-40.0)
    density = np.asarray(layer.log_prob({"mean": np.ones((1, 1), "float32")}, np.ones((1, 1), "float32")))
    np.testing.assert_allclose(density, stats.norm.logpdf(0, 0, 0.01), rtol=1e-5)


@pytest.mark.parametrize("sigma", [0.3, "learned", "per_cell", "predicted"])
def test_draws_have_mean_and_deviation(sigma, build):
    layer = build(Gaussian(sigma=sigma, min_sigma=0.2), (2,))
    raw = np.array([-1.0, 0.5]) if sigma in ("per_cell", "predicted") else -1.0
    params = {"mean": np.repeat(np.array([[3.0, -1.0]], "float32"), 20_000, axis=0)}
    if sigma == "predicted":
        params["log_sigma"] = np.tile(raw, (20_000, 1)).astype("float32")
    elif isinstance(sigma, str):
        layer.raw.assign(raw)
    expected = np.broadcast_to(0.3 if sigma == 0.3 else sigma_of(raw, 0.2), 2)
    draws = np.asarray(layer.sample(params, keras.random.SeedGenerator(1)), np.float64)
    np.testing.assert_allclose(draws.mean(axis=0), [3, -1], atol=5 * expected.max() / np.sqrt(20_000))
    np.testing.assert_allclose(draws.std(axis=0), expected, rtol=5 / np.sqrt(2 * 20_000))
    assert abs(np.corrcoef(draws.T)[0, 1]) < 5 / np.sqrt(20_000)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"sigma": 0}, ("'sigma'", "a number > 0", "received: 0")),
        ({"sigma": -1.5}, ("'sigma'", "a number > 0", "received: -1.5")),
        ({"sigma": float("nan")}, ("'sigma'", "received: nan")),
        ({"sigma": True}, ("'sigma'", "received: True")),
        ({"sigma": None}, ("'sigma'", "received: None")),
        ({"sigma": "lerned"}, ("'sigma'", "'learned', 'per_cell', 'predicted'", "received: 'lerned'")),
        ({"link": "relu"}, ("'link'", "'identity', 'sigmoid', 'tanh'")),
        ({"min_sigma": -0.1}, ("'min_sigma'", "a number >= 0", "received: -0.1")),
    ],
    ids=str,
)
def test_bad_parameters_are_refused(params, words, build, refused):
    with refused(ParameterError, "parameter of Gaussian", *words):
        build(Gaussian(**params))
