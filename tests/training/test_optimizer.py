"""An optimizer that is passed in is copied whole: with what its configuration does not hold, too."""

import keras
import numpy as np
import pytest

import hyotan as hy
from hyotan.artifact.params_json import _value
from hyotan.training.optimizer import excluded, optimizer_from

X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
BASE = {"net": hy.nets.Dense((6,)), "epochs": 30, "random_state": 0, "verbose": 0}


def decayed(*names):
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=5.0)
    if names:
        optimizer.exclude_from_weight_decay(var_names=list(names))
    return optimizer


def norm(model, kind):
    return sum(
        float(np.abs(w.numpy()).sum()) for w in model._fitted.network.trainable_variables if w.name.endswith(kind)
    )


def test_what_is_excluded_from_weight_decay_stays_so(tmp_path):
    """With a decay that leaves nothing, only what is excluded from it remains."""
    none = hy.AE(1, optimizer=decayed(), **BASE).fit(X)
    kernels = hy.AE(1, optimizer=decayed("kernel"), **BASE).fit(X)
    assert norm(kernels, "kernel") > 2 * norm(none, "kernel")
    loaded = hy.load(kernels.save(tmp_path / "m.hyotan"))
    again = loaded.fit(X)
    for a, b in zip(kernels._fitted.network.get_weights(), again._fitted.network.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_several_names_and_a_copy_of_a_copy():
    copy = optimizer_from(optimizer_from(decayed("bias", "scale"), None), 0.5)
    assert set(excluded(copy).split("|")) == {"bias", "scale"}  # Keras joins them in no order
    assert excluded(optimizer_from(decayed(), None)) is None


def test_variables_of_another_model_are_refused(tmp_path):
    """And what to do instead works."""
    optimizer = keras.optimizers.AdamW(0.01, weight_decay=5.0)
    optimizer.exclude_from_weight_decay(var_list=[keras.Variable(np.zeros(2))])
    with pytest.raises(hy.ParameterError, match=r"what to do: exclude them by name, such as var_names=\['bias'\]"):
        hy.AE(1, optimizer=optimizer, **BASE).fit(X)
    hy.AE(1, optimizer=decayed("bias"), **BASE).fit(X)


@pytest.mark.parametrize("pattern", ["(", ["bias"], 3])
def test_a_pattern_that_is_none_is_refused(pattern):
    document = {"optimizer": "AdamW", "config": {}, "excluded_from_weight_decay": pattern}
    with pytest.raises(hy.ParameterError, match="A pattern of names is not valid"):
        _value(document)
