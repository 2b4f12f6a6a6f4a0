"""The diagram of the networks: every layer that has parameters is in it, once, and they add up."""

import numpy as np
import pytest

import hyotan as hy

RNG = np.random.default_rng(0)
QUIET = {"epochs": 1, "random_state": 0, "verbose": 0}
IMAGES, SERIES = RNG.random((30, 9, 9)), RNG.normal(size=(30, 8, 2))
RAGGED = [RNG.normal(size=(int(n), 2)) for n in RNG.integers(4, 9, 30)]
CASES = {
    "vae": (hy.VAE(2, net=hy.nets.Dense((5, 4)), **QUIET), RNG.normal(size=(30, 4))),
    "conv": (hy.VAE(2, net=hy.nets.Conv((3, 4), hidden=(6,)), kind="images", **QUIET), IMAGES),
    "deep": (hy.AE(2, net=hy.nets.Dense((9, 8, 7, 6, 5, 4, 3)), **QUIET), RNG.normal(size=(30, 4))),
    "sees the input": (hy.AE(2, net=hy.nets.Recurrent(3, decoder="reversed-input"), kind="series", **QUIET), SERIES),
    "ragged": (hy.AE(2, net=hy.nets.Recurrent(3, bidirectional=True), **QUIET), RAGGED),
}


@pytest.mark.parametrize("name", CASES)
def test_every_layer_once(name):
    model, X = CASES[name]
    record = hy.evaluate(model.fit(X), X)
    drawn = [text.get_text() for ax in hy.plots.networks(record).axes for text in ax.texts if text.get_text()]
    layers = [layer for side in record.model["layers"].values() for layer in side]
    boxes = [text.split("\n") for text in drawn if "\n" in text]
    assert len(boxes) == len(layers)
    drawn_too = sum(int(box[2].replace(",", "")) for box in boxes if len(box) > 2)
    assert record.model["parameters"] - drawn_too == (name != "conv")  # σ is one number beside the layers
    (plot,) = (each for each in hy.plots.registered() if each.name == "networks")
    assert ("1 of them outside" in plot.caption_of(record)) is (name != "conv")
    assert {"encoder", "decoder"} <= set(drawn)
    first, last = record.model["layers"]["encoder"][0], record.model["layers"]["decoder"][-1]
    assert first["name"] == "x" and last["head"] and last["shape"] == first["shape"]
