"""The KL against numerical integration and Monte Carlo; β, free bits, and warm-up as a compiled step sees it."""

import keras
import numpy as np
import pytest
from scipy import integrate, stats

from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.core.part import _REGISTRY
from hyotan.core.spec import Spec
from hyotan.latents import Gaussian
from hyotan.latents._base import DiagonalNormal
from hyotan.latents.divergences.kl import KL, kl_per_row
from hyotan.latents.priors import Prior
from hyotan.latents.priors.standard_normal import StandardNormal
from hyotan.likelihoods import Gaussian as GaussianLikelihood
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.nets import Dense
from hyotan.training.loop import train

GENERATOR = np.random.default_rng(0)
MEANS, LOG_VARS = GENERATOR.normal(size=(2, 6, 3)).astype("float32")
Q = DiagonalNormal(MEANS, LOG_VARS)
PRIOR = StandardNormal()
ONES = Context(weight=np.ones(6, "float32"))
EACH = 0.5 * (MEANS.astype(float) ** 2 + np.exp(LOG_VARS.astype(float)) - LOG_VARS.astype(float) - 1)


@pytest.mark.parametrize(("mean", "sigma"), [(0, 1), (0.3, 0.2), (-2, 1.7), (3, 0.05), (0.5, 3)])
def test_kl_is_the_integral(mean, sigma):
    def density(z):
        return stats.norm.pdf(z, mean, sigma) * (stats.norm.logpdf(z, mean, sigma) - stats.norm.logpdf(z))

    expected, error = integrate.quad(density, mean - 12 * sigma, mean + 12 * sigma, points=[mean], limit=200)
    assert error < 1e-6
    q = DiagonalNormal(np.array([[mean]], "float32"), np.log(np.array([[sigma**2]], "float32")))
    np.testing.assert_allclose(q.kl(PRIOR), [[expected]], rtol=1e-5, atol=1e-6)


def test_kl_is_the_average_of_log_q_minus_log_p():
    z = Q.draw(Q.noise(40_000, MEANS.shape, keras.random.SeedGenerator(1)))
    log_ratio = np.asarray(Q.log_prob(z) - PRIOR.log_prob(z, Context()), np.float64)
    error = log_ratio.std(axis=0) / np.sqrt(len(log_ratio))
    total = np.asarray(Q.kl(PRIOR)).sum(axis=1)
    assert (np.abs(log_ratio.mean(axis=0) - total) < 5 * error).all()
    assert (error < 0.02 * total).all()


@pytest.mark.parametrize("beta", [0, 0.5, 1, 4.0])
def test_beta_weighs_what_is_minimised_and_not_what_is_reported(beta, build):
    terms = build(KL(beta=beta)).terms(Q, PRIOR, None, ONES)
    np.testing.assert_allclose(terms.minimise["kl"], beta * EACH.sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(terms.report["kl"], EACH.sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(terms.report["kl_per_dim"], EACH, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("weight", [np.ones(6), np.array([2.0, 0.5, 1, 0, 0, 0])], ids=["even", "weighted"])
@pytest.mark.parametrize("beta", [1, 3])
def test_free_bits_are_compared_with_the_mean_over_the_batch(weight, beta, build):
    mean = weight @ EACH / weight.sum()
    free = float(np.sort(mean)[:2].mean())  # one dimension pays for less than it uses
    terms = build(KL(beta=beta, free_bits=free)).terms(Q, PRIOR, None, Context(weight=weight.astype("float32")))
    charged = np.where(mean > free, EACH, free)
    assert np.sum(mean > free) == 2
    np.testing.assert_allclose(terms.minimise["kl"], beta * charged.sum(axis=1), rtol=1e-5)
    np.testing.assert_allclose(terms.report["kl"], EACH.sum(axis=1), rtol=1e-5)
    # On average a dimension costs the larger of its KL and what is free.
    average = weight @ np.asarray(terms.minimise["kl"], float) / weight.sum()
    assert average == pytest.approx(beta * np.maximum(mean, free).sum(), rel=1e-5)


def test_rows_without_weight_do_not_count_for_free_bits(build):
    layer = build(KL(free_bits=0.5))
    weight = np.array([1, 1, 1, 1, 1, 1, 0, 0], "float32")
    filled = DiagonalNormal(np.vstack([MEANS, np.full((2, 3), 50, "float32")]), np.vstack([LOG_VARS, LOG_VARS[:2]]))
    np.testing.assert_allclose(
        layer.terms(filled, PRIOR, None, Context(weight=weight)).minimise["kl"][:6],
        layer.terms(Q, PRIOR, None, ONES).minimise["kl"],
        rtol=1e-5,
    )


class Wide(Prior):
    """N(0, 4 I), of which nothing is known in closed form."""

    def log_prob(self, z, ctx):
        return PRIOR.log_prob(z / 2, ctx) - z.shape[-1] * np.log(2)

    def sample(self, n, shape, ctx):
        return 2 * PRIOR.sample(n, shape, ctx)


del _REGISTRY["prior"]["wide"]  # contract tests run over what is registered


def test_another_prior_has_no_closed_form_and_is_estimated_from_the_draws():
    z = Q.draw(Q.noise(40_000, MEANS.shape, keras.random.SeedGenerator(1)))
    total, each = kl_per_row(Q, Wide(), z, Context())
    assert each is None
    exact = (np.exp(LOG_VARS.astype(float)) + MEANS.astype(float) ** 2) / 8 - 0.5 - LOG_VARS / 2 + np.log(2)
    np.testing.assert_allclose(total, exact.sum(axis=1), atol=0.05)
    # Where there is a closed form it is taken.
    np.testing.assert_allclose(kl_per_row(Q, PRIOR, z, Context())[0], EACH.sum(axis=1), rtol=1e-5)


def test_free_bits_need_a_kl_of_each_dimension(build, refused):
    z = Q.draw(Q.noise(1, MEANS.shape, keras.random.SeedGenerator(1)))
    with refused(ParameterError, "free_bits", "set free_bits=0"):
        build(KL(free_bits=0.5)).terms(Q, Wide(), z, ONES)
    assert build(KL()).terms(Q, Wide(), z, ONES).report.keys() == {"kl"}


def test_warmup_rises_in_equal_steps(build):
    layer = build(KL(beta=2, warmup=4))
    weights = []
    for epoch in range(6):
        layer.schedule(epoch)
        weights.append(float(np.asarray(layer.beta)))
    np.testing.assert_allclose(weights, [0.5, 1, 1.5, 2, 2, 2])
    layer.schedule(1)
    layer.schedule(None)
    assert float(np.asarray(layer.beta)) == 2


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"beta": -1}, ("'beta' parameter of KL", "a number >= 0", "received: -1")),
        ({"beta": "1"}, ("'beta'", "received: '1'")),
        ({"beta": float("nan")}, ("'beta'", "received: nan")),
        ({"free_bits": -0.1}, ("'free_bits'", "a number >= 0")),
        ({"warmup": -1}, ("'warmup'", "received: -1")),
        ({"warmup": None}, ("'warmup'", "received: None")),
        ({"warmup": 2.5}, ("'warmup'", "whole number", "received: 2.5")),
        ({"beta": float("inf")}, ("'beta'", "received: inf")),
    ],
    ids=str,
)
def test_bad_parameters_are_refused(params, words, build, refused):
    with refused(ParameterError, *words):
        build(KL(**params))


ROWS = Batch(np.random.default_rng(1).normal(size=(64, 4)).astype("float32"), np.ones(64, "float32"))


def fitted(divergence, epochs, validation=None):
    parts = Parts(Dense((6,)), Gaussian(2, divergence=divergence), GaussianLikelihood(sigma=1.0))
    model = Autoencoding(parts, Spec((4,)), 0)
    optimizer = keras.optimizers.SGD(0.01)
    state = train(model, ROWS, validation, epochs=epochs, batch_size=16, optimizer=optimizer, seed=0, warn=print)
    history = state.parts["history"]
    return history, np.concatenate([np.ravel(np.asarray(w)) for w in model.encoder.trainable_weights]), model


def test_the_compiled_step_sees_the_schedule():
    history, _, model = fitted(KL(beta=2, warmup=4), 6, validation=ROWS)

    def weight(prefix):
        loss, nll, kl = (np.asarray(history[prefix + name]) for name in ("loss", "nll", "kl"))
        return (loss - nll) / kl

    np.testing.assert_allclose(weight(""), [0.5, 1, 1.5, 2, 2, 2], rtol=1e-3)
    np.testing.assert_allclose(weight("val_"), 2, rtol=1e-3)
    assert float(np.asarray(model.latent.divergence.beta)) == 2


def test_warmup_changes_the_weights_as_its_beta_would():
    warm, plain, strong = (fitted(KL(*args), 1)[1] for args in ((4, 0, 4), (1,), (4,)))
    np.testing.assert_allclose(warm, plain, rtol=1e-5, atol=1e-6)
    assert np.abs(warm - strong).max() > 1e-3
