"""What the codes look like: which units carry something, and how."""

from __future__ import annotations

from typing import Any

import numpy as np

from hyotan.metrics._base import View, metric


@metric
def codes(view: View) -> dict[str, Any]:
    """Mean and variance of every unit, dead units, activation and sparsity; active units and KL if the latent has them.

    A unit is active if the variance of its posterior mean over the rows exceeds what the latent calls idle, for a
    Gaussian 0.01 (Burda et al., 2016); dead if it never changes. Sparsity is Hoyer's,
    (√d − ‖z‖₁/‖z‖₂) / (√d − 1): 0 for equal, 1 for a single unit.
    """
    z = view.codes.astype(np.float64)
    variance = z.var(axis=0)
    found: dict[str, Any] = {
        "dim": z.shape[1],
        "mean": z.mean(axis=0).tolist(),
        "variance": variance.tolist(),
        "dead_units": int(np.sum(variance < 1e-12)),
        "idle_below": view.latent.idle_below,
        "mean_activation": float(np.abs(z).mean()),
        "zeros": float(np.mean(z == 0)),
    }
    if z.shape[1] > 1 and z.any():
        found["hoyer"] = hoyer(z)
    if view.can("noise"):
        found["active_units"] = int(np.sum(variance > view.latent.idle_below))
    if view.kl is not None:
        found["kl_per_dim"] = view.kl.mean(axis=0).tolist()
    return found


def hoyer(z: np.ndarray) -> float:
    """Return the mean Hoyer sparsity of the rows of ``z``; a row of zeros does not count.

    References
    ----------
    Hurley and Rickard, "Comparing measures of sparsity" (2009).

    Examples
    --------
    >>> hoyer(np.array([[1.0, 0.0, 0.0, 0.0]])), hoyer(np.ones((1, 4)))
    (1.0, 0.0)
    """
    root = np.sqrt(z.shape[1])
    length = np.linalg.norm(z, axis=1)
    some = length > 0
    if not some.any():
        return float("nan")
    return float(np.mean((root - np.abs(z[some]).sum(axis=1) / length[some]) / (root - 1)))
