"""The same models in plain Keras: their sizes, their losses, and the generators they leave alone."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from hyotan import reproduce
from hyotan.reproduce import _keras, _page

IMAGES = np.random.default_rng(0).uniform(size=(40, 28, 28)).astype("float32")
ONE = {"epochs": 1, "seed": 0}


def test_sizes_are_the_published_ones():
    assert _keras.dense_vae(IMAGES, IMAGES[:10], **ONE)["parameters"] == 404_244
    assert _keras.gru_vae(IMAGES, IMAGES[:10], **ONE)["parameters"] == 15_194
    windows = np.sin(np.arange(200.0)).reshape(20, 10, 1).astype("float32")
    found = _keras.lstm_ae(windows, windows[:5], **ONE)
    # Four gates of (inputs + state + bias): 1 + 10 and 10 + 1 + 10, then two dense layers.
    assert found["parameters"] == 40 * (1 + 10 + 1) + 40 * (11 + 10 + 1) + 10 * 11 + 11
    assert found["codes"]["test"].shape == (5, 10)


def test_convolutions_give_images_back():
    found = _keras.conv_ae(IMAGES, IMAGES[:10], **ONE)
    # 3 × 3 kernels from 1 to 16, 8, 8 channels and back over 8, 8, 16 to 1.
    channels = [1, 16, 8, 8, 8, 8, 16, 1]
    assert found["parameters"] == sum(9 * a * b + b for a, b in pairwise(channels))
    assert 0 < found["val_loss"][-1] < 1


def test_a_defect_is_measured_by_the_loss_as_it_should_be():
    whole, swapped = (_keras.dense_vae(IMAGES, IMAGES[:20], swapped=s, batch_size=8, **ONE) for s in (False, True))
    # One draw a row of the same model: only the noise differs.
    assert whole["proper"] == pytest.approx(whole["val_loss"][-1], rel=0.01) and whole["restless"] > 0
    # Swapped it is −p log x − (1 − p) log(1 − x): for pixels as likely to be anything, one nat each whatever p is.
    assert swapped["val_loss"][-1] == pytest.approx(784, rel=0.02) and swapped["proper"] < 600


def test_the_global_generators_are_left_alone():
    random.seed(5)
    np.random.seed(5)
    before = random.random(), np.random.random()
    random.seed(5)
    np.random.seed(5)
    with _keras.seeded(0):
        np.random.random()
        random.random()
    assert (random.random(), np.random.random()) == before


def test_the_column_is_filled(mnist, tmp_path):
    reproduce.run(["sparse-ae"], out=tmp_path, quick=True, keras=True)
    filled = [row for row in _page.load(tmp_path / "sparse-ae")["rows"] if row.keras is not None]
    assert len(filled) == 4 and all(np.isfinite(row.keras) for row in filled)
    # The same model on the same images: after a few steps from other weights, the same to a few per cent.
    for row in filled:
        if "sum" in row.what:
            assert row.value == pytest.approx(row.keras, rel=0.2)
