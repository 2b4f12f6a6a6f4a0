"""Callbacks of one fit: called after the model's own, checked before the first step, and not kept."""

import pickle

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import hyotan as hy
from hyotan import recipes

X = np.random.default_rng(0).normal(size=(40, 5))
CLASSES = [hy.Autoencoder, *(recipes.load(name) for name in recipes.names())]


class Told(keras.callbacks.Callback):
    """Note who is called at the end of which epoch, and what it finds."""

    def __init__(self, calls, name):
        super().__init__()
        self.calls, self.name = calls, name

    def on_epoch_end(self, epoch, logs=None):
        self.calls.append((self.name, epoch))
        self.logs = logs


def model(recipe=hy.VAE, **params):
    return recipe(**{"net": hy.nets.Dense(()), "epochs": 2, "random_state": 0, "verbose": 0, **params})


@pytest.mark.parametrize("recipe", CLASSES, ids=lambda recipe: recipe.__name__)
def test_they_are_called_after_those_of_the_model(recipe):
    calls = []
    own, given = Told(calls, "own"), Told(calls, "given")
    fitted = model(recipe, callbacks=[own]).fit(X, callbacks=[given])
    assert calls == [("own", 0), ("given", 0), ("own", 1), ("given", 1)]
    assert given.logs["loss"] == pytest.approx(fitted.history_["loss"][-1])
    assert given.model is None  # nothing of the training hangs on to the user's object


def test_they_are_of_this_fit_alone():
    calls = []
    fitted = model().fit(X, callbacks=[Told(calls, "given")])
    assert fitted.callbacks is None and clone(fitted).callbacks is None and pickle.loads(pickle.dumps(fitted))
    fitted.fit(X)
    assert len(calls) == 2


def test_they_hear_of_a_training_that_goes_on():
    calls = []
    fitted = model().fit(X).set_params(epochs=4).fit(X, resume=True, callbacks=(Told(calls, "given"),))
    assert calls == [("given", 2), ("given", 3)]
    np.testing.assert_array_equal(fitted.transform(X), model(epochs=4).fit(X).transform(X))


def test_they_may_stop_it():
    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.stop_training = True

    assert len(model(epochs=50).fit(X, callbacks=[Stop()]).history_["loss"]) == 1


def test_they_reach_a_step_of_a_pipeline_and_fit_transform():
    calls = []
    pipe = make_pipeline(StandardScaler(), model())
    pipe.fit(X, vae__callbacks=[Told(calls, "pipe")])
    model().fit_transform(X, callbacks=[Told(calls, "codes")])
    assert calls == [("pipe", 0), ("pipe", 1), ("codes", 0), ("codes", 1)]


@pytest.mark.parametrize(
    "given", [3, "early", [3], [Told], {"a": Told([], "")}], ids=["number", "text", "numbers", "class", "dict"]
)
def test_what_is_no_list_of_callbacks_is_refused_before_the_first_step(given, refused):
    with refused(hy.ParameterError, "The 'callbacks' argument of fit() is not valid", "list of keras.callbacks"):
        model(epochs=10**6).fit(X, callbacks=given)


def test_a_callback_alone_is_told_to_go_into_a_list(refused):
    alone = Told([], "alone")
    with refused(hy.ParameterError, "'callbacks' argument of fit()", "callbacks=[callback]"):
        model(epochs=10**6).fit(X, callbacks=alone)
    with refused(hy.ParameterError, "'callbacks' parameter of VAE", "callbacks=[callback]"):
        model(epochs=10**6, callbacks=alone).fit(X)
    model().fit(X, callbacks=[alone])  # the advice


def test_a_checkpoint_of_keras_is_refused_as_that_of_the_model_is(tmp_path, refused):
    whole = keras.callbacks.ModelCheckpoint(tmp_path / "a.keras")
    with refused(hy.ParameterError, "ModelCheckpoint", "checkpoint="):
        model(epochs=10**6).fit(X, callbacks=[whole])


def test_a_misspelt_argument_keeps_its_hint(refused):
    with refused(hy.UnknownParameterError, "fit() has no parameter 'calbacks'", "did you mean 'callbacks'?"):
        model(epochs=10**6).fit(X, calbacks=[])
