"""What every registered net has to keep to, in every layout and for every kind of rows it declares."""

import keras
import numpy as np
import pytest

from hyotan.core.batch import Batch
from hyotan.core.errors import ParameterError
from hyotan.core.part import registered
from hyotan.core.spec import Spec
from hyotan.latents import Point
from hyotan.likelihoods import Gaussian
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.nets import Conv, Custom, Dense

EVENTS = {1: (6,), 2: (4, 3), 3: (5, 7, 2)}
LAYOUTS = ("vector", "grid")
DIM = 3


def custom(event, layout):
    if layout == "grid":
        return Custom(keras.Sequential([keras.layers.Identity()]), keras.Sequential([keras.layers.Identity()]))
    return Custom(
        keras.Sequential([keras.Input(event), keras.layers.Flatten(), keras.layers.Dense(4)]),
        keras.Sequential([keras.Input((DIM,)), keras.layers.Dense(4)]),
    )


MADE = {
    "custom": custom,
    "conv": lambda event, layout: Conv((4, 3)),
    "dense": lambda event, layout: Dense((8, 4)),
}


def autoencoder(name, rank, layout, **spec):
    net = MADE[name](EVENTS[rank], layout) if name in MADE else registered("net")[name]()
    parts = Parts(net, Point(DIM, layout=layout), Gaussian(sigma=1.0))
    return Autoencoding(parts, Spec(EVENTS[rank], **spec), 0)


def combinations(declared):
    return [
        pytest.param(name, rank, layout, id=f"{name}-{EVENTS[rank]}-{layout}")
        for name, cls in registered("net").items()
        for rank in EVENTS
        for layout in LAYOUTS
        # A grid needs positions to lie on.
        if (rank in cls.ranks and layout in cls.layouts) is declared
        and not (declared and layout == "grid" and rank < 2)
    ]


@pytest.mark.parametrize(("name", "rank", "layout"), combinations(declared=True))
def test_rows_become_codes_and_rows_again(name, rank, layout):
    model, event = autoencoder(name, rank, layout), EVENTS[rank]
    rows = np.random.default_rng(0).normal(size=(4, *event)).astype("float32")
    batch = Batch(rows, np.ones(4, "float32"))
    codes = np.asarray(model.posterior(batch).mean())
    assert codes.shape == (4, *model.code)
    assert len(model.code) == (1 if layout == "vector" else rank)
    assert model.code[-1] == DIM
    back = np.asarray(model.decoder(codes))
    assert back.shape == rows.shape
    assert np.isfinite(back).all()
    np.testing.assert_allclose(np.asarray(model.reconstructor(rows)["reconstruction"]), back, rtol=1e-5, atol=1e-6)
    # Each row goes its own way, and each code matters.
    rows[2] += 1
    moved = np.any(np.asarray(model.posterior(batch).mean()) != codes, axis=tuple(range(1, codes.ndim)))
    assert moved.tolist() == [False, False, True, False]
    assert np.any(np.asarray(model.decoder(codes + 1)) != back, axis=tuple(range(1, back.ndim))).all()


@pytest.mark.parametrize(("name", "rank", "layout"), combinations(declared=False))
def test_what_is_not_declared_is_refused(name, rank, layout, refused):
    with refused(ParameterError, f"The {registered('net')[name].__name__} net cannot", "what to do"):
        autoencoder(name, rank, layout)


@pytest.mark.parametrize("name", [name for name in registered("net") if name != "custom"])
def test_flags_of_missing_cells_are_read(name):
    rank = max(registered("net")[name].ranks)
    model = autoencoder(name, rank, "vector", missing=True)
    values = np.zeros((1, *EVENTS[rank]), "float32")
    seen = np.ones(values.shape, bool)
    hidden = seen.copy()
    hidden[0, 0] = False
    one, other = (np.asarray(model.posterior(Batch(values, np.ones(1, "float32"), s)).mean()) for s in (seen, hidden))
    assert np.abs(one - other).max() > 1e-6
