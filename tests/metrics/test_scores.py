"""Metrics of codes, likelihoods and labels against NumPy and scikit-learn; one contract for all of them."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

import hyotan as hy
from hyotan.metrics import View, registered
from hyotan.metrics.codes import codes, hoyer
from hyotan.metrics.likelihood import likelihood
from hyotan.metrics.probe import accuracy, probe


@pytest.fixture(scope="module")
def rows():
    generator = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 40)
    return generator.normal(size=(120, 6)) + np.eye(3, 6)[labels] * 3, labels


@pytest.fixture(scope="module", params=["ae", "vae"])
def view(request, rows):
    make = {"ae": hy.AE, "vae": hy.VAE}[request.param]
    return View(make(2, epochs=2, random_state=0, verbose=0).fit(rows[0]), *rows)


@pytest.mark.parametrize("name", registered())
def test_every_metric_gives_plain_finite_numbers(name, view):
    found = registered()[name](view)
    if found is None:  # no series, nothing predicted, decoders see the code alone, and a point has no prior
        assert name in ("forecast", "code_use", "spectrum") or (name == "prior_gap" and not view.can("sample"))
        return
    assert found
    again = json.loads(json.dumps(found, allow_nan=False))
    assert again == found


CODES = np.random.default_rng(1).normal([0, 3, 0, 1], [1, 0.05, 0, 0.2], size=(200, 4))


def fake(codes, abilities, kl=None):
    latent = SimpleNamespace(idle_below=0.01)
    per_unit = {} if kl is None else {"kl_per_dim": kl}
    return SimpleNamespace(codes=codes, per_unit=per_unit, latent=latent, can=abilities.__contains__)


def test_codes_are_described_as_numpy_would():
    found = codes(fake(CODES.astype("float32"), ()))
    np.testing.assert_allclose(found["mean"], CODES.mean(axis=0), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(found["variance"], CODES.var(axis=0), rtol=1e-5, atol=1e-12)
    assert found["mean_activation"] == pytest.approx(np.abs(CODES).mean(), rel=1e-6)
    assert (found["dim"], found["dead_units"], found["zeros"]) == (4, 1, 0.25)
    assert "active_units" not in found
    assert "kl_per_dim" not in found


def test_active_units_vary_by_more_than_a_hundredth():
    kl = np.random.default_rng(2).random((200, 4))
    found = codes(fake(CODES, ("noise",), kl))
    assert (CODES.var(axis=0) > 0.01).tolist() == [True, False, False, True]
    assert found["active_units"] == 2
    np.testing.assert_allclose(found["kl_per_dim"], kl.mean(axis=0))


@pytest.mark.parametrize(
    ("z", "expected"),
    [
        ([[1.0, 0, 0, 0], [0, -3, 0, 0]], 1),
        ([[2.0, 2, -2, 2]], 0),
        ([[3.0, 4]], (np.sqrt(2) - 7 / 5) / (np.sqrt(2) - 1)),
        ([[0.0, 0, 0], [0, 5, 0]], 1),
        ([[1.0, 0, 0, 0], [1, 1, 1, 1]], 0.5),
    ],
)
def test_hoyer_sparsity(z, expected):
    z = np.array(z)
    assert hoyer(z) == pytest.approx(expected, abs=1e-12)
    assert hoyer(-7 * z) == pytest.approx(expected, abs=1e-12)


def test_nothing_but_zeros_has_no_sparsity():
    assert np.isnan(hoyer(np.zeros((3, 4))))
    assert "hoyer" not in codes(fake(np.ones((3, 1)), ()))


def test_a_decoder_that_sees_the_input_has_no_likelihood():
    assert likelihood(SimpleNamespace(sees="input")) is None


def test_scores_are_summed_up_and_split(view):
    scores = view.model.score_samples(view.X)
    found = likelihood(view)
    assert found["mean"] == pytest.approx(scores.mean())
    assert found["stderr"] == pytest.approx(scores.std() / np.sqrt(120))
    assert (found["min"], found["max"]) == (scores.min(), scores.max())
    assert found["normalised"] is True
    if view.can("sample"):
        assert found["what"] == "ELBO"
        parameters = view.model.encoder_(view.model.scaler_.apply(view.X))
        mean, log_var = (np.asarray(parameters[name], np.float64) for name in ("mean", "log_var"))
        kl = 0.5 * (mean**2 + np.exp(log_var) - log_var - 1).sum(axis=1).mean()
        assert found["rate"] == pytest.approx(kl, rel=1e-4)
        assert found["mean"] == pytest.approx(-found["nll"] - found["rate"])
    else:
        assert found["what"] == "log p(x|z)"
        assert not {"kl", "nll"} & found.keys()


def probed(X, y, *before):
    """Return the accuracy of a linear classifier over three folds, fold by fold."""
    right = 0
    for fitting, measured in StratifiedKFold(3, shuffle=True, random_state=0).split(X, y):
        train, test = X[fitting], X[measured]
        for step in (*before, StandardScaler()):
            train, test = step.fit_transform(train), step.transform(test)
        right += np.sum(LogisticRegression(max_iter=500).fit(train, y[fitting]).predict(test) == y[measured])
    return right / len(y)


def test_the_probe_is_scikit_learns(view, rows):
    X, y = rows
    # All rows are probed, in the order they have.
    network = StandardScaler().fit_transform(X).astype("float32")
    found = probe(view)
    assert found["codes"] == pytest.approx(probed(view.model.transform(X), y))
    assert found["raw"] == pytest.approx(probed(network, y))
    assert found["pca"] == pytest.approx(probed(network, y, PCA(2, random_state=0)))
    assert (found["rows"], found["classes"]) == (120, 3)
    assert found["majority"] == pytest.approx(1 / 3)
    assert found["raw"] > 0.8


def test_the_probe_of_noise_finds_nothing():
    generator = np.random.default_rng(0)
    y = np.arange(600) % 3
    assert accuracy(generator.normal(size=(600, 4)), y) == pytest.approx(1 / 3, abs=5 * np.sqrt(2 / 9 / 600))
    assert accuracy(np.eye(3)[y], y) == 1


@pytest.mark.parametrize(
    "y",
    [None, np.zeros(120), np.arange(120), np.r_[np.zeros(118), [1, 1]]],
    ids=["none", "one class", "a class a row", "two of a class"],
)
def test_without_classes_to_tell_apart_there_is_no_probe(view, y):
    assert probe(View(view.model, view.X, y)) is None


def test_labels_may_be_words(view, rows):
    words = np.array(["ape", "bee", "cat"])[rows[1]]
    assert probe(View(view.model, view.X, words)) == probe(view)
