"""The card of an estimator in a notebook: read by the parser, against the model it was made from."""

import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
import sklearn

import hyotan as hy
from hyotan.estimator.html_repr import EDGE, HEIGHT, WIDTH, spark

EVIL = "<script>alert(1)</script>"
VOID = {"circle", "polyline"}  # closed in their own tag


class Card(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.texts = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture(scope="module")
def model():
    X = np.random.default_rng(0).normal(size=(60, 5))
    X[3, 2] = np.nan
    with pytest.warns(hy.HyotanWarning, match="missing"):
        return hy.VAE(2, epochs=3, validation_fraction=0.2, random_state=0, verbose=0).fit(X)


def test_a_fitted_model_tells_of_its_parts_data_loss_and_warnings(model):
    card = Card(model._repr_html_())
    told = [*model.warnings_, model._fitted.data_summary(), model._fitted.score_meaning(), "VAE fitted", "2 units"]
    told += [repr(model.parts_.net), repr(model.parts_.latent), repr(model.parts_.likelihood), "3 epochs"]
    told += ["epochs=3", "random_state=0", "validation_fraction=0.2"]
    for text in told:
        assert " ".join(text.split()) in card.text
    assert f"training {model.history_['loss'][-1]:.4g}" in card.text
    assert f"validation {model.history_['val_loss'][-1]:.4g}" in card.text
    assert [tag for tag, _ in card.tags].count("polyline") == 2
    for tag, attrs in card.tags:  # nothing is fetched, nothing is run
        assert tag not in ("script", "link", "img") and not {"src", "href"} & attrs.keys()
        assert not any(name.startswith("on") for name in attrs)


def test_an_unfitted_model_tells_of_its_parts_and_of_what_was_changed():
    card = Card(hy.AE(7, epochs=12, net=hy.nets.Dense((3,)), callbacks=[])._repr_html_())
    assert "not fitted yet" in card.text and "Point(dim=7)" in card.text and "Dense(hidden=(3,))" in card.text
    assert "epochs=12" in card.text and "callbacks=[]" in card.text
    assert "batch_size" not in card.text and "corruption" not in card.text and not re.search(r"\bsvg\b", card.text)


def test_what_the_user_wrote_is_text():
    text = hy.AE(2, checkpoint=EVIL, optimizer='"><img src=x>' * 50)._repr_html_()
    assert EVIL not in text and "<img" not in text and len(text) < 4000
    assert EVIL in Card(text).text


def points(text):
    found = re.findall(r'points="([^"]*)"', text)
    return [np.array([[float(v) for v in point.split(",")] for point in line.split()]) for line in found]


def test_the_line_goes_through_every_loss():
    loss, held = np.array([4.0, 3.0, 2.0, 1.0]), np.array([5.0, 2.0, 2.0, 2.0])
    for line, values in zip(points(spark(loss, held)), (loss, held), strict=True):
        np.testing.assert_allclose(line[:, 0], np.linspace(EDGE, WIDTH - EDGE, 4))
        np.testing.assert_allclose(line[:, 1], EDGE + (5 - values) / 4 * (HEIGHT - 2 * EDGE))
    assert 'aria-label="Loss by epoch, from 4 to 1; in validation from 5 to 2"' in spark(loss, held)


def test_of_a_high_beginning_the_rest_is_still_seen():
    (line,) = points(spark(np.array([1e6, 5.0, 4.0, 3.0, 2.0, 1.0]), np.array([])))
    assert line[0, 1] < -1e6 and line[1, 1] == EDGE and line[-1, 1] == HEIGHT - EDGE


@pytest.mark.parametrize(
    ("values", "lines", "dots"),
    [([np.nan, np.nan], 0, 0), ([np.nan, 2.0], 0, 1), ([3.0, np.nan, 1.0], 1, 0), ([2.0, 2.0], 1, 0)],
)
def test_losses_that_are_not_finite_are_left_out(values, lines, dots):
    drawn = spark(np.array(values), np.array([]))
    assert (drawn.count("<polyline"), drawn.count("<circle")) == (lines, dots)
    assert "nan" not in "".join(re.findall(r'points="[^"]*"', drawn)) and "inf" not in drawn


def test_one_epoch_has_no_line():
    X = np.random.default_rng(0).normal(size=(20, 3))
    text = hy.AE(1, epochs=1, verbose=0, random_state=0).fit(X)._repr_html_()
    assert "<svg" not in text and "1 epoch " in Card(text).text


def test_a_notebook_asks_for_the_card_before_the_text(model):
    bundle = model._repr_mimebundle_(include=None, exclude=None)
    assert bundle == {"text/plain": repr(model), "text/html": model._repr_html_()}
    json.dumps(bundle)
    with sklearn.config_context(display="text"):
        assert model._repr_mimebundle_() == {"text/plain": repr(model)} and model._repr_html_() is None


def test_a_pipeline_still_shows_itself(model):
    from sklearn.pipeline import make_pipeline

    assert "AE" in make_pipeline(hy.AE(2))._repr_html_()
