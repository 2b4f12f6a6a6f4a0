"""The encoder that draws: a plain Keras model, held to the moments its own outputs tell."""

import keras
import numpy as np
import pytest

import hyotan as hy

X = np.random.default_rng(0).normal(size=(60, 5))
SERIES = [np.random.default_rng(i).normal(size=(4 + i % 3, 2)) for i in range(30)]


def fit(recipe=hy.VAE, data=X, **params):
    given = {"latent_dim": 2, "net": hy.nets.Dense((8,)), "scale": "none", "epochs": 3, "random_state": 0}
    return recipe(**{**given, "verbose": 0, **params}).fit(data)


@pytest.fixture(scope="module")
def model():
    return fit()


def moments(encoder, x, width):
    """Return the mean by an encoder's output, and the ε of 400 calls: (z − mean) / σ."""
    q = [encoder(x) for _ in range(400)]
    mean, sigma = np.asarray(q[0]["mean"]), width(q[0])
    return mean, (np.stack([np.asarray(each["z"]) for each in q]) - mean) / sigma


@pytest.mark.parametrize("head", ["log_var", "sigma"])
def test_z_is_mean_and_sigma_times_new_noise(head):
    fitted = fit(head=head)
    encoder = fitted.sampling_encoder(random_state=0)
    assert isinstance(encoder, keras.Model)
    assert sorted(encoder.output) == sorted(["mean", head, "z"])
    width = {"log_var": lambda q: np.exp(0.5 * np.asarray(q["log_var"])), "sigma": lambda q: np.abs(q["sigma"])}[head]
    mean, noise = moments(encoder, X[:20], width)
    expected = fitted.encoder_(X[:20])
    np.testing.assert_array_equal(mean, expected["mean"])
    np.testing.assert_allclose(mean, fitted.transform(X[:20]), atol=1e-5)
    flat = noise.reshape(-1, 2)  # of 8,000 draws of each dimension
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=5 / np.sqrt(8000))
    np.testing.assert_allclose(np.cov(flat.T), np.eye(2), atol=0.1)
    np.testing.assert_allclose((np.abs(flat) < 1).mean(), 0.6827, atol=0.03)
    assert abs(np.corrcoef(noise[:-1].ravel(), noise[1:].ravel())[0, 1]) < 0.05  # new in each call
    assert len(np.unique(noise[0])) == noise[0].size  # and in each row


def test_the_seed_repeats_it(model):
    first, second, other = (model.sampling_encoder(seed) for seed in (3, 3, 4))
    one, two = first(X)["z"], first(X)["z"]
    np.testing.assert_array_equal(second(X)["z"], one)
    assert not np.array_equal(one, two) and not np.array_equal(other(X)["z"], one)
    assert not np.array_equal(model.sampling_encoder()(X)["z"], model.sampling_encoder()(X)["z"])


def test_keras_can_predict_and_build_on_it(model):
    encoder = model.sampling_encoder(0)
    found = encoder.predict(X, verbose=0, batch_size=16)
    assert {name: array.shape for name, array in found.items()} == dict.fromkeys(("mean", "log_var", "z"), (60, 2))
    assert len(np.unique(found["z"] - found["mean"], axis=0)) == 60  # no two batches have the same noise
    assert not np.array_equal(encoder.predict(X, verbose=0)["z"], found["z"])
    x = keras.Input((5,))
    through = keras.Model(x, model.decoder_(encoder(x)["z"]))
    assert through(X).shape == (60, 5)


def test_the_weights_are_those_of_the_model(model):
    encoder = model.sampling_encoder()
    assert encoder is not model.sampling_encoder()
    assert {id(w) for w in encoder.trainable_weights} == {id(w) for w in model.encoder_.trainable_weights}
    assert encoder.count_params() == model.encoder_.count_params()
    before = model.sample(3, random_state=0)
    encoder(X)
    np.testing.assert_array_equal(model.sample(3, random_state=0), before)


def test_series_of_unequal_length_and_codes_on_a_grid():
    ragged = fit(data=SERIES, net=hy.nets.Recurrent(4))
    rows = np.zeros((2, 6, 2), np.float32)
    rows[0, :4], rows[1] = SERIES[0], SERIES[2]
    x = {"x": rows, "step_mask": np.arange(6) < np.array([[4], [6]])}
    q = ragged.sampling_encoder(0)(x)
    np.testing.assert_allclose(q["mean"], ragged.transform([SERIES[0], SERIES[2]]), atol=1e-5)
    assert q["z"].shape == (2, 2)
    images = np.random.default_rng(0).uniform(size=(20, 8, 8, 1))
    grid = fit(data=images, net=hy.nets.Conv(filters=(4,)), layout="grid")
    assert grid.sampling_encoder(0)(images)["z"].shape == (20, 4, 4, 2)


@pytest.mark.parametrize("recipe", [hy.AE, hy.SparseAE, hy.DenoisingAE], ids=lambda recipe: recipe.__name__)
def test_deterministic_codes_are_refused(recipe, refused):
    fitted = fit(recipe)
    with refused(hy.ParameterError, "sampling_encoder() needs codes that are drawn", "Gaussian latent", "encoder_"):
        fitted.sampling_encoder()
    assert [*fitted.encoder_(X)] == ["code"]  # the advice


def test_before_a_fit(refused):
    from sklearn.exceptions import NotFittedError

    with refused(NotFittedError, "before sampling_encoder()"):
        hy.VAE().sampling_encoder()
    with refused(hy.ParameterError, "'random_state'"):
        fit().sampling_encoder("a")


def test_a_loaded_model_draws_too(model, tmp_path):
    loaded = hy.load(model.save(tmp_path / "a.hyotan"))
    np.testing.assert_allclose(loaded.sampling_encoder(0)(X)["z"], model.sampling_encoder(0)(X)["z"], atol=1e-6)
