"""Which frequencies of series come back: the power of the residuals beside that of the data."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.signal import welch

from hyotan.metrics._base import metric
from hyotan.metrics.view import View, ends_of

SEGMENT = 256  # steps a periodogram is taken over, at most
SHORTEST = 8  # steps, below which there are no frequencies to speak of
LOST = 0.5  # share of the power, above which a frequency is called lost
FAINT = 1e-3  # share of the largest power, below which a frequency of the data is hardly there


@metric(keys=())  # what it measured is a picture
def spectrum(view: View) -> dict[str, Any] | None:
    """Mean power of data and residuals at each frequency, in cycles a step, over rows and channels.

    Welch's periodograms (Hann windows that overlap by half, the mean of each segment taken off), as densities: their
    sum times the width of a frequency is the variance. Each channel is measured in its standard deviations, so that
    none drowns another. Segments are as long as the shortest half of the series allow, 256 steps at most; shorter
    series, and those with missing steps in between, are left out (``rows`` are counted). The frequency 0 is left out:
    the mean was taken off.

    ``lost_above`` is the frequency from which on the residuals keep more than half of the power of the data, without
    exception; without it the highest frequencies come back. ``comes_back`` is the share of frequencies at which less
    is left. Frequencies where the data have less than a thousandth of their largest power do not count.

    None for what is no series, and for series of fewer than eight steps.

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
    deviation = np.nanstd(rows[taken], axis=(0, 1))
    if segment < SHORTEST or not deviation.any():
        return None
    unit = np.where(deviation > 0, deviation, 1.0)
    varies = deviation > 0  # a constant channel has no power, and would only thin the others out
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
