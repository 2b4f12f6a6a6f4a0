"""What a reader of Keras calls things is refused with what to do here, and the advice is followed by code."""

import math
import re

import keras
import numpy as np
import pytest

import hyotan
import hyotan as hy
from hyotan.core.part import resolve

X = np.random.default_rng(0).uniform(size=(40, 6))
SQUARES = ("mse", "MSE", "mean_squared_error", "MeanSquaredError", keras.losses.MeanSquaredError())
CROSS_ENTROPIES = ("bce", "binary_crossentropy", keras.losses.binary_crossentropy, keras.losses.BinaryCrossentropy)
RECIPES = [hy.Autoencoder, hy.AE, hy.VAE, hy.SparseAE, hy.DenoisingAE]


def model(recipe=hy.AE, **params):
    return recipe(**{"net": hy.nets.Dense(()), "epochs": 1, "random_state": 0, "verbose": 0, **params})


def advised(error, call):
    """Return what the code in an error's advice is, evaluated as a user would who has imported hyotan and math."""
    found = re.findall(re.escape(call) + r"\([^()]*(?:\([^()]*\)[^()]*)*\)", error.do)
    assert found, error.do
    return eval(found[0], {"hyotan": hyotan, "math": math})


@pytest.fixture
def caught():
    """The error of a call."""

    def of(call, *args, **params):
        with pytest.raises(hy.ParameterError) as error:
            call(*args, **params)
        assert error.value.expected and error.value.received and error.value.do, str(error.value)
        return error.value

    return of


@pytest.mark.parametrize("name", SQUARES, ids=lambda name: re.sub(" at 0x[0-9a-f]+", "", str(name)))
def test_mean_squares_are_a_gaussian(name, caught):
    error = caught(model(likelihood=name, epochs=10**6).fit, X)
    likelihood = advised(error, "hyotan.likelihoods.Gaussian")
    fitted = model(likelihood=likelihood, scale="none").fit(X)
    errors = np.square(X - fitted.reconstruct(X)).sum(axis=1)
    np.testing.assert_allclose(-fitted.score_samples(X), errors + 6 * 0.5 * math.log(math.pi), rtol=1e-4)
    assert "hyotan.likelihoods.Gaussian()" in error.do
    assert model(likelihood=hyotan.likelihoods.Gaussian()).fit(X).parts_.likelihood.sigma == "learned"


@pytest.mark.parametrize("name", CROSS_ENTROPIES, ids=lambda name: re.sub(" at 0x[0-9a-f]+", "", str(name)))
def test_cross_entropy_is_a_bernoulli(name, caught):
    error = caught(model(likelihood=name, epochs=10**6).fit, X)
    assert "likelihood='bernoulli'" in error.do
    fitted = model(likelihood="bernoulli").fit(X)
    p = np.asarray(fitted.decoder_(fitted.encoder_(X)["code"]), np.float64)
    cross_entropy = -(X * np.log(p) + (1 - X) * np.log1p(-p)).sum(axis=1)
    np.testing.assert_allclose(-fitted.score_samples(X), cross_entropy, rtol=1e-4)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.__name__)
def test_a_loss_is_a_likelihood(recipe, caught):
    for call in (lambda: recipe(loss="mse"), lambda: recipe().set_params(loss="binary_crossentropy")):
        error = caught(call)
        assert f"{recipe.__name__} has no parameter 'loss'" in str(error)
        model(recipe, likelihood=advised(error, "hyotan.likelihoods.Gaussian")).fit(X)
        assert "likelihood='bernoulli'" in error.do
        model(recipe, likelihood="bernoulli").fit(X)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.__name__)
def test_a_regularizer_of_activity_is_a_sparse_latent(recipe, caught):
    error = caught(recipe, activity_regularizer=keras.regularizers.l1(1e-4))
    one, other = (advised(error, call) for call in ("hyotan.SparseAE", "hyotan.Autoencoder"))
    assert repr(one.set_params(net="dense").latent) == repr(other.latent)
    assert "sparsity" in one.set_params(net=hy.nets.Dense(()), epochs=1, verbose=0).fit(X).history_


def test_the_weight_of_a_regularizer_is_translated(caught):
    """Of one batch: the mean over cells and w · Σ|z| of Keras, times the number of cells, is the loss here."""
    weight, cells = 1e-2, X.shape[1]
    assert "l1 = w · the number of cells" in caught(hy.AE, activity_regularizer=weight).do
    settings = {"likelihood": "bernoulli", "epochs": 1, "batch_size": 40, "learning_rate": 1e-30}
    fitted = model(hy.SparseAE, latent_dim=4, l1=weight * cells, **settings).fit(X)
    hidden = keras.layers.Dense(4, "relu", activity_regularizer=keras.regularizers.l1(weight))
    classic = keras.Sequential([keras.Input((cells,)), hidden, keras.layers.Dense(cells, "sigmoid")])
    classic.compile(loss="binary_crossentropy")
    classic.set_weights([*fitted.encoder_.get_weights(), *fitted.decoder_.get_weights()])
    loss = classic.evaluate(X, X, batch_size=40, verbose=0)
    assert fitted.history_["loss"][0] == pytest.approx(cells * loss, rel=1e-4)


@pytest.mark.parametrize("call", [hy.latents.Point, hy.latents.Gaussian, hy.nets.Dense, hy.nets.Conv])
def test_parts_tell_where_it_belongs(call, caught):
    error = caught(call, activity_regularizer="l1")
    assert f"{call.__name__} has no parameter 'activity_regularizer'" in str(error)
    assert "hyotan.SparseAE(l1=0.1" in error.do
    assert "hyotan.SparseAE(l1=0.1" in caught(hy.AE, net__activity_regularizer="l1").do
    model(hy.SparseAE, l1=0.1).fit(X)  # with a net of its own


@pytest.mark.parametrize(
    ("kind", "name", "part"),
    [
        ("net", "MLP", hy.nets.Dense()),
        ("net", "lstm", hy.nets.Recurrent(cell="lstm")),
        ("net", keras.layers.GRU, hy.nets.Recurrent(cell="lstm")),
        ("latent", "vae", hy.latents.Gaussian()),
        ("corruption", "dropout", hy.corruptions.Masking(rate=0.2)),
    ],
    ids=str,
)
def test_names_of_other_parts(kind, name, part, caught):
    error = caught(resolve, kind, name)
    given = re.search(rf"{kind}=('\w+'|[\w.]+\([^)]*\))", error.do).group(1)
    assert repr(resolve(kind, eval(given, {"hyotan": hyotan}))) == repr(part)


def test_a_name_that_nobody_has_is_advised_nothing(refused):
    for value in ("zzz", 3, type(None), np.ones(2)):
        with refused(hy.ParameterError, "likelihood") as _:
            model(likelihood=value).fit(X)
    with pytest.raises(hy.ParameterError) as error:
        resolve("likelihood", "zzz")
    assert error.value.do == ""


def test_optimizers(caught):
    for given in ("adam", "Adam", "SGD", keras.optimizers.Adam(1e-3)):
        model(optimizer=given).fit(X)
    error = caught(model(optimizer=keras.optimizers.RMSprop).fit, X)
    assert "optimizer=keras.optimizers.RMSprop()" in error.do
    model(optimizer=keras.optimizers.RMSprop()).fit(X)
    assert "learning_rate" in caught(hy.VAE, lr=1e-3).do
    model(learning_rate=1e-3).fit(X)


def test_what_keras_tells_fit_is_told_to_the_model(caught):
    given = {"epochs": 2, "batch_size": 8, "verbose": 0, "validation_split": 0.25, "lr": 0.01}
    for name, value in given.items():
        unfitted = model()
        error = caught(unfitted.fit, X, X, **{name: value})
        call = error.do.partition(": ")[2]
        fitted = eval(call, {"model": unfitted, "X": X})
        own = re.search(r"set_params\((\w+)=", call).group(1)
        assert fitted.get_params()[own] == value and fitted.transform(X).shape == (40, fitted.latent_dim)
        assert "expected: one of callbacks, resume, sample_weight, validation_data ·" in str(error)


def test_what_no_fit_needs_is_left_out(caught):
    assert caught(model().fit, X, shuffle=True).do.startswith("leave it out")
    fitted = model().fit(X)
    assert "resume=True" in caught(fitted.fit, X, initial_epoch=1).do
    assert len(fitted.set_params(epochs=2).fit(X, resume=True).history_["loss"]) == 2
