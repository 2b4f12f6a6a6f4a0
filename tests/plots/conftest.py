"""Records of small fits, one a kind of data and code."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_wine

import hyotan as hy


def fit(model_of, size, X, y=None, validation=0.2, **params):
    model = model_of(size, epochs=2, verbose=0, random_state=0, validation_fraction=validation, **params).fit(X)
    record = hy.evaluate(model, X, y, reference=X)
    return hy.Record.from_json(record.to_json())  # as it comes back from a file


def digits():
    data = load_digits()
    return (data.images[:120] / 16).astype("float32"), data.target[:120]


@pytest.fixture(scope="session")
def images():
    return fit(hy.VAE, 2, *digits())


@pytest.fixture(scope="session")
def solid():
    return fit(hy.VAE, 3, *digits())


@pytest.fixture(scope="session")
def wide():
    return fit(hy.AE, 6, digits()[0])


@pytest.fixture(scope="session")
def table():
    data = load_wine(as_frame=True)
    return fit(hy.VAE, 2, data.data, data.target.to_numpy())


@pytest.fixture(scope="session")
def lines():
    rng = np.random.default_rng(0)
    X = np.sin(np.linspace(0, 6, 40) * rng.uniform(1, 3, (60, 1)))[:, :, None]
    return fit(hy.VAE, 2, X.astype("float32"), rng.integers(0, 3, 60))


@pytest.fixture(scope="session")
def colour():
    X = np.random.default_rng(0).integers(0, 256, (40, 6, 9, 3)).astype("uint8")
    return fit(hy.AE, 2, X, np.arange(40) / 7)


@pytest.fixture(scope="session")
def one():
    X = np.random.default_rng(0).normal(size=(50, 4))
    X[::7, 1] = np.nan
    with pytest.warns(hy.HyotanWarning, match="missing"):
        return fit(hy.VAE, 1, X, validation=None)


def waves(n, steps, channels):
    rng = np.random.default_rng(0)
    phase, speed = rng.uniform(0, 6, (n, 1, channels)), rng.uniform(0.2, 0.8, (n, 1, channels))
    return np.sin(phase + speed * np.arange(steps)[:, None]) * np.array([1, 20, 3])[:channels]


@pytest.fixture(scope="session")
def ragged():
    """Series of unequal length, of three channels with scales of their own."""
    lengths = np.random.default_rng(1).integers(5, 16, 60)
    series = [row[:length] for row, length in zip(waves(60, 15, 3), lengths, strict=True)]
    return fit(hy.VAE, 2, series, np.arange(60) % 3, net=hy.nets.Recurrent(6))


@pytest.fixture(scope="session")
def composite():
    return fit(hy.AE, 4, waves(60, 20, 2), net=hy.nets.Recurrent(6, decoder="conditional", future=6))


@pytest.fixture(scope="session")
def predictor():
    """Of more channels than lines can be told apart."""
    X, y = digits()
    return fit(hy.AE, 4, X, y, net=hy.nets.Recurrent(6, future=3, reconstruct=False), scale="none")


@pytest.fixture(scope="session")
def seeing():
    """A decoder that sees the input."""
    return fit(hy.VAE, 3, digits()[0], digits()[1], net=hy.nets.Recurrent(6, decoder="reversed-input"))


KINDS = ("images", "solid", "wide", "table", "lines", "colour", "one", "ragged", "composite", "predictor", "seeing")


@pytest.fixture(params=KINDS)
def record(request):
    return request.getfixturevalue(request.param)
