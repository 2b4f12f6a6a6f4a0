"""The Gaussian latent against NumPy and SciPy: heads, draws, densities, bound, active units, priors."""

import keras
import numpy as np
import pytest
from scipy import stats

from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.latents import Gaussian
from hyotan.latents._base import DiagonalNormal
from hyotan.latents.divergences.kl import KL
from hyotan.latents.priors.standard_normal import StandardNormal

HIDDEN = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
MEAN = np.array([[0.5, -2.0], [1.0, 0.0]], "float32")
LOG_VAR = np.array([[0.0, -1.5], [1.2, -4.0]], "float32")
SIGMA = np.exp(LOG_VAR.astype(np.float64) / 2)


@pytest.mark.parametrize("head", ["log_var", "sigma"])
def test_heads_are_linear(head, build):
    layer = build(Gaussian(3, head=head))
    parameters = layer.heads(HIDDEN)
    assert list(parameters) == ["mean", head]
    for found, dense in zip(parameters.values(), (layer.location, layer.spread), strict=True):
        kernel, bias = map(np.asarray, dense.weights)
        np.testing.assert_allclose(found, HIDDEN @ kernel + bias, rtol=1e-4, atol=1e-6)


def test_sigma_head_may_cross_zero(build):
    layer = build(Gaussian(3, head="sigma"))
    q = layer.given({"mean": np.zeros((1, 3), "float32"), "sigma": np.array([[-0.5, 0.0, 2.0]], "float32")})
    np.testing.assert_allclose(np.exp(np.asarray(q.log_var)), [[0.25, 1e-12, 4]], rtol=1e-4)
    noise = np.ones((1, 3), "float32")
    np.testing.assert_allclose(q.draw(noise)[0], [[0.5, 1e-6, 2]], rtol=1e-4)


def test_draws_from_given_noise_are_exact():
    noise = np.random.default_rng(1).normal(size=(5, 2)).astype("float32")
    draws = DiagonalNormal(MEAN, LOG_VAR).draw(noise)
    np.testing.assert_allclose(draws, MEAN + SIGMA * noise[:, None, :], rtol=1e-5, atol=1e-6)


def test_draws_have_the_moments_and_rows_are_independent():
    n = 40_000
    q = DiagonalNormal(MEAN, LOG_VAR)
    draws = np.asarray(q.draw(q.noise(n, (2, 2), keras.random.SeedGenerator(2))), np.float64)
    assert (np.abs(draws.mean(axis=0) - MEAN) < 5 * SIGMA / np.sqrt(n)).all()
    np.testing.assert_allclose(draws.std(axis=0), SIGMA, rtol=5 / np.sqrt(2 * n))
    correlation = np.corrcoef(draws.reshape(n, 4).T) - np.eye(4)
    assert np.abs(correlation).max() < 5 / np.sqrt(n)


def test_log_density_matches_scipy():
    z = np.random.default_rng(3).normal(size=(7, 2, 2)).astype("float32")
    expected = stats.norm.logpdf(z, MEAN, SIGMA).sum(axis=-1)
    np.testing.assert_allclose(DiagonalNormal(MEAN, LOG_VAR).log_prob(z), expected, rtol=1e-4)


def test_a_grid_code_is_summed_over_all_its_axes():
    grid = np.random.default_rng(4).normal(size=(2, 3, 2, 2, 2)).astype("float32")
    mean, log_var = np.zeros((3, 2, 2, 2), "float32"), np.full((3, 2, 2, 2), 0.4, "float32")
    expected = stats.norm.logpdf(grid, 0, np.exp(0.2)).sum(axis=(2, 3, 4))
    np.testing.assert_allclose(DiagonalNormal(mean, log_var).log_prob(grid), expected, rtol=1e-4)
    np.testing.assert_allclose(
        StandardNormal().log_prob(grid, Context()), stats.norm.logpdf(grid).sum(axis=(2, 3, 4)), rtol=1e-4
    )


@pytest.mark.parametrize("divergence", [None, KL(beta=7, free_bits=2.5), KL(beta=0)], ids=repr)
def test_the_bound_never_weighs_the_kl(divergence, build):
    layer = build(Gaussian(2, divergence=divergence))
    q = layer.given({"mean": MEAN, "log_var": LOG_VAR})
    log_px = np.array([[-3.0, 1.0], [-5.0, 2.0]], "float32")
    kl = 0.5 * np.sum(np.square(MEAN) + SIGMA**2 - 1 - np.log(SIGMA**2), axis=1)
    np.testing.assert_allclose(layer.elbo(log_px, q, None, Context()), log_px.mean(axis=0) - kl, rtol=1e-5)


def test_active_units_and_kl_of_an_epoch(build):
    layer = build(Gaussian(3))
    means = np.random.default_rng(5).normal(size=(400, 3)) * [1.0, 0.09, 0.11] + [5.0, 2.0, -3.0]
    assert (np.var(means, axis=0) > 0.01).tolist() == [True, False, True]
    averages = {
        "code_mean": means.mean(axis=0),
        "code_square": np.square(means).mean(axis=0),
        "kl_per_dim": np.array([2.0, 0.0, 0.1]),
    }
    assert layer.summary(averages) == {"active_units": 2, "kl_per_dim": [2.0, 0.0, 0.1]}


def test_the_reported_moments_make_the_variance_of_the_means(build):
    layer = build(Gaussian(2))
    means = np.random.default_rng(6).normal(size=(50, 2)).astype("float32")
    q = layer.given({"mean": means, "log_var": np.zeros_like(means)})
    terms = layer.objective(np.zeros((1, 50), "float32"), q, means[None], Context(weight=np.ones(50, "float32")))
    moments = {name: np.asarray(terms.report[name]).mean(axis=0) for name in ("code_mean", "code_square")}
    variance = moments["code_square"] - np.square(moments["code_mean"])
    np.testing.assert_allclose(variance, means.var(axis=0), rtol=1e-5)


def test_the_prior_draws_whole_codes(build):
    ctx = Context(seed=keras.random.SeedGenerator(0))
    draws = build(Gaussian(2, layout="grid")).sample_prior(3000, (2, 2, 2), ctx)
    flat = np.asarray(draws).reshape(3000, 8)
    assert np.abs(np.cov(flat.T) - np.eye(8)).max() < 6 / np.sqrt(3000)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"dim": 0}, ("'dim' parameter of Gaussian", "a whole number >= 1", "received: 0")),
        ({"dim": 2.0}, ("'dim'", "received: 2.0")),
        ({"dim": None}, ("'dim'", "received: None")),
        ({"dim": True}, ("'dim'", "received: True")),
        ({"head": "logvar"}, ("'head'", "'log_var', 'sigma'", "received: 'logvar'")),
        ({"layout": "map"}, ("'layout'", "'vector', 'grid'", "received: 'map'")),
        ({"prior": "normal"}, ("no prior named 'normal'", "standardnormal", "did you mean 'standardnormal'?")),
        ({"prior": KL()}, ("is not a prior", "received: KL()")),
        ({"divergence": "kll"}, ("no divergence named 'kll'", "did you mean 'kl'?")),
        ({"divergence": 1.0}, ("is not a divergence", "received: 1.0")),
    ],
    ids=str,
)
def test_bad_parameters_are_refused(params, words, build, refused):
    with refused(ParameterError, *words):
        build(Gaussian(**params))


def test_whole_numbers_of_numpy_are_whole_numbers(build):
    assert build(Gaussian(np.int64(3))).heads(HIDDEN)["mean"].shape == (6, 3)
