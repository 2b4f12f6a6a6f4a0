"""Progress: what is shown in a terminal, and that nothing but lines is shown elsewhere."""

import os
import pty
import re
import select
import subprocess
import sys

import numpy as np
import pytest

import hyotan as hy
from hyotan.core.terms import Term
from hyotan.training.progress import clock, terms

X = np.random.default_rng(0).normal(size=(70, 6)).astype(np.float32)
FIT = """
import time
import numpy as np
import hyotan as hy
import keras
slow = [keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: time.sleep(0.2))]
X = np.random.default_rng(0).normal(size=(70, 6)).astype(np.float32)
model = hy.VAE(2, net=hy.nets.Dense((8,)), epochs={first}, random_state=0, verbose=0).fit(X, validation_data=X)
model.set_params(epochs=12, verbose=1, callbacks=slow).fit(X, validation_data=X, resume={resume})
"""


def in_terminal(code, columns):
    """What a program shows in a terminal so many columns wide: everything, and line by line without its colours."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(COLUMNS=str(columns), TERM="xterm-256color")
        os.environ.pop("NO_COLOR", None)
        os.execv(sys.executable, [sys.executable, "-c", code])
    shown = b""
    while True:
        try:
            got = os.read(terminal, 4096)
        except OSError:  # the terminal is closed
            break
        if not got:
            break
        shown += got
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, shown.decode()
    text = shown.decode()
    return text, re.split(r"[\r\n]+", re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text))


@pytest.mark.parametrize(("columns", "resume"), [(120, False), (80, True)])
def test_a_bar_in_a_terminal(columns, resume):
    text, lines = in_terminal(FIT.format(first=5 if resume else 1, resume=resume), columns)
    assert "\x1b[" in text
    bars = [line for line in lines if line.startswith("epoch")]
    assert bars[0].startswith(f"epoch {5 if resume else 0:>2}/12")
    last = bars[-1]
    assert re.match(
        rf"epoch 12/12 ━{{{24 if columns > 80 else 14}}} 0:\d\d  loss \d+\.\d+  val_loss \d+\.\d+  nll", last
    ), last
    assert ("active_units 2" in last) == (columns > 80)
    assert all(len(line) <= columns for line in bars)
    assert any(re.search(r"0:\d\d left  loss", line) for line in bars)


def test_nothing_in_a_pipe():
    code = FIT.format(first=1, resume=False)
    command = [sys.executable, "-W", "ignore::UserWarning", "-c", code]  # it learns nothing, and says so
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stderr == ""
    assert done.stdout.count("\n") == 1
    assert "\x1b" not in done.stdout


def test_a_line_an_epoch(capfd):
    hy.AE(2, net=hy.nets.Dense((8,)), epochs=3, random_state=0, verbose=2).fit(X)
    told = capfd.readouterr().err.splitlines()
    assert [line[:9] for line in told] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert re.fullmatch(r"epoch 3/3  loss \d+\.\d+  nll \d+\.\d+  \d+\.\d\d s", told[-1])


def test_terms_give_way_from_the_end():
    logs = {"kl": 1.0, "active_units": 2, "loss": 3.0, "val_loss": 4.0, "nll": 5.0}
    whole = "loss 3.0000  val_loss 4.0000  nll 5.0000  kl 1.0000  active_units 2"
    about = {name: Term(name, order=i) for i, name in enumerate(("nll", "kl", "active_units"), 10)}
    assert terms(logs, about) == whole
    for width in range(len(whole) + 1):
        shown = terms(logs, about, width)
        assert whole.startswith(shown)
        assert len(shown) <= max(width, len("loss 3.0000"))
    assert (terms({}, {}), terms(None, {})) == ("", "")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (3599.7, "1:00:00"), (36061, "10:01:01")]
)
def test_clock(seconds, text):
    assert clock(seconds) == text


@pytest.mark.parametrize("kind", ["terminal", "pipe"])
def test_a_terminal_or_pipe_that_goes_away_stops_no_training(kind, tmp_path):
    code = f"""
import os, time
import numpy as np
import hyotan as hy
import keras
def gone(epoch, logs):
    if epoch == 1:
        open("second", "w").close()
        while not os.path.exists("closed"):
            time.sleep(0.01)
X = np.random.default_rng(0).normal(size=(70, 6))
hook = [keras.callbacks.LambdaCallback(on_epoch_end=gone)]
verbose = {1 if kind == "terminal" else 2}
model = hy.VAE(2, net=hy.nets.Dense((8,)), epochs=4, random_state=0, verbose=verbose, callbacks=hook).fit(X)
print(len(model.history_["loss"]), flush=True)
"""
    ours, theirs = pty.openpty() if kind == "terminal" else os.pipe()
    with (tmp_path / "out").open("wb") as out:
        child = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=out, stderr=theirs)
    os.close(theirs)
    while not (tmp_path / "second").exists() and child.poll() is None:
        select.select([ours], [], [], 0.1)[0] and os.read(ours, 4096)
    os.close(ours)
    (tmp_path / "closed").touch()
    assert child.wait(120) == 0
    assert (tmp_path / "out").read_text().endswith("4\n")
