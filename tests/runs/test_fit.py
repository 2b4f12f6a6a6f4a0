"""A run folder: what it says of itself, and what is in it when something goes wrong on the way."""

import json
import os
import signal
import threading

import keras
import numpy as np
import pytest

import hyotan as hy
from hyotan.data import Source
from hyotan.runs.config import RunConfig
from hyotan.runs.fit import fit_run, go_on
from hyotan.runs.interrupt import Stop

X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
START = RunConfig("nowhere", test_fraction=0.25)


def source():
    return Source(X, None, None, None, "x", "x")


def model(**params):
    base = {"net": hy.nets.Dense(()), "epochs": 3, "random_state": 0, "verbose": 0}
    return hy.AE(2, **{**base, **params})


def names(folder):
    return {path.name for path in folder.iterdir()}


WHOLE = {"model.hyotan", "training.hyotan", "run.json", "record.json", "history.csv", "report.html"}


def test_what_a_run_is_of_comes_back(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = {"label": "kind", "window": None, "drop": ["a", "b"]}
    start = RunConfig.of("rows.csv", options, test_fraction=0.3, checkpoint=True)
    assert start.data == str(tmp_path / "rows.csv")
    start.save(tmp_path)
    assert RunConfig.load(tmp_path) == start
    assert RunConfig.load(tmp_path).options == {"label": "kind", "drop": ["a", "b"]}
    assert RunConfig.of("digits", {}).data == "digits"
    assert RunConfig.of("~/x.npy", {}).data == os.path.expanduser("~/x.npy")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": "hyotan run", "version": 99}', '{"format": "other"}'])
def test_what_says_nothing_is_refused(text, tmp_path, refused):
    (tmp_path / "run.json").write_text(text)
    with refused(hy.ArtifactError, "run.json"):
        RunConfig.load(tmp_path)


def test_a_run_is_whole_and_can_go_on(tmp_path):
    whole = model(epochs=5)
    fit_run(whole, source(), tmp_path / "whole", START, "test")
    begun = model(epochs=2)
    fit_run(begun, source(), tmp_path / "run", START, "test")
    assert names(tmp_path / "run") == WHOLE
    assert (begun.callbacks, begun.checkpoint) == (None, None)
    found, start = go_on(tmp_path / "run")
    assert start == START
    said = []
    record, _ = fit_run(
        found.set_params(epochs=5, verbose=0), source(), tmp_path / "run", start, "on", resume=True, say=said.append
    )
    np.testing.assert_array_equal(found.transform(X), whole.transform(X))
    assert (len(record.history["loss"]), record.command, len(said)) == (5, "on", 1)
    assert names(tmp_path / "run") == WHOLE
    assert (tmp_path / "run" / "model.hyotan").stat().st_size < (tmp_path / "run" / "training.hyotan").stat().st_size


def test_what_an_earlier_run_left_does_not_stay_beside_a_new_model(tmp_path, monkeypatch):
    fit_run(model(), source(), tmp_path / "run", START, "test")
    monkeypatch.setattr("hyotan.runs.fit.evaluate", lambda *a, **k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fit_run(model(epochs=1), source(), tmp_path / "run", START, "test")
    assert names(tmp_path / "run") == {"model.hyotan", "training.hyotan", "run.json"}
    assert len(hy.load(tmp_path / "run" / "model.hyotan").history_["loss"]) == 1


def test_a_fit_that_fails_leaves_an_earlier_run_as_it_was(tmp_path):
    fit_run(model(), source(), tmp_path / "run", START, "test")
    before = {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()}
    huge = Source(X * np.float32(1e30), None, None, None, "x", "x")
    with pytest.raises(hy.TrainingError):
        fit_run(model(scale="none"), huge, tmp_path / "run", START, "test")
    assert {path.name: path.read_bytes() for path in (tmp_path / "run").iterdir()} == before


def test_a_training_that_blew_up_has_no_way_on(tmp_path, refused):
    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                self.model.optimizer.learning_rate.assign(1e30)

    spoiled = model(batch_size=4, callbacks=[Spoil()])
    with pytest.warns(hy.HyotanWarning, match="not finite"):
        fit_run(spoiled, source(), tmp_path / "run", START, "test")
    assert names(tmp_path / "run") == WHOLE - {"training.hyotan"}
    with refused(hy.ArtifactError, "holds no training to go on with"):
        go_on(tmp_path / "run")


def test_ctrl_c_is_counted():
    stop, before = Stop(), signal.getsignal(signal.SIGINT)
    stop.set_model(model().fit(X)._fitted.network)
    stop.model.stop_training = False
    with stop.listening():
        signal.raise_signal(signal.SIGINT)
        assert stop.asked == 1
        assert not stop.model.stop_training
        stop.on_epoch_end(0)
        assert stop.model.stop_training
    assert signal.getsignal(signal.SIGINT) is before
    with pytest.raises(KeyboardInterrupt), stop.listening():
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            raise ValueError("what broke on the way out") from None
    for swallowed in (stop.on_test_begin, lambda: stop.on_epoch_end(0)):
        with pytest.raises(KeyboardInterrupt):
            swallowed()


def test_other_threads_hear_nothing(tmp_path):
    found = []

    def run():
        with Stop().listening():
            found.append(signal.getsignal(signal.SIGINT))

    before = signal.getsignal(signal.SIGINT)
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert found == [before]


def test_run_json_is_plain(tmp_path):
    fit_run(model(), source(), tmp_path / "run", START, "test")
    document = json.loads((tmp_path / "run" / "run.json").read_text())
    assert document == {
        "format": "hyotan run", "version": 1, "data": "nowhere", "options": {}, "test_fraction": 0.25,
        "checkpoint": False, "digest": None,
    }  # fmt: skip


def test_held_out_rows_keep_the_numbers_they_came_with():
    train, test = START.rows(source())
    parts = START.parts(source())
    np.testing.assert_array_equal(X[train], parts[0])
    np.testing.assert_array_equal(X[test], parts[2])
    assert sorted([*train, *test]) == list(range(40)) and len(test) == 10
    assert RunConfig("nowhere", test_fraction=0).rows(source()) == (None, None)


def test_an_interrupt_the_shell_had_ignored_stays_ignored():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Stop().listening():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
