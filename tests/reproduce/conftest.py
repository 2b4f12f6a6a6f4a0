"""A page read by the standard library's parser, and a bench with a little of everything on it."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from hyotan.reproduce import _figures as figures
from hyotan.reproduce._bench import Bench

VOID = {"meta", "img", "br", "hr", "link", "input"}
EVIL = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Elements with their attributes and texts; fails on tags that do not close in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.texts, self.heads = [], [], [], []
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
            self.heads.append(int(self.open[-1][1]))

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="session")
def parsed():
    """Read a page, and hold it to what every page must be."""

    def read(path):
        text = path.read_text(encoding="utf-8")
        page = Page(text)
        assert text.startswith("<!doctype html>") and page.all("html") == [{"lang": "en"}]
        assert (
            page.all("meta")[0] == {"charset": "utf-8"}
            and {"header", "main", "footer", "nav"} <= dict(page.tags).keys()
        )
        ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
        assert len(ids) == len(set(ids))
        for _, attrs in page.tags:
            for name in ("aria-labelledby", "href"):
                value = attrs.get(name, "")
                if name == "aria-labelledby" or value.startswith("#"):
                    assert not value or value.removeprefix("#") in ids, value
            assert not any(name.startswith("on") for name in attrs), attrs
            assert attrs.get("src", "data:").startswith("data:")
        assert page.heads[0] == 1 and page.heads.count(1) == 1
        assert all(after <= before + 1 for before, after in zip(page.heads, page.heads[1:], strict=False))
        style = text.split("<style>", 1)[1].split("</style>", 1)[0]
        assert "url(" not in style and "@import" not in style and "http" not in style
        return page

    return read


@pytest.fixture
def bench():
    """A finished experiment with a little of everything, and words nobody should trust."""
    made = Bench("dense-ae", "Title & more", f"dense-ae: a head.\n\nWhat was {EVIL} published.", seed=3)
    made.row("a figure that is met", 41.5, published=42.0, keras=43.25, seconds=1.25, at_most=42.0, form=".2f")
    made.row("a figure that is missed", 7, at_least=8, form="d")
    made.row(f"words {EVIL}", "0.1 → 0.2")
    made.section("A part", "A paragraph\n   in two lines.")
    made.picture(
        "waves",
        figures.series([("a", {"original": np.sin(np.arange(9.0)), "reconstruction": np.cos(np.arange(9.0))})]),
        title="Waves",
        caption="How to read it.",
        alt="Two waves, one a quarter of a period before the other.",
    )
    made.table(
        "numbers", ("n", "value"), [(np.int64(1000), np.float64(0.5)), (2, EVIL)], title="Numbers", caption="So."
    )
    return made
