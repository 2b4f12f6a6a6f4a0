"""The model against NumPy: what is masked, what is summed, what a row weighs, and the fixed noise behind scores."""

import keras
import numpy as np
import pytest
from scipy import special, stats

import hyotan
from hyotan import latents, likelihoods
from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.spec import Spec
from hyotan.latents._base import DiagonalNormal
from hyotan.latents._fixed_noise import score_noise
from hyotan.latents.divergences.kl import KL
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.nets import Dense
from hyotan.training.loop import train

ROWS, DIM, BETA = 6, 2, 3.0
WEIGHT = np.array([1, 2, 0.5, 0, 1, 1], "float32")


@pytest.fixture
def generator():
    return np.random.default_rng(0)


def autoencoder(event=(4,), likelihood=None, *, latent=None, missing=False, seed=0, hidden=(5,)):
    likelihood = likelihood or likelihoods.Gaussian(sigma="per_cell", min_sigma=0.1)
    latent = latent or latents.Gaussian(DIM, divergence=KL(beta=BETA))
    return Autoencoding(Parts(Dense(hidden, "tanh"), latent, likelihood), Spec(event, missing=missing), seed)


def affine(layer, h):
    kernel, bias = (np.asarray(w, np.float64) for w in layer.weights)
    return h @ kernel + bias


def encoded(model, features):
    h = features.reshape(len(features), -1).astype(np.float64)
    for layer in model.net.encoder_layers:
        h = np.tanh(affine(layer, h))
    return affine(model.latent.location, h), affine(model.latent.spread, h)


def decoded(model, z):
    for layer in model.net.decoder_layers:
        z = np.tanh(affine(layer, z))
    return z


def log_gaussian(model, z, values):
    location = affine(model.likelihood.location, decoded(model, z)).reshape(*z.shape[:-1], *values.shape[1:])
    sigma = np.sqrt(np.exp(2 * np.asarray(model.likelihood.raw, np.float64)) + 0.1**2)
    return stats.norm.logpdf(values, location, sigma)


def log_bernoulli(model, z, values):
    logits = affine(model.likelihood.logit, decoded(model, z)).reshape(*z.shape[:-1], *values.shape[1:])
    return stats.bernoulli.logpmf(values, special.expit(logits))


LIKELIHOODS = {
    "gaussian": (None, log_gaussian, lambda generator, shape: generator.normal(size=shape)),
    "bernoulli": (likelihoods.Bernoulli(), log_bernoulli, lambda generator, shape: generator.random(shape) > 0.4),
}


@pytest.mark.parametrize("draws", [1, 7])
@pytest.mark.parametrize("masks", ["none", "same", "different"])
@pytest.mark.parametrize("event", [(4,), (3, 2, 2)], ids=str)
@pytest.mark.parametrize("name", LIKELIHOODS)
def test_terms_are_those_of_numpy(name, event, masks, draws, generator, monkeypatch):
    likelihood, log_prob, values = LIKELIHOODS[name]
    model = autoencoder(event, likelihood, missing=masks != "none")
    if name == "gaussian":
        model.likelihood.raw.assign(generator.normal(size=event) * 0.5)
    values = values(generator, (ROWS, *event)).astype("float32")
    seen = scored = None
    if masks != "none":
        seen = generator.random(values.shape) > 0.3
        scored = seen if masks == "same" else generator.random(values.shape) > 0.3
        values = np.where(seen | scored, values, 0).astype("float32")
    noise = generator.normal(size=(draws, DIM)).astype("float32")

    features = values if seen is None else np.concatenate([values, seen], axis=-1)
    mean, log_var = encoded(model, features)
    z = mean + np.exp(log_var / 2) * noise[:, None, :]
    each = log_prob(model, z, values).reshape(draws, ROWS, -1)
    log_px = np.sum(each if scored is None else each * scored.reshape(ROWS, -1), axis=-1)
    kl = 0.5 * (mean**2 + np.exp(log_var) - log_var - 1)

    batch = Batch(values, WEIGHT, seen, scored)
    monkeypatch.setattr(DiagonalNormal, "noise", lambda self, n, shape, rng: noise)  # the same for every row
    terms = model.terms(batch, Context(weight=WEIGHT), draws)
    np.testing.assert_allclose(terms.minimise["nll"], -log_px.mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(terms.minimise["kl"], BETA * kl.sum(axis=1), rtol=1e-4)
    np.testing.assert_allclose(terms.report["kl_per_dim"], kl, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(model.describe(batch)["kl_per_dim"], kl, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(terms.report["code_mean"], mean, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(model.elbo(batch, noise), log_px.mean(axis=0) - kl.sum(axis=1), rtol=1e-4)
    log_q, log_p = stats.norm.logpdf(z, mean, np.exp(log_var / 2)).sum(-1), stats.norm.logpdf(z).sum(-1)
    np.testing.assert_allclose(model.log_weights(batch, noise), log_px + log_p - log_q, rtol=1e-4, atol=1e-4)


def test_every_row_has_draws_of_its_own_in_training(generator):
    model = autoencoder()
    values = np.repeat(generator.normal(size=(1, 4)), ROWS, axis=0).astype("float32")
    noise = np.asarray(keras.random.normal((7, ROWS, DIM), seed=keras.random.SeedGenerator(3)))
    mean, log_var = encoded(model, values)
    log_px = log_gaussian(model, mean + np.exp(log_var / 2) * noise, values).sum(axis=-1)
    terms = model.terms(
        Batch(values, WEIGHT), Context(weight=WEIGHT, seed=keras.random.SeedGenerator(3), training=True), 7
    )
    np.testing.assert_allclose(terms.minimise["nll"], -log_px.mean(axis=0), rtol=1e-4)
    assert np.ptp(np.asarray(terms.minimise["nll"])) > 1e-3


def test_the_loss_is_the_weighted_mean_of_the_rows(generator):
    model = autoencoder()
    terms = {"minimise": {"nll": generator.normal(size=ROWS), "kl": generator.normal(size=ROWS)}, "report": {}}
    rows = terms["minimise"]["nll"] + terms["minimise"]["kl"]
    loss = model.compute_loss({"weight": WEIGHT}, None, terms)
    assert float(loss) == pytest.approx(float(np.average(rows, weights=WEIGHT)), rel=1e-5)


def step(rows, batch_size, learning_rate=0.1, **kwargs):
    model = autoencoder(latent=latents.Point(DIM), **kwargs)
    before = [np.array(np.asarray(w)) for w in model.trainable_weights]
    optimizer = keras.optimizers.SGD(learning_rate)
    history = train(model, rows, epochs=1, batch_size=batch_size, optimizer=optimizer, seed=0, warn=print).parts[
        "history"
    ]
    return before, [np.asarray(w) for w in model.trainable_weights], history, model


def test_rows_without_weight_leave_no_trace(generator):
    values = generator.normal(size=(ROWS, 4)).astype("float32")
    plain = Batch(values, np.ones(ROWS, "float32"))
    filled = Batch(np.vstack([values, np.full((3, 4), 100, "float32")]), np.repeat([1, 0], [ROWS, 3]).astype("float32"))
    before, one, history, _ = step(plain, ROWS)
    _, other, filled_history, _ = step(filled, ROWS + 3)
    for old, a, b in zip(before, one, other, strict=True):
        assert np.abs(a - old).max() > 1e-4
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert filled_history["loss"] == pytest.approx(history["loss"], rel=1e-5)


@pytest.mark.parametrize("batch_size", [2, 4, 5, 100])
def test_a_last_batch_that_is_filled_up_counts_its_rows_only(batch_size, generator):
    values = generator.normal(size=(ROWS, 4)).astype("float32")
    _, _, history, model = step(Batch(values, WEIGHT), batch_size, learning_rate=0.0)
    h = values.astype(np.float64)
    for layer in model.net.encoder_layers:
        h = np.tanh(affine(layer, h))
    log_px = log_gaussian(model, affine(model.latent.code, h), values).sum(axis=1)
    assert history["loss"] == pytest.approx([np.average(-log_px, weights=WEIGHT)], rel=1e-5)
    assert history["nll"] == pytest.approx(history["loss"])


def test_a_cell_nobody_scores_teaches_nothing(generator):
    values = generator.normal(size=(ROWS, 4)).astype("float32")
    known = np.ones(values.shape, bool)
    known[:, 2] = False
    before, after, _, model = step(Batch(np.where(known, values, 0), WEIGHT, known, known), ROWS, missing=True)
    kernel, bias = model.likelihood.location.weights
    for old, new, variable in zip(before, after, model.trainable_weights, strict=True):
        assert np.isfinite(new).all()
        if variable is kernel or variable is bias or variable is model.likelihood.raw:
            np.testing.assert_array_equal(new[..., 2], old[..., 2])
            assert (np.delete(new, 2, axis=-1) != np.delete(old, 2, axis=-1)).all()


@pytest.mark.parametrize("latent", ["point", "gaussian"])
@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
def test_a_nan_behind_a_mask_leaves_every_weight_finite(latent, generator):
    X = generator.normal(size=(40, 4))
    X[generator.random(X.shape) < 0.3] = np.nan
    model = hyotan.Autoencoder(latent, epochs=2, batch_size=16, random_state=0, verbose=0).fit(X)
    assert np.isnan(X).any()
    assert all(np.isfinite(np.asarray(w)).all() for w in model.model_.weights)
    assert np.isfinite(model.history_["loss"]).all()
    assert np.isfinite(model.score_samples(X)).all()


def test_the_seed_decides_the_weights():
    one, same, other = (autoencoder(seed=seed).trainable_weights for seed in (1, 1, 2))
    for a, b, c in zip(one, same, other, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))
        assert a.path.endswith(("bias", "log_sigma")) or (np.asarray(a) != np.asarray(c)).all()
    kernels = [np.asarray(w).ravel()[:4].tolist() for w in one if w.path.endswith("kernel")]
    assert len({tuple(k) for k in kernels}) == len(kernels)  # no two layers share a seed


def test_the_keras_models_share_the_weights(generator):
    model = autoencoder()
    values = generator.normal(size=(ROWS, 4)).astype("float32")
    mean, log_var = encoded(model, values)
    reconstruction = affine(model.likelihood.location, decoded(model, mean))
    found = model.encoder(values)
    np.testing.assert_allclose(found["mean"], mean, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["log_var"], log_var, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.decoder(mean), reconstruction, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(model.reconstructor(values)["reconstruction"], reconstruction, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("code", [(1,), (2,), (8,), (2, 2, 2), (9,), (3, 3, 4)], ids=str)
def test_score_noise_has_exact_moments(code):
    noise = score_noise(16, code)
    assert noise.shape == (16, *code)
    np.testing.assert_array_equal(noise, score_noise(16, code))
    flat = noise.reshape(16, -1).astype(np.float64)
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=1e-7)
    np.testing.assert_allclose((flat**3).mean(axis=0), 0, atol=1e-6)
    second = flat.T @ flat / 16
    np.testing.assert_allclose(np.diag(second), 1, rtol=1e-6)
    if flat.shape[1] <= 8:
        np.testing.assert_allclose(second, np.eye(flat.shape[1]), atol=1e-6)


def test_the_bound_of_a_linear_model_is_exact(generator):
    model = autoencoder(hidden=(), likelihood=likelihoods.Gaussian(sigma=0.7))
    values = generator.normal(size=(ROWS, 4)).astype("float32")
    mean, log_var = encoded(model, values)
    slope = np.asarray(model.likelihood.location.weights[0], np.float64)
    expected = stats.norm.logpdf(values, affine(model.likelihood.location, mean), 0.7).sum(axis=1)
    expected -= 0.5 * (np.exp(log_var) @ slope**2).sum(axis=1) / 0.7**2  # E (W(z − μ))² of each cell
    expected -= 0.5 * (mean**2 + np.exp(log_var) - log_var - 1).sum(axis=1)
    np.testing.assert_allclose(model.elbo(Batch(values, WEIGHT), score_noise(16, (DIM,))), expected, rtol=1e-5)


def test_the_plain_model_is_what_reconstruct_gives_where_a_predictor_feeds_itself():
    waves = np.sin(np.arange(12) / 3 + np.arange(30)[:, None])[..., None].astype("float32")
    net = hyotan.nets.Recurrent(4, future=3, decoder="conditional")
    model = hyotan.AE(2, net=net, epochs=1, random_state=0, verbose=0).fit(waves)
    plain = np.asarray(model.model_(model.scaler_.apply(waves).astype("float32"))["reconstruction"])
    np.testing.assert_allclose(model.scaler_.undo(plain), model.reconstruct(waves), rtol=1e-4, atol=1e-5)


def test_parts_know_the_rows_of_the_training_when_a_model_is_built():
    fitted = hyotan.AE(2, epochs=1, verbose=0).fit(np.random.default_rng(0).normal(size=(23, 4)))
    assert fitted._fitted.network.context().rows == 23
