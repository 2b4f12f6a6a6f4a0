"""Two small fits and their records: images with three code units, and a table with names nobody should trust."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest
from sklearn.datasets import load_digits

import hyotan as hy

EVIL = "<script>alert(1)</script>"
VOID = {"meta", "img", "br", "hr", "link", "input"}


class Page(HTMLParser):
    """Elements with their attributes and texts; fails on tags that do not close in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.texts, self.heads, self.comments = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == [], "tags left open"

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in <{tag}>"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.texts.append(data)
        if self.open and self.open[-1] in ("h1", "h2", "h3"):
            self.heads.append((int(self.open[-1][1]), data))

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="session")
def parse():
    """Read a page: elements, texts and headings."""
    return Page


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


def waves(n=60, steps=14):
    rng = np.random.default_rng(0)
    return np.sin(rng.uniform(0, 6, (n, 1, 1)) + rng.uniform(0.2, 0.8, (n, 1, 1)) * np.arange(steps)[:, None])


@pytest.fixture(scope="session")
def series():
    """A composite model whose decoders are fed: with a forecast, a prior and a code to be asked about."""
    net = hy.nets.Recurrent(6, decoder="conditional", future=4)
    X = waves()
    record = hy.evaluate(hy.VAE(2, net=net, epochs=2, verbose=0, random_state=0).fit(X), X, reference=X)
    record.warnings += ["series & warnings"]
    return record


@pytest.fixture(scope="session")
def seeing():
    """Series of unequal length, by a decoder that sees the input."""
    X = [row[: 6 + k % 9] for k, row in enumerate(waves())]
    model = hy.AE(2, net=hy.nets.Recurrent(6, decoder="reversed-input"), epochs=2, verbose=0, random_state=0)
    return hy.evaluate(model.fit(X), X, reference=X)


@pytest.fixture(scope="session")
def pages(tmp_path_factory, solid, table, series, seeing):
    folder = tmp_path_factory.mktemp("reports")
    records = {"solid": solid, "table": table, "series": series, "seeing": seeing}
    return {name: hy.report(r, out=folder / f"{name}.html") for name, r in records.items()}
