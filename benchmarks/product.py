"""Every combination of all four kinds of parts trains: python benchmarks/product.py.

The contract tests hold every pair; this runs the full product over the registries, with masks and without, and prints
what fails. It takes minutes, so it stands here.
"""

from __future__ import annotations

import itertools
import sys
import time
import warnings
from typing import Any

import numpy as np

import hyotan as hy  # it chooses the backend, so it comes before Keras
from hyotan.core import part

import keras  # isort: skip

IMAGES = np.random.default_rng(0).uniform(size=(24, 6, 5, 2)).astype(np.float32)
HOLES = np.where(np.random.default_rng(1).uniform(size=IMAGES.shape) < 0.1, np.nan, IMAGES)
SERIES, SERIES_WITH_HOLES = (
    [row[: 2 + i % 5] for i, row in enumerate(rows.reshape(24, 6, 10))] for rows in (IMAGES, HOLES)
)


def variants(kind: str) -> list[Any]:
    """Return every part of a kind, with the choices that change its shape or its formula."""
    if kind == "net":
        encoder = keras.Sequential([keras.Input((6, 5, 2)), keras.layers.Flatten(), keras.layers.Dense(8, "tanh")])
        decoder = keras.Sequential([keras.Input((3,)), keras.layers.Dense(8, "tanh")])
        fed = hy.nets.Recurrent(6, "lstm", decoder="conditional", order="reversed", scheduled_sampling=0.3)
        return [hy.nets.Dense((8,)), hy.nets.Conv((4,)), hy.nets.Custom(encoder, decoder), hy.nets.Recurrent(6), fed]
    if kind == "latent":
        warm = hy.divergences.KL(beta=2, free_bits=0.1, warmup=2)
        return [hy.latents.Point(3), hy.latents.Sparse(3), hy.latents.Gaussian(3, divergence=warm)]
    if kind == "likelihood":
        return [hy.likelihoods.Bernoulli(), *(hy.likelihoods.Gaussian(sigma=s) for s in ("learned", "predicted"))]
    _ = hy.corruptions  # imported, so that its parts are registered
    return [None, *(part() for part in part.registered("corruption").values())]


def main() -> int:
    """Run the product; exit status 1 if anything failed."""
    kinds = ("net", "latent", "likelihood", "corruption")
    combinations = list(itertools.product(*map(variants, kinds)))
    began, failed = time.perf_counter(), 0
    warnings.simplefilter("ignore", hy.HyotanWarning)
    for number, (net, latent, likelihood, corruption) in enumerate(combinations):
        # With holes and without; a custom encoder of 2 channels has no room for the flags of missing cells.
        holes = bool(number % 2) and not isinstance(net, hy.nets.Custom)
        X: Any = HOLES if holes else IMAGES
        if net.reads_series:
            X = SERIES_WITH_HOLES if holes else SERIES
        model = hy.Autoencoder(
            latent, net, likelihood, corruption, scale="none", epochs=2, batch_size=8, random_state=0, verbose=0
        )
        try:
            model.fit(X)
            assert np.isfinite(model.score_samples(X)).all(), "a score is not finite"
            assert all(np.isfinite(row).all() for row in model.reconstruct(X)), "a reconstruction is not finite"
            assert all(np.isfinite(values).all() for values in model.history_.values()), "a term is not finite"
        except Exception as error:  # whatever it is, the next combination is still to be tried
            failed += 1
            print(f"FAILED {net} {latent} {likelihood} {corruption}: {type(error).__name__} {error}")
        if sys.stderr.isatty():
            print(f"\r{number + 1}/{len(combinations)}", end="", file=sys.stderr)
    seconds = time.perf_counter() - began
    print(f"{len(combinations)} combinations: {failed} failed, {seconds:.0f} s")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
