"""Forecasts and what costs nothing, against NumPy and pandas."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import hyotan as hy
from hyotan.metrics import View, evaluate
from hyotan.metrics.forecast import forecast, repeated
from hyotan.metrics.reconstruction import pca_error, reconstruction

FUTURE = 4


def waves(n=60, steps=16, channels=2, seed=0):
    generator = np.random.default_rng(seed)
    phase, speed = generator.uniform(0, 6, (n, 1, channels)), generator.uniform(0.3, 0.9, (n, 1, channels))
    return np.sin(phase + speed * np.arange(steps)[:, None]) * np.array([1.0, 3.0])[:channels]


@pytest.fixture(scope="module")
def composite():
    net = hy.nets.Recurrent(8, future=FUTURE)
    return hy.AE(3, net=net, epochs=3, random_state=0, verbose=0).fit(waves())


@pytest.fixture(scope="module")
def predictor():
    net = hy.nets.Recurrent(8, future=FUTURE, reconstruct=False)
    return hy.VAE(3, net=net, epochs=2, random_state=0, verbose=0).fit(waves())


@pytest.mark.parametrize("name", ["composite", "predictor"])
def test_errors_are_those_of_numpy(name, request):
    model, X = request.getfixturevalue(name), waves(seed=1)
    found = forecast(View(model, X))
    truth, predicted = X[:, -FUTURE:], model.forecast(X[:, :-FUTURE])
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean((truth - predicted) ** 2)), rel=1e-5)
    np.testing.assert_allclose(found["step_rmse"], np.sqrt(np.mean((truth - predicted) ** 2, axis=(0, 2))), rtol=1e-5)
    last = np.sqrt(np.mean((truth - X[:, -FUTURE - 1][:, None]) ** 2))
    again = np.sqrt(np.mean((truth - X[:, -2 * FUTURE : -FUTURE]) ** 2))
    assert (found["last_rmse"], found["repeat_rmse"]) == (pytest.approx(last), pytest.approx(again))
    assert (found["steps"], found["past"], found["channels"]) == (FUTURE, 12, 2)


def test_what_is_repeated_is_the_last_value_known_as_pandas_fills_it():
    past = np.random.default_rng(0).normal(size=(20, 7, 3))
    past[np.random.default_rng(1).random(past.shape) < 0.4] = np.nan
    found = repeated(past, 3)
    mean = pd.DataFrame(past.reshape(-1, 3)).mean().to_numpy()
    for row, last, again in zip(past, found["last"], found["repeat"], strict=True):
        filled = pd.DataFrame(row).ffill().fillna(pd.Series(mean)).to_numpy()
        np.testing.assert_allclose(last, np.repeat(filled[-1:], 3, axis=0))
        np.testing.assert_allclose(again, filled[-3:])


def test_a_past_shorter_than_the_future_cannot_be_repeated():
    assert set(repeated(np.ones((2, 3, 1)), 4)) == {"last"}


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
def test_cells_that_are_missing_do_not_count(composite):
    X = waves(seed=2)
    X[::3, -2] = np.nan
    found = forecast(View(composite, X))
    difference = X[:, -FUTURE:] - composite.forecast(X)
    assert found["rmse"] == pytest.approx(np.sqrt(np.nanmean(difference**2)), rel=1e-5)


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
def test_of_a_past_alone_there_is_nothing_to_measure_ahead(composite):
    view = View(composite, waves()[:, :-FUTURE])
    assert forecast(view) is None
    assert reconstruction(view)["rmse"] == pytest.approx(reconstruction(View(composite, waves()))["rmse"], rel=1e-5)


def test_the_reconstruction_is_that_of_the_steps_the_net_is_shown(composite):
    X = waves(seed=1)
    view = View(composite, X, reference=waves())
    past, written = X[:, :-FUTURE], composite.reconstruct(X)[:, :-FUTURE]
    found = reconstruction(view)
    assert found["mean"] == pytest.approx(np.linalg.norm((past - written).reshape(60, -1), axis=1).mean(), rel=1e-5)
    assert len(found["step_rmse"]) == 12
    changed = X.copy()
    changed[:, -FUTURE:] = 7  # what comes after is looked at by neither
    np.testing.assert_allclose(pca_error(View(composite, changed, reference=waves()), 3), pca_error(view, 3))


def test_a_net_that_only_predicts_has_no_reconstruction(predictor):
    record = evaluate(predictor, waves(seed=1))
    assert {"forecast", "codes", "likelihood", "prior_gap"} <= set(record.metrics)
    assert "reconstruction" not in record.metrics
    assert not {"pairs_original", "worst_original"} & record.pictures.keys()
    assert record.pictures["traversals"].shape[2:] == (FUTURE, 2) and np.isfinite(record.pictures["traversals"]).all()
    assert record.data["future"] == FUTURE


def test_pictures_hold_the_rows_and_both_answers(composite):
    X, y = waves(seed=1), np.arange(60) % 3
    found = evaluate(composite, X, y).pictures
    rows = found["forecast_row"]
    assert rows.tolist() == [0, 1, 2, 3] and found["forecast_label"].tolist() == ["0", "1", "2", "0"]
    np.testing.assert_allclose(found["forecast_past"], X[rows, :-FUTURE], rtol=1e-6)
    np.testing.assert_allclose(found["forecast_future"], X[rows, -FUTURE:], rtol=1e-6)
    np.testing.assert_allclose(found["forecast_predicted"], composite.forecast(X)[rows], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(
        found["forecast_written"], composite.reconstruct(X)[rows, :-FUTURE], rtol=1e-4, atol=1e-6
    )
    assert found["forecast_start"] == 0


@pytest.mark.parametrize("channels", [1, 2])
def test_a_forecast_better_than_what_costs_nothing_says_so(channels):
    view = View.__new__(View)
    view.future, view.rows = 2, waves(50, 10, channels)
    truth = view.rows[:, -2:]
    view.forecast = truth + 1e-3
    assert "100% lower than that of repeating the last frame" in forecast(view)["reading"]
    view.forecast = truth + 100
    assert "no better than repeating the last frame" in forecast(view)["reading"]
    view.rows = np.ones((50, 10, channels))
    view.forecast = np.ones((50, 2, channels))
    assert "nothing to predict" in forecast(view)["reading"]


def test_other_nets_predict_nothing():
    assert forecast(SimpleNamespace(future=0)) is None
