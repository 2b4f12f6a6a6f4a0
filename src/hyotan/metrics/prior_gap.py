"""Whether codes are distributed as the prior says: the aggregated posterior against N(0, I).

The aggregated posterior q(z) = 1/n Σ_i q(z|x_i) is what codes look like over the data; one draw from the posterior of
each row is a sample of it (their means are not: they lack the posterior's own spread). What is sampled from the prior
is only as good as q(z) is near it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import erfc, log_ndtr, ndtr
from scipy.stats import kurtosis, skew

from hyotan.core.numbers import number
from hyotan.core.terms import Term
from hyotan.metrics._base import Found, Key, metric
from hyotan.metrics._gap_words import reading
from hyotan.metrics.record import Record
from hyotan.metrics.view import View

FEWEST = 20  # rows; fewer tell nothing
POINTS = 1000  # rows, and draws from the prior, in the energy distance
PERMUTATIONS = 999
SALT = 20040226  # so that the draws are not those of a sample made with the same seed
TAIL = 6.0  # A² above which the tail of its law is used


def _words(found: Found, record: Record) -> dict[str, str]:
    return {
        "value": f"{number(max(found['kolmogorov']), 2)} (unit {found['worst_unit']})",
        "beside": f"{number(found['chance'], 2)} by chance alone, with {found['rows']:,} rows",
        "reading": found["reading"],
    }


KEY = Key(
    Term("worst", "Distance of the codes from the prior", "", 50, "lower"),
    (Term("chance", "by chance alone"),),
    reading="Kolmogorov's, of the worst unit",
    value=lambda found: max(found["kolmogorov"]),
    text=lambda value, found: number(value, 2),
    words=_words,
)


@metric(keys=[KEY])
def prior_gap(view: View) -> dict[str, Any] | None:
    """How far one posterior draw a row is from the standard normal, in each unit and in all of them together.

    For each unit: Anderson and Darling's A² with its p-value, and what does not depend on the number of rows: the
    Kolmogorov distance sup|F_n − Φ|, mean, standard deviation, skewness, excess kurtosis; ``outside``, the share of
    the prior beyond the range that holds the middle 99 % of the codes, and ``missed``, the share of the codes beyond
    the middle 99 % of the prior (each 0.01 if they agree). Together: the energy distance, its coefficient and p-value
    (:func:`energy`), and the largest absolute correlation. ``chance`` is the Kolmogorov distance that the worst of so
    many units stays below in 95 of 100 samples of a standard normal.

    Needs a latent whose prior can be mapped to N(0, I), and 20 rows.
    """
    z = standardised(view)
    return None if z is None or len(z) < FEWEST else gap(z, idle(view))


def idle(view: View) -> np.ndarray:
    """Return whether each unit carries nothing: its mean hardly varies over the rows."""
    return np.var(view.codes, axis=0) <= view.latent.idle_below


def standardised(view: View) -> np.ndarray | None:
    """Return a posterior draw of each row mapped to where the prior is N(0, I), or None if that is not known."""
    if not view.can("sample"):
        return None
    z = view.latent.standardise(np.asarray(view.draws, np.float64))
    return None if z is None else np.asarray(z)


def gap(z: np.ndarray, idle: np.ndarray | None = None) -> dict[str, Any]:
    """Return what :func:`prior_gap` reports, of codes (n, d) and, if known, which units are idle.

    Examples
    --------
    >>> found = gap(np.random.default_rng(0).normal([0.0, 0.5], [1.0, 1.0], (1000, 2)))
    >>> found["worst_unit"], [round(distance, 2) for distance in found["kolmogorov"]]
    (1, [0.03, 0.2])
    """
    n, dim = z.shape
    each = [_unit(column) for column in z.T]
    found: dict[str, Any] = {"rows": n, "dim": dim} | {name: [unit[name] for unit in each] for name in each[0]}
    found["chance"] = float(np.sqrt(np.log(2 * dim / 0.05) / (2 * n)))
    found["energy"], found["energy_coefficient"], found["energy_p"] = energy(z)
    if dim > 1:
        found["correlation"], found["correlation_units"] = _correlation(z)
    found["worst_unit"] = int(np.argmax(found["kolmogorov"]))
    found["idle"] = 0 if idle is None else int(np.sum(idle))
    found["reading"] = reading(found, humps(z[:, found["worst_unit"]]))
    return found


def _unit(x: np.ndarray) -> dict[str, float]:
    a2, p = anderson_darling(x)
    low, high = np.quantile(x, [0.005, 0.995])
    spread = float(x.std())
    varied = spread > 1e-9
    return {
        "a2": a2,
        "p": p,
        "kolmogorov": kolmogorov(x),
        "mean": float(x.mean()),
        "std": spread,
        "skewness": float(skew(x)) if varied else 0.0,
        "excess_kurtosis": float(kurtosis(x)) if varied else 0.0,
        "outside": float(ndtr(low) + ndtr(-high)),
        "missed": float(np.mean(np.abs(x) > 2.5758293035489004)),
    }


def anderson_darling(x: np.ndarray) -> tuple[float, float]:
    """Return A² of a sample against N(0, 1), nothing of which was estimated from it, and its p-value.

    A² = −n − 1/n Σ_i (2i − 1) (log Φ(x_(i)) + log(1 − Φ(x_(n+1−i)))). SciPy's ``anderson`` fits the mean and the
    variance first, which is another test.

    Parameters
    ----------
    x : array of shape (n,)

    Returns
    -------
    a2, p : float

    Notes
    -----
    p is Marsaglia and Marsaglia's, right to about four decimals for every n. Beyond A² = 6 their polynomial falls off
    too fast; there p is the leading term of the tail of the limiting law, √3 erfc(√A²), up to 5 % too low.

    References
    ----------
    Anderson and Darling, "A test of goodness of fit", JASA (1954). Marsaglia and Marsaglia, "Evaluating the
    Anderson-Darling distribution", Journal of Statistical Software 9(2) (2004).

    Examples
    --------
    >>> a2, p = anderson_darling(np.array([-1.2, -0.3, 0.1, 0.4, 1.3]))
    >>> round(a2, 3), p > 0.9
    (0.177, True)
    >>> anderson_darling(np.array([1.2, 1.3, 1.1, 1.4, 1.3]))[1] < 0.01
    True
    """
    x = np.sort(np.asarray(x, np.float64))
    n = len(x)
    weight = 2 * np.arange(1, n + 1) - 1
    a2 = float(-n - np.sum(weight * (log_ndtr(x) + log_ndtr(-x[::-1]))) / n)
    return a2, _anderson_darling_p(a2, n)


def _anderson_darling_p(a2: float, n: int) -> float:
    """Return P(A² > a2) for n observations."""
    if a2 >= TAIL:
        return float(np.sqrt(3.0) * erfc(np.sqrt(a2)))
    if a2 <= 0:
        return 1.0
    if a2 < 2:
        factor = np.polyval([0.00168691, -0.011672, 0.0347962, -0.0649821, 0.247105, 2.00012], a2)
        below = np.exp(-1.2337141 / a2) / np.sqrt(a2) * factor
    else:
        below = np.exp(-np.exp(np.polyval([-0.0003146, 0.008056, -0.082433, 0.43424, -2.30695, 1.0776], a2)))
    return float(np.clip(1 - below - _finite(float(below), n), 0, 1))


def _finite(x: float, n: int) -> float:
    """Return what n observations add to the probability ``x`` of infinitely many."""
    if x > 0.8:
        return float(np.polyval([255.7844, -1116.360, 1950.646, -1705.091, 745.2337, -130.2137], x) / n)
    c = 0.01265 + 0.1757 / n
    if x < c:
        t = x / c
        return float(np.sqrt(t) * (1 - t) * (49 * t - 102) * (0.0037 / n**2 + 0.00078 / n + 0.00006) / n)
    t = (x - c) / (0.8 - c)
    g = np.polyval([1.91864, -8.259, 14.458, -14.6538, 6.54034, -0.00022633], t)
    return float(g * (0.04213 + 0.01365 / n) / n)


def kolmogorov(x: np.ndarray) -> float:
    """Return the Kolmogorov distance sup|F_n − Φ| of a sample from N(0, 1).

    Examples
    --------
    >>> round(kolmogorov(np.zeros(10)), 3), round(kolmogorov(np.array([-1.0, 1.0])), 3)
    (0.5, 0.341)
    """
    u, n = ndtr(np.sort(np.asarray(x, np.float64))), len(x)
    steps = np.arange(n + 1) / n
    return float(max(np.max(steps[1:] - u), np.max(u - steps[:-1])))


def energy(x: np.ndarray, seed: int = 0, permutations: int = PERMUTATIONS) -> tuple[float, float, float]:
    """Return the energy distance of a sample from N(0, I), its coefficient in [0, 1], and a permutation p-value.

        ℰ = 2 E‖X − Y‖ − E‖X − X'‖ − E‖Y − Y'‖,    H = ℰ / 2 E‖X − Y‖

    with Y drawn from the prior, as many as rows of X; of more than 1,000 rows 1,000 are taken. Without any
    difference H is about 1 / rows.

    Parameters
    ----------
    x : array of shape (n, d)
    seed : int
        Of the rows taken, the draws and the permutations.
    permutations : int
        p is the share of relabelled samples that are as far apart, the given one included.

    Returns
    -------
    distance, coefficient, p : float

    References
    ----------
    Székely and Rizzo, "Energy statistics: a class of statistics based on distances", Journal of Statistical Planning
    and Inference (2013).

    Examples
    --------
    >>> generator = np.random.default_rng(2)
    >>> distance, coefficient, p = energy(generator.normal(size=(200, 2)), seed=0)
    >>> p > 0.05, coefficient < 0.02
    (True, True)
    >>> energy(generator.normal(0.5, 1, (200, 2)), seed=0)[2]
    0.001
    """
    generator = np.random.default_rng((seed, SALT))
    x = np.asarray(x, np.float64)
    x = x[generator.permutation(len(x))[:POINTS]]
    n = len(x)
    pooled = np.concatenate([x, generator.standard_normal(x.shape)])
    apart = _distances(pooled)
    # With w = 1/n for the rows of X and −1/n for those of Y, −wᵀ D w is the energy distance of any labelling.
    w = np.repeat([1.0, -1.0], n) / n
    labels = generator.permuted(np.tile(w, (permutations, 1)), axis=1).T
    distance = float(-w @ apart @ w)
    relabelled = -np.sum(labels * (apart @ labels), axis=0)
    between = 2 * float(apart[:n, n:].mean())
    p = (1 + int(np.sum(relabelled >= distance))) / (1 + permutations)
    return distance, distance / between, p


def _distances(x: np.ndarray) -> np.ndarray:
    squares = np.sum(np.square(x), axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * x @ x.T, 0))
    np.fill_diagonal(apart, 0)  # the sum above leaves rounding there
    return apart


def _correlation(z: np.ndarray) -> tuple[float, list[int]]:
    varied = np.flatnonzero(z.std(axis=0) > 1e-9)
    if len(varied) < 2:
        return 0.0, [0, 1]
    found = np.abs(np.corrcoef(z[:, varied], rowvar=False))
    np.fill_diagonal(found, 0)
    i, j = np.unravel_index(int(np.argmax(found)), found.shape)
    return float(found[i, j]), sorted([int(varied[i]), int(varied[j])])


def humps(x: np.ndarray) -> int:
    """Return how many humps a sample has beyond doubt.

    The density is estimated with the bandwidth that is right for a normal distribution, 1.06 σ n^(−1/5), which
    smooths a distribution of several humps too much: those that are left are there. One counts if it reaches a tenth
    of the highest, and the valley beside it four fifths of the lower hump at most.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=2000)
    >>> humps(x), humps(np.concatenate([x[:1000] - 2, x[1000:] + 2]))
    (1, 2)
    """
    spread = float(np.std(x))
    if spread < 1e-9:
        return 1
    width = 1.06 * spread * len(x) ** -0.2
    step = width / 8
    count, _ = np.histogram(x, bins=np.arange(x.min() - 4 * width, x.max() + 4 * width + step, step))
    kernel = np.exp(-0.5 * np.square(np.arange(-32, 33) / 8))
    density = np.convolve(count, kernel, mode="same")
    found: list[float] = []
    valley = 0.0
    for k in range(1, len(density) - 1):
        here = density[k]
        valley = min(valley, here)
        if density[k - 1] < here >= density[k + 1] and here > 0.1 * density.max():
            if not found or valley <= 0.8 * min(found[-1], here):
                found.append(here)
                valley = here
            elif here > found[-1]:  # the same hump, further up
                found[-1] = valley = here
    return max(1, len(found))
