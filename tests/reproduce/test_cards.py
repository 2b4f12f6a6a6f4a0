"""The programs on the pages run as they stand, and the one in plain Keras is the same model."""

import importlib
import re
from dataclasses import replace

import numpy as np
import pytest

import hyotan as hy
from hyotan import reproduce


@pytest.fixture(params=reproduce.names())
def card(request):
    return importlib.import_module(f"hyotan.reproduce.{request.param.replace('-', '_')}").CARD


@pytest.fixture
def little(monkeypatch):
    """What hy.data.load gives, of random images, so that no file is needed."""
    images = np.random.default_rng(0).random((54_020, 28, 28), dtype=np.float32)
    sines = hy.data.load("sines")
    rows = {"mnist": images, "sines": sines.X}
    monkeypatch.setattr(
        hy.data, "load", lambda name: replace(sines, X=rows[name], y=None, X_test=rows[name][:8], y_test=None)
    )


def test_hyotans_program_runs(card, little, monkeypatch, capsys):
    whole = hy.Autoencoder.fit
    monkeypatch.setattr(hy.Autoencoder, "fit", lambda self, X, **given: whole(self, X[:40], **given))
    known = {}
    exec(re.sub(r"epochs=\d+", "epochs=1, verbose=0", card.code), known)
    assert len(known["model"].history_["loss"]) == 1


def test_the_program_in_keras_makes_as_many_parameters(card, little):
    ours, theirs = {}, {}
    exec(re.sub(r"epochs=\d+", "epochs=1, verbose=0", card.code).partition("model.fit")[0], ours)
    exec(card.keras.partition("model.fit")[0], theirs)
    data = ours.get("mnist") or ours["sines"]
    model = ours["model"].fit(data.X[:40])
    own = model.model_.count_params()
    assert theirs["model"].count_params() == own > 500


def test_articles_are_named(card):
    assert all(article.where for article in card.articles)
    assert card.question.endswith("?") or "." in card.question
    assert len(card.formulas) == 2
