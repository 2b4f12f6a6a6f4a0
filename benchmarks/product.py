"""Every combination of all four kinds of parts trains: python benchmarks/product.py.

The contract tests hold every pair; this runs the full product over the registries, with masks and without, and prints
what fails. It takes minutes, so it stands here.
"""

from __future__ import annotations

import itertools
import sys
import time
import warnings

import numpy as np

import hyotan as hy
from hyotan import _parts, autoencoder  # noqa: F401  (every room registers its parts)

IMAGES = np.random.default_rng(0).uniform(size=(24, 6, 5, 2)).astype(np.float32)
HOLES = np.where(np.random.default_rng(1).uniform(size=IMAGES.shape) < 0.1, np.nan, IMAGES)


def variants(kind: str) -> list[object]:
    """Return every part of a kind with every choice that changes its shape or its formula."""
    if kind == "net":
        return [hy.nets.Dense((8,)), hy.nets.Dense(()), hy.nets.Conv((4,)), hy.nets.Conv((4, 4), hidden=(8,))]
    if kind == "latent":
        kl = hy.divergences.KL
        return [
            hy.latents.Point(3),
            hy.latents.Point(None),
            hy.latents.Point(2, layout="grid"),
            hy.latents.Sparse(3),
            hy.latents.Gaussian(3),
            hy.latents.Gaussian(2, layout="grid"),
            hy.latents.Gaussian(3, head="sigma"),
            hy.latents.Gaussian(3, divergence=kl(beta=2, free_bits=0.1, warmup=2)),
        ]
    if kind == "likelihood":
        sigmas = (0.5, "learned", "per_cell", "predicted")
        return [hy.likelihoods.Bernoulli(), *(hy.likelihoods.Gaussian(sigma=s) for s in sigmas)]
    return [None, *(part() for part in _parts.registered("corruption").values())]


def main() -> int:
    """Run the product; exit status 1 if anything failed."""
    kinds = ("net", "latent", "likelihood", "corruption")
    combinations = list(itertools.product(*map(variants, kinds)))
    began, failed, refused = time.perf_counter(), 0, 0
    warnings.simplefilter("ignore", hy.HyotanWarning)
    for number, (net, latent, likelihood, corruption) in enumerate(combinations):
        X = HOLES if number % 2 else IMAGES
        model = hy.Autoencoder(
            latent, net, likelihood, corruption, scale="none", epochs=2, batch_size=8, random_state=0, verbose=0
        )
        try:
            model.fit(X)
            assert np.isfinite(model.score_samples(X)).all(), "a score is not finite"
            assert np.isfinite(model.reconstruct(X)).all(), "a reconstruction is not finite"
            assert all(np.isfinite(values).all() for values in model.history_.values()), "a term is not finite"
        except hy.ParameterError as error:
            # A dense net makes no grid: the only combination that is refused.
            if getattr(latent, "layout", "") == "grid" and isinstance(net, hy.nets.Dense):
                refused += 1
                continue
            failed += 1
            print(f"FAILED {net} {latent} {likelihood} {corruption}: {error}")
        except Exception as error:  # whatever it is, the next combination is still to be tried
            failed += 1
            print(f"FAILED {net} {latent} {likelihood} {corruption}: {type(error).__name__} {error}")
        if sys.stderr.isatty():
            print(f"\r{number + 1}/{len(combinations)}", end="", file=sys.stderr)
    seconds = time.perf_counter() - began
    print(f"{len(combinations)} combinations: {failed} failed, {refused} refused as they should be, {seconds:.0f} s")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
