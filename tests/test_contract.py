"""One contract for every pair of parts, over the registries: a new part is held to it without being named here."""

from itertools import combinations

import keras
import numpy as np
import pytest

import hyotan as hy
from hyotan.core import part, spec
from hyotan.core.batch import Batch
from hyotan.core.ops import to_numpy
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import KINDS, Parts

IMAGES = np.random.default_rng(0).uniform(size=(23, 6, 5, 2)).astype(np.float32)
SERIES = IMAGES.reshape(23, 6, 10)
# Parts that cannot be made without arguments. A custom net is the same one each time: its weights are the start.
CUSTOM = hy.nets.Custom(
    keras.Sequential([keras.Input((6, 5, 2)), keras.layers.Flatten(), keras.layers.Dense(8, "tanh")]),
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, "tanh")]),
)
MADE = {
    ("net", "conv"): lambda: hy.nets.Conv(filters=(4,)),
    ("net", "dense"): lambda: hy.nets.Dense(hidden=(8,)),
    ("net", "custom"): lambda: CUSTOM,
    ("net", "recurrent"): lambda: hy.nets.Recurrent(6),
}


def names(kind):
    import hyotan.estimator.autoencoder  # noqa: F401  (every room registers its parts)

    return list(part.registered(kind))


def make(kind, name):
    made = MADE.get((kind, name), part.registered(kind)[name])()
    return made.set_params(dim=3) if "dim" in made.get_params() else made


def pairs():
    for one, other in combinations(KINDS, 2):
        for first in names(one):
            for second in names(other):
                yield pytest.param({one: first, other: second}, id=f"{first}-{second}")


def rows(chosen):
    return SERIES if chosen.get("net") == "recurrent" else IMAGES


def estimator(chosen, **params):
    parts = {kind: make(kind, name) for kind, name in chosen.items()}
    base = {"net": hy.nets.Dense((8,)), "latent": hy.latents.Point(3), "likelihood": "bernoulli", **parts}
    return hy.Autoencoder(**base, epochs=2, batch_size=8, random_state=7, verbose=0, **params)


@pytest.mark.parametrize("chosen", list(pairs()))
def test_every_pair_keeps_the_contract(chosen, tmp_path):
    X = rows(chosen)
    model = estimator(chosen).fit(X)

    # shapes
    codes = model.transform(X)
    assert codes.shape == (23, model._n_features_out)
    assert codes.dtype == np.float32
    assert model.reconstruct(X).shape == model.inverse_transform(codes).shape == X.shape
    scores = model.score_samples(X)
    assert scores.shape == model.reconstruction_error(X).shape == (23,)
    assert np.isfinite(scores).all()

    # history holds every term, once an epoch, and they add up
    described = model._fitted.network.averages.shapes
    scalars = [name for name, shape in described.items() if not shape]
    assert {"loss", "nll", "seconds", *scalars} <= set(model.history_)
    assert all(len(values) == 2 and np.isfinite(values).all() for values in model.history_.values())

    # the same seed gives the same weights, on the same object and on a fresh one
    again = estimator(chosen).fit(X)
    for ours, theirs in zip(model._fitted.network.weights, again._fitted.network.weights, strict=True):
        np.testing.assert_array_equal(to_numpy(ours), to_numpy(theirs))

    # saved and loaded it gives equal numbers
    path = model.save(tmp_path / "m.hyotan")
    custom = chosen.get("net") == "custom"
    loaded = hy.load(path, net=model.net if custom else None)
    np.testing.assert_array_equal(loaded.transform(X), codes)
    np.testing.assert_array_equal(loaded.score_samples(X), scores)


@pytest.mark.parametrize("chosen", list(pairs()))
def test_a_gradient_reaches_every_weight(chosen):
    """In network units, on one batch: every trainable weight moves the loss."""
    model = estimator(chosen)
    corruption = model.corruption
    parts = Parts(
        model.net,
        model.latent,
        part.resolve("likelihood", model.likelihood),
        corruption,
    )
    X = rows(chosen)
    network = Autoencoding(parts, spec.Spec(X.shape[1:]), seed=3)
    batch = Batch(X, np.ones(len(X), np.float32)).arrays()
    start = [to_numpy(w) for w in network.trainable_weights]
    network.compile(optimizer=keras.optimizers.SGD(1e-2))
    for _ in range(3):  # a head that starts at zero passes a gradient on from the second step
        network.train_on_batch(batch)
    still = [
        w.path for w, first in zip(network.trainable_weights, start, strict=True) if np.array_equal(first, to_numpy(w))
    ]
    assert still == []


def test_the_contract_covers_every_kind():
    assert all(len(names(kind)) >= 2 for kind in KINDS)
