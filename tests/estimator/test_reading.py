"""The rows a fitted model is asked about: read in pieces, from wherever they lie, checked as in a fit, told once."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import hyotan as hy
from hyotan.data.schema import Schema
from hyotan.estimator import density, reading
from hyotan.inference import predictor, tiles

RNG = np.random.default_rng(0)
TABLE = RNG.normal(size=(300, 7)).astype(np.float32)
IMAGES = RNG.uniform(size=(300, 9, 6, 1)).astype(np.float32)
BASE = {"epochs": 1, "random_state": 0, "verbose": 0}


def test_missing_cells_of_all_pieces_are_told_once(monkeypatch):
    monkeypatch.setattr(predictor, "BUFFER", 2**17)
    model = hy.VAE(3, net=hy.nets.Dense((9,)), **BASE).fit(TABLE)
    X = np.tile(TABLE, (20, 1))
    X[::13, 2] = np.nan
    count = int(np.isnan(X).sum())
    told = f"^VAE: {count:,} of {X.size:,} cells .* are missing; .*not scored$"
    for ask in (model.transform, model.score_samples, model.reconstruct):
        with pytest.warns(hy.HyotanWarning) as caught:
            ask(X)
        assert len(caught) == 1
        assert re.search(told, str(caught[0].message))


def test_a_bad_cell_anywhere_is_refused_as_in_a_fit(monkeypatch, refused):
    monkeypatch.setattr(predictor, "BUFFER", 2**17)
    model = hy.VAE(3, net=hy.nets.Dense((9,)), **BASE).fit(IMAGES)
    X = np.tile(IMAGES, (20, 1, 1, 1))
    last = (len(X) - 1, 8, 5, 0)
    X[last] = np.inf
    with refused(hy.DataError, "infinity", f"index {last}"):
        model.transform(X)
    X[last] = -3
    with refused(hy.DataError, "1 values cannot be scored by the Bernoulli", "from -3 to -3"):
        model.score_samples(X)
    with refused(hy.DataError, "All cells"):
        model.transform(np.full_like(X, np.nan))


@pytest.mark.parametrize("shift", [0, 1, 5, 15])
def test_wherever_the_rows_lie_in_memory(shift, monkeypatch):
    """Rows that begin at any number of bytes after a multiple of 64, in the user's own array."""
    monkeypatch.setattr(predictor, "BUFFER", 2**17)
    X = np.tile(IMAGES.reshape(300, 54), (30, 1))
    model = hy.VAE(2, likelihood="bernoulli", net=hy.nets.Dense((9,)), **BASE).fit(X[:300])
    memory = tiles.AlignedBuffer.empty(X.size + 16).cells
    moved = memory[shift : shift + X.size].reshape(X.shape)
    moved[:] = X
    assert moved.ctypes.data % 64 == 4 * shift
    np.testing.assert_array_equal(model.transform(moved), np.tile(model.transform(X[:300]), (30, 1)))
    np.testing.assert_array_equal(moved, X)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", ">f4", "int16", "uint8"])
def test_arrays_of_every_kind(dtype, order):
    """Byte order, layout and type change what is copied, not what is answered."""
    model = hy.VAE(2, net=hy.nets.Dense((9,)), **BASE).fit(TABLE)
    X = np.asarray(np.round(TABLE * 10) % 7, dtype=dtype, order=order)
    np.testing.assert_array_equal(model.transform(X), model.transform(X.tolist()))
    np.testing.assert_array_equal(model.transform(X[::-1])[::-1], model.transform(X))


def test_a_file_in_place_of_memory(tmp_path):
    np.save(tmp_path / "x.npy", TABLE)
    model = hy.VAE(2, net=hy.nets.Dense((9,)), **BASE).fit(TABLE)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    np.testing.assert_array_equal(model.score_samples(mapped), model.score_samples(TABLE))


def test_memory_that_is_used_as_it_lies(tmp_path, monkeypatch):
    """Of a file, of an array that may not be written, and by several threads: the bits of a row alone."""
    monkeypatch.setattr(predictor, "BUFFER", 2**14)  # many buffers, so that most of the rows are not copied
    images = np.random.default_rng(0).random((3000, 20), dtype=np.float32)
    net = hy.nets.Dense((9,))
    model = hy.VAE(2, net=net, likelihood="bernoulli", scale="none", **BASE).fit(images[:100])
    np.save(tmp_path / "x.npy", images)
    mapped, locked = np.load(tmp_path / "x.npy", mmap_mode="r"), images.copy()
    locked.setflags(write=False)
    expected = model.transform(images)
    for other in (mapped, locked, images[1:], images.astype(">f4"), np.asfortranarray(images)):
        np.testing.assert_array_equal(model.transform(other), expected[-len(other) :])
    np.testing.assert_array_equal(model.transform(images[1717:1718]), expected[1717:1718])
    with ThreadPoolExecutor(4) as threads:
        for found in threads.map(model.transform, [images, locked, mapped, images]):
            np.testing.assert_array_equal(found, expected)


def test_what_a_density_is_scaled_by_is_summed_row_by_row():
    """The same bits whether a row stands beside rows with holes or not, and what a sum in NumPy gives."""
    model = hy.VAE(2, net=hy.nets.Dense((9,)), **BASE).fit(TABLE * [1, 10, 100, 3, 5, 7, 9])
    values = TABLE.copy()
    values[::3, 2] = np.nan
    values[1::3, 4:6] = np.nan
    found = density.log_jacobian(model._fitted, tiles.Rows(values))
    each = np.where(np.isnan(values), 0, -np.log(model.scaler_.scale))
    np.testing.assert_allclose(found, each.sum(axis=1), rtol=1e-12)
    for i in range(9):
        alone = density.log_jacobian(model._fitted, tiles.Rows(values[i : i + 1]))
        np.testing.assert_array_equal(alone, found[i : i + 1])
    whole = density.log_jacobian(model._fitted, tiles.Rows(TABLE))
    np.testing.assert_array_equal(whole[2::3], found[2::3])


@pytest.mark.parametrize(
    ("X", "wanted"),
    [
        (TABLE, True),
        (TABLE.astype(np.int8), True),
        (TABLE[:0], False),
        (TABLE[:, :6], False),
        (TABLE.tolist(), False),
        (TABLE > 0, False),
        (TABLE.astype(complex), False),
        (np.ma.masked_array(TABLE), False),
    ],
)
def test_what_can_be_read_in_pieces(X, wanted):
    assert reading.plain(X, Schema("table", (7,), "float32")) is wanted
    assert not reading.plain(X, Schema("series", (7,), "float32"))


@pytest.mark.skipif(sys.platform != "linux", reason="memory as Linux tells it")
def test_memory_does_not_grow_with_the_rows():
    """A table of 200 MB is read in pieces: what is held beside it is a few buffers."""
    code = """
import numpy as np, hyotan as hy
from pathlib import Path
def held(name):
    return next(int(l.split()[1]) for l in open("/proc/self/status") if l.startswith(name)) / 1024
X = np.random.default_rng(0).random((130_000, 400), dtype=np.float32)
model = hy.VAE(2, net=hy.nets.Dense((8,)), epochs=1, random_state=0, verbose=0).fit(X[:500])
for ask in (model.transform, model.kl_per_dim):
    ask(X[:20_000])
    Path("/proc/self/clear_refs").write_text("5")
    before = held("VmRSS")
    ask(X)
    print(held("VmHWM") - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert all(float(line) < 130 for line in done.stdout.split()), done.stdout
