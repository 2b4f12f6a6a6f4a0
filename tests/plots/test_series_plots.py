"""Series as lines and as pictures, errors along time, forecasts and the worth of the code, against the record."""

from __future__ import annotations

import numpy as np
import pytest

import hyotan as hy
from hyotan.plots import _rows


def record_of(original, shape=(4, 2), **data):
    return hy.Record(
        data={"kind": "series", "shape": list(shape), **data}, pictures={"pairs_original": np.asarray(original, float)}
    )


def test_few_channels_are_lines_and_many_a_picture():
    assert _rows.is_line(record_of(np.zeros((1, 4)), (4,)))
    assert _rows.is_line(record_of(np.zeros((1, 4, 6)), (4, 6)))
    assert not _rows.is_line(record_of(np.zeros((1, 4, 7)), (4, 7)))
    assert not _rows.is_colour(record_of(np.zeros((1, 4, 7)), (4, 7)))


def test_channels_share_a_scale_unless_one_would_be_flat():
    rows = np.random.default_rng(0).normal(size=(5, 4, 2))
    low, high = _rows.limits(record_of(rows))
    assert (low, high) == (rows.min(), rows.max())
    low, high = _rows.limits(record_of(rows * [1, 50]))
    np.testing.assert_allclose(low, (rows * [1, 50]).min(axis=(0, 1)))
    np.testing.assert_allclose(high, (rows * [1, 50]).max(axis=(0, 1)))


def test_what_comes_after_the_end_is_not_drawn(ragged):
    axes = hy.plots.pairs(ragged).axes
    assert len(axes) == 3 * 10
    for j, row in enumerate(ragged.pictures["pairs_original"]):
        lines = axes[j].get_lines()
        assert len(lines) == 3
        known = np.isfinite(row[:, 0])
        for line in lines:
            assert np.isfinite(line.get_ydata()).tolist() == known.tolist()
    assert len({ax.get_xlim() for ax in axes}) == 1  # so that short ones are seen to be short
    assert "Each channel has a scale of its own." in _caption("pairs", ragged)


def _caption(name, record):
    return next(plot for plot in hy.plots.registered() if plot.name == name).caption_of(record)


def test_a_picture_ends_where_the_series_does():
    row = np.arange(40.0).reshape(5, 8)
    row[3:] = np.nan
    row[1, 2] = np.nan
    from matplotlib.figure import Figure

    ax = Figure().subplots()
    _rows.show(ax, record_of(row[None], (5, 8), ragged=True), row, (0.0, 40.0))
    drawn = ax.get_images()[0].get_array()
    assert drawn.shape == (3, 8) and np.ma.getmaskarray(drawn).sum() == 1
    assert ax.get_ylim() == (4.5, -0.5)
    ax = Figure().subplots()
    _rows.mosaic(ax, record_of(row[None], (5, 8), ragged=True), row[None, None], (0.0, 40.0), gap=False)
    sheet = np.asarray(ax.get_images()[0].get_array())
    assert (sheet[-2:] == 1).all() and (sheet[0] < 1).all()


def test_rows_of_digits_look_like_digits(seeing):
    ax = hy.plots.pairs(seeing).axes[0]
    np.testing.assert_array_equal(ax.get_images()[0].get_array(), seeing.pictures["pairs_original"][0])


def test_channels_are_sorted_by_what_is_left_of_their_deviation(ragged):
    ax = hy.plots.columns(ragged).axes[0]
    found = ragged.metrics["reconstruction"]
    relative = np.asarray(found["column_rmse"]) / np.asarray(found["column_std"])
    bars = sorted(ax.patches, key=lambda bar: bar.get_y())
    assert [bar.get_width() for bar in bars] == pytest.approx(sorted(relative, reverse=True))
    assert ax.get_yticklabels()[0].get_text() == f"channel {int(np.argmax(relative))}"
    assert "always giving the channel's mean" in _caption("columns", ragged)


def test_error_along_time_is_that_of_the_metric(ragged):
    (ax,) = hy.plots.error_over_time(ragged).axes
    found = ragged.metrics["reconstruction"]
    shown = np.asarray(found["step_rows"]) >= 5
    error, spread = ax.get_lines()
    assert error.get_xdata().tolist() == (np.flatnonzero(shown) + 1).tolist()
    np.testing.assert_array_equal(error.get_ydata(), np.asarray(found["step_rmse"])[shown])
    np.testing.assert_array_equal(spread.get_ydata(), np.asarray(found["step_std"])[shown])
    assert ax.get_ylim()[0] == 0
    assert "Not every step is known of every row: of 60 rows at most" in _caption("error_over_time", ragged)


def test_forecast_errors_follow_those_of_the_past(composite):
    (ax,) = hy.plots.error_over_time(composite).axes
    # In standard deviations of channels that differ much: what is ahead is measured in other units.
    assert ax.get_ylabel() == "error, in deviations" and len(ax.get_lines()) == 2
    measured = {**composite.metrics["reconstruction"], "step_units": "own"}
    record = hy.Record(**{**vars(composite), "metrics": {**composite.metrics, "reconstruction": measured}})
    (ax,) = hy.plots.error_over_time(record).axes
    ahead = composite.metrics["forecast"]
    drawn = {line.get_label(): line for line in ax.get_lines()}
    for label, name in (
        ("forecast", "step_rmse"),
        ("the last frame repeated", "last_step_rmse"),
        ("the last steps repeated", "repeat_step_rmse"),
    ):
        assert drawn[label].get_xdata().tolist() == list(range(15, 21))
        np.testing.assert_array_equal(drawn[label].get_ydata(), ahead[name])


def test_forecasts_are_drawn_beside_what_came(composite):
    figure = hy.plots.forecasts(composite)
    pictures = composite.pictures
    assert len(figure.axes) == 4
    for k, ax in enumerate(figure.axes):
        truth = np.concatenate([pictures["forecast_past"][k], pictures["forecast_future"][k]])
        lines = ax.get_lines()
        drawn = [line for line in lines if len(line.get_xdata()) == 20 and line.get_linestyle() == "-"]
        for channel, line in enumerate(drawn):
            values = np.asarray(line.get_ydata(), float)
            assert np.corrcoef(values, truth[:, channel])[0, 1] == pytest.approx(1)
        ahead = [line for line in lines if line.get_xdata()[0] == 15 and len(line.get_xdata()) == 6]
        assert len(ahead) == 2 and all(line.get_linestyle() == "--" for line in ahead)
        (origin,) = [line for line in lines if list(line.get_xdata()) == [14.5, 14.5]]
        assert origin.get_color() == "#333333"


def test_forecasts_of_many_channels_are_pictures(predictor):
    axes = hy.plots.forecasts(predictor).axes
    assert len(axes) == 2 * 4
    past, future = predictor.pictures["forecast_past"], predictor.pictures["forecast_future"]
    shown = np.asarray(axes[1].get_images()[0].get_array())
    np.testing.assert_array_equal(shown, np.concatenate([past[1], future[1]]))
    assert axes[1].get_lines()[0].get_ydata() == [4.5, 4.5]
    written = np.ma.getmaskarray(axes[5].get_images()[0].get_array())
    assert written[:5].all() and not written[5:].any()  # of the past it writes nothing
    assert "its reconstruction" not in _caption("forecasts", predictor)


def test_bars_of_the_worth_of_the_code(composite, seeing):
    for record, names in (
        (composite, ["honest", "shuffled", "mean_code", "free_honest", "free_shuffled"]),
        (seeing, ["honest", "shuffled", "mean_code"]),
    ):
        (ax,) = hy.plots.code_use(record).axes
        found = record.metrics["code_use"]
        assert [bar.get_width() for bar in ax.patches] == [found[name] for name in names]
        assert _caption("code_use", record).endswith(found["reading"])


def test_the_spectrum_of_the_residuals_lies_beside_that_of_the_data(ragged):
    found = ragged.metrics["spectrum"]
    ax = hy.plots.residual_spectrum(ragged).axes[0]
    data, residual = ax.get_lines()[:2]
    for line, name in ((data, "data"), (residual, "residual")):
        np.testing.assert_allclose(line.get_xdata(), found["frequency"])
        np.testing.assert_allclose(line.get_ydata(), found[name], rtol=1e-6)
    assert ax.get_yscale() == "log" and ax.get_xlim() == (0, 0.5)
    assert [line.get_xdata()[0] for line in ax.get_lines()[2:]] == [found["lost_above"]]
    assert found["reading"] in _caption("residual_spectrum", ragged)
