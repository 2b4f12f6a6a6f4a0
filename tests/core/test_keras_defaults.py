"""Somebody else's global settings of Keras change no number of ours, and are as they were afterwards."""

import keras
import numpy as np
import pytest

import hyotan as hy
from hyotan.core.keras_defaults import settled

X = np.random.default_rng(0).normal(size=(60, 6))
IMAGES = np.random.default_rng(0).random((40, 8, 8))

SETTINGS = {
    "axes": (keras.config.set_image_data_format, "channels_first", keras.config.image_data_format),
    "half": (keras.config.set_floatx, "float16", keras.config.floatx),
    "double": (keras.config.set_floatx, "float64", keras.config.floatx),
}


@pytest.fixture(params=[*SETTINGS, "mixed_bfloat16", "mixed_float16", "float64"])
def foreign(request):
    """Set something globally, for the time of a test."""
    before = keras.config.image_data_format(), keras.config.floatx(), keras.config.dtype_policy()

    def change():
        if request.param in SETTINGS:
            SETTINGS[request.param][0](SETTINGS[request.param][1])
        else:
            keras.config.set_dtype_policy(request.param)

    def kept():
        if request.param in SETTINGS:
            return SETTINGS[request.param][2]() == SETTINGS[request.param][1]
        return keras.config.dtype_policy().name == request.param

    yield change, kept
    keras.config.set_image_data_format(before[0])
    keras.config.set_floatx(before[1])
    keras.config.set_dtype_policy(before[2])


@pytest.mark.parametrize("kind", ["table", "images"])
def test_a_saved_model_gives_the_same_under_any_setting(kind, foreign, tmp_path):
    change, kept = foreign
    rows = X if kind == "table" else IMAGES
    net = hy.nets.Dense(()) if kind == "table" else hy.nets.Conv((4,))
    model = hy.VAE(2, net=net, epochs=1, random_state=0, verbose=0).fit(rows)
    path = model.save(tmp_path / "a.hyotan")
    right = model.score_samples(rows), model.reconstruct(rows), model.sample(3, random_state=0)
    change()
    loaded = hy.load(path)
    for again in (model, loaded):
        found = again.score_samples(rows), again.reconstruct(rows), again.sample(3, random_state=0)
        for one, other in zip(found, right, strict=True):
            np.testing.assert_array_equal(one, other)
            assert one.dtype == other.dtype
    assert kept()


@pytest.mark.parametrize("name", [*SETTINGS])
def test_a_fit_is_the_same_under_any_setting(name):
    set_it, value, get = SETTINGS[name]
    before = get()
    right = hy.VAE(2, net=hy.nets.Conv((4,)), epochs=2, random_state=0, verbose=0).fit(IMAGES)
    try:
        set_it(value)
        other = hy.VAE(2, net=hy.nets.Conv((4,)), epochs=2, random_state=0, verbose=0).fit(IMAGES)
        assert get() == value
    finally:
        set_it(before)
    np.testing.assert_array_equal(other.transform(IMAGES), right.transform(IMAGES))
    assert other.history_["loss"] == right.history_["loss"]


def test_a_policy_of_the_fit_is_kept_in_the_file(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = hy.AE(2, net=hy.nets.Dense((8,)), epochs=1, random_state=0, verbose=0).fit(X)
    finally:
        keras.config.set_dtype_policy("float32")
    loaded = hy.load(model.save(tmp_path / "a.hyotan"))
    assert loaded._fitted.network.policy == "mixed_bfloat16"
    np.testing.assert_array_equal(loaded.transform(X), model.transform(X))


def test_settings_come_back_after_an_error():
    keras.config.set_floatx("float16")
    try:
        with pytest.raises(ZeroDivisionError), settled("float32"):
            assert keras.config.floatx() == "float32"
            1 / 0  # noqa: B018
        assert keras.config.floatx() == "float16"
    finally:
        keras.config.set_floatx("float32")
