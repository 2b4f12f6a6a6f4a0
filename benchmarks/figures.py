"""The figures of the README, measured on the full MNIST: python benchmarks/figures.py [NAME …].

Each figure stands beside its bar or the published one. Training runs on all 60,000 images, every number is measured
on the 10,000 test images.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import hyotan as hy  # it chooses the backend, so it comes before Keras

import keras  # isort: skip


ROWS: list[tuple[str, str, str, bool | None]] = []


def row(what: str, figure: str, bar: str, met: bool | None = None) -> None:
    """Print one line of the table, and keep it."""
    met = None if met is None else bool(met)
    ROWS.append((what, figure, bar, met))
    verdict = {True: "met", False: "MISSED", None: ""}[met]
    print(f"{what:72s} {figure:>28s}   {bar:30s} {verdict}", flush=True)


def cosine(epochs: int, batch: int, rate: float = 1e-3) -> Any:
    """Return a learning rate that falls along a cosine to zero over the whole training."""
    return keras.optimizers.schedules.CosineDecay(rate, epochs * -(-60_000 // batch))


def fresh_elbo(model: Any, x: np.ndarray, draws: int = 5) -> float:
    """Return the mean ELBO from independent draws for every row, recomputed in NumPy from the decoder's means."""
    kl = model.kl_per_dim(x).sum(axis=1)
    total = np.zeros(len(x))
    for seed in range(draws):
        p = np.clip(model.inverse_transform(model.draw(x, random_state=seed)).astype(np.float64), 1e-7, 1 - 1e-7)
        total += np.sum(x * np.log(p) + (1 - x) * np.log1p(-p), axis=1)
    return float(np.mean(total / draws - kl))


def timed(fit: Callable[[], Any]) -> tuple[Any, str]:
    """Return what ``fit`` returns, and how long it took in words."""
    began = time.perf_counter()
    model = fit()
    return model, f"{(time.perf_counter() - began) / 60:.1f} min"


def ae(x: np.ndarray, x_test: np.ndarray) -> None:
    """AE 784-32-784 as published, and a deeper one with the same code."""
    # The article's loss is a mean over the 784 pixels. Adam does not mind the factor, but for the epsilon it adds to
    # the root of the second moment: 784 times Keras's 1e-7 here is the article's optimizer.
    adam = keras.optimizers.Adam(1e-3, epsilon=784e-7)
    plain = hy.AE(
        32, activation="relu", net=hy.nets.Dense(()), likelihood="bernoulli", epochs=50, batch_size=256,
        optimizer=adam, verbose=0,
    )  # fmt: skip
    errors = []
    for seed in range(5):
        plain.set_params(random_state=seed)
        model, took = timed(lambda: plain.fit(x))
        errors.append(model.reconstruction_error(x_test).sum())
        row(f"AE 784-32-784, Adam, batch 256, 50 epochs, seed {seed}: summed error ({took})", f"{errors[-1]:,.2f}", "")
    row("   median of the five seeds", f"{np.median(errors):,.2f}", "<= 26,400", np.median(errors) <= 26_400)
    deep = hy.AE(
        32, net=hy.nets.Dense((512, 256)), likelihood="bernoulli", epochs=30, batch_size=128,
        learning_rate=cosine(30, 128), random_state=0, verbose=0,
    )  # fmt: skip
    model, took = timed(lambda: deep.fit(x))
    error = model.reconstruction_error(x_test).sum()
    row(f"AE 784-512-256-32, cosine, batch 128, 30 epochs ({took})", f"{error:,.2f}", "<= 20,000", error <= 20_000)


def vae(x: np.ndarray, x_test: np.ndarray) -> None:
    """VAE 784-256-2 as published, and a deeper one with the same waist."""
    plain = hy.VAE(
        2, net=hy.nets.Dense((256,)), likelihood="bernoulli", epochs=100, batch_size=64, random_state=0, verbose=0
    )
    model, took = timed(lambda: plain.fit(x, validation_data=x_test))
    count = model.model_.count_params()
    row("VAE 784-256-2-256-784: parameters", f"{count:,}", "404,244", count == 404_244)
    elbo = -model.score(x_test)
    row(f"   Adam, batch 64, 100 epochs: negative test ELBO ({took})", f"{elbo:.2f} nats", "<= 149.5", elbo <= 149.5)
    row("   the same from 5 independent draws a row, in NumPy", f"{-fresh_elbo(model, x_test):.2f} nats", "")
    row("   the same with one draw a row, as Keras validates", f"{model.history_['val_loss'][-1]:.2f} nats", "")
    deep = hy.VAE(
        2, net=hy.nets.Dense((512, 256, 128)), likelihood="bernoulli", epochs=40, batch_size=256,
        learning_rate=cosine(40, 256), random_state=0, verbose=0,
    )  # fmt: skip
    model, took = timed(lambda: deep.fit(x))
    elbo = -model.score(x_test)
    row(f"VAE 784-512-256-128-2, cosine, batch 256, 40 epochs ({took})", f"{elbo:.2f} nats", "<= 142", elbo <= 142)
    row("   the same from 5 independent draws a row, in NumPy", f"{-fresh_elbo(model, x_test):.2f} nats", "")


def marginal(x: np.ndarray, x_test: np.ndarray) -> None:
    """Linear Gaussian VAE on MNIST against its marginal N(b, WWᵀ + σ²I), and probabilistic PCA."""
    from scipy.linalg import subspace_angles
    from scipy.stats import multivariate_normal
    from sklearn.decomposition import PCA

    dim = 8
    linear = hy.VAE(
        dim, net=hy.nets.Dense(()), likelihood="gaussian", scale="none", epochs=60, batch_size=256,
        learning_rate=cosine(60, 256, 5e-3), random_state=0, verbose=0,
    )  # fmt: skip
    model, took = timed(lambda: linear.fit(x))
    likelihood = model._fitted.network.likelihood
    W, b = (np.asarray(w.value, np.float64) for w in likelihood.location.dense.weights)
    sigma = float(np.exp(np.asarray(likelihood.log_sigma({}), np.float64)))
    exact = multivariate_normal(b, W.T @ W + sigma**2 * np.eye(784)).logpdf(x_test)
    gap = exact.mean() - model.score(x_test)
    row(f"Linear Gaussian VAE, 8 units: exact log p(x) − ELBO ({took})", f"{gap:.4f} nats", "0 to 0.3", 0 <= gap <= 0.3)
    log_p, stderr = model.log_likelihood(x_test[:1000], n_samples=1000)
    off = abs(log_p.mean() - exact[:1000].mean())
    bar = 3 * stderr.mean() + 0.01
    row(
        "   |log_likelihood − exact|, 1,000 images, K = 1,000",
        f"{off:.5f} nats",
        f"<= 3 stderr + 0.01 = {bar:.4f}",
        off <= bar,
    )
    inside = np.mean(np.abs(log_p - exact[:1000]) <= 3 * stderr + 0.01)
    row("   share of images within 3 standard errors + 0.01", f"{inside:.1%}", ">= 99 %", inside >= 0.99)
    pca = PCA(dim).fit(x)
    row("   σ, beside probabilistic PCA's", f"{sigma:.5f} / {np.sqrt(pca.noise_variance_):.5f}", "")
    angle = np.degrees(subspace_angles(W.T, pca.components_.T)).max()
    row("   largest angle between the subspaces", f"{angle:.2f}°", "")


def bits(x: np.ndarray, x_test: np.ndarray) -> None:
    """Equal to the bit: twice, permuted, alone, after save and load, in another process."""
    model = hy.VAE(2, likelihood="bernoulli", epochs=1, random_state=0, verbose=0).fit(x)
    order = np.random.default_rng(0).permutation(len(x_test))
    with tempfile.TemporaryDirectory() as folder:
        path = model.save(Path(folder, "m.hyotan"))
        np.save(Path(folder, "x.npy"), x_test[order])
        code = (
            "import sys, numpy as np, hyotan as hy; m = hy.load(sys.argv[1]); x = np.load(sys.argv[2]); "
            "np.savez(sys.argv[3], transform=m.transform(x), score_samples=m.score_samples(x))"
        )
        out = Path(folder, "o.npz")
        subprocess.run([sys.executable, "-c", code, str(path), str(Path(folder, "x.npy")), str(out)], check=True)
        other, loaded = np.load(out), hy.load(path)
        for method in ("transform", "score_samples"):
            ask, every = getattr(model, method), getattr(model, method)(x_test)
            equal = {
                "twice": np.array_equal(ask(x_test), every),
                "permuted": np.array_equal(ask(x_test[order]), every[order]),
                "alone": all(np.array_equal(ask(x_test[i : i + 1])[0], every[i]) for i in range(0, 10_000, 100)),
                "loaded": np.array_equal(getattr(loaded, method)(x_test), every),
                "another process": np.array_equal(other[method], every[order]),
            }
            row(f"{method}: {', '.join(equal)}", "equal to the bit", "equal", all(equal.values()))


FIGURES = {"ae": ae, "vae": vae, "marginal": marginal, "bits": bits}


def main() -> int:
    """Measure the figures named, or all of them; exit status 1 if a bar was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(FIGURES))
    parser.add_argument("--out", type=Path, help="write the table as JSON")
    args = parser.parse_args()
    for name in args.names:
        if name not in FIGURES:
            parser.error(f"there is no figure named {name!r}; expected {', '.join(FIGURES)}")
    source = hy.data.load("mnist")
    x, x_test = source.X.reshape(-1, 784), source.X_test.reshape(-1, 784)
    print(f"{source.note}\n{platform.platform()}, Python {platform.python_version()}, Keras {keras.__version__}\n")
    for name in args.names or FIGURES:
        FIGURES[name](x, x_test)
    if args.out:
        args.out.write_text(json.dumps(ROWS, indent=1))
    return int(any(met is False for *_, met in ROWS))


if __name__ == "__main__":
    sys.exit(main())
