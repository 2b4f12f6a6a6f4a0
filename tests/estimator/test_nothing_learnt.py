"""A model that decodes every row to the same one says so; SciPy computes what the best such row would cost."""

import warnings

import keras
import numpy as np
import pytest
from scipy import stats

import hyotan as hy

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(300, 2)) @ RNG.normal(size=(2, 8)) + 0.1 * RNG.normal(size=(300, 8))
IMAGES = (RNG.random((200, 8, 8)) < np.linspace(0.1, 0.9, 8)).astype(np.float32)
QUIET = {"random_state": 0, "verbose": 0}


def told(model, X, **given):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hy.HyotanWarning)
        model.fit(X, **given)
    return [text for text in model.warnings_ if "nothing learnt" in text]


def still(**params):
    """A model whose training changes hardly anything."""
    base = {"net": hy.nets.Dense((8,)), "epochs": 3, "optimizer": keras.optimizers.SGD(1e-9), **QUIET}
    return hy.AE(2, **{**base, **params})


@pytest.mark.parametrize("sigma", ["learned", "per_cell", 0.5])
def test_a_table(sigma):
    gaussian = hy.likelihoods.Gaussian(sigma)
    assert told(still(likelihood=gaussian), TABLE)
    assert not told(hy.AE(2, net=hy.nets.Dense(()), epochs=60, likelihood=gaussian, **QUIET), TABLE)


def test_images():
    assert told(still(net=hy.nets.Conv((4,))), IMAGES)
    digits = hy.data.load("digits").X[:500]
    assert not told(hy.VAE(8, epochs=15, **QUIET), digits)


def test_ragged_series_with_holes():
    series = [np.cumsum(RNG.normal(size=(n, 2)), axis=0) for n in RNG.integers(6, 12, 60)]
    series[3][2, 0] = np.nan
    assert not told(hy.AE(4, net=hy.nets.Recurrent(16), epochs=80, learning_rate=0.01, **QUIET), series)


def test_a_collapsed_posterior_is_told_once():
    model = hy.VAE(2, beta=100, epochs=30, **QUIET)
    with pytest.warns(hy.HyotanWarning, match="collapse"):
        model.fit(TABLE)
    assert not [text for text in model.warnings_ if "nothing learnt" in text]


def test_the_cost_of_one_row_for_all_is_scipys():
    mean, std = TABLE.mean(axis=0), TABLE.std(axis=0)
    share = np.ones(8)
    each = -stats.norm(mean, std).logpdf(TABLE).sum(axis=1).mean()
    assert hy.likelihoods.Gaussian("per_cell").constant_nll(mean, std**2, share) == pytest.approx(each)
    shared = -stats.norm(mean, np.sqrt((std**2).mean())).logpdf(TABLE).sum(axis=1).mean()
    assert hy.likelihoods.Gaussian().constant_nll(mean, std**2, share) == pytest.approx(shared)
    fixed = -stats.norm(mean, 0.7).logpdf(TABLE).sum(axis=1).mean()
    assert hy.likelihoods.Gaussian(0.7).constant_nll(mean, std**2, share) == pytest.approx(fixed)
    pixels = IMAGES.reshape(200, -1)
    coin = -stats.bernoulli(pixels.mean(axis=0).clip(1e-7, 1 - 1e-7)).logpmf(pixels).sum(axis=1).mean()
    found = hy.likelihoods.Bernoulli().constant_nll(pixels.mean(axis=0), pixels.var(axis=0), np.ones(64))
    assert found == pytest.approx(coin, rel=1e-4)
