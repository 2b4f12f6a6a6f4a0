"""Recipes: each is a choice of parts, and trains."""

import numpy as np
import pytest

import hyotan as hy
from hyotan import recipes


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_trains_on_real_digits(name, digits):
    X, _ = digits
    model = recipes.load(name)(3, net=hy.nets.Dense((16,)), epochs=3, random_state=0, verbose=0)
    assert isinstance(model, hy.Autoencoder)
    model.fit(X)
    assert model.transform(X).shape == (300, 3)
    assert model.history_["loss"][-1] < model.history_["loss"][0]


def test_what_they_choose():
    assert hy.AE(4).latent.get_params() == {"dim": 4, "activation": "linear", "layout": "vector"}
    assert (hy.SparseAE(9, l1=0.5).latent.l1, hy.SparseAE(9).latent.activation) == (0.5, "relu")
    assert repr(hy.DenoisingAE(2).corruption) == "GaussianNoise(stddev=0.5)"
    assert repr(hy.VAE(3, beta=2, free_bits=0.1, warmup=5).latent.divergence) == ("KL(beta=2, free_bits=0.1, warmup=5)")


def test_sparse_is_sparser_than_dense_and_pays_for_it(digits):
    X, _ = digits
    made = {"net": hy.nets.Dense(()), "epochs": 60, "learning_rate": 0.01, "random_state": 0, "verbose": 0}
    dense = hy.AE(16, activation="relu", **made).fit(X)
    sparse = hy.SparseAE(16, l1=0.3, **made).fit(X)
    assert np.abs(sparse.transform(X)).mean() < 0.5 * np.abs(dense.transform(X)).mean()
    assert (sparse.transform(X) == 0).mean() > (dense.transform(X) == 0).mean()
    assert sparse.reconstruction_error(X).mean() > dense.reconstruction_error(X).mean()


def test_denoising_gives_the_clean_row(digits):
    """Shown noisy rows it never saw, a denoising autoencoder comes nearer to the clean ones than a plain one."""
    X, _ = digits
    noisy = np.clip(X + 0.5 * np.random.default_rng(0).normal(size=X.shape), 0, 1).astype(np.float32)
    made = {"net": hy.nets.Dense((64,)), "epochs": 100, "learning_rate": 3e-3, "random_state": 0, "verbose": 0}
    noise = hy.corruptions.GaussianNoise(0.5, clip=(0, 1))
    plain, denoising = hy.AE(16, **made).fit(X[:240]), hy.DenoisingAE(16, corruption=noise, **made).fit(X[:240])
    error = {
        m: np.linalg.norm((m.reconstruct(noisy[240:]) - X[240:]).reshape(60, -1), axis=1).mean()
        for m in (plain, denoising)
    }
    assert error[denoising] < error[plain]
