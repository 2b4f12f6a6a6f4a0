"""Bernoulli against SciPy: logits, probabilities, extremes and grey values."""

import keras
import numpy as np
import pytest
from scipy import special, stats

from hyotan.core.errors import ParameterError
from hyotan.likelihoods import Bernoulli

LOGITS = np.array([[-6.0, -1.5, 0.0, 0.25, 4.0]], "float32")


@pytest.mark.parametrize("on", [0, 1])
def test_logits_match_scipy(on, build):
    layer = build(Bernoulli())
    values = np.full_like(LOGITS, on)
    expected = stats.bernoulli.logpmf(values, special.expit(LOGITS.astype(np.float64)))
    np.testing.assert_allclose(layer.log_prob(layer.given(LOGITS), values), expected, rtol=1e-5)
    np.testing.assert_allclose(layer.mean(layer.given(LOGITS)), special.expit(LOGITS), rtol=1e-6)


def test_extreme_logits_stay_exact(build):
    layer = build(Bernoulli())
    logits = np.array([[-200.0, -80, 0, 80, 200]], "float32")
    for on in (0.0, 1.0):
        expected = special.log_expit(np.where(on, logits, -logits))
        each = layer.log_prob({"logits": logits}, np.full_like(logits, on))
        rounding = 200 * np.finfo("float32").eps  # of x · l and softplus(l), which are as large as l
        np.testing.assert_allclose(each, expected, rtol=1e-6, atol=rounding)


def test_grey_values_are_cross_entropy(build):
    layer = build(Bernoulli())
    grey = np.array([[0.0, 0.2, 0.5, 0.9, 1.0]], "float32")
    p = special.expit(LOGITS.astype(np.float64))
    expected = special.xlogy(grey, p) + special.xlogy(1 - grey, 1 - p)
    np.testing.assert_allclose(layer.log_prob({"logits": LOGITS}, grey), expected, rtol=1e-5)


def test_head_is_linear(build):
    layer = build(Bernoulli(), (2, 3, 2))
    h = np.random.default_rng(0).normal(size=(4, 7)).astype("float32")
    logits = np.asarray(layer.head(h)["logits"])
    kernel, bias = map(np.asarray, layer.logit.weights)
    np.testing.assert_allclose(logits, (h @ kernel + bias).reshape(4, 2, 3, 2), rtol=1e-5, atol=1e-6)


def test_head_on_a_map_mixes_channels_only(build):
    layer = build(Bernoulli(), (2, 3, 2))
    h = np.random.default_rng(0).normal(size=(4, 2, 3, 7)).astype("float32")
    logits = np.asarray(layer.head(h)["logits"])
    kernel, bias = map(np.asarray, layer.logit.weights)
    assert kernel.shape == (7, 2)
    np.testing.assert_allclose(logits, np.einsum("nhwk,kc->nhwc", h, kernel) + bias, rtol=1e-4, atol=1e-6)


def test_identity_link_takes_probabilities(build):
    layer = build(Bernoulli(link="identity"))
    p = np.array([[0.01, 0.3, 0.5, 0.75, 0.99]], "float32")
    for on in (0, 1):
        expected = stats.bernoulli.logpmf(np.full(p.shape, on), p.astype(np.float64))
        np.testing.assert_allclose(layer.log_prob(layer.given(p), np.full_like(p, on)), expected, rtol=1e-4)
    np.testing.assert_allclose(layer.mean(layer.given(p)), p, rtol=1e-5)


def test_identity_link_clips_what_is_no_probability(build):
    layer = build(Bernoulli(link="identity"), (4,))
    params = layer.given(np.array([[-0.5, 0.0, 1.0, 2.0]], "float32"))
    surprised = np.asarray(layer.log_prob(params, np.array([[1.0, 1, 0, 0]], "float32")))
    np.testing.assert_allclose(surprised, np.log(1e-7), rtol=0.02)  # float32 has few numbers beside 1


def test_draws_have_the_probabilities(build):
    layer = build(Bernoulli(), (3,))
    logits = np.repeat(np.array([[-2.0, 0.0, 1.0]], "float32"), 20_000, axis=0)
    draws = np.asarray(layer.sample({"logits": logits}, keras.random.SeedGenerator(3)))
    assert set(np.unique(draws)) == {0.0, 1.0}
    p = special.expit(logits[0])
    assert (np.abs(draws.mean(axis=0) - p) < 5 * np.sqrt(p * (1 - p) / len(draws))).all()


def test_invalid_values_lie_outside_0_and_1():
    values = np.array([-1e-6, 0.0, 0.5, 1.0, 1.0 + 1e-6, np.nan])
    assert Bernoulli().invalid(values).tolist() == [True, False, False, False, True, False]


@pytest.mark.parametrize(
    ("values", "normalised"),
    [([0, 1, 1], True), ([0, np.nan, 1], True), ([0, 0.5], False), ([0, 1 + 1e-9], False)],
)
def test_only_zeros_and_ones_are_normalised(values, normalised):
    assert Bernoulli().normalised(np.array(values)) is normalised


def test_unknown_link_is_refused(build, refused):
    with refused(ParameterError, "'link' parameter of Bernoulli", "'sigmoid', 'identity'", "received: 'tanh'"):
        build(Bernoulli(link="tanh"))
