"""A row's result depends on that row alone, to the bit; and scores draw the same noise every time."""

import numpy as np
import pytest

import hyotan as hy
from hyotan import inference

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(300, 7)).astype(np.float32)
IMAGES = RNG.uniform(size=(300, 9, 6, 1)).astype(np.float32)
METHODS = ("transform", "score_samples", "reconstruct", "reconstruction_error")


def holes(X):
    X = X.copy()
    X[RNG.uniform(size=X.shape) < 0.2] = np.nan
    return X


MODELS = {
    "vae": (lambda: hy.VAE(3, net=hy.nets.Dense((33,))), TABLE),
    "ae": (lambda: hy.AE(2, net=hy.nets.Dense((17, 5), activation="tanh")), TABLE),
    "conv": (lambda: hy.VAE(5, net=hy.nets.Conv((4, 6))), IMAGES),
    "holes": (lambda: hy.VAE(3, net=hy.nets.Dense((9,))), holes(TABLE)),
}


@pytest.fixture(scope="module", params=MODELS)
def fitted(request):
    make, X = MODELS[request.param]
    return make().set_params(epochs=2, random_state=0, verbose=0).fit(X), X


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
@pytest.mark.parametrize("method", METHODS)
def test_equal_to_the_bit(fitted, method):
    model, X = fitted
    ask = getattr(model, method)
    every = ask(X)
    np.testing.assert_array_equal(ask(X), every)  # twice
    order = RNG.permutation(len(X))
    np.testing.assert_array_equal(ask(X[order]), every[order])  # permuted
    for rows in ([0], [299], [127, 128], list(range(5, 200))):  # alone, and among others
        np.testing.assert_array_equal(ask(X[rows]), every[rows])


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
def test_a_row_with_holes_among_rows_without():
    make, X = MODELS["holes"]
    model = make().set_params(epochs=2, random_state=0, verbose=0).fit(X)
    whole = TABLE[:10]
    mixed = np.concatenate([whole, X[:10]])
    np.testing.assert_array_equal(model.score_samples(mixed)[:10], model.score_samples(whole))
    np.testing.assert_array_equal(model.transform(mixed)[10:], model.transform(X[:10]))


@pytest.mark.parametrize(("dims", "white"), [(1, True), (2, True), (8, True), (9, False), (40, False)])
def test_moments_of_the_score_noise_are_exact(dims, white):
    noise = inference.score_noise(inference.SCORE_DRAWS, (dims,)).astype(np.float64)
    assert noise.shape == (inference.SCORE_DRAWS, dims)
    np.testing.assert_allclose(noise.mean(axis=0), 0, atol=1e-7)
    second = noise.T @ noise / len(noise)
    np.testing.assert_allclose(np.diag(second), 1, atol=1e-5)
    if white:
        np.testing.assert_allclose(second, np.eye(dims), atol=1e-5)


def test_the_score_is_an_elbo_of_independent_draws():
    """The fixed noise stands for fresh noise: the mean score agrees with a Monte Carlo estimate in NumPy."""
    model = hy.VAE(2, net=hy.nets.Dense((33,)), epochs=20, random_state=0, verbose=0).fit(TABLE)
    parameters = {k: np.asarray(v, np.float64) for k, v in model.encoder_(model.scaler_.apply(TABLE)).items()}
    mean, std = parameters["mean"], np.exp(0.5 * parameters["log_var"])
    kl = 0.5 * np.sum(mean**2 + std**2 - 2 * np.log(std) - 1, axis=1)
    raw = float(np.asarray(model._fitted.network.likelihood.raw.value))
    sigma = np.sqrt(np.exp(2 * raw) + 1e-6)
    draws = []
    for _ in range(200):
        z = (mean + std * RNG.normal(size=mean.shape)).astype(np.float32)
        x_hat = model.inverse_transform(z)
        u = (TABLE - x_hat) / model.scaler_.scale / sigma
        each = -0.5 * u**2 - np.log(sigma * model.scaler_.scale) - 0.5 * np.log(2 * np.pi)
        draws.append(each.sum(axis=1) - kl)
    estimate = np.mean(draws, axis=0).mean()
    assert model.score_samples(TABLE).mean() == pytest.approx(estimate, abs=0.05)


def test_many_rows_take_one_shape():
    """Any number of rows goes through tiles of one shape, so nothing is compiled twice."""
    model = hy.AE(2, net=hy.nets.Dense(()), epochs=1, random_state=0, verbose=0).fit(TABLE)
    shapes = set()
    for n in (1, 127, 128, 129, 300):
        rows = model._rows(TABLE[:n])
        shapes |= {tile["values"].shape for tile, _ in inference.Tiles(model._fitted.network).tiles(rows)}
    assert shapes == {(inference.TILE, 7)}
