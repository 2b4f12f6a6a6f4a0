"""A sweep: a table, a run for each model, the best named; and nothing half-written."""

import csv
import json

import numpy as np
import pytest

import hyotan as hy
from hyotan.cli import main
from hyotan.data import Source
from hyotan.runs.config import RunConfig
from hyotan.runs.sweep import names_of, sweep_runs
from hyotan.training import parallel

X = np.random.default_rng(0).normal(size=(60, 4)).astype(np.float32)
START = RunConfig("nowhere", test_fraction=0.25)
OVER = {"latent__divergence__beta": [1.0, 4.0]}


def vae(**params):
    return hy.VAE(2, **{"net": hy.nets.Dense(()), "epochs": 2, "verbose": 0, **params})


def sweep(out, model=None, **how):
    given = {"over": OVER, "seeds": [0, 3], **how}
    return sweep_runs(model or vae(), Source(X, None, None, None, "x", "x"), out, START, "test", **given)


@pytest.fixture(scope="module")
def swept(tmp_path_factory):
    out = tmp_path_factory.mktemp("sweeps") / "deep" / "sweep"
    return out, sweep(out)


def test_a_run_for_each_and_a_table(swept):
    out, answer = swept
    names = ["beta-1.0_seed-0", "beta-1.0_seed-3", "beta-4.0_seed-0", "beta-4.0_seed-3"]
    assert sorted(p.name for p in out.iterdir()) == [*names, "sweep.csv", "sweep.json"]
    assert [p.name for p in out.parent.iterdir()] == ["sweep"]
    with (out / "sweep.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["run"] for row in rows] == [str(out / name) for name in names]
    assert [float(row["latent__divergence__beta"]) for row in rows] == [1, 1, 4, 4]
    document = json.loads((out / "sweep.json").read_text())
    assert document["models"] == answer["models"]
    best = max(rows, key=lambda row: float(row["score"]))
    assert document["best"] == best["run"]
    for name, row in zip(names, rows, strict=True):
        assert {p.name for p in (out / name).iterdir()} == {"model.hyotan", "history.csv", "run.json"}
        model = hy.load(out / name / "model.hyotan")
        assert model.latent.divergence.beta == float(row["latent__divergence__beta"])
        assert model.history_["loss"][-1] == float(row["loss"])
        assert len((out / name / "history.csv").read_text().splitlines()) == 3
        assert RunConfig.load(out / name) == START


def test_the_score_is_that_of_the_rows_held_out(swept):
    _, answer = swept
    _, held = START.rows(Source(X, None, None, None, "x", "x"))
    for row in answer["models"]:
        model = hy.load(f"{row['run']}/model.hyotan")
        assert row["score"] == pytest.approx(model.score(X[held]), rel=1e-6)


def test_what_is_there_is_left_alone(tmp_path, refused):
    out = tmp_path / "s"
    sweep(out, seeds=[0])
    before = (out / "sweep.json").read_text()
    with refused(hy.ParameterError, "holds a sweep already", "--overwrite"):
        sweep(out)
    assert (out / "sweep.json").read_text() == before
    sweep(out, seeds=[5], overwrite=True)
    assert sorted(p.name for p in out.iterdir() if p.is_dir()) == ["beta-1.0_seed-5", "beta-4.0_seed-5"]
    assert [p.name for p in tmp_path.iterdir()] == ["s"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine")
    with refused(hy.ParameterError, "holds something already"):
        sweep(other, overwrite=True)
    assert (other / "mine.txt").read_text() == "mine"
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(hy.HyotanError, match="something already|cannot be made"):
        sweep(tmp_path / "file" / "s")


@pytest.mark.parametrize("broken", [KeyboardInterrupt, hy.TrainingError])
def test_what_breaks_leaves_nothing_behind(broken, tmp_path, monkeypatch):
    before = sweep(tmp_path / "s", seeds=[0])

    def breaks(*_):
        raise broken("on the way")

    monkeypatch.setattr(parallel.Pass, "run", breaks)
    with pytest.raises(broken):
        sweep(tmp_path / "s", overwrite=True)
    with pytest.raises(broken):
        sweep(tmp_path / "other")
    assert [p.name for p in tmp_path.iterdir()] == ["s"]
    assert json.loads((tmp_path / "s" / "sweep.json").read_text())["models"] == before["models"]


def test_a_model_that_failed_has_no_run(tmp_path):
    with pytest.warns(hy.HyotanWarning, match="it failed"):
        answer = sweep(tmp_path / "s", vae(batch_size=8), over={"learning_rate": [1e-3, 1e30]}, seeds=[0])
    assert [row["run"] is None for row in answer["models"]] == [False, True]
    assert "not finite" in answer["models"][1]["error"]
    assert answer["best"].endswith("learning_rate-0.001_seed-0")


def test_names_are_readable_and_differ():
    assert names_of([{"net__hidden": (64, 32), "seed": 0}, {"net__hidden": (), "seed": 0}]) == [
        "hidden-64x32_seed-0",
        "hidden-none_seed-0",
    ]
    assert names_of([{"a__x": 1, "b__x": 2}]) == ["a__x-1_b__x-2"]
    long = "y" * 60
    assert names_of([{"x": f"{long}/1"}, {"x": f"{long}/2"}]) == [f"{i}_x-{'y' * 40}" for i in (0, 1)]
    assert names_of([{"x": "../up"}]) == ["x-..-up"]


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", X)
    over = ("--over", "latent__divergence__beta=1,4", "--over", "learning_rate=1e-3,1e-2")
    with pytest.raises(SystemExit) as ended:
        main(["sweep", "x.npy", *over, "--epochs", "1", "--hidden", "none", "--seeds", "2", "-o", "s"])
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert "\x1b" not in out
    assert "beta" in out and "learning_rate" in out and "score" in out
    assert sum(line.startswith("* ") for line in out.splitlines()) == 1
    best = json.loads((tmp_path / "s" / "sweep.json").read_text())["best"]
    assert f"hyotan report {best}" in out
    with pytest.raises(SystemExit) as ended:
        main(["report", best])
    assert ended.value.code == 0
    assert (tmp_path / best / "report.html").exists()
    capsys.readouterr()
    with pytest.raises(SystemExit):
        main(["sweep", "x.npy", "--epochs", "1", "--seeds", "4,5", "--json"])
    answer = json.loads(capsys.readouterr().out)
    assert [row["seed"] for row in answer["models"]] == [4, 5]
    assert answer["sweep"] == "runs/x-vae-sweep"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--over", "hidden=1,2"], "did you mean 'net__hidden'"),
        (["--over", "learning_rate"], "--over is not valid"),
        (["--over", "epochs=1", "--over", "epochs=2"], "each parameter once"),
        (["--seeds", "many"], "--seeds is not valid"),
        (["--seeds", "0"], "--seeds is not valid"),
    ],
)
def test_wrong_use(words, told, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    np.save("x.npy", X)
    with pytest.raises(SystemExit) as ended:
        main(["sweep", "x.npy", *words, "-o", "s"])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert told in error
    assert [p.name for p in tmp_path.iterdir()] == ["x.npy"]
