"""The command line, run as a user runs it: a process, real files, exit codes, no traceback."""

import gzip
import io
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import typer
from PIL import Image

import hyotan as hy
from hyotan.cli import commands, main
from hyotan.cli.app import ORDER, app, command_names
from hyotan.data.splits import held_out
from hyotan.metrics import Record


def hyotan(*arguments, cwd, code=0, process=False):
    """Run a command, in a process of its own or in this one, which has imported Keras; a traceback is a failure."""
    done = (apart if process else here)([str(argument) for argument in arguments], cwd)
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    assert done.returncode == code, done.stderr + done.stdout
    if code:
        assert done.stderr.startswith("error: "), done.stderr
        assert done.stderr.count("\n") == 1
    return done


def apart(arguments, cwd):
    """Run the installed command's module."""
    return subprocess.run(
        [sys.executable, "-m", "hyotan.cli", *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=300, env={**os.environ, "COLUMNS": "200"},
    )  # fmt: skip


def here(arguments, cwd):
    with chdir(cwd), redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        try:
            code = main(arguments)
        except SystemExit as stopped:
            code = stopped.code
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


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
    done = hyotan(*args, "--test-fraction", "0.3", cwd=table, process=True)
    return table / "run", done


def test_fit_writes_a_whole_run(run):
    folder, done = run
    assert sorted(p.name for p in folder.iterdir()) == [
        "history.csv", "model.hyotan", "record.json", "report.html", "run.json", "training.hyotan",
    ]  # fmt: skip
    assert "\x1b" not in done.stdout + done.stderr  # a pipe: no bar, no colours
    assert "epoch" not in done.stderr
    assert f"model   run{os.sep}model.hyotan" in done.stdout
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

    # In a process of its own; the label column beside them does no harm.
    hyotan("encode", "run", "wine.csv", "-o", "z.npy", cwd=table, process=True)
    np.testing.assert_array_equal(np.load(table / "z.npy"), codes)
    hyotan("score", "run/model.hyotan", "wine.parquet", "-o", "s.csv", cwd=table)
    written = pd.read_csv(table / "s.csv")
    np.testing.assert_allclose(written["score"], scores, rtol=1e-6)
    np.testing.assert_allclose(written["reconstruction_error"], errors, rtol=1e-6)
    hyotan("reconstruct", "run", "wine.csv", "-o", "x.parquet", cwd=table)
    assert list(pd.read_parquet(table / "x.parquet").columns) == ["row", *frame.columns]
    hyotan("sample", "run", "-n", "7", "--seed", "1", "-o", "new.npz", cwd=table)
    np.testing.assert_array_equal(np.load(table / "new.npz")["X"], model.sample(7, random_state=1))
    hyotan("sample", "run", "-n", "7", "--seed", "1", "--temperature", "0.5", "-o", "near.npz", cwd=table)
    near = model.sample(7, temperature=0.5, random_state=1)
    np.testing.assert_array_equal(np.load(table / "near.npz")["X"], near)
    assert not np.array_equal(near, model.sample(7, random_state=1))


def test_answers_on_standard_output(run, table):
    hyotan("encode", "run", "wine.csv", "-o", "z.csv", cwd=table)
    done = hyotan("encode", "run", "wine.csv", "-o", "-", cwd=table, process=True)
    assert done.stdout == (table / "z.csv").read_text()
    assert not (table / "-").exists()
    closed = f"{sys.executable} -m hyotan.cli encode run wine.csv -o - >&-"
    done = subprocess.run(closed, shell=True, cwd=table, capture_output=True, text=True, timeout=300)
    assert done.returncode == 1 and "Standard output is closed" in done.stderr
    for command in ("report", "explore"):
        done = hyotan(command, "run", "wine.csv", "-o", "-", cwd=table, code=1)
        assert "./- is a file of that name" in done.stderr
    assert not (table / "-").exists()
    refused = hyotan("encode", "run", "wine.csv", "-o", "-", "--json", cwd=table, code=2)
    assert "leave out --json" in refused.stderr


@pytest.mark.parametrize("bad", ["z.foo", "no/z.csv", "/dev/null", "."])
def test_a_path_that_cannot_be_written_is_refused_before_the_work(bad, run, table, monkeypatch):
    monkeypatch.setattr(hy.Autoencoder, "transform", None)
    wrong = 2 if bad in ("z.foo", "/dev/null", ".") else 1
    refused = hyotan("encode", "run", "wine.csv", "-o", bad, cwd=table, code=wrong)
    assert "cannot be written" in refused.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no shell with >&-, no /dev/full")
@pytest.mark.parametrize(
    ("closed", "code"), [("<&- >&- 2>&-", 0), ("2>/dev/full", 0), (">/dev/full", 1)], ids=["closed", "no log", "full"]
)
def test_streams_that_cannot_be_written(table, tmp_path, closed, code):
    """Nothing is written into a file that took the number of a closed stream; an unwritten answer is a failure."""
    fit = f"{sys.executable} -m hyotan.cli fit {table}/wine.csv --label kind --epochs 1 --no-report -o run {closed}"
    done = subprocess.run(fit, shell=True, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == code, done.stderr
    if code:
        assert done.stderr.splitlines()[-1].startswith("error: Standard output cannot be written")
        assert not (tmp_path / "run").exists()
    else:
        assert not done.stderr
        assert hy.load(tmp_path / "run" / "model.hyotan").history_["loss"]


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


def test_without_a_report(table):
    """The rest is there, the report can be drawn later, and who asks for one line is told of the folder."""
    done = hyotan("fit", "wine.csv", "--label", "kind", "--epochs", "1", "--no-report", "-q", "-o", "bare", cwd=table)
    assert done.stdout == "bare\n"
    assert not (table / "bare" / "report.html").exists()
    assert Record.load(table / "bare" / "record.json").data["rows"] == 18
    done = hyotan("fit", "--resume", "bare", "--epochs", "2", "--no-report", cwd=table)
    assert done.stdout.splitlines()[-1] == "report  not drawn: hyotan report bare"
    done = hyotan("fit", "--resume", "bare", "--epochs", "3", "--no-report", "--json", cwd=table)
    assert "report" not in json.loads(done.stdout)


def test_columns_can_be_left_out(table):
    args = (
        "fit",
        "wine.csv",
        "--drop",
        "kind,hue",
        "--drop",
        "ash",
        "--epochs",
        "1",
        "-q",
        "--no-report",
        "-o",
        "dropped",
    )
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
    args = (
        "fit",
        "pics",
        "--recipe",
        "ae",
        "--net",
        "conv",
        "--set",
        "net__filters=4,8",
        "--epochs",
        "1",
        "--no-report",
    )
    done = hyotan(*args, "-o", "run", cwd=tmp_path)
    assert "images 12 × 10" in done.stdout
    assert "divided by 255" in done.stdout
    Image.fromarray(np.zeros((5, 5), np.uint8)).save(tmp_path / "pics" / "a" / "odd.png")
    done = hyotan("fit", "pics", "-o", "other", cwd=tmp_path, code=1)
    assert "odd.png" in done.stderr
    assert "resize" in done.stderr
    hyotan("fit", "pics", "--resize", "8", "--epochs", "1", "-q", "--no-report", "-o", "other", cwd=tmp_path)


def test_idx_and_npy(tmp_path):
    X = np.random.default_rng(0).integers(0, 255, (40, 6, 6)).astype(np.uint8)
    with gzip.open(tmp_path / "x-idx3-ubyte.gz", "wb") as file:
        file.write(struct.pack(">HBBIII", 0, 8, 3, *X.shape) + X.tobytes())
    hyotan("fit", "x-idx3-ubyte.gz", "--epochs", "1", "-q", "--no-report", "-o", "a", cwd=tmp_path)
    np.save(tmp_path / "x.npy", X)
    hyotan("fit", "x.npy", "--epochs", "1", "-q", "--no-report", "-o", "b", cwd=tmp_path)
    one, two = (hy.load(tmp_path / r / "model.hyotan").transform(X) for r in "ab")
    np.testing.assert_array_equal(one, two)


def piped(text, *arguments, cwd):
    """Run a command in a process of its own, with text or bytes as its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "hyotan.cli", *arguments],
        cwd=cwd, capture_output=True, input=text if isinstance(text, bytes) else text.encode(), timeout=300,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_standard_input_and_sheets(tmp_path):
    values = np.random.default_rng(0).normal(size=(40, 3)).round(3)
    frame = pd.DataFrame(values, columns=["a", "b", "c"])
    rows = frame.to_csv(index=False)
    code, out, _ = piped(gzip.compress(rows.encode()), "fit", "-", "--epochs", "1", "-q", "--no-report", cwd=tmp_path)
    assert (code, out.split()) == (0, ["runs/stdin-vae"])
    assert json.loads((tmp_path / "runs" / "stdin-vae" / "run.json").read_text())["data"] == "-"
    scores = []
    for text in (rows, frame.to_json(orient="records", lines=True)):
        code, out, told = piped(text, "score", "runs/stdin-vae", "-", "-o", "-", cwd=tmp_path)
        assert code == 0, told
        scores.append(out)
    assert scores[0] == scores[1]
    assert scores[0].count("\n") == 41
    told = hyotan("explore", "runs/stdin-vae", cwd=tmp_path, code=2).stderr
    assert "came from standard input, and are not kept" in told
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        frame.assign(a="x").to_excel(book, sheet_name="Notes", index=False)
        frame.to_excel(book, sheet_name="Data", index=False)
    hyotan("fit", "a.xlsx", "--sheet", "Data", "--epochs", "1", "-q", "--no-report", "-o", "b", cwd=tmp_path)
    found = [tmp_path / f"{name}.csv" for name in ("xlsx", "csv")]
    (tmp_path / "a.csv").write_text(rows)
    hyotan("score", "b", "a.xlsx", "-o", found[0], cwd=tmp_path)  # from the sheet of the fit
    hyotan("score", "b", "a.csv", "-o", found[1], cwd=tmp_path)  # which has no sheets
    assert found[0].read_text() == found[1].read_text()
    assert (
        "no sheet named 'Dta'"
        in hyotan("score", "b", "a.xlsx", "--sheet", "Dta", "-o", "c.csv", cwd=tmp_path, code=2).stderr
    )


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
        (("fit", "three.npy", "--drop", "a"), 2, "'drop' parameter has no meaning"),
        (("fit", "three.npy", "--time", "a"), 2, "'time' parameter has no meaning"),
        (("fit", "three.npy", "--stride", "2"), 2, "only with window="),
        (("fit", "three.npy", "--window", "31"), 1, "shorter than a window"),
        (("fit", "three.npy", "--window", "16", "-o", "r"), 1, "too short to hold windows out"),
        (("fit", "days.csv", "--window", "3", "-o", "r"), 1, "1 gap"),
        (("fit", "days.csv", "--window", "3", "--gaps", "fill"), 2, "'split', 'mask'"),
        (("fit", "days.csv", "-o", "r"), 1, "time='day'"),
        (("fit", "three.npy", "--window", "3", "--cell", "rnn", "-o", "r"), 2, "'cell' parameter of Recurrent"),
        (("fit", "three.npy", "--window", "3", "--net", "dense", "--cell", "gru"), 2, "no parameter named 'net__cell'"),
        (("reproduce", "dense-ea"), 2, "did you mean 'dense-ae'"),
        (("fit", "three.npy", "--test-fraction", "-1"), 2, "fraction"),
        (("fit", "--resume", "nowhere"), 1, "holds no training to go on with"),
        (("fit", "--resume", "."), 1, "holds no training to go on with"),
        (("fit", "--resume", ".", "--seed", "1", "--hidden", "8"), 2, "received: --seed, --hidden"),
        (("explore", "m.hyotan"), 1, "run.json"),
        (("report", "m.hyotan", "three.npy", "wide.npy"), 2, "Only one run"),
        (("report", "m.hyotan", "m.hyotan", "--explorer"), 2, "--explorer shows one run"),
        (("report", "nowhere", "m.hyotan"), 1, "record.json"),
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
    days = [f"2024-01-0{day},{day}\n" for day in (1, 2, 3, 4, 7, 8, 9)]
    (folder / "days.csv").write_text("day,x\n" + "".join(days))
    (folder / "fake.hyotan").write_text("hello")
    hy.AE(2, net=hy.nets.Dense(()), epochs=1, random_state=0, verbose=0).fit(X).save(folder / "m.hyotan")
    return folder


def test_help_version_and_recipes_answer_without_keras(tmp_path):
    code = (
        "import sys\nfrom hyotan.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as e:\n    assert not e.code\n"
        "assert not {'keras', 'jax', 'sklearn', 'tensorflow', 'torch'} & set(sys.modules), 'something heavy came along'"
    )
    for arguments in (["--help"], ["fit", "--help"], ["--show-completion", "bash"], ["recipes"], ["--version"]):
        done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
    assert hy.__version__ in done.stdout


def test_a_command_is_a_file():
    """Every file of commands/ is a command, in the order of use; `--help` lists them so."""
    files = {path.stem for path in Path(commands.__path__[0]).glob("[a-z]*.py")}
    assert set(command_names()) == files == set(ORDER)
    assert list(typer.main.get_command(app).commands) == command_names() == list(ORDER)


def test_help_and_import_are_quick():
    """Bars: 0.3 s and 0.2 s; the best of five, because the machine is shared."""

    def best(*command):
        times = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - began)
        return min(times)

    nothing = best(sys.executable, "-c", "pass")
    assert best(sys.executable, "-m", "hyotan.cli", "--help") <= 0.3
    assert best(sys.executable, "-c", "import hyotan") - nothing <= 0.2


def test_demo(tmp_path):
    done = hyotan("demo", "-o", "demo", "--epochs", "2", cwd=tmp_path, process=True)
    assert (tmp_path / "demo" / "report.html").exists()
    assert "file://" in done.stdout
    record = json.loads((tmp_path / "demo" / "record.json").read_text())
    assert record["data"]["rows"] == 359
    hyotan("demo", "-o", "demo", "--epochs", "1", cwd=tmp_path)  # again: a demo replaces its own
    assert Path(tmp_path / "demo" / "model.hyotan").exists()


# ---------------------------------------------------------------- series


def run_here(folder, monkeypatch, *arguments):
    """In this process, as the refusals: what is looked at are the files."""
    monkeypatch.chdir(folder)
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    assert not stopped.value.code


@pytest.fixture(scope="module")
def clock(tmp_path_factory):
    """A year of a clock with 26 hours missing, and a run fitted on days of it."""
    folder = tmp_path_factory.mktemp("clock")
    times = pd.date_range("2023-01-01", periods=2000, freq="h")
    angle = 2 * np.pi * np.arange(2000) / 24
    frame = pd.DataFrame({"at": times, "sin": np.sin(angle), "cos": np.cos(angle) + 3, "remark": "fine"})
    frame.drop(index=range(700, 726)).to_csv(folder / "clock.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        run_here(
            folder, patch, "fit", "clock.csv", "--window", "24", "--stride", "12", "--gaps", "split",
            "--drop", "remark", "--recipe", "ae", "--hidden", "16", "--epochs", "30", "--learning-rate", ".01", "-q",
            "-o", "run",
        )  # fmt: skip
    return folder


def test_a_run_remembers_how_its_series_was_read(clock):
    model = hy.load(clock / "run" / "model.hyotan")
    assert (model.schema_.kind, model.schema_.shape) == ("series", (24, 2))
    assert model._fitted.info["reading"] == {
        "window": 24, "stride": 12, "gaps": "split", "time": "at", "columns": ["sin", "cos"],
    }  # fmt: skip
    record = Record.load(clock / "run" / "record.json")
    source = hy.data.load(clock / "clock.csv", **model._fitted.info["reading"])
    train, test = source.X.split(0.1)
    assert (record.data["kind"], record.data["rows"]) == ("series", len(test))
    assert record.model["rows"] == len(train)


@pytest.mark.parametrize("stride", [12, 5])
def test_scores_come_at_the_times_of_the_series(clock, stride, monkeypatch):
    run_here(clock, monkeypatch, "score", "run", "clock.csv", "--stride", stride, "-o", "s.csv")
    found, frame = pd.read_csv(clock / "s.csv"), pd.read_csv(clock / "clock.csv")
    assert list(found) == ["time", "score", "reconstruction_error", "known"]
    assert pd.to_datetime(found["time"]).tolist() == pd.to_datetime(frame["at"]).tolist()
    model, series = hy.load(clock / "run" / "model.hyotan"), frame[["sin", "cos"]].to_numpy()
    starts = [*range(0, 700 - 23, stride), *range(700, 1974 - 23, stride)]
    rows = np.stack([series[start : start + 24] for start in starts])
    scores, written = model.score_samples(rows), model.reconstruct(rows)
    for step in (0, 30, 690, 700, 1500):
        over = [(i, step - start) for i, start in enumerate(starts) if start <= step < start + 24]
        mean = np.mean([written[i, j] for i, j in over], axis=0)
        np.testing.assert_allclose(found["score"][step], np.mean([scores[i] for i, _ in over]), rtol=1e-5)
        np.testing.assert_allclose(found["reconstruction_error"][step], np.linalg.norm(series[step] - mean), rtol=1e-3)
    covered = {step for start in starts for step in range(start, start + 24)}
    assert set(np.flatnonzero(found["score"].notna())) == covered
    assert set(found["known"].dropna()) == {1.0}


def test_reconstructions_come_at_the_times_of_the_series(clock, monkeypatch):
    run_here(clock, monkeypatch, "reconstruct", "run", "clock.csv", "--stride", "1", "-o", "x.parquet")
    found, frame = pd.read_parquet(clock / "x.parquet"), pd.read_csv(clock / "clock.csv")
    assert list(found) == ["time", "sin", "cos"]
    for name in ("sin", "cos"):  # the mean of 24 views of a clock is close to it
        assert np.abs(found[name] - frame[name]).mean() < 0.25


def test_codes_of_windows_have_their_times(clock, monkeypatch):
    run_here(clock, monkeypatch, "encode", "run", "clock.csv", "-o", "z.csv")
    found, model = pd.read_csv(clock / "z.csv"), hy.load(clock / "run" / "model.hyotan")
    source = hy.data.load(clock / "clock.csv", **model._fitted.info["reading"])
    np.testing.assert_allclose(found[["z0", "z1"]], model.transform(source.X), rtol=1e-5, atol=1e-6)
    assert (pd.to_datetime(found["end"]) - pd.to_datetime(found["start"]) == pd.Timedelta("23h")).all()
    assert pd.to_datetime(found["start"]).tolist() == [*source.X.time[source.X.start]]
    run_here(clock, monkeypatch, "encode", "run", "clock.csv", "-o", "z.npy")
    assert np.load(clock / "z.npy").shape == (len(found), 2)


def test_a_plain_array_is_read_as_the_run_was(clock, monkeypatch):
    series = np.random.default_rng(0).normal(size=(60, 2))
    np.save(clock / "long.npy", series)
    np.save(clock / "cut.npy", np.stack([series[:24], series[24:48]]))
    run_here(clock, monkeypatch, "score", "run", "long.npy", "-o", "long.csv")
    assert pd.read_csv(clock / "long.csv")["time"].tolist() == list(range(60))
    run_here(clock, monkeypatch, "score", "run", "cut.npy", "-o", "cut.csv")
    assert list(pd.read_csv(clock / "cut.csv")) == ["id", "score", "reconstruction_error"]


def test_a_report_of_a_run_on_another_series(clock, monkeypatch):
    run_here(clock, monkeypatch, "report", "run", "clock.csv", "--stride", "24", "-o", "other.html")
    assert (clock / "other.html").stat().st_size > 10_000


@pytest.fixture(scope="module")
def words(tmp_path_factory):
    """Thirty series of 3 to 8 steps in a long table, and a recurrent run fitted on them."""
    folder, random = tmp_path_factory.mktemp("words"), np.random.default_rng(0)
    pd.concat(
        pd.DataFrame({"word": f"w{i:02d}", "pitch": random.normal(size=n), "loud": random.random(n), "who": i % 2})
        for i, n in enumerate(random.integers(3, 9, 30))
    ).to_csv(folder / "words.csv", index=False)
    args = ("--id", "word", "--label", "who", "--cell", "gru", "--hidden", "8", "--epochs", "1", "-q", "--no-report")
    with pytest.MonkeyPatch.context() as patch:
        run_here(folder, patch, "fit", "words.csv", *args, "--test-fraction", "0.5", "-o", "run")
    return folder


def test_series_of_unequal_length_keep_their_ids(words, monkeypatch):
    frame = pd.read_csv(words / "words.csv")
    model = hy.load(words / "run" / "model.hyotan")
    assert (model.schema_.ragged, model.parts_.net.units, model.parts_.net.cell) == (True, (8,), "gru")
    assert Record.load(words / "run" / "record.json").metrics["probe"]["classes"] == 2
    lists = [group[["pitch", "loud"]].to_numpy() for _, group in frame.groupby("word", sort=False)]
    for verb, expected in (("encode", model.transform(lists)), ("score", model.score_samples(lists))):
        run_here(words, monkeypatch, verb, "run", "words.csv", "-o", "out.csv")
        found = pd.read_csv(words / "out.csv")
        assert found["id"].tolist() == list(frame["word"].unique())
        shape = expected.reshape(30, -1).shape[1]
        np.testing.assert_allclose(found.iloc[:, 1 : 1 + shape], expected.reshape(30, -1), rtol=1e-4, atol=1e-5)
    run_here(words, monkeypatch, "reconstruct", "run", "words.csv", "-o", "out.parquet")
    found = pd.read_parquet(words / "out.parquet")
    assert list(found) == ["id", "step", "pitch", "loud"]
    assert found["id"].tolist() == frame["word"].tolist()
    np.testing.assert_allclose(found[["pitch", "loud"]], np.concatenate(model.reconstruct(lists)), rtol=1e-4, atol=1e-5)


def test_sampled_series(words, monkeypatch):
    for name in ("new.csv", "new.npz", "new.npy"):
        run_here(words, monkeypatch, "sample", "run", "-n", "40", "--seed", "1", "-o", name)
    expected = hy.load(words / "run" / "model.hyotan").sample(40, random_state=1)
    assert len({len(series) for series in expected}) > 1
    found = pd.read_csv(words / "new.csv")
    assert list(found) == ["id", "step", "pitch", "loud"]
    np.testing.assert_allclose(found[["pitch", "loud"]], np.concatenate(expected), rtol=1e-5)
    with np.load(words / "new.npz") as arrays:
        assert arrays["lengths"].tolist() == [len(series) for series in expected]
        np.testing.assert_array_equal(arrays["X"], np.load(words / "new.npy"))


def test_a_table_read_another_way_than_the_run_was(words, monkeypatch, capsys):
    frame = pd.read_csv(words / "words.csv").drop(columns="word")
    frame.assign(day=pd.date_range("2024", periods=len(frame))).to_csv(words / "long.csv", index=False)
    monkeypatch.chdir(words)
    with pytest.raises(SystemExit) as stopped:
        main(["score", "run", "long.csv", "-o", "s.csv"])
    assert stopped.value.code == 2
    assert "no column named 'word'" in capsys.readouterr().err
    run_here(words, monkeypatch, "score", "run", "long.csv", "--window", "5", "-o", "s.csv")
    assert len(pd.read_csv(words / "s.csv")) == len(frame)


# ---------------------------------------------------------------- stopping and going on


SLOW = (
    "import os, time; import keras; from hyotan.runs import fit\nclass Slow(fit.Stop):\n"
    + """
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 1:
            print("second epoch", flush=True)
            time.sleep(LONG)
fit.Stop = Slow
from hyotan.cli import main
main()
"""
)


def interrupted(folder, times, *arguments):
    """Press Ctrl-C in the second epoch, once or twice."""
    code = SLOW.replace("LONG", "2" if times == 1 else "60")
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], cwd=folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    said = []
    while "second epoch\n" not in said:
        said.append(process.stdout.readline())
        assert said[-1], process.stderr.read()
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
    out, err = process.communicate(timeout=120)
    assert "Traceback" not in err, err
    return process.returncode, "".join(said) + out, err


FIT = ("fit", "wine.csv", "--label", "kind", "--hidden", "8", "--seed", "3", "--test-fraction", "0.3")


@pytest.fixture(scope="module")
def stopped(table):
    """A run that was stopped in the second of five epochs, and the same one whole."""
    code, out, err = interrupted(table, 1, *FIT, "--epochs", "5", "-o", "half run")
    assert code == 0, err
    hyotan(*FIT, "--epochs", "5", "-q", "-o", "whole", cwd=table)
    return table / "half run", table / "whole", out, err


def test_ctrl_c_stops_after_the_epoch_and_keeps_the_run(stopped):
    half, whole, out, err = stopped
    assert "stopping after this epoch" in err
    last = out.splitlines()[-1]
    assert last == "stopped after epoch 2 of 5 · go on with: hyotan fit --resume 'half run'"
    assert {p.name for p in half.iterdir()} == {p.name for p in whole.iterdir()}
    assert len(hy.load(half / "model.hyotan").history_["loss"]) == 2
    assert len(pd.read_csv(half / "history.csv")) == 2


def test_going_on_ends_where_the_whole_run_did(stopped, table, tmp_path, monkeypatch, capsys):
    half, whole, *_ = stopped
    shutil.copytree(half, tmp_path / "run")
    run_here(tmp_path, monkeypatch, "fit", "--resume", "run", "--json")  # the data are found without their name
    answer = json.loads(capsys.readouterr().out)
    assert (answer["epochs"], answer["epochs_asked"], answer["stopped"]) == (5, 5, False)
    one, other = (hy.load(folder / "model.hyotan") for folder in (tmp_path / "run", whole))
    for a, b in zip(one._fitted.network.weights, other._fitted.network.weights, strict=True):
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    histories = (pd.read_csv(folder / "history.csv").drop(columns="seconds") for folder in (tmp_path / "run", whole))
    pd.testing.assert_frame_equal(*histories)
    records = [Record.load(folder / "record.json") for folder in (tmp_path / "run", whole)]
    assert records[0].metrics == records[1].metrics
    with pytest.raises(SystemExit) as stop:  # and there is nothing more to do
        main(["fit", "--resume", "run"])
    assert stop.value.code == 2
    assert "5 epochs are done already" in capsys.readouterr().err
    run_here(tmp_path, monkeypatch, "fit", "--resume", "run", "--epochs", "6", "-q")  # unless it is asked for
    assert len(hy.load(tmp_path / "run" / "model.hyotan").history_["loss"]) == 6


def test_going_on_is_refused(stopped, table, tmp_path, monkeypatch, capsys):
    half, *_ = stopped

    def refused(code, words, *arguments):
        with pytest.raises(SystemExit) as stop:
            main(["fit", "--resume", str(tmp_path / "run"), *arguments])
        told = capsys.readouterr().err
        assert (stop.value.code, words in told) == (code, True), told

    shutil.copytree(half, tmp_path / "run")
    monkeypatch.chdir(table)
    before = (tmp_path / "run" / "record.json").read_bytes()
    pd.read_csv("wine.csv").iloc[::-1].to_csv(tmp_path / "other.csv", index=False)
    pd.read_csv("wine.csv").iloc[:99].to_csv(tmp_path / "fewer.csv", index=False)
    refused(1, "other training rows", str(tmp_path / "other.csv"))
    refused(1, "received: 69 rows", str(tmp_path / "fewer.csv"))
    refused(2, "2 epochs are done already", "--epochs", "1")
    refused(2, "another 'batch_size'", "--set", "batch_size=3")
    state = (tmp_path / "run" / "training.hyotan").read_bytes()
    (tmp_path / "run" / "training.hyotan").write_bytes(state[:5000] + b"?" + state[5001:])
    refused(1, "was changed after it was written")
    (tmp_path / "run" / "training.hyotan").unlink()
    refused(1, "holds no training to go on with")
    assert (tmp_path / "run" / "record.json").read_bytes() == before


@pytest.mark.parametrize("checkpoint", [False, True])
def test_a_second_ctrl_c_stops_at_once(table, checkpoint):
    args = (*FIT, "--epochs", "5", "-o", "none", *(["--checkpoint"] if checkpoint else []))
    code, _, err = interrupted(table, 2, *args)
    assert code == 1
    told = err.splitlines()[-1]
    assert told.startswith("error: interrupted")
    if not checkpoint:
        assert "nothing is kept" in told
        assert not (table / "none").exists()
        return
    assert told.endswith("go on with: hyotan fit --resume none")
    assert sorted(p.name for p in (table / "none").iterdir()) == ["model.hyotan", "run.json"]
    hyotan("fit", "--resume", "none", "-q", cwd=table)
    done = hyotan("fit", "--resume", "none", "--epochs", "6", "--json", cwd=table)
    answer = json.loads(done.stdout)
    assert answer["epochs"] == 6
    assert "wine.csv" in done.stderr


def test_json(run, table, monkeypatch, capsys):
    def told(*arguments):
        run_here(table, monkeypatch, *arguments, "--json")
        return json.loads(capsys.readouterr().out)

    record = Record.load(run[0] / "record.json")
    answer = told("report", "run", "-o", "r.html")
    assert answer["metrics"]["reconstruction"]["mean"] == record.metrics["reconstruction"]["mean"]
    assert (answer["report"], answer["rows"]) == ("r.html", 53)
    answer = told("score", "run", "wine.csv", "-o", "s.csv")
    assert answer == {"file": "s.csv", "shape": [178, 3], "columns": ["row", "score", "reconstruction_error"]}
    answer = told("sample", "run", "-n", "3", "-o", "new.npy")
    assert (answer["shape"], len(answer["columns"])) == ([3, 13], 13)
    assert next(iter(told("reproduce")["experiments"])) == "dense-ae"


def test_a_page_on_several_runs(run, stopped, table, monkeypatch, capsys):
    run_here(table, monkeypatch, "report", "run", "whole", "half run/model.hyotan", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert list(answer["runs"]) == ["run", "whole", "half run"]
    assert answer["report"] == "comparison.html"
    page = (table / "comparison.html").read_text()
    assert all(name in page for name in ("run", "whole", "half run"))


def test_a_map_of_a_runs_own_rows(run, table, monkeypatch, capsys):
    run_here(table, monkeypatch, "explore", "run", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert (answer["explorer"], answer["rows"]) == (os.path.join("run", "explorer.html"), 53)
    assert (run[0] / "explorer.html").stat().st_size == answer["bytes"]
    run_here(table, monkeypatch, "explore", "run", "wine.csv", "--label", "kind", "-o", "all.html", "--json")
    assert json.loads(capsys.readouterr().out)["rows"] == 178
    run_here(table, monkeypatch, "report", "run", "--explorer", "-o", "with.html")
    sizes = [(table / name).stat().st_size for name in ("with.html", "all.html")]
    assert sizes[0] > sizes[1]
