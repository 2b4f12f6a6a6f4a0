"""The table of layers: every weight once, the total that of the fit, and as wide as a page."""

import re

import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

import hyotan as hy

RNG = np.random.default_rng(0)
X, IMAGES = RNG.normal(size=(30, 5)), RNG.uniform(size=(30, 8, 8))
SERIES = [np.random.default_rng(i).normal(size=(5 + i % 4, 2)) for i in range(30)]


def networks():
    """A convolutional encoder with batch statistics, and a decoder."""
    layers = keras.layers
    encoder = [keras.Input((8, 8, 1)), layers.Conv2D(3, 3), layers.BatchNormalization(), layers.Flatten()]
    decoder = [keras.Input((2,)), layers.Dense(7, name="mine")]
    return hy.nets.Custom(keras.Sequential(encoder), keras.Sequential(decoder))


CASES = {
    "table": (hy.VAE, X, {"net": hy.nets.Dense((8, 4))}),
    "linear": (hy.AE, X, {"net": hy.nets.Dense(())}),
    "sigma": (hy.VAE, X, {"head": "sigma", "likelihood": hy.likelihoods.Gaussian("per_cell")}),
    "images": (hy.VAE, IMAGES, {"net": hy.nets.Conv((4, 8), hidden=(6,))}),
    "grid": (hy.SparseAE, IMAGES, {"net": hy.nets.Conv((4,)), "layout": "grid"}),
    "series": (hy.AE, SERIES, {"net": hy.nets.Recurrent((6, 4), bidirectional=True)}),
    "loop": (hy.VAE, SERIES, {"net": hy.nets.Recurrent(6, cell="lstm", decoder="conditional")}),
    "future": (hy.AE, IMAGES, {"net": hy.nets.Recurrent(6, future=3), "kind": "series"}),
    "custom": (hy.VAE, IMAGES, {"net": networks()}),
    "corrupted": (hy.DenoisingAE, X, {}),
}


def fit(recipe, data, params):
    return recipe(2, **{"epochs": 1, "random_state": 0, "verbose": 0, **params}).fit(data)


@pytest.fixture(scope="module", params=CASES)
def model(request):
    return fit(*CASES[request.param])


def rows_of(text):
    """Return indented rows as (name, class, shape, parameters) by the places of the columns, and the total."""
    lines = [line.ljust(100) for line in text.splitlines()]
    cut = [tuple(line[a:b].strip() for a, b in ((0, 32), (32, 56), (56, 84), (84, 100))) for line in lines]
    counts = {k: int(row[3].replace(",", "")) for k, row in enumerate(cut) if row[3].replace(",", "").isdigit()}
    numbers = [count for k, count in counts.items() if lines[k].startswith("  ")]
    return cut, numbers, next(count for k, count in counts.items() if cut[k][0] == "total")


def test_the_rows_add_up_to_the_parameters_of_the_fit(model):
    _, numbers, total = rows_of(model.summary())
    trained = sum(int(np.prod(w.shape)) for w in model._fitted.network.trainable_weights)
    assert sum(numbers) == total == model._fitted.info["parameters"] == trained


def test_it_is_plain_text_of_a_page(model):
    text = model.summary()
    assert isinstance(text, str) and repr(text) == str(text) == f"{text}"
    assert max(map(len, text.splitlines())) <= 100
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    assert text.startswith(f"{type(model).__name__}: {model._fitted.data_summary()[:20]}")
    squeezed = re.sub(r"\s+", " ", text)
    for kind, part in model.parts_.items():
        assert (re.sub(r"\s+", " ", f"{kind}: {part!r}") in squeezed) == (part is not None)


def test_every_layer_is_there_with_its_shape(model):
    rows, _, _ = rows_of(model.summary())
    for network in (model.encoder_, model.decoder_):
        assert (network.name, "", "", "") in rows
        for layer in network.layers:
            row = next(row for row in rows if row[:2] == (layer.name, type(layer).__name__))
            first = keras.tree.flatten(layer.output)[0]
            assert row[2] == str(first.shape).replace("None", "n")
    flat = re.findall(r"^  (\w+) .*InputLayer", model.summary(), re.MULTILINE)
    assert flat[0] == "x" and "z" in flat


def test_the_numbers_are_those_of_the_formulas():
    rows, _, _ = rows_of(fit(*CASES["images"]).summary())
    found = {row[0]: row[3] for row in rows}
    assert found["down_0"] == str(3 * 3 * 1 * 4 + 4) and found["down_1"] == str(3 * 3 * 4 * 8 + 8)
    assert found["mean"] == found["log_var"] == str(6 * 2 + 2)
    flat = np.random.default_rng(0).uniform(size=(8, 784))
    published = hy.VAE(2, likelihood="bernoulli", epochs=1, verbose=0, random_state=0).fit(flat)
    assert rows_of(published.summary())[2] == 404_244 and "404,244" in published.summary()


def test_networks_of_ones_own_are_opened():
    rows, _, _ = rows_of(fit(*CASES["custom"]).summary())
    assert ("mine", "Dense", "(n, 7)", "21") in rows
    assert ("not trained, beside these", "", "", "6") in rows  # mean and variance of three channels
    assert not any(row[0] == "not trained, beside these" for row in rows_of(fit(*CASES["table"]).summary())[0])


def test_long_names_and_parts_are_brought_to_the_width():
    long = keras.layers.Dense(3, name="a_layer_whose_name_is_longer_than_any_column_could_be")
    encoder = keras.Sequential([keras.Input((5,)), long])
    decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])
    text = fit(hy.AE, X, {"net": hy.nets.Custom(encoder, decoder)}).summary()
    assert "a_layer_whose_name" in text and max(map(len, text.splitlines())) <= 100
    wide = fit(hy.AE, X, {"net": hy.nets.Dense(tuple(range(2, 32)))}).summary()
    assert max(map(len, wide.splitlines())) <= 100 and "30, 31" in re.sub(r"\s+", " ", wide)


def test_before_a_fit_it_is_refused(refused):
    with refused(NotFittedError, "before summary()", "call fit(X) first"):
        hy.AE().summary()


def test_a_loaded_model_says_the_same(model, tmp_path):
    net = {"net": model.parts_.net} if model.parts_.net.not_saved else {}
    assert hy.load(model.save(tmp_path / "a.hyotan"), **net).summary() == model.summary()
