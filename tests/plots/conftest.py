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


@pytest.fixture(params=["images", "solid", "wide", "table", "lines", "colour", "one"])
def record(request):
    return request.getfixturevalue(request.param)
