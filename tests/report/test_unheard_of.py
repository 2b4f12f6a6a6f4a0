"""A term and a metric that no other file has heard of, wherever numbers are shown."""

from __future__ import annotations

import numpy as np
import pytest
from keras import ops

import hyotan as hy
from hyotan.core import part
from hyotan.core.terms import Term, Terms
from hyotan.latents.gaussian import Gaussian, GaussianLayer
from hyotan.metrics import _base, key_numbers, metric
from hyotan.report._compare import numbers

ENTROPY = Term("entropy", "entropy of the code", "bits", 20)
SPREAD = Term("spread.value", "spread of the residuals", "millimetres", 15, "lower")


class ToyLayer(GaussianLayer):
    def objective(self, log_px, q, z, ctx):
        terms = super().objective(log_px, q, z, ctx)
        entropy = ops.sum(q.log_var, axis=-1)
        return Terms(terms.minimise, {**terms.report, "entropy": entropy}, (*terms.about, ENTROPY))


@pytest.fixture(scope="module")
def record():
    before = {kind: dict(parts) for kind, parts in part._REGISTRY.items()}, dict(_base._REGISTRY)

    class Toy(Gaussian):
        def build(self, spec, seeds):
            layer = super().build(spec, seeds)
            layer.__class__ = ToyLayer
            return layer

    @metric(keys=[Term("undeclared_nowhere"), SPREAD, Term("median", "middle residual", "millimetres", 90)])
    def toy(view):
        return {"spread": {"value": float(view.residuals.std())}, "median": float(np.median(view.residuals)), "n": 3}

    @metric
    def bare(view):
        return {"rows": len(view.rows), "word": "no number", "flag": True}

    try:
        X = np.random.default_rng(0).normal(size=(60, 5))
        model = hy.Autoencoder(Toy(2), epochs=2, random_state=0, verbose=0, validation_fraction=0.2).fit(X)
        yield hy.Record.from_json(hy.evaluate(model, X, reference=X).to_json())
    finally:
        part._REGISTRY.update(before[0])
        part._REGISTRY["latent"] = before[0]["latent"]
        _base._REGISTRY.clear()
        _base._REGISTRY.update(before[1])


@pytest.fixture(params=["registered", "told by the record alone"])
def known(request, record, monkeypatch):
    if request.param != "registered":
        monkeypatch.delitem(_base._REGISTRY, "toy")
        monkeypatch.delitem(_base._REGISTRY, "bare")
    return record


def test_it_has_a_panel_in_its_place(record):
    titles = [
        ax.get_title("left").replace("\n", " ").removesuffix(" (validation)") for ax in hy.plots.history(record).axes
    ]
    assert titles[:4] == ["loss, nats", "−log p(x|z), nats", "entropy of the code, bits", "KL to the prior, nats"]


def test_it_stands_among_the_key_numbers_in_its_place(known):
    shown = key_numbers(known)
    orders = [number.term.order for number in shown]
    assert orders == sorted(orders)
    found = {f"{number.metric}.{number.term.name}": number for number in shown}
    assert [*found][:3] == ["reconstruction.mean", "toy.spread.value", "likelihood.mean"]
    assert found["toy.spread.value"].value == known.metrics["toy"]["spread"]["value"]
    assert found["bare.rows"].value == 60 and found["bare.rows"].key.label == "bare.rows"
    assert {name for name in found if name.startswith(("toy.", "bare."))} == {
        "toy.spread.value",
        "toy.median",
        "bare.rows",
    }


def test_it_is_in_the_report(known, tmp_path, parse):
    text = parse(hy.report(known, out=tmp_path / "x.html").read_text(encoding="utf-8")).text
    spread = f"{known.metrics['toy']['spread']['value']:.4g}"
    assert f"spread of the residuals {spread} – millimetres; lower is better" in text
    assert "bare.rows 60" in text and "history: entropy of the code, bits" in text
    assert text.index("Mean reconstruction error") < text.index("spread of the residuals") < text.index("Score (ELBO")


def test_it_is_in_the_comparison(known):
    other = hy.Record(**{**vars(known), "metrics": {**known.metrics, "toy": {"spread": {"value": 1e9}}}})
    lines = {line.what: line for line in numbers({"one": known, "other": other}, True)}
    line = lines["spread of the residuals"]
    assert line.reading == "millimetres; lower is better" and line.best == [True, False]
    names = list(lines)
    assert names.index("Mean reconstruction error") < names.index("spread of the residuals") < names.index("Score")
    end = lines["entropy of the code, bits"]
    assert end.values == [f"{known.history['entropy'][-1]:.4g}".replace("-", "−")] * 2 and end.best == [False] * 2
    terms = ["loss, nats", "validation loss, nats", "−log p(x|z), nats", "entropy of the code, bits"]
    assert [name for name in names if name in terms] == terms


def test_records_of_before_are_read():
    text = '{"format": "hyotan record", "version": 1, "history": {"loss": [2.0], "kl": [1.0]}, "metrics": {}}'
    record = hy.Record.from_json(text)
    assert record.about.keys() == {"kl"} and record.keys == {} and key_numbers(record) == []
    assert [ax.get_title("left") for ax in hy.plots.history(record).axes] == ["loss, nats", "KL to the prior, nats"]
