"""Statistics of the codes: which units are active or dead, and how sparse the codes are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from hyotan.core.terms import Term
from hyotan.metrics._base import Found, Key, metric
from hyotan.metrics.record import Record
from hyotan.metrics.view import View

ENOUGH = 30  # rows; with fewer, the variance of a unit is too uncertain to judge


def _used(found: Found) -> int | None:
    if "dim" not in found:
        return None
    return int(found["active_units"] if "active_units" in found else found["dim"] - found["dead_units"])


def _of_all(used: int, found: Found) -> str:
    return f"{used} of {found['dim']}"


KEYS = (
    Key(
        Term("in_use", "Units in use", "", 12),
        reading="active, or not dead",
        places=("comparison",),
        value=_used,
        text=_of_all,
    ),
    Key(
        Term("active_units", "Active units", "", 40),
        reading="a unit whose mean hardly varies over the rows carries nothing",
        places=("report",),
        text=_of_all,
    ),
    Key(
        Term("in_use", "Units in use", "", 40),
        reading="a unit that varies over the rows is in use; a dead one never changes",
        places=("report",),
        value=lambda found: None if "active_units" in found else _used(found),
        text=_of_all,
    ),
    Key(
        Term("zeros", "Zeros in the codes", "", 41),
        reading="share of code values that are exactly 0: how sparse the codes are",
        places=("report",),
        value=lambda found: found.get("zeros") or None,
        text=lambda value, found: f"{value:.1%}",
    ),
)


def _judged(found: Found, record: Record) -> Iterator[tuple[str, str]]:
    if "dim" not in found or record.data.get("rows", 0) < ENOUGH:
        return
    dim = found["dim"]
    if "active_units" in found:
        active = found["active_units"]
        told = f"{active} of {dim} latent unit{'s' * (dim != 1)} {'is' if active == 1 else 'are'} active"
        if active == 0:
            yield "broken", f"{told}: the posterior has collapsed, and the codes say nothing about the rows."
        elif 2 * active < dim:
            yield "usable", f"{told}: the code is larger than what is used of it."
        else:
            yield "good", f"{told}."
    elif "dead_units" in found:
        used = dim - found["dead_units"]
        told = f"{used} of {dim} code unit{'s' * (dim != 1)} {'is' if used == 1 else 'are'} in use"
        if used == 0:
            yield "broken", f"{told}: every row has the same code."
        elif 2 * used < dim:
            yield "usable", f"{told}: the others never change."
        else:
            yield "good", f"{told}."


def _remarks(found: Found, view: View) -> Iterator[str]:
    if len(view.codes) < ENOUGH:
        return
    dim, active, dead = found["dim"], found.get("active_units"), found["dead_units"]
    told = view.latent.diagnose(found)
    yield from told
    if active is not None and active < dim and not told:
        yield f"{dim - active} of {dim} latent units carry nothing (their mean hardly varies over the rows)"
    if active is None and dead:
        yield f"{dead} of {dim} code units never change: they are dead"


@metric(keys=KEYS, judge=_judged, remark=_remarks)
def codes(view: View) -> dict[str, Any]:
    """Mean and variance of every unit, dead units, mean activation, sparsity, and active units for stochastic codes.

    The values that the latent reports for each row and unit are included under their own names, averaged over the
    rows: for a Gaussian latent ``kl_per_dim``, the KL of each unit in nats.

    A unit is active if the variance of its posterior mean over the rows exceeds the latent's ``idle_below``, which is
    0.01 for a Gaussian (Burda et al., 2016). A unit is dead if it never changes. ``hoyer`` is Hoyer's sparsity
    (√d − ‖z‖₁/‖z‖₂) / (√d − 1): 0 if all units are equal in absolute value, 1 if only one unit is not zero.
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
    return {name: each.mean(axis=0).tolist() for name, each in view.per_unit.items()} | found


def hoyer(z: np.ndarray) -> float:
    """Return the mean Hoyer sparsity of the rows of ``z``; rows of zeros are left out.

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
