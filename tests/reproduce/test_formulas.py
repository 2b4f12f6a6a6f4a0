"""The formulas that experiments bring along, against closed forms, SciPy and Keras."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from scipy import integrate, stats

from hyotan.reproduce import _grey, _recomputed, gru_vae, lstm_ae, sparse_ae


@pytest.mark.parametrize("p", [1e-4, 0.1, 0.4, 0.4996, 0.5, 0.50001, 0.7, 0.999])
def test_the_continuous_bernoulli_integrates_to_one(p):
    whole, _ = integrate.quad(lambda x: p**x * (1 - p) ** (1 - x), 0, 1)
    assert _grey.log_normaliser(np.array(p)) == pytest.approx(-np.log(whole), abs=1e-9)


def test_entropy_and_cross_entropy():
    x, p = (np.random.default_rng(k).uniform(size=(4, 3, 2)) for k in (0, 1))
    x[0, 0] = 0.0, 1.0

    def each(function):
        return [
            sum(function(a, b) for a, b in zip(*rows, strict=True))
            for rows in zip(x.reshape(4, 6), p.reshape(4, 6), strict=True)
        ]

    np.testing.assert_allclose(_grey.entropy(x), each(lambda a, _: stats.entropy([a, 1 - a])), atol=1e-5)
    apart = each(lambda a, b: stats.entropy([a, 1 - a]) + stats.entropy([a, 1 - a], [b, 1 - b]))
    np.testing.assert_allclose(_grey.cross_entropy(x, p), apart, rtol=1e-6)


def test_hoyer():
    z = np.array([[0, 0, 5.0, 0], [2, 2, 2, 2], [0, 0, 0, 0]])  # the last says nothing
    assert sparse_ae.hoyer(z) == pytest.approx(0.5)
    assert sparse_ae.hoyer(np.array([[3.0, 4.0]])) == pytest.approx((np.sqrt(2) - 7 / 5) / (np.sqrt(2) - 1))
    random = np.abs(np.random.default_rng(0).normal(size=(50, 8)))
    assert sparse_ae.hoyer(7 * random) == pytest.approx(sparse_ae.hoyer(random))


def test_the_sparse_weight_means_what_the_article_meant():
    random = np.random.default_rng(0)
    squares, z = random.uniform(size=(256, 784)), random.uniform(size=(256, 32))
    theirs = squares.mean() + 10e-7 * np.abs(z).sum()  # a mean over cells and rows; a penalty summed over the batch
    ours = np.mean(squares.sum(axis=1) + sparse_ae.ARTICLE * np.abs(z).sum(axis=1))
    assert ours == pytest.approx(784 * theirs)
    averaged = squares.mean() + 10e-7 * np.abs(z).sum(axis=1).mean()
    assert np.mean(squares.sum(axis=1) + sparse_ae.LITERAL * np.abs(z).sum(axis=1)) == pytest.approx(784 * averaged)


def test_the_weight_of_the_sequence_vae_means_what_the_article_meant():
    nll, kl = 170.0, 3.5
    assert gru_vae.SCALE * (nll + gru_vae.BETA * kl) == pytest.approx(0.99 * nll / 784 + 0.01 * kl)
    assert gru_vae.BETA == pytest.approx(7.92, abs=0.005)


def test_the_constant_of_the_squared_error():
    assert -stats.norm(2.0, np.sqrt(0.5)).logpdf(3.5) == pytest.approx(1.5**2 + lstm_ae.CONSTANT)


def test_the_lstm_by_hand_and_by_keras():
    one = _recomputed.lstm(np.array([[[1.0]]]), np.array([[1.0, 9.0, 0.5, 2.0]]), np.zeros((1, 4)), np.zeros(4))
    gate = [1 / (1 + np.exp(-v)) for v in (1.0, 2.0)]
    assert one.item() == pytest.approx(gate[1] * np.tanh(gate[0] * np.tanh(0.5)))  # nothing to forget at the first step
    layer = keras.layers.LSTM(3, bias_initializer="random_normal")
    x = np.random.default_rng(0).normal(size=(5, 7, 2)).astype("float32")
    given = np.asarray(layer(x))
    np.testing.assert_allclose(_recomputed.lstm(x, *layer.get_weights()), given, atol=1e-6)
