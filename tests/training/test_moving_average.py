"""Averaged weights of an optimizer: what is validated, kept and given back is one and the same."""

import keras
import numpy as np
import pytest

import hyotan as hy

RNG = np.random.default_rng(0)
X, TEST = RNG.normal(size=(80, 6)), RNG.normal(size=(30, 6))


def model(**params):
    ema = keras.optimizers.Adam(0.02, use_ema=True, ema_momentum=0.7)
    base = {"net": hy.nets.Dense((8,)), "epochs": 4, "batch_size": 16, "random_state": 0, "verbose": 0}
    return hy.AE(2, optimizer=ema, **{**base, **params})


@pytest.mark.parametrize("early", [False, True])
def test_the_validation_is_of_the_weights_that_come_back(early):
    fitted = model(early_stopping=early, patience=3).fit(X, validation_data=TEST)
    best = fitted._fitted.info["epoch"] - 1
    scores = fitted.score_samples(TEST) - (-np.log(fitted.scaler_.scale)).sum()
    np.testing.assert_allclose(fitted.history_["val_loss"][best], -scores.mean(), rtol=1e-5)


def test_the_averages_are_those_of_numpy():
    """Keras's rule, computed from the weights after each step: a ← m a + (1 − m) w."""
    seen = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append([np.array(keras.ops.convert_to_numpy(v)) for v in self.model.trainable_variables])

    fitted = model(callbacks=[Watch()], epochs=2).fit(X)
    average = seen[0]
    for step in seen[1:]:
        average = [0.7 * a + 0.3 * w for a, w in zip(average, step, strict=True)]
    found = [np.array(keras.ops.convert_to_numpy(v)) for v in fitted._fitted.network.trainable_variables]
    for one, other in zip(found, average, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-4, atol=2e-5)


def test_resumed_is_as_at_once(tmp_path):
    whole = model(epochs=4).fit(X, validation_data=TEST)
    begun = model(epochs=2).fit(X, validation_data=TEST)
    begun.set_params(epochs=4).fit(X, validation_data=TEST, resume=True)
    np.testing.assert_array_equal(begun.transform(TEST), whole.transform(TEST))
    assert begun.history_["val_loss"] == whole.history_["val_loss"]
