"""Kill `hyotan fit --overwrite --checkpoint` at every file operation: the folder must hold the old run or the new one.

Each fit is a process of its own that sends itself SIGKILL at its k-th file operation (a file opened for writing, a
rename, a removal, a new folder), for k = 1, 2, ... until it ends by itself. After each, the folder has to hold a run
that is whole: a model that loads, of the old run or the new one, beside the configuration of the same run, and no
record, history or report of the other.

    python benchmarks/kills.py [--most 100] [--resume]
"""

from __future__ import annotations

import argparse
import json
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

CHILD = """
import os, signal, sys
left = int(sys.argv.pop(1))
WATCHED = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.truncate", "shutil.rmtree")
home = os.getcwd()

def count(event, args):
    global left
    if event == "open":
        path, mode, flags = args
        if not (isinstance(path, str) and path.startswith(home) and (flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))):
            return
    elif event not in WATCHED or not any(isinstance(a, (str, bytes)) and home in os.fsdecode(a) for a in args):
        return
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

import hyotan.cli.app, hyotan.runs.fit, keras  # before anything is counted
os.chdir(home)
sys.addaudithook(count)
hyotan.cli.app.main(sys.argv[1:])
"""


def hyotan(folder: Path, *arguments: str, left: int = 0) -> int:
    """Run a command in a folder, killed at a file operation if `left` is not 0, and return its exit code."""
    command = [sys.executable, "-c", CHILD, str(left or 10**9), *arguments]
    return subprocess.run(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    ).returncode


def seen(run: Path) -> tuple[bool, str]:
    """Return whether a folder holds a whole run, and which one, or what is wrong with it."""
    import hyotan as hy

    model = hy.load(run / "model.hyotan")
    rows = json.loads((run / "run.json").read_text())
    which = {"old": 2, "new": 3}
    told = next((name for name, size in which.items() if model.latent_dim == size), "another")
    if Path(rows["data"]).stem != told:
        return False, f"a model of the {told} run, and run.json of {rows['data']}"
    if (run / "training.hyotan").exists() and hy.load(run / "training.hyotan").latent_dim != which[told]:
        return False, f"a model of the {told} run, and the training state of another"
    if (run / "record.json").exists():
        record = json.loads((run / "record.json").read_text())
        if f"{told}.npy" not in record["command"]:
            return False, f"a model of the {told} run, and the record of another"
    return True, told


def main() -> None:
    """Print how many kills left the old run, the new run, and something else."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=100, help="kills at most")
    options = parser.parse_args()
    counts: dict[str, int] = {"old": 0, "new": 0}
    wrong = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        rng = np.random.default_rng(0)
        for name in ("old", "new"):
            np.save(folder / f"{name}.npy", rng.normal(size=(60, 5)))
        common = ("--epochs", "3", "--hidden", "4", "-q", "-o", "run")
        assert hyotan(folder, "fit", "old.npy", "--latent-dim", "2", *common) == 0
        shutil.copytree(folder / "run", folder / "kept")
        for left in range(1, options.most + 1):
            for path in folder.glob(".run*"):
                shutil.rmtree(path)
            shutil.rmtree(folder / "run", ignore_errors=True)
            shutil.copytree(folder / "kept", folder / "run")
            code = hyotan(
                folder, "fit", "new.npy", "--latent-dim", "3", "--overwrite", "--checkpoint", *common, left=left
            )
            try:
                whole, told = seen(folder / "run")
            except Exception as err:
                whole, told = False, f"{type(err).__name__}: {err}"
            if whole:
                counts[told] += 1
            else:
                wrong.append((left, told))
            if code != -signal.SIGKILL:
                break
    print(f"{left} fits, killed at file operations 1 to {left - (code != -signal.SIGKILL)}")
    print(f"old run whole {counts['old']}, new run whole {counts['new']}, neither {len(wrong)}")
    for at, told in wrong:
        print(f"  at {at}: {told}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
