"""The VAE of `hyotan reproduce dense-vae` with one thing changed at a time.

Do 4 and 9 merge less, and what does it cost? The width of the hidden layers, the batch size, the size of the code and
the number of epochs are changed one by one, with three seeds each. Printed are mean and standard deviation over the
seeds of the test loss (nats, mean of 16 draws), the mean Euclidean error of a test image, and the share of test images
of 4 and 9 that a vote of the ten nearest training codes tells apart.

    python benchmarks/study.py [--epochs 10] [--seeds 3] [--rows 60000]
"""

from __future__ import annotations

import argparse
import time

import numpy as np

import hyotan as hy
from hyotan.reproduce.dense_ae import told_apart

BASE = {"net__hidden": (256,), "batch_size": 64, "latent_dim": 2}
CHANGED = {"net__hidden": [(128,), (512,)], "batch_size": [32, 256], "latent_dim": [4, 8]}
NAMES = {"net__hidden": "width", "batch_size": "batch size", "latent_dim": "code", "epochs": "epochs"}


def main() -> None:
    """Train all models, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=60_000, help="training images")
    asked = parser.parse_args()
    began, mnist = time.perf_counter(), hy.data.load("mnist")
    x, y = mnist.X[: asked.rows], mnist.y[: asked.rows]
    print("| changed | test loss, nats | error of an image | 4 told from 9 |\n|---|---|---|---|", flush=True)
    cases = {"nothing": {}}
    cases |= {f"{NAMES[name]} {_short(value)}": {name: value} for name, each in CHANGED.items() for value in each}
    cases |= {f"{epochs} epochs": {"epochs": epochs} for epochs in (asked.epochs // 2, asked.epochs * 3)}
    for what, changed in cases.items():
        settings = {"epochs": asked.epochs, "likelihood": "bernoulli", "verbose": 0, **BASE, **changed}
        model = hy.VAE(net=hy.nets.Dense()).set_params(**settings)
        found = []
        for one in hy.Sweep(model, seeds=range(asked.seeds)).fit(x).models_:
            codes, codes_test = one.transform(x), one.transform(mnist.X_test)
            apart = told_apart(codes, y, codes_test, mnist.y_test)
            found.append((-one.score(mnist.X_test), one.reconstruction_error(mnist.X_test).mean(), apart))
        mean, spread = np.mean(found, axis=0), np.std(found, axis=0, ddof=1 if len(found) > 1 else 0)
        cells = [f"{m:.2f} ± {s:.2f}" for m, s in zip(mean[:2], spread[:2], strict=True)]
        print(f"| {what} | {' | '.join(cells)} | {mean[2]:.1%} ± {spread[2]:.1%} |", flush=True)
    base = ", ".join(f"{NAMES[name]} {_short(value)}" for name, value in BASE.items())
    print(f"\nUnchanged: {base}, {asked.epochs} epochs; {len(x):,} training images, {asked.seeds} seeds; "
          f"{(time.perf_counter() - began) / 60:.0f} min in all.")  # fmt: skip


def _short(value: object) -> str:
    return str(value[0]) if isinstance(value, tuple) else str(value)


if __name__ == "__main__":
    main()
