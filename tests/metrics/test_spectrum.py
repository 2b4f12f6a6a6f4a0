"""Power at each frequency, against sines and noise whose spectrum is known."""

import numpy as np
import pytest
from scipy.signal import periodogram

import hyotan as hy
from hyotan.metrics import View, registered
from hyotan.metrics.spectrum import spectrum

STEPS = 64


class Answer(View):
    """Rows beside a reconstruction that is known to the last bit."""

    def __init__(self, rows, reconstruction):
        self.rows, self.reconstruction = np.asarray(rows, float), np.asarray(reconstruction, float)
        self.series, self.reconstructs, self.future = True, True, 0


def sines(cycles, n=20, steps=STEPS, size=1.0, channels=1):
    phase = np.random.default_rng(0).uniform(0, 2 * np.pi, (n, 1, channels))
    return size * np.sin(2 * np.pi * cycles * np.arange(steps)[:, None] + phase)


def at(found, name):
    return dict(zip(np.round(found["frequency"], 6), found[name], strict=True))


def test_a_sine_that_is_lost_is_a_line_at_its_frequency():
    slow, fast = sines(4 / STEPS), sines(16 / STEPS, size=0.5)
    found = spectrum(Answer(slow + fast, slow))
    assert found["segment"] == STEPS and found["rows"] == 20
    assert found["frequency"] == pytest.approx((np.arange(1, 33) / STEPS).tolist())
    residual, data = at(found, "residual"), at(found, "data")
    assert max(residual, key=residual.get) == 16 / STEPS and max(data, key=data.get) == 4 / STEPS
    # A Hann window spreads a line over three frequencies; their power is the variance: 0.5²/2 of 1/2 + 0.5²/2.
    around = sum(residual[k / STEPS] for k in (15, 16, 17)) / STEPS
    assert around == pytest.approx(0.125 / 0.625, rel=1e-3)
    assert residual[4 / STEPS] < 1e-6 * data[4 / STEPS]
    assert found["lost_above"] == pytest.approx(15 / STEPS)
    assert "From 0.234 cycles a step on (periods of 4.27 steps and shorter) less than half" in found["reading"]


def test_the_power_adds_up_to_the_variance():
    generator = np.random.default_rng(0)
    X, left = generator.normal(size=(2, 400, STEPS, 2)) * [3.0, 50.0]
    found = spectrum(Answer(X, X - 0.3 * left))
    for name, expected in (("data", 1.0), ("residual", 0.09)):
        assert np.sum(found[name]) / STEPS == pytest.approx(expected, rel=0.03), name
        assert np.std(found[name][1:-1]) < 0.1 * np.mean(found[name]), name  # white noise is flat
    assert "lost_above" not in found and found["comes_back"] == 1
    assert "Up to the highest frequencies" in found["reading"]


def test_it_is_scipys_periodogram_where_there_is_one_segment():
    X = np.random.default_rng(1).normal(size=(3, 16, 1)).cumsum(axis=1)
    found = spectrum(Answer(X, np.zeros_like(X)))
    expected = periodogram(X[..., 0] / X.std(), window="hann", detrend="constant", axis=1)[1].mean(axis=0)
    np.testing.assert_allclose(found["data"], expected[1:])
    assert found["data"] == found["residual"] and found["comes_back"] == 0
    assert found["lost_above"] == found["frequency"][0] and "At no frequency" in found["reading"]


def test_long_series_are_cut_and_channels_weigh_alike():
    X = sines(0.25, steps=2000, channels=2) * [1.0, 1000.0]
    found = spectrum(Answer(X, X * [1.0, 0.0]))  # the large channel is lost, the small one there
    assert found["segment"] == 256
    assert at(found, "residual")[0.25] == pytest.approx(at(found, "data")[0.25] / 2, rel=1e-6)


def test_short_ones_and_holes_are_left_out():
    X = sines(0.25, n=5, steps=40)
    X[0, 12:] = np.nan  # too short
    X[1, 7] = np.nan  # a hole
    X[2, 32:] = np.nan
    found = spectrum(Answer(X, np.zeros_like(X)))
    assert (found["segment"], found["rows"]) == (32, 3)
    whole = spectrum(Answer(X[2:, :32], np.zeros((3, 32, 1))))
    for power in (at(found, "data"), at(whole, "data")):
        assert max(power, key=power.get) == 0.25


def test_what_has_no_spectrum():
    assert spectrum(Answer(sines(0.1, steps=7), np.zeros((20, 7, 1)))) is None
    assert spectrum(Answer(np.ones((5, 30, 1)), np.zeros((5, 30, 1)))) is None
    holes = sines(0.1)
    holes[:, 3] = np.nan
    assert spectrum(Answer(holes, np.zeros_like(holes))) is None
    view = Answer(sines(0.1), sines(0.1))
    view.reconstructs = False
    assert spectrum(view) is None


def test_a_model_is_asked_for_what_it_reads():
    X = sines(0.1, n=30, steps=24, channels=2)
    net = hy.nets.Recurrent(4, future=6)
    view = View(hy.AE(2, net=net, epochs=1, random_state=0, verbose=0).fit(X), X)
    found = registered()["spectrum"](view)
    assert found["segment"] == 18  # not the future
    expected = spectrum(Answer(X[:, :18], view.model.reconstruct(X)[:, :18]))
    np.testing.assert_allclose(found["residual"], expected["residual"], rtol=1e-6)
