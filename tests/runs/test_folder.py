"""The folder of a run: one fit at a time, and after a kill the old run or the new one, never a mixture."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import hyotan as hy
from hyotan.data import Source
from hyotan.runs.config import RunConfig
from hyotan.runs.fit import fit_run
from hyotan.runs.folder import RunFolder

X = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
START = RunConfig("digits", test_fraction=0.25)


def model(**params):
    base = {"net": hy.nets.Dense(()), "epochs": 2, "random_state": 0, "verbose": 0}
    return hy.AE(**{"latent_dim": 2, **base, **params})


def fitted(out, start=START, **params):
    return fit_run(model(**params), Source(X, None, None, None, "x", "x"), out, start, "test", draw=False)


def content(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_second_fit_is_kept_out(tmp_path, refused):
    fitted(tmp_path / "run")
    with RunFolder(tmp_path / "run").open():
        with refused(hy.ArtifactError, "Another fit is writing to", "-o"):
            fitted(tmp_path / "run", latent_dim=3)
    fitted(tmp_path / "run", latent_dim=3)  # once it has ended
    assert hy.load(tmp_path / "run" / "model.hyotan").latent_dim == 3


def test_the_earlier_run_is_whole_until_the_new_one_is(tmp_path):
    fitted(tmp_path / "run")
    (tmp_path / "run" / "mine.csv").write_text("1,2")
    (tmp_path / "run" / "notes").mkdir()
    (tmp_path / "run" / "notes" / "a.txt").write_text("x")
    before = content(tmp_path / "run")
    folder = RunFolder(tmp_path / "run")
    with folder.open():
        model(latent_dim=3).fit(X).save(folder.path / "model.hyotan")
        assert content(tmp_path / "run") == before
        folder.begin()
        assert hy.load(tmp_path / "run" / "model.hyotan").latent_dim == 3
    assert set(content(tmp_path / "run")) == {"model.hyotan", "mine.csv", "notes/a.txt"}  # the user's own files stay
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize("checkpoint", [False, True])
def test_a_fit_that_fails_changes_nothing(checkpoint, tmp_path):
    fitted(tmp_path / "run")
    before = content(tmp_path / "run")

    class Fail(hy.core.errors.HyotanError):
        pass

    import keras

    class Raise(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            raise Fail("no")

    with pytest.raises(Fail):
        fitted(tmp_path / "run", RunConfig("digits", test_fraction=0.25, checkpoint=checkpoint), callbacks=[Raise()])
    assert content(tmp_path / "run") == before
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


KILL = """
import os, signal, sys
import numpy as np
sys.path.insert(0, sys.argv[2])
import test_folder as here
import hyotan.runs.folder
from hyotan.runs.config import RunConfig
left = int(sys.argv[1])

def killed(event, args):
    global left
    watched = event in ("os.rename", "os.remove", "os.link", "shutil.rmtree") or (
        event == "open" and args[2] & (os.O_WRONLY | os.O_CREAT) and str(args[0]).startswith(os.getcwd()))
    if watched:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(killed)
here.fitted(here.Path.cwd() / "run", RunConfig("digits", test_fraction=0.25, checkpoint=True), latent_dim=3)
"""


@pytest.mark.parametrize("left", [2, 5, 8, 11])
def test_killed_at_a_file_operation(left, tmp_path):
    """All of them are tried by benchmarks/kills.py."""
    fitted(tmp_path / "run")
    command = [sys.executable, "-c", KILL, str(left), str(Path(__file__).parent)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    sizes = {
        hy.load(tmp_path / "run" / name).latent_dim
        for name in ("model.hyotan", "training.hyotan")
        if (tmp_path / "run" / name).exists()
    }
    assert len(sizes) == 1 and (tmp_path / "run" / "run.json").exists()
    assert sizes == {2} or not (tmp_path / "run" / "record.json").exists()
    fitted(tmp_path / "run", latent_dim=4)  # and what the killed one has left goes
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
    assert not [path for path in (tmp_path / "run").iterdir() if path.name.endswith(".part")]


def test_a_folder_that_somebody_removes_comes_back_whole(tmp_path):
    import shutil

    import keras

    class Remove(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 1:
                shutil.rmtree(tmp_path / "run")

    fitted(tmp_path / "run", RunConfig("digits", test_fraction=0.25, checkpoint=True), epochs=3, callbacks=[Remove()])
    assert {"model.hyotan", "training.hyotan", "run.json", "record.json"} <= set(os.listdir(tmp_path / "run"))


def test_a_strangers_folder_gets_at_no_file(tmp_path, refused):
    from hyotan.runs.open import ask, record_of

    np.save(tmp_path / "mine.npy", X)
    np.save(tmp_path / "secret.npy", X + 1)
    start = RunConfig.of(str(tmp_path / "mine.npy"), {}, test_fraction=0.25)
    fit_run(model(), start.source(), tmp_path / "run", start, "test", draw=False)
    assert len(ask(tmp_path / "run", None, None, "test").X) == 10
    (tmp_path / "run" / "record.json").unlink()
    assert record_of(tmp_path / "run").metrics
    for changed in (
        RunConfig(str(tmp_path / "secret.npy"), digest=start.digest),
        RunConfig(str(tmp_path / "secret.npy")),
        RunConfig(str(tmp_path / "gone.npy"), digest=start.digest),
    ):
        changed.save(tmp_path / "run")
        with refused(hy.ParameterError, "are not read again", "name the data"):
            ask(tmp_path / "run", None, None)
        (tmp_path / "run" / "record.json").unlink(missing_ok=True)
        with refused(hy.ParameterError, "are not read again"):
            record_of(tmp_path / "run")
    assert len(ask(tmp_path / "run", str(tmp_path / "mine.npy"), None).X) == 40  # the advice


def test_what_cannot_be_replaced_is_refused_before_training(tmp_path, refused, monkeypatch):
    fitted(tmp_path / "run")
    before = content(tmp_path / "run")
    monkeypatch.setattr("hyotan.runs.folder.os.path.ismount", lambda path: True)
    with refused(hy.ArtifactError, "mount point"):
        fitted(tmp_path / "run", latent_dim=3)
    assert content(tmp_path / "run") == before


def test_a_model_that_cannot_take_its_place_is_kept(tmp_path, monkeypatch):
    fitted(tmp_path / "run")
    before = content(tmp_path / "run")

    def full(*_):
        raise OSError("no room")

    monkeypatch.setattr("hyotan.runs.folder.exchange", full)
    with pytest.raises(hy.ArtifactError, match="earlier run is untouched; the new one is whole in") as caught:
        fitted(tmp_path / "run", latent_dim=3)
    assert content(tmp_path / "run") == before
    assert hy.load(Path(str(caught.value).rpartition(" in ")[2]) / "model.hyotan").latent_dim == 3


@pytest.mark.parametrize(
    "document",
    [{"data": 5}, {"data": ["a"]}, {"data": "x\0y"}, {"options": 5}, {"digest": 3}, {"test_fraction": "a"}],
)
def test_run_json_of_other_types_is_refused(document, tmp_path, refused):
    import json

    START.save(tmp_path)
    whole = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**whole, **document}))
    with refused(hy.ArtifactError, "run.json"):
        RunConfig.load(tmp_path)


def test_a_strangers_device_is_not_read(refused):
    with refused(hy.ParameterError, "are not read again"):
        RunConfig("/dev/zero", digest="0" * 64).source()


def test_files_of_a_test_part_are_not_those_of_the_training_part(tmp_path):
    from PIL import Image

    from hyotan.runs.open import ask

    for part in ("train", "test"):
        for label in "ab":
            (tmp_path / "images" / part / label).mkdir(parents=True)
            for index in range(6):
                noise = np.random.default_rng(index).integers(0, 255, (6, 6), dtype=np.uint8)
                Image.fromarray(noise).save(tmp_path / "images" / part / label / f"{part}{index}.png")
    start = RunConfig.of(str(tmp_path / "images"), {})
    fit_run(model(), start.source(), tmp_path / "run", start, "test", draw=False)
    assert ask(tmp_path / "run", None, "train").beside["file"][0] == "train/a/train0.png"
    assert "file" not in ask(tmp_path / "run", None, "test").beside
