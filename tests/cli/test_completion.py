"""Completion: the scripts, and what a shell is answered; in a process, as the shell asks."""

import os
import shutil
import subprocess
import sys

import pytest

from hyotan.cli import main

ASK = "import sys; from hyotan.cli import main; sys.argv[0] = 'hyotan'; main()"


def hyotan(*arguments, cwd, code=0, **environment):
    done = subprocess.run(
        [sys.executable, "-c", ASK, *arguments],
        cwd=cwd, capture_output=True, text=True, timeout=60, env={**os.environ, **environment},
    )  # fmt: skip
    assert done.returncode == code, done.stderr + done.stdout
    return done


def answers(words, cwd):
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1), "_HYOTAN_COMPLETE": "complete_bash"}
    return hyotan(cwd=cwd, **asked).stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_is_printed(shell, tmp_path):
    script = hyotan("--show-completion", shell, cwd=tmp_path).stdout
    assert "_HYOTAN_COMPLETE=complete_" + shell in script
    assert "hyotan" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n", "-c", script], check=True)


def test_a_shell_that_is_not_known(tmp_path):
    told = hyotan("--show-completion", "zhs", cwd=tmp_path, code=2).stderr
    assert told.startswith("error: There is no shell named 'zhs'")
    assert "did you mean 'zsh'" in told


def test_without_a_name_it_is_this_shell(monkeypatch, capsys):
    monkeypatch.setattr("typer.completion._get_shell_name", lambda: "fish")
    with pytest.raises(SystemExit) as stopped:
        main(["--show-completion"])
    assert not stopped.value.code
    assert "_HYOTAN_COMPLETE=complete_fish" in capsys.readouterr().out


def test_it_is_installed(tmp_path):
    told = hyotan("--install-completion", "bash", cwd=tmp_path, HOME=str(tmp_path)).stdout
    where = told.splitlines()[0].removeprefix("bash completion installed in ")
    assert "_HYOTAN_COMPLETE=complete_bash" in open(where).read()
    assert where in (tmp_path / ".bashrc").read_text()


def test_names_follow(tmp_path):
    for name in ("data.csv", "notes.md", "table.csv.gz", "x-idx3-ubyte", ".hidden.csv"):
        (tmp_path / name).touch()
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "deep.npy").touch()
    assert answers("hyotan fi", tmp_path) == ["fit"]
    assert answers("hyotan fit d", tmp_path) == ["digits", "data.csv"]
    assert answers("hyotan fit ", tmp_path) == [
        *("digits", "mnist", "sines", "data.csv", "pictures/", "table.csv.gz", "x-idx3-ubyte")
    ]
    assert answers("hyotan fit pictures/", tmp_path) == ["pictures/deep.npy"]
    assert answers("hyotan fit nowhere/", tmp_path) == []
    assert answers("hyotan fit digits --recipe ", tmp_path) == ["ae", "denoising-ae", "sparse-ae", "vae"]
    assert answers("hyotan fit digits --net ", tmp_path) == ["conv", "dense", "recurrent"]
    assert answers("hyotan fit digits --likelihood b", tmp_path) == ["bernoulli"]
    assert answers("hyotan reproduce dense", tmp_path) == ["dense-ae", "dense-vae"]
    assert answers("hyotan encode run s", tmp_path) == ["sines"]
