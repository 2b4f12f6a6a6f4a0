"""Each library in an environment and a process of its own.

The libraries' requirements exclude one another, and a user of one has not installed the others; so each gets a
virtual environment, in a folder outside the repository that is kept from run to run.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, cast

from pacing import Job
from workloads import WORKLOADS, BenchmarkError

HERE = Path(__file__).parent
OURS = "hyotan"
PATIENCE = 1200  # seconds that an epoch may take, the first one with its compilation included


@dataclass(frozen=True)
class Peer:
    """A library, and how its worker is started.

    Parameters
    ----------
    script : str
        What the worker runs, in the folder of the benchmarks.
    environment : str
        The folder of ``peers/`` with its requirements; :data:`OURS` is the environment that runs the benchmark.
    models : tuple of str
        What it has a counterpart for.
    backend : str
        Keras's, if it runs on Keras.
    options : tuple of str
        More words for the worker's command line.
    at_most : int or None
        Rows it is given, where a whole epoch would take too long; its times are then scaled up.
    """

    script: str
    environment: str
    models: tuple[str, ...] = tuple(WORKLOADS)
    backend: str = "jax"
    options: tuple[str, ...] = ()
    at_most: int | None = None


_KERAS, _TORCH = "peers/keras/train_keras.py", "peers/torch/train_torch.py"
LIBRARIES = {
    OURS: Peer("peers/hyotan/train_hyotan.py", OURS),
    "keras": Peer(_KERAS, "keras"),
    "torch": Peer(_TORCH, "torch"),
    "torch-compile": Peer(_TORCH, "torch", options=("--compile",)),
    "torch-fused": Peer(_TORCH, "torch", ("ae", "vae", "gru"), options=("--compile", "--fused")),
    "keras-tf": Peer(_KERAS, "keras-tf", backend="tensorflow"),
    "keras-torch": Peer(_KERAS, "keras-torch", backend="torch"),
    "pythae": Peer("peers/pythae/train_pythae.py", "pythae", ("ae", "vae", "gru")),
    "pyod": Peer("peers/pyod/train_pyod.py", "pyod", ("ae", "vae")),
    "tsgm": Peer("peers/tsgm/train_tsgm.py", "tsgm", ("gru",), backend="tensorflow"),
    "sequitur": Peer("peers/sequitur/train_sequitur.py", "sequitur", ("lstm",), at_most=100),
}
LIMITS = {"limits": Peer("limits.py", OURS), "limits of torch": Peer("limits.py", "torch")}
"""What measures the machine and not a library; see ``limits.py``."""


class Epoch(TypedDict):
    """What a worker reports after an epoch."""

    seconds: float
    cpu: float
    loss: float | None
    peak_mib: float
    measured: dict[str, float]


class Introduction(TypedDict):
    """What a worker reports before its first epoch."""

    versions: dict[str, str]
    parameters: int | None
    threads: int | None


def home() -> Path:
    """Return the folder that holds the environments and the workers' logs."""
    return Path(os.environ.get("HYOTAN_BENCH_HOME") or Path.home() / ".cache" / "hyotan-bench")


def environment(name: str) -> str:
    """Return the Python of an environment, making the environment if it is missing or out of date.

    hyotan itself runs in the environment that runs the benchmark, for that is the one under development.
    """
    if name == OURS:
        return sys.executable
    folder, requirements = home() / name, HERE / "peers" / name / "requirements.txt"
    python, installed = folder / "bin" / "python", folder / "requirements.txt"
    if not installed.exists() or installed.read_text() != requirements.read_text():
        _run(name, sys.executable, "-m", "venv", "--clear", str(folder))
        _run(name, str(python), "-m", "pip", "install", "--quiet", "--requirement", str(requirements))
        installed.write_text(requirements.read_text())  # last, so that a broken installation is made again
    return str(python)


def _run(name: str, *command: str) -> None:
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise BenchmarkError(
            f"The environment {name} cannot be made",
            f"{' '.join(command)} to succeed",
            _last_line(done.stdout),
            f"see that the package index can be reached, or leave {name} out of --peers",
        )


class Worker:
    """One library training one model, an epoch at a time.

    Parameters
    ----------
    name : str
        One of :data:`LIBRARIES` or :data:`LIMITS`.
    job : Job
        What it trains; with fewer rows where the library gets no more.
    """

    def __init__(self, name: str, job: Job) -> None:
        peer = (LIBRARIES | LIMITS)[name]
        self.name = name
        self.job = job if peer.at_most is None else replace(job, rows=min(job.rows, peer.at_most))
        python = environment(peer.environment)
        inherited = peer.environment == OURS and "PYTHONPATH" in os.environ
        paths = [str(HERE), *([os.environ["PYTHONPATH"]] if inherited else [])]
        self._log = home() / "logs" / f"{name.replace(' ', '-')}-{job.model}.log"
        self._log.parent.mkdir(parents=True, exist_ok=True)
        order = [str(HERE / peer.script), job.model, "--rows", str(self.job.rows), "--epochs", str(job.epochs)]
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [python, *order, *peer.options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={
                    **os.environ,
                    "PYTHONPATH": os.pathsep.join(paths),
                    "KERAS_BACKEND": peer.backend,
                    "TF_CPP_MIN_LOG_LEVEL": "3",
                },
            )
        self._lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        threading.Thread(target=self._listen, daemon=True).start()
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
        try:
            stdin.write("go\n")
            stdin.flush()
        except BrokenPipeError:
            pass  # it has ended, and what it said last is read now
        return cast("Epoch", self._hear())

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):  # a library may print when it is imported, before standard output is claimed
                self._lines.put(line)
        self._lines.put("")

    def _hear(self) -> object:
        try:
            line = self._lines.get(timeout=PATIENCE)
        except queue.Empty:
            line, last = "", f"nothing for {PATIENCE} seconds"
        else:
            last = "" if line else self._last_word()
        if not line:
            raise BenchmarkError(
                f"The worker for {self.name} has ended too early",
                "a line of JSON from it",
                last,
                f"read {self._log}",
            )
        return json.loads(line)

    def _last_word(self) -> str:
        """Return the last line of what it said, or how it ended without a word."""
        text = self._log.read_text()
        return _last_line(text) if text.strip() else f"exit status {self._process.wait()}"

    def close(self) -> None:
        """End the worker."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()  # the word that no more epochs are wanted
        except BrokenPipeError:
            pass
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("[notice]")]
    return lines[-1] if lines else "nothing"
