"""Scores in nats, and what they are made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyotan.metrics._base import View, metric


@metric
def likelihood(view: View) -> dict[str, Any] | None:
    """Mean score with its standard error; for a Gaussian latent the ELBO's two sides, log p(x|z) and the KL.

    None for a decoder that sees the input: p(x|z, x) is not a likelihood.
    """
    if view.sees == "input":
        return None
    scores = view.scores
    found: dict[str, Any] = {
        "what": "ELBO" if view.can("density") else "log p(x|z)",
        "mean": float(scores.mean()),
        "stderr": float(scores.std() / np.sqrt(len(scores))),
        "min": float(scores.min()),
        "max": float(scores.max()),
        "normalised": view.model._fitted.normalised,
    }
    if view.kl is not None:
        found["kl"] = float(view.kl.sum(axis=1).mean())
        found["nll"] = -found["mean"] - found["kl"]
    return found
