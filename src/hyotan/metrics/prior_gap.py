"""Distance of the codes from the prior: the aggregated posterior compared with N(0, I).

The aggregated posterior q(z) = 1/n Σ_i q(z|x_i) is the distribution of the codes over the data. One draw from the
posterior of each row is a sample from it; the posterior means are not, because they lack the posterior variance.
Rows sampled from the prior can only be realistic if q(z) is close to the prior.
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

FEWEST = 20  # rows; fewer are too few to measure the gap
POINTS = 1000  # rows in the energy distance, and as many draws from the prior
PERMUTATIONS = 999
SALT = 20040226  # added to the seed, so that the draws differ from a user's sample made with the same seed
TAIL = 6.0  # value of A² from which the p-value comes from the tail of the limiting distribution


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
    """Distance of the codes, one posterior draw for each row, from the standard normal, by unit and jointly.

    For each unit: the Anderson–Darling statistic ``a2`` with its p-value ``p``; the Kolmogorov distance sup|F_n − Φ|,
    mean, standard deviation, skewness and excess kurtosis; ``outside``, the share of the prior outside the central
    99 % range of the codes; and ``missed``, the share of the codes outside the central 99 % range of the prior (both
    are 0.01 if the distributions agree). Jointly: the energy distance with its coefficient and p-value
    (:func:`energy`), and the largest absolute correlation between units. ``chance`` bounds the largest Kolmogorov
    distance of as many standard normal units with probability 0.95.

    A², the p-values and ``chance`` depend on the number of rows; the Kolmogorov distance and the moments do not.

    None unless the prior can be mapped to N(0, I) and there are at least 20 rows.
    """
    z = standardised(view)
    return None if z is None or len(z) < FEWEST else gap(z, idle(view))


def idle(view: View) -> np.ndarray:
    """Return for each unit whether it is inactive, that is, its mean hardly varies over the rows."""
    return np.var(view.codes, axis=0) <= view.latent.idle_below


def standardised(view: View) -> np.ndarray | None:
    """Return one posterior draw for each row, mapped so that the prior becomes N(0, I), or None if no map is known."""
    if not view.can("sample"):
        return None
    z = view.latent.standardise(np.asarray(view.draws, np.float64))
    return None if z is None else np.asarray(z)


def gap(z: np.ndarray, idle: np.ndarray | None = None) -> dict[str, Any]:
    """Return the result of :func:`prior_gap` for codes of shape (n, d); ``idle`` marks the inactive units, if known.

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
    """Return the Anderson–Darling statistic A² of a sample against N(0, 1) and its p-value.

    A² = −n − 1/n Σ_i (2i − 1) (log Φ(x_(i)) + log(1 − Φ(x_(n+1−i)))). No parameter is estimated from the sample, in
    contrast to SciPy's ``anderson``, which estimates mean and variance and is therefore a different test.

    Parameters
    ----------
    x : array of shape (n,)

    Returns
    -------
    a2, p : float

    Notes
    -----
    p follows Marsaglia and Marsaglia and is correct to about four decimals for every n. From A² = 6 on their
    polynomial decreases too fast; there p is the leading term of the tail of the limiting distribution, √3 erfc(√A²),
    which is up to 5 % too low.

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
    """Return the finite-sample correction for n observations to the limiting probability ``x``."""
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
    """Return the Kolmogorov distance sup|F_n − Φ| between a sample and N(0, 1).

    Examples
    --------
    >>> round(kolmogorov(np.zeros(10)), 3), round(kolmogorov(np.array([-1.0, 1.0])), 3)
    (0.5, 0.341)
    """
    u, n = ndtr(np.sort(np.asarray(x, np.float64))), len(x)
    steps = np.arange(n + 1) / n
    return float(max(np.max(steps[1:] - u), np.max(u - steps[:-1])))


def energy(x: np.ndarray, seed: int = 0, permutations: int = PERMUTATIONS) -> tuple[float, float, float]:
    """Return the energy distance between a sample and N(0, I), its coefficient in [0, 1], and a permutation p-value.

        ℰ = 2 E‖X − Y‖ − E‖X − X'‖ − E‖Y − Y'‖,    H = ℰ / 2 E‖X − Y‖

    where Y is a sample from N(0, I) with as many rows as X. If X has more than 1,000 rows, 1,000 of them are drawn.
    If the distributions agree, H is about 1 / rows.

    Parameters
    ----------
    x : array of shape (n, d)
    seed : int
        Seed of the choice of rows, of the sample Y and of the permutations.
    permutations : int
        p is the share of labellings whose distance is at least as large, counting the actual one.

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
    # With w = 1/n for the rows of X and −1/n for the rows of Y, −wᵀ D w is the energy distance of any labelling.
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
    np.fill_diagonal(apart, 0)  # removes rounding errors
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
    """Return a conservative count of the modes of a sample.

    The density is estimated with the optimal bandwidth for a normal distribution, 1.06 σ n^(−1/5). This bandwidth
    oversmooths a multimodal density, so the modes that remain are reliable. A mode counts if it is higher than a tenth
    of the highest mode, and if the valley next to it is at most four fifths as high as the lower of the two modes.

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
            elif here > found[-1]:  # the same mode, at a higher point
                found[-1] = valley = here
    return max(1, len(found))
