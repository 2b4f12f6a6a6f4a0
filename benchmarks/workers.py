"""Each library in an environment and a process of its own.

The libraries' requirements exclude one another, and a user of one has not installed the others; so each gets a
virtual environment, in a folder outside the repository that is kept from run to run.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TypedDict, cast

from pacing import BenchmarkError, Job

HERE = Path(__file__).parent
OURS = "hyotan"


class Epoch(TypedDict):
    """What a worker reports after an epoch."""

    seconds: float
    cpu: float
    loss: float
    peak_mib: float


class Introduction(TypedDict):
    """What a worker reports before its first epoch."""

    versions: dict[str, str]
    parameters: int
    threads: int | None


def home() -> Path:
    """Return the folder that holds the environments and the workers' logs."""
    return Path(os.environ.get("HYOTAN_BENCH_HOME") or Path.home() / ".cache" / "hyotan-bench")


def environment(peer: str) -> str:
    """Return the Python of a library's environment, making the environment if it is missing or out of date.

    hyotan itself runs in the environment that runs the benchmark, for that is the one under development.
    """
    if peer == OURS:
        return sys.executable
    folder, requirements = home() / peer, HERE / "peers" / peer / "requirements.txt"
    python, installed = folder / "bin" / "python", folder / "requirements.txt"
    if not installed.exists() or installed.read_text() != requirements.read_text():
        _run(peer, sys.executable, "-m", "venv", "--clear", str(folder))
        _run(peer, str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements))
        installed.write_text(requirements.read_text())  # last, so that a broken installation is made again
    return str(python)


def _run(peer: str, *command: str) -> None:
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise BenchmarkError(
            f"The environment for {peer} cannot be made",
            f"{' '.join(command)} to succeed",
            _last_line(done.stdout),
            f"see that the package index can be reached, or leave {peer} out of --peers",
        )


class Worker:
    """One library training one model, an epoch at a time.

    Parameters
    ----------
    peer : str
        The library.
    job : Job
        What it trains.
    """

    def __init__(self, peer: str, job: Job) -> None:
        self.name = peer
        python = environment(peer)
        paths = [str(HERE), *([os.environ["PYTHONPATH"]] if peer == OURS and "PYTHONPATH" in os.environ else [])]
        script = HERE / "peers" / peer / f"train_{peer}.py"
        self._log = home() / "logs" / f"{peer}-{job.model}.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [python, str(script), job.model, "--rows", str(job.rows), "--epochs", str(job.epochs)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "KERAS_BACKEND": "jax"},
            )
        try:
            self.introduction = cast("Introduction", self._hear())
            self.warm_up = cast("Epoch", self._hear())
        except BaseException:
            self.close()  # nobody else can: this worker is not yet anybody's
            raise

    def train_epoch(self) -> Epoch:
        """Let the worker train one epoch and return its report."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write("go\n")
        stdin.flush()
        return cast("Epoch", self._hear())

    def _hear(self) -> object:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise BenchmarkError(
                f"The worker for {self.name} has ended too early",
                "a line of JSON from it",
                _last_line(self._log.read_text()),
                f"read {self._log}",
            )
        return json.loads(line)

    def close(self) -> None:
        """End the worker."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()  # the word that no more epochs are wanted
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "nothing"
