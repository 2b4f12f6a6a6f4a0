"""The verdict, rule by rule, and on models that are good, usable and broken."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import hyotan as hy
from hyotan.report import verdict

GOOD = {
    "reconstruction": {"mean": 1.0, "pca_mean": 2.0, "constant_mean": 4.0},
    "codes": {"dim": 4, "active_units": 4, "kl_per_dim": [1.0] * 4},
    "likelihood": {"mean": -3.0, "min": -9.0, "max": -1.0},
}
POINT = {"dim": 4, "dead_units": 0}
AHEAD = {"rmse": 1.0, "last_rmse": 2.0, "repeat_rmse": 1.5, "reading": "So much."}
FLAT = [9.0, 5.0, 4.0, 4.0, 4.0]


def told(history=None, rows=100, model=None, **metrics):
    found = {name: value for name, value in {**GOOD, **metrics}.items() if value is not None}
    return verdict(hy.Record(metrics=found, history=history or {"loss": FLAT}, data={"rows": rows}, model=model or {}))


def test_what_nothing_speaks_against_is_good():
    found = told()
    assert (found.word, found.line) == ("good", "Nothing that was measured speaks against it.")
    assert found.of("good") == [
        "Rows are reconstructed better than by PCA with 4 components: mean error 1 against 2, 50% less.",
        "4 of 4 latent units are active.",
    ]
    assert found.of("broken") == found.of("usable") == []


BROKEN = {
    "loss": ({"history": {"loss": [3.0, None]}}, "not finite (NaN or Inf) in epoch 2"),
    "val_loss": ({"history": {"loss": [3.0], "val_loss": [float("inf")]}}, "in epoch 1"),
    "collapsed": ({"codes": {**GOOD["codes"], "active_units": 0}}, "0 of 4 latent units are active: the posterior has"),
    "dead": ({"codes": {**POINT, "dead_units": 4}}, "0 of 4 code units are in use: every row has the same code"),
    "mean": (
        {"reconstruction": {"mean": 4.0, "pca_mean": 5.0, "constant_mean": 4.0}},
        "Always giving the mean row does as well or better: mean error 4 against 4",
    ),
    "hardly": (
        {"reconstruction": {"mean": 3.91, "pca_mean": 3.0, "constant_mean": 4.0}},
        "hardly better than always giving the mean row: mean error 3.91 against 4, where PCA with 4 components reaches",
    ),
    "error": ({"reconstruction": {"mean": None}}, "reconstruction error is not finite"),
    "score": ({"likelihood": {"mean": -3.0, "min": None, "max": -1.0}}, "score of a row is not finite"),
    "same score": ({"likelihood": {"mean": -3.0, "min": -3.0, "max": -3.0}}, "the same for every row: −3 nats"),
    "predictor": ({"reconstruction": None, "forecast": {**AHEAD, "rmse": 1.5}}, "So much."),
}
USABLE = {
    "pca": (
        {"reconstruction": {"mean": 3.0, "pca_mean": 2.0, "constant_mean": 4.0}},
        "PCA with 4 components reconstructs better: mean error 2 against 3",
    ),
    "active": ({"codes": {**GOOD["codes"], "active_units": 1}}, "1 of 4 latent units is active"),
    "dead": ({"codes": {**POINT, "dead_units": 3}}, "1 of 4 code units is in use: the others never change"),
    "overfit": (
        {"history": {"loss": [9.0, 5.0, 4.0, 3.0, 2.0, 2.0], "val_loss": [9.0, 5.0, 4.0, 4.5, 5.0, 5.5]}},
        "lowest at epoch 3, 4, and had risen to 5.5",
    ),
    "falling": ({"history": {"loss": [5.0, 4.0, 3.0, 2.0, 1.0]}}, "the last epoch brought 25% of all it fell"),
    "forecast": ({"forecast": {**AHEAD, "rmse": 1.5}}, "So much."),
    "code": ({"code_use": {"ratio": 1.01, "reading": "The decoder hardly looks."}}, "hardly looks"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken(name):
    given, text = BROKEN[name]
    found = told(**given)
    assert found.word == "broken" and text in found.reasons[0].text
    assert len(found.of("broken")) == 1


@pytest.mark.parametrize("name", USABLE)
def test_what_is_usable(name):
    given, text = USABLE[name]
    found = told(**given)
    assert found.word == "usable" and text in found.reasons[0].text
    assert len(found.of("usable")) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"codes": {**GOOD["codes"], "active_units": 2}},
        {"codes": {**POINT, "dead_units": 2}},
        {"codes": {**GOOD["codes"], "active_units": 0}, "rows": 29},  # a handful of rows tells nothing
        {"likelihood": {"mean": -3.0, "min": -3.0, "max": -3.0}, "rows": 1},
        {"reconstruction": {"mean": 3.999, "constant_mean": 4.0}},
        {"reconstruction": {"mean": 3.98, "pca_mean": 3.99, "constant_mean": 4.0}},  # there is little to gain
        {"forecast": AHEAD},
        {"code_use": {"ratio": 1.01, "free_ratio": 1.5, "reading": "It needs the code running free."}},
        {"code_use": {"ratio": 1.05, "reading": "It looks."}},
        {
            "history": {"loss": [9.0, 5.0, 4.0, 3.0, 3.0, 3.0], "val_loss": [9.0, 5.0, 4.0, 4.5, 5.0, 5.5]},
            "model": {"epoch": 3},  # the best weights came back
        },
        {"history": {"loss": FLAT, "val_loss": [9.0, 5.0, 4.0, 4.0, 4.05]}},
    ],
)
def test_what_is_just_good(given):
    assert told(**given).word == "good", told(**given).reasons


def test_the_gravest_reason_comes_first():
    found = told(history={"loss": [5.0, 4.0, 3.0, 2.0, 1.0]}, codes={**GOOD["codes"], "active_units": 0})
    assert [reason.level for reason in found.reasons] == ["broken", "usable", "good"]
    assert verdict(hy.Record()).word == "unmeasured" and verdict(hy.Record()).reasons == []


def test_a_probe_and_a_forecast_are_praised_only_where_they_are_better():
    assert any("is right on 90.0% against 80.0%" in text for text in told(probe={"codes": 0.9, "pca": 0.8}).of("good"))
    assert told(probe={"codes": 0.8, "pca": 0.8}).reasons == told().reasons
    assert "What follows is predicted better than by what costs nothing. So much." in told(forecast=AHEAD).of("good")


# -- real models ----------------------------------------------------------------------------------------------------


def plane(n=300):
    generator = np.random.default_rng(0)
    flat = generator.normal(size=(n, 2)) @ generator.normal(size=(2, 8))
    return (flat + 0.05 * generator.normal(size=(n, 8))).astype("float32")


def judged(model, X):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hy.HyotanWarning)
        return verdict(hy.evaluate(model.fit(X[:200]), X[200:], reference=X[:200]))


def test_a_model_that_beats_pca_is_good_and_one_cut_short_is_usable():
    # A curve in the plane: a code of one unit follows it, one principal component cannot.
    t = np.random.default_rng(0).uniform(-2, 2, (300, 1))
    X = np.concatenate([t, np.square(t), np.sin(2 * t)], axis=1) + 0.02 * np.random.default_rng(1).normal(size=(300, 3))
    params = {"random_state": 0, "verbose": 0, "learning_rate": 1e-2}
    good = judged(hy.AE(1, epochs=100, **params), X)
    assert good.word == "good", good.reasons
    short = judged(hy.AE(1, epochs=3, **params), X)
    assert short.word == "usable" and any("still falling" in text for text in short.of("usable")), short.reasons


def test_a_model_that_learned_nothing_is_broken():
    params = {"epochs": 2, "optimizer": "sgd", "learning_rate": 1e-9, "random_state": 0, "verbose": 0}
    found = judged(hy.AE(2, **params), plane())
    assert found.word == "broken" and "hardly better than always giving the mean row" in found.reasons[0].text


def test_a_model_that_ran_away_is_broken():
    found = judged(hy.AE(1, epochs=15, learning_rate=1.0, random_state=0, verbose=0), plane())
    assert found.word == "broken" and "Always giving the mean row does as well or better" in found.reasons[0].text


def test_a_model_that_collapsed_is_broken():
    latent = hy.latents.Gaussian(2, divergence=hy.divergences.KL(beta=100))
    found = judged(hy.Autoencoder(latent, epochs=15, random_state=0, verbose=0), plane())
    assert found.word == "broken"
    assert any("0 of 2 latent units are active: the posterior has collapsed" in text for text in found.of("broken"))
