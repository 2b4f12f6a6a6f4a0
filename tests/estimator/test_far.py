"""Rows far from the training data: their scores are finite, and the farther, the lower."""

import numpy as np
import pytest

import hyotan as hy

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 5))
FAR = [0, 3, 10, 30, 100, 300, 1e3, 3e3, 1e4, 1e5, 1e6, 1e8, 1e10, 1e12, 1e20, 1e30, 1e38]
QUIET = {"epochs": 5, "random_state": 0, "verbose": 0}
MODELS = {
    "vae": hy.VAE(2, **QUIET),
    "deep": hy.VAE(2, net=hy.nets.Dense((32, 16)), **QUIET),
    "sigma": hy.VAE(2, head="sigma", **QUIET),
    "predicted": hy.VAE(2, likelihood=hy.likelihoods.Gaussian("predicted"), **QUIET),
    "unscaled": hy.VAE(2, scale="none", **QUIET),
    "ae": hy.AE(2, **QUIET),
    "sparse": hy.SparseAE(2, **QUIET),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request):
    return MODELS[request.param].fit(X)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_scores_are_finite_and_ordered(model, dtype):
    for direction in (np.ones(5), RNG.normal(size=5)):
        rows = np.outer(FAR, direction).clip(-3e38, 3e38).astype(dtype)
        scores = model.score_samples(rows)
        assert np.isfinite(scores).all()
        assert (np.diff(scores) <= 0).all(), scores
        assert (np.diff(scores[FAR.index(3) : FAR.index(1e12)]) < 0).all()
        assert np.isfinite(model.transform(rows)).all()
        kept = rows.copy()
        np.testing.assert_array_equal(model.score_samples(rows), scores)
        np.testing.assert_array_equal(rows, kept)  # the user's memory is not changed


def test_doubles_beyond_float32(model):
    assert np.isfinite(model.score_samples(np.full((2, 5), 1e300))).all()


def test_among_many_rows(model):
    rows = np.concatenate([X, np.outer(FAR, np.ones(5)), X]).astype(np.float32)
    scores = model.score_samples(rows)
    np.testing.assert_array_equal(scores[300:-300], model.score_samples(rows[300:-300]))
    assert np.isfinite(scores).all()


def test_near_rows_are_scored_as_ever():
    """The bounds change nothing where the posterior is an ordinary one."""
    vae = MODELS["vae"].fit(X)
    parameters = vae.encoder_(np.asarray(vae.scaler_.apply(X)))
    assert (np.abs(np.asarray(parameters["log_var"])) < 10).all()
    kl = 0.5 * (np.square(parameters["mean"]) + np.exp(parameters["log_var"]) - parameters["log_var"] - 1)
    np.testing.assert_allclose(vae.kl_per_dim(X), kl, rtol=1e-4, atol=1e-5)


def test_the_error_of_a_row_does_not_depend_on_one_far_away(model):
    near = model.reconstruction_error(X[:5])
    assert np.isfinite(model.reconstruction_error(np.full((1, 5), 1.7e308))).all()
    for far in (1e100, 1e200, 1e300):
        errors = model.reconstruction_error(np.concatenate([X[:5], np.full((1, 5), far)]))
        np.testing.assert_array_equal(errors[:5], near)
        np.testing.assert_allclose(errors[5], far * np.sqrt(5), rtol=1e-6)
