"""A sweep: what it makes, how it compares, what it refuses, and what becomes of a model that fails."""

import pickle

import keras
import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone

import hyotan as hy
from hyotan.data.splits import held_out
from hyotan.training import parallel

X = np.random.default_rng(0).normal(size=(80, 5)).astype(np.float32)
BETAS = {"latent__divergence__beta": [1, 4]}


def vae(**params):
    return hy.VAE(2, **{"net": hy.nets.Dense((6,)), "epochs": 2, "batch_size": 16, "verbose": 0, **params})


@pytest.fixture(scope="module")
def sweep():
    return hy.Sweep(vae(), over=BETAS, seeds=(3, 7)).fit(X, validation_data=X[:20])


def test_it_is_an_object_as_scikit_learn_has_them():
    sweep = hy.Sweep(vae(), over=BETAS, seeds=range(2))
    copy = clone(sweep)
    assert copy.get_params()["model__latent__dim"] == 2
    assert copy.seeds == range(2)
    assert copy.set_params(model__epochs=9).model.epochs == 9
    assert sweep.model.epochs == 2
    assert "seeds=range(0, 2)" in repr(sweep)
    assert not hasattr(sweep, "models_")


def test_every_combination_in_order(sweep):
    varied = [(row["latent__divergence__beta"], row["seed"]) for row in sweep.table_]
    assert varied == [(1, 3), (1, 7), (4, 3), (4, 7)]
    for (beta, seed), model in zip(varied, sweep.models_, strict=True):
        assert model.latent.divergence.beta == beta
        assert model.seed_ == seed
    assert sweep.model.latent.divergence.beta == 1
    assert not hasattr(sweep.model, "models_")


def test_models_are_ordinary(sweep, tmp_path):
    for model in sweep.models_:
        loaded = hy.load(model.save(tmp_path / "m.hyotan", training=True))
        np.testing.assert_array_equal(loaded.transform(X), model.transform(X))
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).score_samples(X), model.score_samples(X))
    assert hy.report(sweep.best_, X, out=tmp_path / "r.html").exists()
    further = loaded.set_params(epochs=4).fit(X, validation_data=X[:20], resume=True)
    whole = vae(epochs=4, beta=4, random_state=7).fit(X, validation_data=X[:20])
    np.testing.assert_allclose(further.transform(X), whole.transform(X), atol=1e-5)


def test_the_table_says_what_the_models_say(sweep):
    frames = pd.DataFrame(sweep.table_), pl.DataFrame(sweep.table_)
    assert [len(frame) for frame in frames] == [4, 4]
    for row, model in zip(sweep.table_, sweep.models_, strict=True):
        assert row.keys() == sweep.table_[0].keys()
        assert row["score"] == pytest.approx(model.score(X[:20]), rel=1e-6)
        for name in ("loss", "nll", "kl", "val_loss", "active_units"):
            assert row[name] == model.history_[name][-1]
        assert row["epochs"] == 2
        assert row["seconds"] > 0
        assert sum(model.history_["seconds"]) < row["seconds"]
    scores = [row["score"] for row in sweep.table_]
    assert sweep.best_index_ == int(np.argmax(scores))
    assert sweep.best_ is sweep.models_[sweep.best_index_]


def test_scores_are_of_the_models_own_weights_and_leave_them(sweep):
    again = clone(sweep.model).set_params(latent__divergence__beta=4, random_state=7).fit(X, validation_data=X[:20])
    np.testing.assert_allclose(sweep.models_[3].transform(X), again.transform(X), atol=1e-5)
    assert len({row["score"] for row in sweep.table_}) == 4


def test_rows_are_held_out_once_for_all():
    sweep = hy.Sweep(vae(early_stopping=True, epochs=3), seeds=(5, 6)).fit(X)
    split = int(np.random.RandomState(5).randint(2**31 - 1))
    kept, held = held_out(len(X), 0.1, split)
    for row, model in zip(sweep.table_, sweep.models_, strict=True):
        alone = vae(early_stopping=True, epochs=3, random_state=row["seed"]).fit(X[kept], validation_data=X[held])
        np.testing.assert_allclose(model.transform(X), alone.transform(X), atol=1e-5)
        assert row["score"] == pytest.approx(alone.score(X[held]), rel=1e-5)


def test_other_shapes_follow_and_say_so():
    sweep = hy.Sweep(
        hy.AE(net="dense", epochs=1, verbose=0), over={"latent__dim": [1, 2], "learning_rate": [1e-3, 1e-2]}
    )
    sweep.set_params(seeds=[0]).fit(X)
    assert [model.transform(X).shape[1] for model in sweep.models_] == [1, 1, 2, 2]
    assert sweep.together_.count("\n") == 1
    assert sweep.together_.count("2 models in one compiled program") == 2
    alone = hy.Sweep(vae(), over={"net__hidden": [(4,), (5,)]}, seeds=[0]).fit(X)
    assert alone.together_.count("by itself: no other has its shape") == 2


def test_parts_as_values_are_copied():
    latents = [hy.latents.Point(1), hy.latents.Gaussian(1)]
    over = {"latent": latents, "latent__dim": [1, 2]}
    sweep = hy.Sweep(hy.Autoencoder(net=hy.nets.Dense(()), epochs=1, verbose=0), over=over, seeds=[0]).fit(X)
    assert [model.transform(X).shape[1] for model in sweep.models_] == [1, 2, 1, 2]
    assert [type(model.latent).__name__ for model in sweep.models_] == ["Point", "Point", "Gaussian", "Gaussian"]
    assert [latent.dim for latent in latents] == [1, 1]
    assert sweep.best_index_ == int(np.argmax([row["score"] for row in sweep.table_]))


def test_frames_windows_and_lists():
    frame = pd.DataFrame(X, columns=list("abcde"))
    sweep = hy.Sweep(vae(), seeds=range(2)).fit(frame)
    assert list(sweep.best_.feature_names_in_) == list("abcde")
    series = np.sin(np.arange(90) / 5)[:, None]
    windows = hy.data.windows(series, 12)
    net = hy.nets.Recurrent(3)
    sweep = hy.Sweep(hy.AE(2, net=net, epochs=1, verbose=0, validation_fraction=0.2), seeds=range(2)).fit(windows)
    assert all("val_loss" in model.history_ for model in sweep.models_)
    ragged = [series[:n] for n in (5, 9, 12, 7)]
    sweep = hy.Sweep(hy.AE(2, net=net, epochs=1, verbose=0), seeds=range(2)).fit(ragged)
    assert sweep.best_.transform(ragged).shape == (4, 2)


def test_without_a_score_the_loss_decides():
    net = hy.nets.Recurrent(3, decoder="reversed-input")
    waves = np.sin(np.arange(8) + np.arange(30)[:, None])[..., None]
    sweep = hy.Sweep(hy.AE(2, net=net, epochs=1, verbose=0), seeds=range(3)).fit(waves)
    assert {row["score"] for row in sweep.table_} == {None}
    assert sweep.best_index_ == int(np.argmin([row["loss"] for row in sweep.table_]))


@pytest.mark.parametrize("width", [1, 3])
def test_a_model_that_fails_leaves_the_others(width, monkeypatch):
    monkeypatch.setattr(parallel, "WIDTH", width)
    rates = {"learning_rate": [1e-3, 1e30, 1e-2]}
    told = r"model 1 \(learning_rate=1e\+30, seed=0\): it failed: .* epoch 1"
    with pytest.warns(hy.HyotanWarning, match=told) as said:
        sweep = hy.Sweep(vae(), over=rates, seeds=[0]).fit(X)
    assert {warning.filename for warning in said} == {__file__}, "it is the user's line that is told"
    assert [model is None for model in sweep.models_] == [False, True, False]
    assert "not finite" in sweep.table_[1]["error"]
    assert sweep.table_[0]["error"] is None
    alone = vae(learning_rate=1e-2, random_state=0).fit(X)
    np.testing.assert_allclose(sweep.models_[2].transform(X), alone.transform(X), atol=1e-5)
    with pytest.raises(hy.TrainingError, match="not finite"), pytest.warns(hy.HyotanWarning):
        sweep.set_params(over={"learning_rate": [1e30, 1e31]}).fit(X)
    assert len(sweep.models_) == 3, "an earlier fit is still there"


@pytest.mark.parametrize("width", [1, 2])
def test_a_model_that_fails_later_keeps_its_last_good_weights(width, monkeypatch):
    monkeypatch.setattr(parallel, "WIDTH", width)
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([7], [1e-3, 1e30])  # from the ninth step on, of 5 an epoch
    with pytest.warns(hy.HyotanWarning, match="epoch 2, step 5; training stopped and the weights of epoch 1 are kept"):
        sweep = hy.Sweep(vae(epochs=4, learning_rate=rate), seeds=range(2)).fit(X)
    for seed, model in enumerate(sweep.models_):
        alone = vae(epochs=1, random_state=seed).fit(X)
        np.testing.assert_allclose(model.transform(X), alone.transform(X), atol=1e-5)
        assert sweep.table_[seed]["epochs"] == 1


def test_callbacks_see_one_model_after_another():
    class Look(keras.callbacks.Callback):
        seen = ()

        def on_epoch_end(self, epoch, logs=None):
            self.seen = (*self.seen, epoch)

    look = Look()
    sweep = hy.Sweep(vae(callbacks=[look]), seeds=range(2)).fit(X)
    assert look.seen == (0, 1, 0, 1)
    assert "callbacks of your own are called for one model at a time" in sweep.together_
    np.testing.assert_allclose(sweep.models_[1].transform(X), vae(random_state=1).fit(X).transform(X), atol=1e-6)


def test_what_cannot_share_a_program_says_so():
    images = np.random.default_rng(0).uniform(size=(30, 4, 4)).astype(np.float32)
    sweep = hy.Sweep(hy.AE(2, net=hy.nets.Conv((2,)), epochs=1, verbose=0), seeds=range(2)).fit(images)
    if keras.backend.backend() == "jax":
        assert "each by itself: the net's convolutions are faster step by step here" in sweep.together_
    alone = hy.AE(2, net=hy.nets.Conv((2,)), epochs=1, verbose=0, random_state=1).fit(images)
    np.testing.assert_allclose(sweep.models_[1].transform(images), alone.transform(images), atol=1e-6)


def test_custom_nets_share_a_program_too():
    encoder = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, "relu")])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "relu")])
    template = vae(net=hy.nets.Custom(encoder, decoder), scale="standard")
    sweep = hy.Sweep(template, seeds=range(2)).fit(X)
    assert "in one compiled program" in sweep.together_
    alone = clone(template).set_params(random_state=1).fit(X)
    np.testing.assert_allclose(sweep.models_[1].transform(X), alone.transform(X), atol=1e-5)


def test_what_it_says(capfd):
    hy.Sweep(vae(verbose=1), seeds=range(2)).fit(X)
    out, err = capfd.readouterr()
    assert out.startswith("Sweep: 2 models, 0 to 1 · table of 5 columns")
    assert "one compiled program" in out
    assert err == ""  # not a terminal: no bar
    hy.Sweep(vae(verbose=2), seeds=range(2)).fit(X)
    assert capfd.readouterr().err.count("epoch") == 2


def test_ctrl_c_leaves_an_earlier_fit(monkeypatch):
    sweep = hy.Sweep(vae(), seeds=range(2)).fit(X)
    before = sweep.models_

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(parallel.Pass, "run", stopped)
    with pytest.raises(KeyboardInterrupt):
        sweep.fit(X)
    assert sweep.models_ is before
    assert np.isfinite(before[0].transform(X)).all()


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"model": 3}, ("is not a model", "hyotan.VAE")),
        ({"over": [1]}, ("'over'", "dict")),
        ({"over": {"hidden": [1]}}, ("VAE has no parameter 'hidden'", "did you mean 'net__hidden'")),
        ({"over": {"learning_rat": [1]}}, ("did you mean 'learning_rate'",)),
        ({"over": {"learning_rate": []}}, ("values of 'learning_rate'", "one or more")),
        ({"over": {"learning_rate": "1e-3"}}, ("values of 'learning_rate'",)),
        ({"over": {"random_state": [1, 2]}}, ("cannot be varied", "seeds=range(16)")),
        ({"seeds": 4}, ("'seeds'", "seeds=range(4)")),
        ({"seeds": []}, ("'seeds'",)),
        ({"seeds": [1, 1]}, ("'seeds'", "different")),
        ({"seeds": [0.5]}, ("'seeds'", "whole")),
        ({"model__checkpoint": "m.hyotan"}, ("checkpoint", "sweep.models_[0].save")),
        ({"over": {"latent__divergence__beta": [1, -1]}}, ("'beta'", "-1")),
        ({"over": {"epochs": [1, 0]}}, ("'epochs'", ">= 1")),
    ],
)
def test_refusals(params, words, refused):
    with refused(hy.ParameterError, *words):
        hy.Sweep(vae(), over=BETAS).set_params(**params).fit(X)
