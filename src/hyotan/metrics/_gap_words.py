"""Sentences that explain the gap between codes and prior; they depend on its size, not on p-values."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

# Upper limits of the Kolmogorov distance; shifts by 0.05, 0.13 and 0.25 standard deviations give these distances.
SIZES = ((0.02, "negligible"), (0.05, "small"), (0.10, "moderate"), (np.inf, "large"))
CORRELATION = 0.1  # absolute correlation above which it is mentioned
MANY = 2000  # with this many rows or more, even a negligible gap has a tiny p-value


def size_of(distance: float) -> str:
    """Return one word for the size of a Kolmogorov distance.

    Examples
    --------
    >>> [size_of(distance) for distance in (0.01, 0.03, 0.07, 0.3)]
    ['negligible', 'small', 'moderate', 'large']
    """
    return next(word for limit, word in SIZES if distance < limit)


def reading(found: dict[str, Any], humps: int = 1) -> str:
    """Describe the gap: its size, the unit and shape of the deviation, the effect on samples, and the p-values.

    Parameters
    ----------
    found : dict
        The output of ``prior_gap``.
    humps : int
        Number of modes of the unit that is furthest from the prior.
    """
    j, n, chance = found["worst_unit"], found["rows"], found["chance"]
    distance = found["kolmogorov"][j]
    told = _told(found, j, humps)
    if distance <= chance:
        text = (
            f"No unit can be told from the standard normal by these {n:,} rows: the Kolmogorov distance is at most "
            f"{distance:.3f}, and chance alone gives up to {chance:.3f}."
        )
    elif distance < SIZES[0][0]:
        text = (
            f"For sampling the codes are as good as standard normal: the Kolmogorov distance is at most {distance:.3f} "
            f"(unit {j}), so the share of codes below any value is off by {distance:.1%} of all at most."
        )
    else:
        text = (
            f"The gap is {size_of(distance)}: unit {j} is furthest from the prior, with a Kolmogorov distance of "
            f"{distance:.3f}; it {told}. {_consequence(found, j, humps)}"
        )
    return " ".join(part for part in (text, _together(found), _p_values(found), _idle(found)) if part)


def _told(found: dict[str, Any], j: int, humps: int) -> str:
    """Describe how a unit deviates from the prior, by the largest deviation and a second one at least half as large."""
    ways = _ways(found, j, humps)
    most = max(weight for weight, _ in ways)
    telling = [words for weight, words in sorted(ways, reverse=True) if weight >= max(0.5 * most, 0.005)]
    return " and ".join(telling[:2])


def _ways(found: dict[str, Any], j: int, humps: int) -> list[tuple[float, str]]:
    """Return each kind of deviation of a unit with the Kolmogorov distance it would cause on its own."""
    mean, std, distance = found["mean"][j], found["std"][j], found["kolmogorov"][j]
    shift = 2 * float(ndtr(abs(mean) / (2 * max(std, 1.0)))) - 1
    scale = _of_scale(std)
    ways = [
        (shift, f"is shifted by {mean:+.2f}".replace("-", "−")),
        (scale, f"is {'narrower' if std < 1 else 'wider'} than the prior (standard deviation {std:.2f})"),
    ]
    # The part of the distance that mean and standard deviation do not explain is attributed to the shape.
    rest = max(distance - shift - scale, 0.0)
    tails, lean = found["excess_kurtosis"][j], found["skewness"][j]
    if humps > 1:
        ways.append((max(rest, 0.5 * distance), f"has {'two' if humps == 2 else humps} humps"))
    elif abs(lean) > 0.3:
        ways.append(
            (rest, f"is skewed to the {'right' if lean > 0 else 'left'} (skewness {lean:.2f})".replace("-", "−"))
        )
    elif abs(tails) > 0.3:
        words = f"has {'heavier' if tails > 0 else 'lighter'} tails (excess kurtosis {tails:.2f})"
        ways.append((rest, words.replace("-", "−")))
    elif rest > max(shift, scale):
        ways.append((rest, "has another shape than a normal"))
    return ways


def _of_scale(std: float) -> float:
    """Return the Kolmogorov distance of N(0, σ²) from N(0, 1), which is reached where the densities cross."""
    if std < 1e-9:
        return 0.5
    if abs(std - 1) < 1e-6:
        return 0.0
    x = std * np.sqrt(2 * np.log(std) / (std**2 - 1))
    return float(abs(ndtr(x / std) - ndtr(x)))


def _consequence(found: dict[str, Any], j: int, humps: int) -> str:
    outside, missed = found["outside"][j], found["missed"][j]
    if outside >= 0.02 and outside >= missed:
        return (
            f"Of what is sampled from the prior, {outside:.0%} falls beyond the middle 99% of the rows' codes in this "
            "unit alone, where the decoder has learned little."
        )
    if missed >= 0.02:
        return (
            f"Of the rows' codes, {missed:.0%} lie where the prior draws only 1% in this unit: such rows are rare "
            "among samples."
        )
    if humps > 1:
        return "Samples from between the humps are decoded from codes that few rows have."
    return "Samples show the kinds of rows in other shares than the data do."


def _together(found: dict[str, Any]) -> str:
    if found["dim"] == 1:
        return ""
    text = ""
    limit = max(CORRELATION, 4 / np.sqrt(found["rows"]))
    if found["correlation"] > limit:
        i, j = found["correlation_units"]
        text = (
            f"Units {i} and {j} are correlated ({found['correlation']:.2f} in absolute value), which draws from the "
            "prior are not."
        )
    alone = max(found["kolmogorov"]) <= max(found["chance"], SIZES[0][0])
    if alone and not text and found["energy_p"] <= 0.01:
        text = (
            "Unit by unit the codes fit the prior, but together they do not (energy coefficient "
            f"{found['energy_coefficient']:.4f}, p = {found['energy_p']:.3f}): there are gaps or clusters that no "
            "single unit shows."
        )
    return text


def _p_values(found: dict[str, Any]) -> str:
    lowest = min(found["p"])
    if max(found["kolmogorov"]) <= found["chance"]:
        return ""
    told = "p < 0.001" if lowest < 0.001 else f"p = {lowest:.3f}"
    if found["rows"] < MANY:
        return f"Anderson and Darling's test: {told}."
    return (
        f"With {found['rows']:,} rows the p-values (Anderson and Darling, {told}) tell only that this is not chance; "
        "whether it matters is told by the distance."
    )


def _idle(found: dict[str, Any]) -> str:
    idle, dim = found["idle"], found["dim"]
    if not idle:
        return ""
    if idle == dim:
        return "No unit carries anything: all rows share one posterior, so where it lies says nothing about them."
    return f"{idle} of {dim} units carry nothing, whatever their distance."
