"""A row's result depends on that row alone, to the bit; and scores draw the same noise every time."""

import jax
import numpy as np
import pytest

import hyotan as hy
from hyotan.core import programs
from hyotan.inference import predictor
from hyotan.inference.predictor import SCORE_DRAWS
from hyotan.latents._fixed_noise import score_noise

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
    draws = score_noise(SCORE_DRAWS, (dims,)).astype(np.float64)
    assert draws.shape == (SCORE_DRAWS, dims)
    np.testing.assert_allclose(draws.mean(axis=0), 0, atol=1e-7)
    second = draws.T @ draws / len(draws)
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


SERIES = np.cumsum(RNG.normal(size=(90, 11, 2)), axis=1).astype(np.float32)
RAGGED = [series[: 3 + i % 9] for i, series in enumerate(SERIES)]
MANY = predictor.FEW + 77  # rows that go through the program for many
BASE = {"epochs": 1, "random_state": 0, "verbose": 0}
NETS = {
    "dense, point": (lambda: hy.AE(3, net=hy.nets.Dense((33, 9), activation="gelu"), **BASE), TABLE),
    "dense, gaussian": (lambda: hy.VAE(3, net=hy.nets.Dense((65,)), **BASE), TABLE),
    "wide, sparse": (lambda: hy.SparseAE(17, net=hy.nets.Dense((40,)), **BASE), IMAGES.reshape(300, -1)),
    "dense, predicted sigma": (
        lambda: hy.VAE(2, likelihood=hy.likelihoods.Gaussian("predicted"), net=hy.nets.Dense((9,)), **BASE),
        TABLE.astype(np.float64),
    ),
    "holes": (lambda: hy.VAE(3, net=hy.nets.Dense((9,)), **BASE), holes(TABLE)),
    "bytes": (lambda: hy.VAE(3, net=hy.nets.Dense((9,)), **BASE), (IMAGES * 255).astype(np.uint8)),
    "images": (lambda: hy.VAE(5, net=hy.nets.Conv((4, 6)), **BASE), IMAGES),
    "grid": (lambda: hy.Autoencoder(hy.latents.Point(2, layout="grid"), hy.nets.Conv((4,)), **BASE), IMAGES),
    "conv of series": (lambda: hy.VAE(2, net=hy.nets.Conv((5,), dimensions=1), **BASE), SERIES),
    "gru": (lambda: hy.VAE(2, net=hy.nets.Recurrent(6, cell="gru"), **BASE), SERIES),
    "ragged lstm": (lambda: hy.VAE(2, net=hy.nets.Recurrent(6, bidirectional=True), **BASE), RAGGED),
    "ragged conditional": (lambda: hy.VAE(2, net=hy.nets.Recurrent(6, decoder="conditional"), **BASE), RAGGED),
    "future": (lambda: hy.VAE(2, net=hy.nets.Recurrent(6, future=3), **BASE), SERIES),
}


def some(X, rows):
    return [X[i] for i in rows] if isinstance(X, list) else X[rows]


def answers(model, X):
    """Everything a model answers that is the same at every call, each a list with one entry a row."""
    found = {name: getattr(model, name)(X) for name in METHODS}
    if "divergence" in model.parts_.latent.abilities:
        found["kl"] = model.kl_per_dim(X)
        if model.parts_.likelihood.density(None):
            found["log_p"], found["stderr"] = model.log_likelihood(X, n_samples=60)
    return found


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
@pytest.mark.parametrize("name", NETS)
def test_alone_among_few_and_among_many_the_same_bits(name):
    """The two programs, for few rows and for many, and every place in a tile and in a buffer."""
    make, X = NETS[name]
    model = make().fit(X)
    order = RNG.integers(len(X), size=MANY)
    many, few = answers(model, some(X, order)), answers(model, X)
    for key, found in many.items():
        wanted = some(few[key], order)
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_array_equal(one, other, err_msg=key)
    alone = answers(model, some(X, order[-1:]))
    for key, found in alone.items():
        np.testing.assert_array_equal(found[0], many[key][-1], err_msg=key)


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
@pytest.mark.parametrize("name", ["dense, gaussian", "dense, predicted sigma", "holes", "bytes", "images"])
def test_pieces_change_nothing(name, monkeypatch):
    """Rows that take several buffers, the last one hardly filled."""
    monkeypatch.setattr(predictor, "BUFFER", 2**17)
    make, X = NETS[name]
    model = make().fit(X)
    assert model._predictor.chunk < 5000
    order = RNG.integers(len(X), size=3 * model._predictor.chunk + 5)
    many, few = answers(model, X[order]), answers(model, X)
    for key, found in many.items():
        np.testing.assert_array_equal(found, few[key][order], err_msg=key)


def compiled(caplog):
    return sum("Compiling jit(" in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("method", [*METHODS, "log_likelihood"])
def test_any_number_of_rows_takes_two_programs(method, caplog):
    """One for few rows and one for many: nothing is compiled for a number of rows that was not met before."""
    model = hy.VAE(2, net=hy.nets.Dense((9,)), **BASE).fit(TABLE)
    X = np.tile(TABLE, (50, 1))

    def ask(n):
        return (
            model.log_likelihood(X[:n], n_samples=20) if method == "log_likelihood" else getattr(model, method)(X[:n])
        )

    programs.forget()
    with jax.log_compiles():
        ask(1)
        assert compiled(caplog) > 0
        ask(MANY)
        caplog.clear()
        for n in (2, 127, 128, 129, 300, 512, 513, predictor.FEW, MANY + 1, 15_000):
            ask(n)
    assert compiled(caplog) == 0


def test_a_short_batch_and_validation_of_any_length_compile_nothing_more(caplog):
    """A fit compiles one program that trains and one that validates, whatever is left over for a last batch."""

    def steps(n, m):
        caplog.clear()
        programs.forget()
        with jax.log_compiles():
            hy.VAE(2, net=hy.nets.Dense((9,)), batch_size=32, **BASE).fit(TABLE[:n], validation_data=TABLE[:m])
        return sum("Compiling jit(block)" in record.getMessage() for record in caplog.records)

    assert steps(64, 64) == steps(64 + 9, 64) == steps(64, 64 + 21) == steps(96 + 31, 33) == 2
