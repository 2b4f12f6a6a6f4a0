"""A linear Gaussian VAE against its own marginal in closed form, N(b, WWᵀ + σ²I): the oracle of ELBO and likelihood."""

import keras
import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.stats import multivariate_normal
from sklearn.datasets import load_breast_cancer
from sklearn.decomposition import PCA

import hyotan as hy
from hyotan.core.ops import to_numpy

DIM = 5


@pytest.fixture(scope="module")
def data():
    """A real table: 569 rows of 30 measurements on very different scales."""
    return load_breast_cancer().data


@pytest.fixture(scope="module")
def model(data):
    epochs, batch = 400, 64
    steps = epochs * -(-len(data) // batch)
    return hy.VAE(
        DIM,
        net=hy.nets.Dense(hidden=()),
        epochs=epochs,
        batch_size=batch,
        learning_rate=keras.optimizers.schedules.CosineDecay(0.02, steps),
        random_state=0,
        verbose=0,
    ).fit(data)


@pytest.fixture(scope="module")
def loadings(model):
    likelihood = model._fitted.network.likelihood
    W, b = (to_numpy(w).astype(np.float64) for w in likelihood.location.dense.weights)
    sigma2 = np.exp(2 * to_numpy(likelihood.raw).astype(np.float64)) + likelihood.min_sigma**2
    return W.T, b, float(sigma2)


@pytest.fixture(scope="module")
def exact(data, loadings):
    """Log-density of every row in the data's own units, by SciPy alone."""
    W, b, sigma2 = loadings
    mean, scale = data.mean(axis=0), data.std(axis=0)
    marginal = multivariate_normal(b, W @ W.T + sigma2 * np.eye(len(b)))
    return marginal.logpdf((data - mean) / scale) - np.log(scale).sum()


def test_the_elbo_is_below_the_exact_likelihood_and_close(model, data, exact):
    elbo = model.score_samples(data)
    assert elbo.mean() <= exact.mean() + 1e-4
    assert exact.mean() - elbo.mean() <= 0.3
    # Row by row too: the fixed draws have exact moments, so here the score is the exact ELBO.
    assert (elbo <= exact + 1e-3).all()


def test_importance_sampling_finds_the_exact_likelihood(model, data, exact):
    rows = slice(0, 100)
    log_p, stderr = model.log_likelihood(data[rows], n_samples=2000)
    assert (np.abs(log_p - exact[rows]) <= 3 * stderr + 0.01).mean() >= 0.95
    assert abs(log_p.mean() - exact[rows].mean()) <= 3 * stderr.mean() + 0.01
    assert model.score_samples(data[rows]).mean() <= log_p.mean() + 0.01


def test_more_draws_tighten_the_bound(model, data):
    few, _ = model.log_likelihood(data[:50], n_samples=1)
    many, _ = model.log_likelihood(data[:50], n_samples=500)
    assert few.mean() < many.mean() + 0.05


def test_sigma_and_subspace_are_those_of_probabilistic_pca(data, loadings):
    W, _, sigma2 = loadings
    pca = PCA(DIM).fit((data - data.mean(axis=0)) / data.std(axis=0))
    assert np.sqrt(sigma2) == pytest.approx(np.sqrt(pca.noise_variance_), rel=0.05)
    assert np.degrees(subspace_angles(W, pca.components_.T)).max() < 15


def test_a_density_is_in_the_datas_own_units(data):
    """Measuring in other units shifts the log-density by the log of the factor, for every column."""
    made = {"net": hy.nets.Dense(()), "epochs": 3, "random_state": 0, "verbose": 0}
    metres = hy.VAE(2, **made).fit(data)
    millimetres = hy.VAE(2, **made).fit(data * 1000)
    shift = metres.score_samples(data) - millimetres.score_samples(data * 1000)
    np.testing.assert_allclose(shift, data.shape[1] * np.log(1000), atol=0.01)


def test_pca_is_the_floor_of_the_linear_autoencoder(data):
    """No linear map of five numbers beats PCA on the rows both were fitted on; a trained one comes near."""
    scaled = (data - data.mean(axis=0)) / data.std(axis=0)
    pca = PCA(DIM).fit(scaled)
    floor = np.mean((scaled - pca.inverse_transform(pca.transform(scaled))) ** 2)
    model = hy.AE(
        DIM,
        net=hy.nets.Dense(()),
        epochs=300,
        learning_rate=0.01,
        scale="none",
        random_state=0,
        verbose=0,
        likelihood=hy.likelihoods.Gaussian(sigma=0.5**0.5),
    ).fit(scaled)
    reached = np.mean((scaled - model.reconstruct(scaled)) ** 2)
    assert floor - 1e-6 <= reached <= 1.05 * floor
