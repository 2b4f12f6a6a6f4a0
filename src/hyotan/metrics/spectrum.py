"""Which frequencies of series are reconstructed: the power spectrum of the residuals and of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.signal import welch

from hyotan.estimator.units import deviations
from hyotan.metrics._base import metric
from hyotan.metrics.view import View, ends_of

SEGMENT = 256  # steps of a Welch segment, at most
SHORTEST = 8  # steps; shorter segments resolve too few frequencies
LOST = 0.5  # a frequency is lost if the residuals keep more than this share of its power
FAINT = 1e-3  # share of the largest power in the data; weaker frequencies are ignored


@metric(keys=())  # the result is shown as a plot, not as numbers
def spectrum(view: View) -> dict[str, Any] | None:
    """Mean power spectral density of data and residuals over rows and channels; frequencies in cycles per step.

    The densities are estimated by Welch's method: Hann windows that overlap by half, with the mean of each segment
    removed. Frequency 0 is left out for that reason. The sum of a density times the frequency spacing is the variance.
    Each channel is divided by its standard deviation, so that no channel dominates. A segment has as many steps as the
    median length of the series, 256 at most. Shorter series and series with missing cells before their end are left
    out; ``rows`` is the number of series used.

    The residuals keep more than half of the power of the data at ``lost_above`` and at every higher frequency; without
    this entry the highest frequencies are reconstructed. ``comes_back`` is the share of the frequencies at which at
    most half of the power is left. Frequencies where the data have less than a thousandth of their largest power do
    not count.

    None if the data are not series, if the net only predicts, and for segments of fewer than eight steps.

    References
    ----------
    Welch, "The use of fast Fourier transform for the estimation of power spectra", IEEE Transactions on Audio and
    Electroacoustics 15(2) (1967).
    """
    if not view.series or not view.reconstructs:
        return None
    target = view.target.astype(np.float64)
    rows = target.reshape(*target.shape[:2], -1)
    residuals = view.residuals.reshape(rows.shape)
    ends = ends_of(rows)
    whole = (~np.isnan(rows).any(axis=2)).sum(axis=1) == ends
    if not whole.any():
        return None
    segment = int(min(SEGMENT, np.quantile(ends[whole], 0.5, method="lower")))
    taken = np.flatnonzero(whole & (ends >= segment))
    deviation = deviations(rows[taken], (0, 1))
    if segment < SHORTEST or not deviation.any():
        return None
    unit = np.where(deviation > 0, deviation, 1.0)
    varies = deviation > 0  # a constant channel has no power and would lower the mean over channels
    power: dict[str, Any] = {"data": 0.0, "residual": 0.0}
    for length in np.unique(ends[taken]):
        chosen = taken[ends[taken] == length]
        for name, values in (("data", rows), ("residual", residuals)):
            series = (values[chosen, :length] / unit)[..., varies]
            frequency, found_power = welch(series, nperseg=segment, axis=1)
            power[name] = power[name] + found_power.mean(axis=2).sum(axis=0)
    data, residual = (power[name][1:] / len(taken) for name in ("data", "residual"))
    found: dict[str, Any] = {
        "rows": len(taken),
        "segment": segment,
        "frequency": frequency[1:].tolist(),
        "data": data.tolist(),
        "residual": residual.tolist(),
    }
    there_at_all = data >= FAINT * data.max()
    comes_back = np.flatnonzero(there_at_all & (residual <= LOST * data))
    last = int(comes_back[-1]) if len(comes_back) else -1
    lost = np.flatnonzero(there_at_all[last + 1 :])
    if len(lost):
        found["lost_above"] = found["frequency"][last + 1 + int(lost[0])]
    found["comes_back"] = float(len(comes_back) / there_at_all.sum())
    found["reading"] = _reading(found)
    return found


def _reading(found: dict[str, Any]) -> str:
    if not found["comes_back"]:
        return "At no frequency does half of the power of the data come back."
    if "lost_above" not in found:
        return "Up to the highest frequencies more than half of the power of the data comes back."
    cycles = found["lost_above"]
    return (
        f"From {cycles:.3g} cycles a step on (periods of {1 / cycles:.3g} steps and shorter) less than half of the "
        "power of the data comes back."
    )
