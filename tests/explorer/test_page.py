"""The page as a file: whole, closed in itself, and safe whatever the names in it are."""

from __future__ import annotations

import html
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest

import hyotan as hy
from hyotan.core.errors import ParameterError
from hyotan.explorer import Explorer, explore
from hyotan.explorer._page import inlined, script

EVIL = "</script><script>alert(1)</script>"
VOID = {"meta", "link", "img", "input", "br", "hr", "path"}


@pytest.fixture(scope="module")
def table():
    pandas = pytest.importorskip("pandas")
    X = np.random.default_rng(0).normal(size=(40, 3))
    frame = pandas.DataFrame(X, columns=[EVIL, "a&b", '"><img src=x onerror=alert(1)>'])
    model = hy.AE(2, epochs=2, verbose=0, random_state=0).fit(frame)
    return model, frame, np.where(X[:, 0] > 0, EVIL, "a < b")


@pytest.fixture(scope="module")
def made(table):
    return explore(*table, command="hyotan explore 'a & b' <data>")


class Tags(HTMLParser):
    """Opens and closes of elements, attributes that ask for something, and what ids there are."""

    def __init__(self):
        super().__init__()
        self.open, self.asked, self.ids, self.scripts, self.labels = [], [], [], 0, []

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.scripts += tag == "script"
        self.ids += [value for name, value in attrs if name == "id"]
        self.asked += [value for name, value in attrs if name in ("src", "href", "srcset", "data", "action")]
        self.labels += [
            word
            for name, value in attrs
            if name.startswith("aria-")
            for word in value.split()
            if name in ("aria-labelledby", "aria-describedby")
        ]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_it_is_one_whole_page_that_asks_for_nothing(made):
    tags = Tags()
    tags.feed(made.html)
    assert made.html.startswith("<!doctype html>")
    assert tags.open == [] and tags.asked == []
    assert len(set(tags.ids)) == len(tags.ids)
    assert set(tags.labels) <= set(tags.ids)
    assert not re.search(r"@import|url\(", made.html.split("<script")[0])


def test_names_cannot_break_out_of_the_page(made):
    tags = Tags()
    tags.feed(made.html)
    assert tags.scripts == 2  # the data and the program
    assert "hyotan explore &#39;a &amp; b&#39; &lt;data&gt;" in made.html
    text = re.search(r'<script type="application/json" id="hyotan-data">(.*?)</script>', made.html, re.S).group(1)
    known = json.loads(text)
    assert known["names"][0] == EVIL
    assert sorted(known["columns"][0]["categories"]) == sorted([EVIL, "a < b"])


def test_what_is_inlined_is_json_without_an_end():
    text = inlined({"a": "</script>\u2028<!--", "b": [1.5, "ü"]})
    assert "<" not in text and "\u2028" not in text
    assert json.loads(text) == {"a": "</script>\u2028<!--", "b": [1.5, "ü"]}


def test_a_number_that_json_does_not_know_is_refused_not_written():
    with pytest.raises(ValueError):
        inlined({"a": float("nan")})


def test_the_script_does_not_end_itself():
    assert "hyotan" in script() and "</script" not in script().lower()


def test_it_is_written_where_it_is_asked_for(table, tmp_path):
    made = explore(*table, out=tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == made.html
    assert made.save(tmp_path / "again.html") == tmp_path / "again.html"
    assert (tmp_path / "again.html").read_bytes() == made.html.encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.html", "page.html"]


def test_a_notebook_shows_the_same_page_in_a_frame(made):
    frame = made._repr_html_()
    assert frame.startswith("<iframe") and frame.endswith("</iframe>")
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', frame).group(1)) == made.html
    assert 'title="hyotan explorer"' in frame


def test_its_repr_is_short():
    assert repr(Explorer("a" * 1_500_000)) == "Explorer(1.5 MB of HTML; save(path) writes it)"


def test_it_is_a_public_name():
    assert hy.explore is explore and "explore" in hy.__all__


def test_a_decoder_that_sees_the_input_is_refused(refused, tmp_path):
    X = np.sin(np.arange(12)[None, :, None] + np.arange(20)[:, None, None]).astype("float32")
    net = hy.nets.Recurrent(4, decoder="reversed-input")
    model = hy.AE(2, net=net, epochs=1, verbose=0, random_state=0).fit(X)
    with refused(ParameterError, "explore()"):
        explore(model, X, out=tmp_path / "never.html")
    assert not (tmp_path / "never.html").exists()
