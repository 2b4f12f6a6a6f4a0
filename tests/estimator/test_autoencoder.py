"""The estimator: scikit-learn's contract, what is inferred, units, missing cells, and every refusal in one wording."""

import re
import warnings

import keras
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import hyotan as hy

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 5)) * [1, 10, 100, 0.1, 1] + [0, 5, -30, 2, 0]
IMAGES = RNG.uniform(size=(40, 6, 6)).astype(np.float32)


def ae(dim=2, **params):
    return hy.AE(dim, **{"net": hy.nets.Dense((8,)), "epochs": 2, "random_state": 0, "verbose": 0, **params})


def vae(dim=2, **params):
    return hy.VAE(dim, **{"net": hy.nets.Dense((8,)), "epochs": 2, "random_state": 0, "verbose": 0, **params})


# -- scikit-learn ---------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
def test_check_estimator(checked):
    checked(hy.Autoencoder(net=hy.nets.Dense((8,)), epochs=2, verbose=0))


def test_clone_nested_parameters_and_repr():
    model = hy.VAE(2, beta=3, net=hy.nets.Dense((8,)))
    copy = clone(model)
    assert copy is not model
    assert copy.get_params()["latent__divergence__beta"] == 3
    copy.set_params(latent__divergence__beta=5, net__hidden=(4, 4), latent__dim=7)
    assert (copy.latent.divergence.beta, copy.net.hidden, copy.latent.dim) == (5, (4, 4), 7)
    assert model.latent.divergence.beta == 3
    assert repr(model) == "VAE(beta=3, net=Dense(hidden=(8,)))"


def test_pipeline_grid_search_and_set_output():
    frame = pd.DataFrame(X, columns=list("abcde"))
    pipe = make_pipeline(StandardScaler(), ae()).set_output(transform="pandas")
    codes = pipe.fit_transform(frame)
    assert list(codes.columns) == ["z0", "z1"]
    search = GridSearchCV(ae(), {"latent__dim": [1, 2], "net__hidden": [(4,)]}, cv=2, n_jobs=2).fit(X)
    assert set(search.best_params_) == {"latent__dim", "net__hidden"}
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


# -- what comes out -------------------------------------------------------------------------------------------------


def test_plain_keras_models_in_network_units():
    model = vae().fit(X)
    u = model.scaler_.apply(X)
    found = model.encoder_(u)
    assert set(found) == {"mean", "log_var"}
    np.testing.assert_allclose(found["mean"], model.transform(X), atol=1e-5)
    decoded = model.scaler_.undo(np.asarray(model.decoder_(found["mean"])))
    np.testing.assert_allclose(decoded, model.reconstruct(X), rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(model.model_(u)["reconstruction"], model.decoder_(found["mean"]), atol=1e-6)
    assert all(isinstance(m, keras.Model) for m in (model.encoder_, model.decoder_, model.model_))


def test_published_parameter_counts():
    flat = RNG.uniform(size=(8, 784))
    published = vae(net=hy.nets.Dense((256,)), likelihood="bernoulli", epochs=1).fit(flat)
    assert published.model_.count_params() == 404_244
    dense = ae(32, net=hy.nets.Dense(()), likelihood="bernoulli", epochs=1).fit(flat)
    assert dense.model_.count_params() == 784 * 32 + 32 + 32 * 784 + 784


def test_errors_are_euclidean_in_the_datas_own_units():
    model = ae().fit(X)
    expected = np.linalg.norm(X - model.reconstruct(X), axis=1)
    np.testing.assert_allclose(model.reconstruction_error(X), expected, rtol=1e-6)
    assert model.reconstruct(X).std(axis=0)[2] > 1  # column c is in the hundreds


def test_z_scored_tables_can_be_reconstructed():
    """Where a peer's decoder ends in a sigmoid, negative values never come back."""
    z = StandardScaler().fit_transform(X)
    model = ae(4, epochs=200, learning_rate=0.01).fit(z)
    assert model.reconstruct(z).min() < -1
    assert np.corrcoef(z.ravel(), model.reconstruct(z).ravel())[0, 1] > 0.9


def test_samples_follow_the_seed_and_the_units():
    model = vae(epochs=300, batch_size=16, learning_rate=0.01).fit(X)  # long enough to know the columns
    one, two = model.sample(2000, random_state=0, noise=True), model.sample(2000, random_state=0, noise=True)
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, model.sample(2000, random_state=1, noise=True))
    # In every column's own units: where the data lie, and as widely spread, noise included.
    assert np.abs((one.mean(axis=0) - X.mean(axis=0)) / X.std(axis=0)).max() < 0.3
    np.testing.assert_allclose(one.std(axis=0) / X.std(axis=0), 1, atol=0.3)
    assert model.sample(3, random_state=0).shape == (3, 5)


@pytest.mark.parametrize(
    ("data", "scale", "likelihood"),
    [
        (X, "standard", "Gaussian"),
        (IMAGES, "none", "Bernoulli"),
        ((IMAGES * 255).astype(np.uint8), "unit", "Bernoulli"),
        ((IMAGES > 0.5).astype(np.uint8), "none", "Bernoulli"),
        (IMAGES * 7 - 2, "standard", "Gaussian"),
        (RNG.uniform(size=(30, 4, 4, 3)), "none", "Bernoulli"),
    ],
    ids=["table", "unit images", "bytes", "masks", "real images", "colour"],
)
def test_what_is_inferred_is_told(data, scale, likelihood, capsys):
    model = ae(verbose=1).fit(data)
    told = capsys.readouterr().out
    assert model.scaler_.method == scale
    assert type(model.parts_.likelihood).__name__ == likelihood
    assert model.scaler_.describe() in told
    assert likelihood in told
    assert likelihood in repr(model).splitlines()[-1]
    assert model.reconstruct(data).shape == data.shape


def test_bytes_come_back_as_bytes_are_measured():
    data = (IMAGES * 255).astype(np.uint8)
    model = ae(epochs=50).fit(data)
    assert model.reconstruct(data).max() > 100
    np.testing.assert_allclose(
        model.reconstruction_error(data),
        np.linalg.norm((data - model.reconstruct(data)).reshape(40, -1), axis=1),
        rtol=1e-6,
    )


def test_scaling_is_fitted_on_the_training_part_only():
    shifted = np.concatenate([X, X + 1000])
    with_validation = ae().fit(X, validation_data=X + 1000)
    np.testing.assert_allclose(with_validation.scaler_.offset, X.mean(axis=0))
    held = ae(validation_fraction=0.5).fit(shifted)
    assert not np.allclose(held.scaler_.offset, shifted.mean(axis=0))


@pytest.mark.parametrize("library", [pd.DataFrame, pl.DataFrame, pa.table], ids=["pandas", "polars", "Arrow"])
def test_frames_of_every_library_give_the_numbers_of_the_array(library):
    columns = {name: X[:, j] for j, name in enumerate("abcde")}
    frame = library(columns)
    model = ae().fit(frame)
    np.testing.assert_array_equal(model.transform(frame), ae().fit(X).transform(X))
    assert model.schema_.columns == tuple("abcde")


def test_columns_are_checked_by_name():
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = ae().fit(frame)
    with pytest.raises(ValueError, match="feature names should match"):
        model.transform(frame[list("edcba")])


def test_missing_cells_are_counted_aloud_and_never_scored():
    holes = X.copy()
    holes[RNG.uniform(size=X.shape) < 0.2] = np.nan
    count = int(np.isnan(holes).sum())
    with pytest.warns(hy.HyotanWarning, match=f"{count} of 300 cells"):
        model = vae(epochs=5).fit(holes)
    assert np.isfinite(model.history_["loss"]).all()
    with pytest.warns(hy.HyotanWarning):
        filled, scores, error = model.reconstruct(holes), model.score_samples(holes), model.reconstruction_error(holes)
    assert np.isfinite(filled).all()
    assert np.isfinite(scores).all()
    residual = np.where(np.isnan(holes), 0, holes - filled)
    np.testing.assert_allclose(error, np.linalg.norm(residual, axis=1), rtol=1e-6)


def test_what_stands_in_a_missing_cell_does_not_matter():
    """The network never sees what a mask hides: the same holes over other values give the same model."""
    holes, other = X.copy(), X * 3 + 1
    hidden = RNG.uniform(size=X.shape) < 0.2
    other[~hidden] = X[~hidden]
    holes[hidden] = other[hidden] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_array_equal(vae().fit(holes).transform(holes), vae().fit(other).transform(other))


@pytest.mark.parametrize("state", [None, 7, np.random.RandomState(3)], ids=["none", "number", "state"])
def test_the_seed_that_is_kept_makes_the_model_again(state):
    model = vae(random_state=state).fit(X)
    again = vae(random_state=model.seed_).fit(X)
    np.testing.assert_array_equal(model.transform(X), again.transform(X))
    assert again.seed_ == model.seed_


def test_large_numbers_keep_their_spread():
    """Seconds since 1970 are 128 apart in float32."""
    times = 1.7e9 + 10 * RNG.normal(size=(60, 1)) * np.ones((1, 3))
    model = ae(2, epochs=300, learning_rate=0.01).fit(times)
    assert model.reconstruct(times).std() > 5
    assert model.reconstruction_error(times).mean() < 5


def test_frames_are_never_matched_by_position():
    frame = pd.DataFrame(X, columns=list("abcde"))
    shuffled = frame[list("edcba")]
    refused(hy.DataError, "feature names should match", ae().fit, frame, validation_data=shuffled)
    model = ae().fit(frame)
    refused(hy.DataError, "feature names should match", hy.evaluate, model, frame, reference=shuffled)
    numbered = ae().fit(pd.DataFrame(X))
    assert not hasattr(numbered, "feature_names_in_")
    numbered.transform(pd.DataFrame(X))
    assert not hasattr(model.fit(IMAGES), "feature_names_in_")


def test_evaluate_takes_a_model_that_gives_frames():
    frame = pd.DataFrame(X, columns=list("abcde"))
    model = ae().fit(frame).set_output(transform="pandas")
    assert hy.evaluate(model, frame).metrics["codes"]["dim"] == 2


def test_float_images_for_a_model_of_bytes_are_told():
    model = ae().fit((IMAGES * 255).astype(np.uint8))
    with pytest.warns(hy.HyotanWarning, match="bytes from 0 to 255"):
        model.transform(IMAGES)


def test_normalised_is_judged_in_network_units():
    masks = ((IMAGES > 0.5) * 255).astype(np.uint8)
    model = vae().fit(masks)
    assert "unnormalised" not in repr(model)
    assert np.isfinite(model.log_likelihood(masks, n_samples=5)[0]).all()


# -- refusals -------------------------------------------------------------------------------------------------------

PARTS = re.compile(r".+ · expected: .+ · received: .+", re.DOTALL)


def refused(error, match, function, *args, **kwargs):
    with pytest.raises(error, match=match) as caught:
        function(*args, **kwargs)
    assert PARTS.fullmatch(str(caught.value)), str(caught.value)


def test_bad_data():
    inf = X.copy()
    inf[3, 1] = np.inf
    refused(hy.DataError, r"infinity .* index \(3, 1\)", ae().fit, inf)
    refused(hy.DataError, "All cells of X are missing", ae().fit, np.full((4, 3), np.nan))
    refused(hy.DataError, "no known cell", ae().fit, np.c_[X, np.full(60, np.nan)])
    refused(hy.DataError, "X is constant", ae().fit, np.ones((9, 3)))
    refused(hy.DataError, "0 sample", ae().fit, np.empty((0, 3)))
    refused(hy.DataError, "0 feature", ae().fit, np.empty((3, 0)))
    refused(hy.DataError, "1D array", ae().fit, np.ones(5))
    refused(hy.DataError, "not a kind of rows", ae().fit, np.ones((2, 2, 2, 2, 2)))
    refused(hy.DataError, "unequal shape", ae().fit, [np.ones((2, 3, 1)), np.ones((4, 3, 1))])
    refused(hy.DataError, "Complex data not supported", ae().fit, X + 1j)
    refused(hy.DataError, "string|convert", ae().fit, np.array([["a", "b"], ["c", "d"]]))
    refused(hy.DataError, "'name'", ae().fit, pd.DataFrame({"a": [1.0, 2.0], "name": ["x", "y"]}))


def test_bernoulli_wants_numbers_between_zero_and_one():
    refused(hy.DataError, r"values cannot be scored by the Bernoulli.*\[0, 1\]", ae(likelihood="bernoulli").fit, X)
    model = ae().fit(IMAGES)
    refused(hy.DataError, "Bernoulli", model.score_samples, IMAGES * 3)
    ae(likelihood="bernoulli", scale="minmax").fit(X)


def test_other_data_than_it_was_fitted_on():
    model = ae().fit(X)
    message = "X has 3 features, but AE is expecting 5 features as input"
    refused(hy.DataError, message, model.transform, X[:, :3])
    refused(hy.DataError, "Codes of shape", model.inverse_transform, np.ones((2, 3)))
    refused(hy.DataError, "rows of shape", ae().fit(IMAGES).transform, np.ones((2, 5, 6)))


def test_unfitted():
    for method in ("transform", "reconstruct", "score_samples", "save", "inverse_transform", "log_likelihood", "draw"):
        refused(NotFittedError, "not fitted", getattr(ae(), method), X)
    refused(NotFittedError, "not fitted", ae().sample)


def test_bad_parameters():
    refused(hy.ParameterError, "'epochs'", ae(epochs=0).fit, X)
    refused(hy.ParameterError, "'epochs'", ae(epochs=2.5).fit, X)
    refused(hy.ParameterError, "'batch_size'", ae(batch_size=True).fit, X)
    refused(hy.ParameterError, "'scale'", ae(scale="minmix").fit, X)
    refused(hy.ParameterError, "'kind'", ae(kind="tabel").fit, X)
    refused(hy.ParameterError, "fraction", ae(validation_fraction=1.5).fit, X)
    refused(hy.ParameterError, "'dim' parameter of Point", ae(0).fit, X)
    refused(hy.ParameterError, "no net named 'dnese'.*did you mean 'dense'", ae(net="dnese").fit, X)
    refused(hy.ParameterError, "latent of the model", hy.Autoencoder(latent=3, verbose=0).fit, X)
    refused(hy.ParameterError, "cannot read rows", ae(net="conv").fit, X)
    refused(hy.ParameterError, "layout 'grid'", hy.Autoencoder(hy.latents.Point(2, layout="grid"), verbose=0).fit, X)
    refused(hy.ParameterError, "'n_samples'", vae().fit(X).sample, 0)
    refused(hy.ParameterError, "'callbacks'", ae(callbacks=3).fit, X)
    small = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])
    refused(hy.ParameterError, "custom net does not fit", ae(net=hy.nets.Custom(small, small)).fit, X)


def test_what_a_latent_without_a_prior_cannot_do():
    model = ae().fit(X)
    for method, args in (("sample", ()), ("log_likelihood", (X,)), ("kl_per_dim", (X,))):
        refused(hy.ParameterError, f"{method}.. needs", getattr(model, method), *args)


def test_bernoulli_on_grey_values_is_labelled_and_has_no_likelihood():
    model = vae().fit(IMAGES)
    assert "unnormalised" in repr(model)
    refused(hy.ParameterError, "not normalised", model.log_likelihood, IMAGES)
    binary = vae().fit((IMAGES > 0.5).astype(np.float32))
    assert "unnormalised" not in repr(binary)
    log_p, stderr = binary.log_likelihood((IMAGES > 0.5).astype(np.float32), n_samples=20)
    assert log_p.shape == stderr.shape == (40,)


def test_validation_data_of_any_form():
    for given in (X, (X, X), (X, None)):
        assert "val_loss" in ae().fit(X, validation_data=given).history_
    refused(hy.DataError, "3 features", ae().fit, X, validation_data=X[:, :3])
