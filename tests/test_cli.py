"""The command line, run as a user runs it: a process, real files, exit codes, no traceback."""

import gzip
import json
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import hyotan as hy
from hyotan.cli import main
from hyotan.data.splits import held_out
from hyotan.metrics import Record


def hyotan(*arguments, cwd, code=0):
    """Run the installed command's module; a traceback is always a failure."""
    done = subprocess.run(
        [sys.executable, "-m", "hyotan.cli", *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=300, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert done.returncode == code, done.stderr + done.stdout
    if code:
        assert done.stderr.startswith("error: "), done.stderr
        assert done.stderr.count("\n") == 1
    return done


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A real CSV with a label column and holes."""
    from sklearn.datasets import load_wine

    folder = tmp_path_factory.mktemp("table")
    found = load_wine(as_frame=True)
    frame = found.data.assign(kind=found.target.map({0: "red", 1: "white", 2: "rosé"}))
    frame.iloc[3:9, 2] = np.nan
    frame.to_csv(folder / "wine.csv", index=False)
    frame.to_parquet(folder / "wine.parquet")
    return folder


@pytest.fixture(scope="module")
def run(table):
    """A run folder fitted from the command line."""
    args = ("fit", "wine.csv", "--label", "kind", "--epochs", "20", "--hidden", "16", "-o", "run", "--seed", "3")
    done = hyotan(*args, "--test-fraction", "0.3", cwd=table)
    return table / "run", done


def test_fit_writes_a_whole_run(run):
    folder, done = run
    assert sorted(p.name for p in folder.iterdir()) == ["history.csv", "model.hyotan", "record.json", "report.html"]
    assert "table of 13 columns" in done.stdout
    train, _ = held_out(178, 0.3, seed=0)
    assert f"{np.isin(train, range(3, 9)).sum()} of {125 * 13:,} cells" in done.stderr
    history = pd.read_csv(folder / "history.csv")
    assert len(history) == 20
    assert {"loss", "kl", "nll", "active_units", "val_loss", "seconds"} <= set(history)
    record = Record.load(folder / "record.json")
    assert record.data["rows"] == 53
    assert record.command.startswith("hyotan fit wine.csv --label kind")
    assert record.metrics["probe"]["classes"] == 3
    page = (folder / "report.html").read_text()
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert done.stdout.rstrip().endswith((folder / "report.html").as_uri())


def test_encode_reconstruct_score_sample(run, table):
    folder, _ = run
    model = hy.load(folder / "model.hyotan")
    frame = pd.read_csv(table / "wine.csv").drop(columns="kind")
    with pytest.warns(hy.HyotanWarning):
        codes, scores, errors = model.transform(frame), model.score_samples(frame), model.reconstruction_error(frame)

    hyotan("encode", "run", "wine.csv", "-o", "z.npy", cwd=table)  # the label column beside them does no harm
    np.testing.assert_array_equal(np.load(table / "z.npy"), codes)
    hyotan("score", "run/model.hyotan", "wine.parquet", "-o", "s.csv", cwd=table)
    written = pd.read_csv(table / "s.csv")
    np.testing.assert_allclose(written["score"], scores, rtol=1e-6)
    np.testing.assert_allclose(written["reconstruction_error"], errors, rtol=1e-6)
    hyotan("reconstruct", "run", "wine.csv", "-o", "x.parquet", cwd=table)
    assert list(pd.read_parquet(table / "x.parquet").columns) == list(frame.columns)
    hyotan("sample", "run", "-n", "7", "--seed", "1", "-o", "new.npz", cwd=table)
    np.testing.assert_array_equal(np.load(table / "new.npz")["X"], model.sample(7, random_state=1))


def test_report_again_and_on_other_data(run, table):
    folder, _ = run
    page = folder / "report.html"
    page.unlink()
    hyotan("report", "run", cwd=table)
    assert page.exists()
    hyotan("report", "run", "wine.csv", "--label", "kind", "-o", "other.html", cwd=table)
    assert "178" in (table / "other.html").read_text()


def test_a_run_is_not_overwritten_unless_asked(run, table):
    before = (run[0] / "model.hyotan").read_bytes()
    done = hyotan("fit", "wine.csv", "-o", "run", cwd=table, code=2)
    assert "holds a run already" in done.stderr
    assert (run[0] / "model.hyotan").read_bytes() == before


def test_columns_can_be_left_out(table):
    args = ("fit", "wine.csv", "--drop", "kind,hue", "--drop", "ash", "--epochs", "1", "-q", "-o", "dropped")
    hyotan(*args, cwd=table)
    assert len(hy.load(table / "dropped" / "model.hyotan").schema_.columns) == 11
    hyotan("encode", "dropped", "wine.csv", "-o", "codes.npy", cwd=table)


def test_words_and_numbers_on_the_command_line(tmp_path):
    """ "none" is a name where the parameter has one; a run of few rows has a report too."""
    X = np.random.default_rng(0).normal(size=(20, 6))
    np.save(tmp_path / "x.npy", X)
    args = ("--set", "scale=none", "--set", "net__dropout=.1", "--latent-dim", "5", "--epochs", "1", "-o", "run")
    done = hyotan("fit", "x.npy", *args, cwd=tmp_path)
    assert "as they are" in done.stdout
    assert "dropout=0.1" in done.stdout
    assert (tmp_path / "run" / "report.html").exists()


def test_a_folder_of_images(tmp_path):
    for i in range(30):
        shade = np.random.default_rng(i).integers(0, 255, (12, 10)).astype(np.uint8)
        (tmp_path / "pics" / "ab"[i % 2]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(shade).save(tmp_path / "pics" / "ab"[i % 2] / f"{i}.png")
    args = ("fit", "pics", "--recipe", "ae", "--net", "conv", "--set", "net__filters=4,8", "--epochs", "1")
    done = hyotan(*args, "-o", "run", cwd=tmp_path)
    assert "images 12 × 10" in done.stdout
    assert "divided by 255" in done.stdout
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(tmp_path / "pics" / "a" / "odd.png")
    done = hyotan("fit", "pics", "-o", "other", cwd=tmp_path, code=1)
    assert "odd.png" in done.stderr
    assert "resize" in done.stderr
    hyotan("fit", "pics", "--resize", "8", "--epochs", "1", "-q", "-o", "other", cwd=tmp_path)


def test_idx_and_npy(tmp_path):
    X = np.random.default_rng(0).integers(0, 255, (40, 6, 6)).astype(np.uint8)
    with gzip.open(tmp_path / "x-idx3-ubyte.gz", "wb") as file:
        file.write(struct.pack(">HBBIII", 0, 8, 3, *X.shape) + X.tobytes())
    hyotan("fit", "x-idx3-ubyte.gz", "--epochs", "1", "-q", "-o", "a", cwd=tmp_path)
    np.save(tmp_path / "x.npy", X)
    hyotan("fit", "x.npy", "--epochs", "1", "-q", "-o", "b", cwd=tmp_path)
    one, two = (hy.load(tmp_path / r / "model.hyotan").transform(X) for r in "ab")
    np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("fitt", "digits"), 2, "Did you mean 'fit'"),
        (("fit",), 2, "Missing argument"),
        (("fit", "digits", "--recipe", "vea"), 2, "did you mean 'vae'"),
        (("fit", "digits", "--recipe", "ae", "--beta", "2"), 2, "has no parameter 'beta'"),
        (("fit", "digits", "--set", "net__hiden=3"), 2, "did you mean 'net__hidden'"),
        (("fit", "digits", "--set", "epochs"), 2, "NAME=VALUE"),
        (("fit", "digits", "--hidden", "a,b"), 2, "'hidden' parameter of Dense"),
        (("fit", "digits", "--epochs", "0"), 2, "'epochs'"),
        (("fit", "digits", "--epochs", "many"), 2, "valid integer"),
        (("fit", "digits", "--label", "a"), 2, "label"),
        (("fit", "digitz"), 1, "did you mean 'digits'"),
        (("fit", "gone.csv"), 1, "gone.csv"),
        (("fit", "text.csv", "-o", "r"), 1, "'b'"),
        (("fit", "inf.npy", "-o", "r"), 1, "infinity"),
        (("fit", "nan.npy", "-o", "r"), 1, "missing"),
        (("fit", "same.npy", "-o", "r"), 1, "constant"),
        (("fit", "wide.npy", "--likelihood", "bernoulli", "-o", "r"), 1, "[0, 1]"),
        (("encode", "nowhere", "wide.npy", "-o", "z.npy"), 1, "nowhere"),
        (("encode", "fake.hyotan", "wide.npy", "-o", "z.npy"), 1, "not a hyotan model"),
        (("encode", "m.hyotan", "wide.npy", "-o", "z.npy"), 1, "expecting 3 features"),
        (("encode", "m.hyotan", "three.npy", "-o", "z.xlsx"), 2, "z.xlsx"),
        (("encode", "m.hyotan", "three.npy", "-o", "no/folder/z.npy"), 1, "cannot be written"),
        (("sample", "m.hyotan", "-o", "z.npy"), 2, "a prior to draw from"),
        (("report", "."), 1, "record.json"),
        (("fit", "text.csv", "--drop", "bb"), 2, "did you mean 'b'"),
        (("fit", "three.npy", "--drop", "a"), 2, "--drop has no meaning"),
        (("fit", "three.npy", "--test-fraction", "-1"), 2, "fraction"),
    ],
    ids=lambda v: " ".join(v)[:50] if isinstance(v, tuple) else None,
)
def test_refusals(arguments, code, words, wrong, monkeypatch, capsys):
    """In this process, which has imported Keras already: a process each would take minutes."""
    monkeypatch.chdir(wrong)
    with pytest.raises(SystemExit) as stopped:
        main(list(arguments))
    told = capsys.readouterr().err
    assert (stopped.value.code, words in told) == (code, True), told
    assert told.splitlines()[-1].startswith("error: ")
    assert not (wrong / "runs").exists(), "something was left behind"
    assert not (wrong / "r").exists(), "something was left behind"


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wrong")
    X = np.random.default_rng(0).normal(size=(30, 3))
    np.save(folder / "three.npy", X)
    np.save(folder / "wide.npy", np.c_[X, X])
    np.save(folder / "inf.npy", np.where(X > 2, np.inf, X) + np.r_[np.inf, np.zeros(29)][:, None])
    np.save(folder / "nan.npy", X * np.nan)
    np.save(folder / "same.npy", np.ones((9, 3)))
    (folder / "text.csv").write_text("a,b\n1,x\n2,y\n3,z\n")
    (folder / "fake.hyotan").write_text("hello")
    hy.AE(2, net=hy.nets.Dense(()), epochs=1, random_state=0, verbose=0).fit(X).save(folder / "m.hyotan")
    return folder


def test_help_version_and_recipes_answer_without_keras(tmp_path):
    code = (
        "import sys\nfrom hyotan.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as e:\n    assert not e.code\n"
        "assert not {'keras', 'jax', 'sklearn', 'tensorflow', 'torch'} & set(sys.modules), 'something heavy came along'"
    )
    for arguments in (["--help"], ["fit", "--help"], ["recipes"], ["--version"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    assert hy.__version__ in done.stdout


def test_help_and_import_are_quick():
    """Bars: 0.4 s and 0.2 s; the best of three, because the machine is shared."""

    def best(*command):
        times = []
        for _ in range(3):
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - began)
        return min(times)

    nothing = best(sys.executable, "-c", "pass")
    assert best(sys.executable, "-m", "hyotan.cli", "--help") <= 0.4
    assert best(sys.executable, "-c", "import hyotan") - nothing <= 0.2


def test_demo(tmp_path):
    done = hyotan("demo", "-o", "demo", "--epochs", "2", cwd=tmp_path)
    assert (tmp_path / "demo" / "report.html").exists()
    assert "file://" in done.stdout
    record = json.loads((tmp_path / "demo" / "record.json").read_text())
    assert record["data"]["rows"] == 359
    hyotan("demo", "-o", "demo", "--epochs", "1", cwd=tmp_path)  # again: a demo replaces its own
    assert Path(tmp_path / "demo" / "model.hyotan").exists()
