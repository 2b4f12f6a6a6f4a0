"""What the command line says at the end: JSON that is alone on stdout, and facts that are those of the fit."""

import json
import sys

import numpy as np
import pytest

import hyotan as hy
from hyotan.cli.output import fit_summary, format_fit, json_output, record_summary

X = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)


def fitted(**params):
    base = {"net": hy.nets.Dense(()), "epochs": 2, "random_state": 0, "verbose": 0}
    return hy.VAE(2, **{**base, **params}).fit(X, validation_data=X)


@pytest.fixture(scope="module")
def model():
    return fitted()


@pytest.fixture(scope="module")
def record(model):
    return hy.evaluate(model, X, np.arange(60) % 2)


def test_json_is_alone_on_stdout(capsys):
    with json_output(True) as answer:
        sys.stdout.write("by the way\n")
        answer |= {"é": [1, None], "path": "a/b"}
    told = capsys.readouterr()
    assert told.err == "by the way\n"
    assert json.loads(told.out) == {"é": [1, None], "path": "a/b"}
    assert told.out.count("\n") == 1
    with json_output(False) as answer:
        sys.stdout.write("by the way\n")
        answer["rows"] = 3
    assert capsys.readouterr() == ("by the way\n", "")


def test_what_failed_answers_nothing(capsys):
    with pytest.raises(hy.DataError), json_output(True):
        raise hy.DataError("no")
    assert capsys.readouterr().out == ""
    assert sys.stdout is not sys.stderr


def test_facts(model, record, tmp_path):
    (tmp_path / "model.hyotan").touch()
    facts = fit_summary(model, record, tmp_path)
    json.dumps(facts, allow_nan=False)
    assert (facts["epochs"], facts["epochs_asked"], facts["stopped"]) == (2, 2, False)
    assert facts["last_epoch"]["val_loss"] == model.history_["val_loss"][-1]
    assert facts["metrics"]["reconstruction"]["mean"] == record.metrics["reconstruction"]["mean"]
    assert facts["model"] == str(tmp_path / "model.hyotan")
    assert "training" not in facts
    assert record_summary(record)["rows"] == 60


def test_stopped_is_what_did_not_stop_by_itself(record, tmp_path):
    """Early stopping has nothing to go on with; Ctrl-C has, early stopping or not."""
    early = {"early_stopping": True, "patience": 1, "learning_rate": 0.5, "epochs": 40}
    by_itself = fitted(**early)
    assert len(by_itself.history_["loss"]) < 40
    by_hand = fitted().set_params(epochs=40)
    for model, stopped in ((by_itself, False), (by_hand, True)):
        assert fit_summary(model, hy.evaluate(model, X), tmp_path)["stopped"] == stopped


def test_lines(model, record, tmp_path):
    (tmp_path / "report.html").touch()
    assert f"report  {(tmp_path / 'report.html').as_uri()}" in format_fit(model, record, tmp_path)
    (tmp_path / "report.html").unlink()
    lines = dict(line.split(maxsplit=1) for line in format_fit(model, record, tmp_path))
    assert lines["trained"].startswith("2 epochs in ")
    assert f"{model.history_['loss'][-1]:.5g}" in lines["loss"]
    assert f"validation {model.history_['val_loss'][-1]:.5g}" in lines["loss"]
    assert "PCA of the same size" in lines["error"]
    assert lines["history"] == str(tmp_path / "history.csv")
    assert lines["report"] == f"not drawn: hyotan report {tmp_path}"
    assert "go on" not in str(lines)
    last = [*format_fit(fitted().set_params(epochs=9), record, tmp_path / "a b")][-1]
    assert last == f"stopped after epoch 2 of 9 · go on with: hyotan fit --resume '{tmp_path / 'a b'}'"
