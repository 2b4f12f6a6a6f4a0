"""Going on equals never having stopped: weights to the bit, history, generators, guards; and what is refused."""

import json
import zipfile
from dataclasses import replace

import keras
import numpy as np
import pytest

import hyotan as hy
from hyotan.artifact.archive import MEMBERS, TRAINING
from hyotan.core.ops import to_numpy

X = np.random.default_rng(0).normal(size=(70, 6)).astype(np.float32)
WAVES = np.sin(np.arange(12) / 3 + np.arange(40)[:, None])[..., None].astype(np.float32)
BASE = {"epochs": 6, "batch_size": 16, "random_state": 0, "verbose": 0}
DENSE = {"net": hy.nets.Dense((8,))}
STOPPING = {"early_stopping": True, "patience": 3, "learning_rate": 0.05, "epochs": 40}
SAMPLED = hy.nets.Recurrent(4, decoder="conditional", scheduled_sampling=0.5, sampling_epochs=4)


def decay():
    return keras.optimizers.schedules.ExponentialDecay(1e-2, 7, 0.8)


CASES = {
    "ae": lambda **p: hy.AE(2, **{**BASE, **DENSE, **p}),
    "vae": lambda **p: hy.VAE(2, warmup=4, **{**BASE, **DENSE, **p}),
    "noise": lambda **p: hy.DenoisingAE(
        2, corruption=hy.corruptions.Masking(0.3), **{**BASE, "net": hy.nets.Dense((8,), dropout=0.3), **p}
    ),
    "recurrent": lambda **p: hy.VAE(2, **{**BASE, "net": SAMPLED, **p}),
    "schedule": lambda **p: hy.AE(2, learning_rate=decay(), **{**BASE, **DENSE, **p}),
    "averaged": lambda **p: hy.AE(2, optimizer=keras.optimizers.SGD(0.01, 0.9, use_ema=True), **{**BASE, **DENSE, **p}),
    "stopping": lambda **p: hy.VAE(2, **{**BASE, **DENSE, **STOPPING, **p}),
}


class EveryStep(keras.callbacks.Callback):
    """A callback that wants to see steps keeps training in Keras's own loop."""

    def on_train_batch_end(self, batch, logs=None):
        pass


class StopAfter(keras.callbacks.Callback):
    """Stop after an epoch, as Ctrl-C does."""

    def __init__(self, epoch):
        super().__init__()
        self.last = epoch

    def on_epoch_end(self, epoch, logs=None):
        if epoch + 1 == self.last:
            self.model.stop_training = True


def variables(model):
    """Every variable: weights and the states of random generators."""
    return [to_numpy(v) for v in model._fitted.network.variables]


def same(one, other):
    for a, b in zip(variables(one), variables(other), strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.history_.keys() == other.history_.keys()
    for name in one.history_.keys() - {"seconds"}:
        np.testing.assert_array_equal(one.history_[name], other.history_[name], err_msg=name)
    assert len(one.history_["seconds"]) == len(one.history_["loss"])


@pytest.mark.parametrize("steps", [False, True], ids=["blocks", "steps"])
@pytest.mark.parametrize("name", CASES)
def test_going_on_gives_the_weights_of_a_training_that_was_not_interrupted(name, steps, tmp_path):
    make, rows = CASES[name], WAVES if name == "recurrent" else X
    more = {"callbacks": [EveryStep()]} if steps else {}
    given = {"validation_data": rows[:15]} if name == "vae" else {}
    whole = make(**more).fit(rows, **given)
    make(**{**more, "epochs": 2}).fit(rows, **given).save(tmp_path / "m.hyotan", training=True)
    model = hy.load(tmp_path / "m.hyotan").set_params(epochs=whole.epochs, **more)  # as another process would
    assert len(model.history_["loss"]) == 2
    model.fit(rows, resume=True, **given)
    same(model, whole)
    assert model.seed_ == whole.seed_
    assert model._fitted.info["epoch"] == whole._fitted.info["epoch"]
    assert (len(whole.history_["loss"]) < whole.epochs) == (name == "stopping")


def test_the_state_is_that_of_the_last_epoch_though_the_best_weights_came_back(tmp_path):
    """Stopped between the best epoch and the end: the best weights are in the model, the last ones in the state."""
    make = CASES["stopping"]
    whole = make().fit(X)
    best, end = whole._fitted.info["epoch"], len(whole.history_["loss"])
    assert 1 < best < end
    stopped = make(callbacks=[StopAfter(best + 1)]).fit(X)
    np.testing.assert_array_equal(stopped.transform(X), whole.transform(X))
    stopped.save(tmp_path / "m.hyotan", training=True)
    same(hy.load(tmp_path / "m.hyotan").fit(X, resume=True), whole)


def test_interrupted_more_than_once():
    whole = CASES["vae"]().fit(X, validation_data=X[:9])
    model = CASES["vae"](callbacks=[StopAfter(1), StopAfter(3)])
    model.fit(X, validation_data=X[:9])
    for epochs in (3, 6):
        assert len(model.history_["loss"]) in (1, 3)
        model.fit(X, validation_data=X[:9], resume=True)
        assert len(model.history_["loss"]) == epochs
    same(model, whole)


def test_a_seed_that_was_drawn_is_kept():
    model = hy.VAE(2, **{**BASE, **DENSE, "random_state": None, "epochs": 2}).fit(X)
    seed = model.seed_
    model.set_params(epochs=6).fit(X, resume=True)
    assert model.seed_ == seed
    same(model, hy.VAE(2, **{**BASE, **DENSE, "random_state": seed}).fit(X))


def test_networks_of_the_users_own(tmp_path):
    def net():
        encoder = keras.Sequential([keras.layers.Dense(8), keras.layers.BatchNormalization()])
        return hy.nets.Custom(encoder, keras.Sequential([keras.layers.Dropout(0.2, seed=1), keras.layers.Dense(8)]))

    whole = hy.AE(2, net=net(), **BASE).fit(X)
    hy.AE(2, net=net(), **{**BASE, "epochs": 2}).fit(X).save(tmp_path / "m.hyotan", training=True)
    model = hy.load(tmp_path / "m.hyotan", net=net()).set_params(epochs=6).fit(X, resume=True)
    np.testing.assert_array_equal(model.transform(X), whole.transform(X))


def test_a_checkpoint_can_go_on(tmp_path):
    """As if the machine had gone down in the fourth epoch."""

    class Down(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 3:
                raise RuntimeError("lights out")

    path = tmp_path / "m.hyotan"
    with pytest.raises(RuntimeError, match="lights out"):
        CASES["vae"](checkpoint=path, callbacks=[Down()]).fit(X)
    model = hy.load(path)
    assert len(model.history_["loss"]) == 3
    same(model.fit(X, resume=True), CASES["vae"]().fit(X))


def test_what_came_before_is_gone_back_to_when_numbers_blow_up():
    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 4:
                self.model.optimizer.learning_rate.assign(1e30)

    whole = CASES["ae"](epochs=4).fit(X)
    model = CASES["ae"](epochs=4).fit(X).set_params(epochs=9, callbacks=[Spoil()])
    with pytest.warns(hy.HyotanWarning, match="epoch 5, step .* weights of epoch 4 are kept"):
        model.fit(X, resume=True)
    for a, b in zip(model._fitted.network.weights, whole._fitted.network.weights, strict=True):
        np.testing.assert_array_equal(to_numpy(a), to_numpy(b))
    with pytest.raises(hy.ParameterError, match="no training to go on with"):
        model.fit(X, resume=True)


def test_seconds_add_up():
    model = CASES["ae"](epochs=1).fit(X)
    before = model._fitted.info["seconds"]
    assert model.set_params(epochs=2).fit(X, resume=True)._fitted.info["seconds"] > before


@pytest.mark.parametrize(
    ("change", "rows", "kind", "words"),
    [
        ({"epochs": 3}, X, hy.ParameterError, ("4 epochs are done already", "epochs > 4", "epochs = 3")),
        ({"epochs": 4}, X, hy.ParameterError, ("4 epochs are done already",)),
        ({"batch_size": 8}, X, hy.ParameterError, ("another 'batch_size'", "16", "8")),
        ({"random_state": 1}, X, hy.ParameterError, ("another 'random_state'",)),
        ({"latent__divergence__beta": 2.0}, X, hy.ParameterError, ("another 'beta'",)),
        ({"learning_rate": 0.1}, X, hy.ParameterError, ("another 'learning_rate'",)),
        ({}, X[:60], hy.DataError, ("other training rows", "70 rows", "60 rows")),
        ({}, X[::-1], hy.DataError, ("other training rows", "as many rows with other values")),
        ({}, np.where(X == X[3, 3], 0, X), hy.DataError, ("as many rows with other values",)),
    ],
    ids=["fewer", "none", "batch", "seed", "part", "rate", "count", "order", "cell"],
)
def test_refusals(change, rows, kind, words, refused):
    model = CASES["vae"](epochs=4).fit(X)
    codes = model.transform(X)
    model.set_params(**{"epochs": 9, **change})
    with refused(kind, *words):
        model.fit(rows, resume=True)
    np.testing.assert_array_equal(model.transform(X), codes)
    assert len(model.history_["loss"]) == 4


def test_other_validation_rows_and_weights_are_refused(refused):
    model = CASES["ae"](epochs=1).fit(X, validation_data=X[:9]).set_params(epochs=2)
    with refused(hy.DataError, "other validation rows", "9 rows", "0 rows"):
        model.fit(X, resume=True)
    with refused(hy.DataError, "other training rows"):
        model.fit(X, validation_data=X[:9], sample_weight=np.arange(1, 71), resume=True)


def test_a_training_that_stopped_by_itself_wants_more_patience(refused):
    model = CASES["stopping"]().fit(X)
    done = len(model.history_["loss"])
    with refused(hy.ParameterError, "stopped by itself", "patience > 3"):
        model.set_params(epochs=100).fit(X, resume=True)
    patient = CASES["stopping"](patience=5).fit(X)
    assert len(patient.history_["loss"]) > done
    same(model.set_params(epochs=40, patience=5).fit(X, resume=True), patient)


def test_without_a_state_there_is_no_going_on(tmp_path, refused):
    with refused(hy.ParameterError, "no training to go on with", "save(path, training=True)"):
        CASES["ae"]().fit(X, resume=True)
    model = CASES["ae"](epochs=1).fit(X)
    model.save(tmp_path / "m.hyotan")
    with refused(hy.ParameterError, "no training to go on with"):
        hy.load(tmp_path / "m.hyotan").set_params(epochs=2).fit(X, resume=True)


def test_the_file_is_no_pickle_and_its_hash_covers_the_state(tmp_path, refused):
    path = CASES["vae"](epochs=1).fit(X).save(tmp_path / "m.hyotan", training=True)
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == [*MEMBERS, *TRAINING]
        assert json.loads(archive.read("training.json"))["epoch"] == 1
    content = path.read_bytes()
    at = content.index(b'"minibatches"')
    for damaged in (content[: at + 1] + b"0" + content[at + 2 :], content[:-100]):
        path.write_bytes(damaged)
        with refused(hy.ArtifactError, "m.hyotan"):
            hy.load(path)


def test_a_state_of_another_model_is_refused(refused):
    one, other = CASES["ae"](epochs=1).fit(X), CASES["ae"](epochs=1, net=hy.nets.Dense((9,))).fit(X)
    state = replace(other._fitted.state, about=one._fitted.state.about)
    one._fitted = replace(one._fitted, state=state)
    with refused(hy.ArtifactError, "does not fit the model", "of other shapes"):
        one.set_params(epochs=2).fit(X, resume=True)
