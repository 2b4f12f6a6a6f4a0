"""One prepared run on a card, of at most six minutes: what hyotan costs there beside Keras and PyTorch.

Measured are an epoch of the four models of ``epochs.py``, sixteen models trained as a sweep, a convolutional VAE of
64 × 64 × 3 images, and the scores of ten million rows. The goals: at least twice as fast as the faster of Keras on JAX
and ``torch.compile``; sixteen models at twice the price of one or less. The card's answers are compared with the
processor's. Whatever is not installed is left out and said; nothing is fetched.

    python benchmarks/gpu.py [--cpu] [--seconds 360] [--out results/gpu]

``HYOTAN_DATA`` names the folder that holds ``mnist.npz``. ``--cpu`` is a small run without a card, to try it out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # the libraries share the card

import numpy as np

import workers
from pacing import Job
from workloads import WORKLOADS

GOAL, FLEET, MODELS = 2.0, 2.0, 16
CLOSE = 1e-4  # relative difference of scores between card and processor, or between libraries
WIDTH, HIDDEN, CODE, DRAWS = 13, 32, 2, 16  # of the model that scores many rows


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cpu", action="store_true", help="small, on the processor, to try it out")
    parser.add_argument("--seconds", type=float, default=360, help="when to stop (default: %(default)s)")
    parser.add_argument("--out", type=Path, help="write the table to this path with .md and .json as its suffix")
    parser.add_argument("--scores-of", type=Path, help=argparse.SUPPRESS)  # of a saved model, in a process of its own
    return parser.parse_args()


def has_torch() -> bool:
    """Whether PyTorch is installed."""
    return importlib.util.find_spec("torch") is not None


def middle(run: Callable[[], Any], times: int = 3) -> float:
    """Return the median of the seconds that a call takes; the first one, which compiles, does not count."""
    run()
    seconds = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - began)
    return statistics.median(seconds)


def epochs(name: str, small: bool) -> dict[str, Any]:
    """Time epochs of one model in all libraries, in turn, each in a process of its own."""
    workers.environment = lambda _: sys.executable  # what is here; nothing is installed
    rows = WORKLOADS[name].rows // (30 if small else 1)
    job = Job(name, rows, 50)
    names = ["hyotan", "keras", *(["torch-compile"] if has_torch() else [])]
    running, failed = {}, {}
    for each in names:
        try:
            running[each] = workers.Worker(each, job)
        except Exception as err:
            failed[each] = str(err)[:120]
    found: dict[str, list[float]] = {each: [] for each in running}
    for _ in range(2 if small else 5):
        for each, worker in running.items():
            found[each].append(worker.train_epoch()["seconds"])
    for worker in running.values():
        worker.close()
    return {**{each: statistics.median(seconds) for each, seconds in found.items()}, **failed}


def fleet(small: bool) -> dict[str, Any]:
    """Time an epoch of one model, and of sixteen trained as a sweep."""
    import hyotan as hy

    X = np.random.default_rng(0).normal(size=(500 if small else 2_000, WIDTH)).astype(np.float32)
    model = hy.VAE(2, net=hy.nets.Dense((HIDDEN,)), epochs=20 if small else 100, batch_size=64, verbose=0)
    one = statistics.median(model.set_params(random_state=0).fit(X).history_["seconds"][5:])
    swept = hy.Sweep(model, seeds=range(MODELS)).fit(X)
    all_ = sum(statistics.median(each.history_["seconds"][5:]) for each in swept.models_)
    return {"one": one, "sixteen": all_, "together": swept.together_}


def images(small: bool) -> dict[str, Any]:
    """Time an epoch of a convolutional VAE of 64 × 64 × 3 images, and of the same in Keras by hand."""
    import hyotan as hy

    import keras  # isort: skip
    from keras import layers, ops

    count, size = (32, 16) if small else (8_192, 128)
    X = np.random.default_rng(0).random((count, 64, 64, 3), np.float32)
    model = hy.VAE(
        16, net=hy.nets.Conv((32, 64)), likelihood="bernoulli", batch_size=size, epochs=4, random_state=0, verbose=0
    )
    ours = statistics.median(model.fit(X).history_["seconds"][1:])

    class ByHand(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            down = {"strides": 2, "padding": "same", "activation": "relu"}
            self.down = [layers.Conv2D(32, 3, **down), layers.Conv2D(64, 3, **down), layers.Flatten()]
            self.heads = layers.Dense(32)
            self.up = [
                layers.Dense(16 * 16 * 64, "relu"),
                layers.Reshape((16, 16, 64)),
                layers.Conv2DTranspose(64, 3, **down),
                layers.Conv2DTranspose(32, 3, **down),
                layers.Conv2D(3, 1),
            ]
            self.noise = keras.random.SeedGenerator(0)

        def call(self, x: Any) -> Any:
            h = x
            for layer in self.down:
                h = layer(h)
            mean, log_var = ops.split(self.heads(h), 2, axis=-1)
            kl = 0.5 * ops.sum(mean**2 + ops.exp(log_var) - log_var - 1, axis=-1)
            self.add_loss(ops.mean(kl))
            h = mean + ops.exp(0.5 * log_var) * keras.random.normal(ops.shape(mean), seed=self.noise)
            for layer in self.up:
                h = layer(h)
            return h

    by_hand = ByHand()

    def loss(x: Any, logits: Any) -> Any:
        each = ops.maximum(logits, 0) - logits * x + ops.log1p(ops.exp(-ops.abs(logits)))
        return ops.sum(each, axis=(1, 2, 3))

    by_hand.compile("adam", loss=loss)
    return {"hyotan": ours, "keras": middle(lambda: by_hand.fit(X, X, batch_size=size, verbose=0))}


def scores(small: bool, folder: Path) -> dict[str, Any]:
    """Time the scores of many rows, beside the same formula in JAX and in PyTorch by hand."""
    import hyotan as hy

    rows = 100_000 if small else 10_000_000
    X = np.random.default_rng(0).normal(size=(rows, WIDTH)).astype(np.float32)
    model = hy.VAE(CODE, net=hy.nets.Dense((HIDDEN,)), scale="none", epochs=1, random_state=0, verbose=0)
    model.fit(X[:10_000])
    network = model._fitted.network
    noise = np.asarray(network.latent.fixed_noise(DRAWS, network.code))
    found: dict[str, Any] = {"hyotan": middle(lambda: model.score_samples(X), 2)}
    ours = model.score_samples(X[:1000])
    by_name = {variable.path: np.asarray(variable) for variable in network.trainable_variables}
    parts = _by_name(by_name)
    found["jax"], theirs = _scores_jax(parts, noise, X)
    found["jax differs by"] = float(np.max(np.abs(theirs - ours) / np.abs(ours)))
    if has_torch():
        found["torch-compile"], theirs = _scores_torch(parts, noise, X)
        found["torch differs by"] = float(np.max(np.abs(theirs - ours) / np.abs(ours)))
    model.save(folder / "scored.hyotan")
    np.save(folder / "rows.npy", X[:1000])
    np.save(folder / "scores.npy", ours)
    return found


def _by_name(by_path: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the weights of the model by what they do; log σ is the only scalar."""
    matrices = [value for value in by_path.values() if value.ndim == 2]
    biases = [value for value in by_path.values() if value.ndim == 1]
    shapes = {(WIDTH, HIDDEN): "in", (CODE, HIDDEN): "out", (HIDDEN, WIDTH): "location"}
    found = {f"{shapes[m.shape]}/kernel": m for m in matrices if m.shape in shapes}
    heads = {path.split("/")[-2]: value for path, value in by_path.items() if value.shape in ((HIDDEN, CODE), (CODE,))}
    for path, value in by_path.items():
        owner = path.split("/")[-2]
        if value.shape in ((HIDDEN, CODE), (CODE,)):
            found[f"{owner}/{'kernel' if value.ndim == 2 else 'bias'}"] = value
    wide = [b for b in biases if b.shape == (HIDDEN,)]
    found["in/bias"], found["out/bias"] = wide[0], wide[1]
    found["location/bias"] = next(b for b in biases if b.shape == (WIDTH,))
    found["log_sigma"] = next(value for value in by_path.values() if value.ndim == 0)
    assert {"mean", "log_var"} <= set(heads), sorted(by_path)
    return found


def _elbo(w: dict[str, Any], x: Any, noise: Any, np_: Any, relu: Callable[[Any], Any]) -> Any:
    """Return the ELBO of rows in nats, from the same draws that hyotan uses."""
    h = relu(x @ w["in/kernel"] + w["in/bias"])
    mean, log_var = h @ w["mean/kernel"] + w["mean/bias"], h @ w["log_var/kernel"] + w["log_var/bias"]
    z = mean[None] + np_.exp(0.5 * log_var)[None] * noise[:, None]
    m = relu(z @ w["out/kernel"] + w["out/bias"]) @ w["location/kernel"] + w["location/bias"]
    log_sigma = 0.5 * np_.log(np_.exp(2 * w["log_sigma"]) + 1e-6)
    each = -0.5 * ((x[None] - m) * np_.exp(-log_sigma)) ** 2 - log_sigma - 0.9189385332046727
    kl = 0.5 * (mean**2 + np_.exp(log_var) - log_var - 1).sum(-1)
    return each.sum(-1).mean(0) - kl


def _scores_jax(w: dict[str, np.ndarray], noise: np.ndarray, X: np.ndarray) -> tuple[float, np.ndarray]:
    import jax
    from jax import numpy as jnp

    size = min(len(X), 2**17)
    step = jax.jit(lambda x: _elbo(w, x, noise, jnp, jax.nn.relu))

    def run() -> np.ndarray:
        return np.concatenate([np.asarray(step(X[at : at + size])) for at in range(0, len(X), size)])

    return middle(run, 2), run()[:1000]


def _scores_torch(w: dict[str, np.ndarray], noise: np.ndarray, X: np.ndarray) -> tuple[float, np.ndarray]:
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
    on = {name: torch.tensor(value, device=device) for name, value in w.items()}
    draws, size = torch.tensor(noise, device=device), min(len(X), 2**17)
    step = torch.compile(lambda x: _elbo(on, x, draws, torch, torch.relu))

    def run() -> np.ndarray:
        with torch.no_grad():
            parts = [step(torch.from_numpy(X[at : at + size]).to(device)).cpu() for at in range(0, len(X), size)]
            return torch.cat(parts).numpy()

    return middle(run, 2), run()[:1000]


def same_as_the_processor(folder: Path) -> float:
    """Return the largest relative difference of the card's scores from those of a process without it."""
    command = [sys.executable, __file__, "--scores-of", str(folder)]
    subprocess.run(command, check=True, env={**os.environ, "JAX_PLATFORMS": "cpu"}, stdout=subprocess.DEVNULL)
    ours, theirs = np.load(folder / "scores.npy"), np.load(folder / "cpu.npy")
    return float(np.max(np.abs(theirs - ours) / np.abs(ours)))


def line(what: str, found: dict[str, Any]) -> str:
    """Return a row of the table: seconds of each library, and how many times as fast hyotan is as the fastest other."""
    others = [value for name, value in found.items() if name in ("keras", "jax", "torch-compile") and value == value]
    others = [value for value in others if isinstance(value, float)]
    ratio = min(others) / found["hyotan"] if others and isinstance(found.get("hyotan"), float) else float("nan")
    told = " | ".join(
        f"{found[name]:.4g} s" if isinstance(found.get(name), float) else "–"
        for name in ("hyotan", "keras", "jax", "torch-compile")
    )
    return f"| {what} | {told} | {ratio:.2f} | {'met' if ratio >= GOAL else 'missed'} |"


def main() -> None:
    """Measure, print the table, and write it after each part."""
    options = arguments()
    if options.scores_of is not None:
        import hyotan as hy

        model = hy.load(options.scores_of / "scored.hyotan")
        np.save(options.scores_of / "cpu.npy", model.score_samples(np.load(options.scores_of / "rows.npy")))
        return
    if options.cpu:
        os.environ["JAX_PLATFORMS"] = "cpu"
    import jax

    import hyotan  # noqa: F401

    began, measured = time.perf_counter(), {}
    lines = [
        f"jax {jax.__version__} on {jax.devices()[0].device_kind}; "
        + ("small, to try it out" if options.cpu else "full size"),
        "",
        "| what | hyotan | Keras on JAX | JAX by hand | torch.compile | the faster ÷ hyotan | goal 2 |",
        "|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        parts: list[tuple[str, Callable[[], dict[str, Any]]]] = [
            ("scores of many rows", lambda: scores(options.cpu, folder)),
            ("epoch, conv VAE 64 × 64 × 3", lambda: images(options.cpu)),
            ("sixteen models", lambda: fleet(options.cpu)),
            *((f"epoch, {name}", lambda name=name: epochs(name, options.cpu)) for name in WORKLOADS),
        ]
        for what, part in parts:
            if time.perf_counter() - began > options.seconds - 30:
                lines.append(f"| {what} | no time left | | | | | |")
                continue
            try:
                found = measured[what] = part()
            except Exception as err:
                lines.append(f"| {what} | {type(err).__name__}: {str(err)[:100]} | | | | | |")
                continue
            if "sixteen" in found:
                price = found["sixteen"] / found["one"]
                lines.append(
                    f"| {what} ÷ one, an epoch ({found['together']}) | {price:.2f} | | | | goal ≤ {FLEET:g} | "
                    f"{'met' if price <= FLEET else 'missed'} |"
                )
            else:
                lines.append(line(what, found))
            print(lines[-1], flush=True)
        measured["card and processor differ by"] = differ = same_as_the_processor(folder)
    lines += ["", f"card and processor: largest relative difference of 1,000 scores {differ:.1e}, bar {CLOSE:g}"]
    print("\n".join(["", *lines]))
    print(f"{time.perf_counter() - began:.0f} s in all")
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.with_suffix(".md").write_text("\n".join(lines) + "\n")
        options.out.with_suffix(".json").write_text(json.dumps(measured, indent=1, default=str))
    sys.exit(differ > CLOSE)


if __name__ == "__main__":
    main()
