"""Two small fits and their records: images with three code units, and a table with names nobody should trust."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_digits

import hyotan as hy

EVIL = "<script>alert(1)</script>"


@pytest.fixture(scope="session")
def digits():
    data = load_digits()
    return (data.images[:100] / 16).astype("float32"), data.target[:100]


@pytest.fixture(scope="session")
def solid(digits):
    model = hy.VAE(3, epochs=2, verbose=0, random_state=0, validation_fraction=0.2).fit(digits[0])
    labels = np.where(digits[1] < 5, "low & <b>bold</b>", "</script><script>alert(2)</script>")
    return hy.evaluate(model, digits[0], labels, reference=digits[0], command="hyotan fit 'a & b' <data>")


@pytest.fixture(scope="session")
def table():
    pandas = pytest.importorskip("pandas")
    X = np.random.default_rng(0).normal(size=(60, 4))
    frame = pandas.DataFrame(X, columns=[EVIL, '"><img src=x onerror=alert(1)>', "a&b", "plain"])
    record = hy.evaluate(hy.AE(2, epochs=2, verbose=0, random_state=0).fit(frame), frame)
    record.warnings += [f"column {EVIL} is odd"]
    return record


@pytest.fixture(scope="session")
def pages(tmp_path_factory, solid, table):
    folder = tmp_path_factory.mktemp("reports")
    return {name: hy.report(r, out=folder / f"{name}.html") for name, r in (("solid", solid), ("table", table))}
