"""Programs of equal models are shared, and only those: what is shared gives the answers of one's own."""

import jax
import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

import hyotan as hy
from hyotan.core import programs
from hyotan.model.signature import optimizer_signature, signature

pytestmark = pytest.mark.usefixtures("taken_back")  # classes of these tests are registered as parts

X = np.random.default_rng(0).normal(size=(178, 13)).astype(np.float32)
BASE = {"epochs": 2, "batch_size": 32, "random_state": 0, "verbose": 0}
MODEL = hy.VAE(2, net=hy.nets.Dense((9,)), **BASE)


def compiled(caplog, work):
    caplog.clear()
    with jax.log_compiles():
        work()
    return [r.getMessage() for r in caplog.records if "Compiling jit(" in r.getMessage()]


def answers(model):
    found = [model.transform(X), model.score_samples(X), model.reconstruct(X), *model._fitted.network.get_weights()]
    return found, model.history_["loss"]


def test_a_second_fit_of_equal_shapes_compiles_nothing(caplog):
    def work():
        model = clone(MODEL).fit(X[:150], validation_data=X[150:])
        model.transform(X), model.score_samples(X), model.reconstruct(X)

    work()
    assert compiled(caplog, work) == []


def test_the_folds_of_a_search_share(caplog):
    def search():
        return GridSearchCV(MODEL, {"beta": [1, 4]}, cv=5).fit(X)

    search()
    assert compiled(caplog, search) == []


@pytest.mark.parametrize(
    "change",
    [
        {"beta": 4.0},
        {"learning_rate": 0.03},
        {"random_state": 5},
        {"latent__divergence__warmup": 2},
        {"latent__divergence__free_bits": 0.5},
        {"latent__head": "sigma"},
        {"net__hidden": (8,)},
        {"net__activation": "tanh"},
        {"net__dropout": 0.5},
        {"likelihood": hy.likelihoods.Gaussian(sigma=0.5)},
        {"corruption": hy.corruptions.Masking(0.2)},
        {"corruption": hy.corruptions.Masking(0.7)},
        {"optimizer": "sgd"},
        {"optimizer": keras.optimizers.Adam(0.01, clipnorm=0.1)},
        {"optimizer": keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.01, 10))},
        {"batch_size": 16},
        {"epochs": 3},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_is_shared_is_what_one_has_alone(change):
    """With the programs of a model that differs in one thing at hand, and with none."""
    model = clone(MODEL).set_params(**change)
    programs.forget()
    alone, loss = answers(clone(model).fit(X))
    programs.forget()
    answers(clone(MODEL).fit(X[:177]))
    other, found = answers(clone(model).fit(X))
    assert found == loss
    for a, b in zip(alone, other, strict=True):
        np.testing.assert_array_equal(a, b)


def network(**params):
    return clone(MODEL).set_params(**params).fit(X)._fitted.network


def test_signatures():
    first = signature(network())
    assert signature(network(beta=7.0, random_state=3)) == first
    others = [{"net__hidden": [9]}, {"net__dropout": 0.5}, {"latent__divergence__free_bits": 0.1}, {"latent_dim": 3}]
    for params in others:
        assert signature(network(**params)) != first, params
    policy = keras.config.dtype_policy()
    try:
        keras.config.set_dtype_policy("mixed_bfloat16")
        assert signature(network()) != first
    finally:
        keras.config.set_dtype_policy(policy)


def test_who_has_classes_of_their_own_shares_nothing():
    class Mine(hy.nets.Dense):
        pass

    encoder, decoder = keras.layers.Dense(4), keras.layers.Dense(13)
    for net in (Mine((9,)), hy.nets.Custom(keras.Sequential([encoder]), keras.Sequential([decoder]))):
        assert signature(network(net=net)) is None

    class Own(keras.optimizers.Adam):
        pass

    assert optimizer_signature(Own()) is None
    adam = keras.optimizers.Adam()
    assert optimizer_signature(adam) == optimizer_signature(keras.optimizers.Adam(0.5))
    assert optimizer_signature(adam) != optimizer_signature(keras.optimizers.Adam(epsilon=0.5))
    decayed = keras.optimizers.AdamW()
    decayed.exclude_from_weight_decay(var_names=["bias"])
    assert optimizer_signature(decayed) != optimizer_signature(keras.optimizers.AdamW())


def test_models_in_threads_are_those_of_one_after_another():
    from concurrent.futures import ThreadPoolExecutor

    def fit(seed):
        return clone(MODEL).set_params(random_state=seed).fit(X).transform(X)

    programs.forget()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(fit, range(4)))
    for seed, found in enumerate(together):
        np.testing.assert_array_equal(found, fit(seed))


def sigma(value):
    return clone(MODEL).set_params(likelihood=hy.likelihoods.Gaussian(sigma=value))


def test_a_parameter_set_after_the_fit_is_not_what_was_built():
    programs.forget()
    wanted = sigma(2.0).fit(X).score_samples(X)
    programs.forget()
    changed = sigma(0.5).fit(X)
    changed.set_params(likelihood__sigma=2.0).score_samples(X)
    np.testing.assert_array_equal(sigma(2.0).fit(X).score_samples(X), wanted)


@pytest.mark.parametrize("first", [True, False])
def test_a_callback_that_changes_the_model_changes_its_own_alone(first):
    class Change(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.model.latent.divergence.free_bits = 3.0

    def loss(*callbacks):
        return clone(MODEL).set_params(callbacks=callbacks).fit(X).history_["loss"]

    programs.forget()
    plain = loss()
    programs.forget()
    changed = loss(Change())
    assert changed != plain
    programs.forget()
    order = (loss(Change()), loss()) if first else (loss(), loss(Change()))[::-1]
    assert order == (changed, plain)


def test_a_schedule_of_the_users_own_is_not_shared():
    class Mine(keras.optimizers.schedules.LearningRateSchedule):
        def __init__(self, rate):
            self.rate = rate

        def __call__(self, step):
            return self.rate

    one, two = (clone(MODEL).set_params(learning_rate=Mine(rate)).fit(X).history_["loss"] for rate in (0.5, 1e-6))
    assert one != two


def test_frozen_layers_count():
    frozen = network()
    before = signature(frozen)
    frozen.net.trainable = False
    assert signature(frozen) != before


def test_a_prior_of_the_users_own_counts_where_it_is_named():
    class Mine(hy.priors.StandardNormal):
        pass

    assert signature(hy.Autoencoder(hy.latents.Gaussian(2, prior="mine"), **BASE).fit(X)._fitted.network) is None
