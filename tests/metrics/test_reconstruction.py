"""Reconstruction errors and PCA's, in the data's own units, against NumPy and scikit-learn."""

import warnings

import numpy as np
import pytest
from sklearn.decomposition import PCA

import hyotan as hy
from hyotan.metrics import View
from hyotan.metrics.reconstruction import constant_error, pca_error, pca_residuals, reconstruction

SCALE = np.array([1.0, 10, 100, 0.1, 5])


def table(n=40, missing=False):
    generator = np.random.default_rng(0)
    X = (generator.normal(size=(n, 2)) @ generator.normal(size=(2, 5)) + 0.3 * generator.normal(size=(n, 5))) * SCALE
    if missing:
        X[generator.random(X.shape) < 0.2] = np.nan
    return X + 7


@pytest.fixture(scope="module")
def model():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hy.HyotanWarning)
        return hy.AE(2, epochs=2, random_state=0, verbose=0).fit(table(missing=True))


@pytest.fixture(scope="module")
def images():
    X = np.random.default_rng(1).integers(0, 256, size=(30, 4, 3), dtype=np.uint8)
    return X, hy.AE(2, epochs=1, random_state=0, verbose=0).fit(X)


@pytest.mark.parametrize("missing", [False, True])
@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
def test_errors_of_a_table(model, missing):
    X = table(missing=missing)
    found = reconstruction(View(model, X))
    difference = X - model.inverse_transform(model.transform(X)).astype(np.float64)
    error = np.sqrt(np.nansum(difference**2, axis=1))
    for name, expected in {
        "sum": error.sum(),
        "mean": error.mean(),
        "median": np.median(error),
        "p95": np.quantile(error, 0.95),
        "max": error.max(),
    }.items():
        assert found[name] == pytest.approx(expected), name
    np.testing.assert_allclose(found["column_rmse"], np.sqrt(np.nanmean(difference**2, axis=0)), rtol=1e-6)
    np.testing.assert_allclose(found["column_std"], np.nanstd(X, axis=0), rtol=1e-6)


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
def test_the_overall_error_is_that_of_the_known_cells(model):
    X = table(missing=True)
    difference = X - model.inverse_transform(model.transform(X)).astype(np.float64)
    expected = np.sqrt(np.nanmean(difference**2))
    assert reconstruction(View(model, X))["rmse"] == pytest.approx(expected)


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
def test_a_column_nothing_is_known_of_has_no_error_and_no_warning(model):
    X = table()
    X[:, 1] = np.nan
    found = reconstruction(View(model, X))
    assert found["column_rmse"][0] > 0
    assert not found["column_rmse"][1] > 0


def test_errors_of_images_are_in_bytes(images):
    X, model = images
    found = reconstruction(View(model, X))
    difference = X.astype(np.float64) - model.inverse_transform(model.transform(X))
    assert found["mean"] == pytest.approx(np.linalg.norm(difference.reshape(30, -1), axis=1).mean())
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean(difference**2)))
    assert found["rmse"] > 10
    assert "column_rmse" not in found


def pca_errors(fitting, measured, offset, scale, size):
    pca = PCA(size, random_state=0).fit((fitting - offset) / scale)
    back = pca.inverse_transform(pca.transform((measured - offset) / scale)) * scale + offset
    return np.linalg.norm(measured - back, axis=1)


def test_pca_on_reference_rows_is_scikit_learns(model):
    X, reference = table(), table(60)[40:]
    found = pca_error(View(model, X, reference=reference), 2)
    offset, scale = model.scaler_.offset, model.scaler_.scale
    np.testing.assert_allclose(found, pca_errors(reference, X, offset, scale, 2), rtol=1e-4)
    record = reconstruction(View(model, X, reference=reference))
    assert record["pca_mean"] == pytest.approx(found.mean())
    assert record["pca_sum"] == pytest.approx(found.sum())
    assert record["pca_fitted_on"] == "the training rows"


def test_without_reference_rows_each_half_serves_the_other(model):
    X = table()
    offset, scale = model.scaler_.offset, model.scaler_.scale
    expected = np.empty(40)
    expected[::2] = pca_errors(X[1::2], X[::2], offset, scale, 2)
    expected[1::2] = pca_errors(X[::2], X[1::2], offset, scale, 2)
    np.testing.assert_allclose(pca_error(View(model, X), 2), expected, rtol=1e-4)
    assert reconstruction(View(model, X))["pca_fitted_on"] == "the other half of these rows"


def test_pca_of_images_is_in_bytes(images):
    X, model = images
    flat = X.reshape(30, -1).astype(np.float64)
    np.testing.assert_allclose(pca_error(View(model, X, reference=X), 3), pca_errors(flat, flat, 0, 255, 3), rtol=1e-4)


@pytest.mark.parametrize(("n", "size"), [(40, 5), (40, 6), (4, 2), (5, 2)])
def test_where_pca_has_no_room_there_is_no_baseline(model, n, size):
    assert pca_error(View(model, table()[:n]), size) is None


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
def test_pca_does_not_count_missing_cells(model):
    X = table(missing=True)
    offset, scale = model.scaler_.offset, model.scaler_.scale
    filled = np.where(np.isnan(X), 0, (X - offset) / scale)
    pca = PCA(2, random_state=0).fit(filled)
    back = pca.inverse_transform(pca.transform(filled)) * scale + offset
    expected = np.sqrt(np.nansum((X - back) ** 2, axis=1))
    np.testing.assert_allclose(pca_error(View(model, X, reference=X), 2), expected, rtol=1e-4)


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
def test_errors_of_columns_stand_beside_those_of_pca(model):
    X = table(missing=True)
    offset, scale = model.scaler_.offset, model.scaler_.scale
    filled = np.where(np.isnan(X), 0, (X - offset) / scale)
    pca = PCA(2, random_state=0).fit(filled)
    left = X - (pca.inverse_transform(pca.transform(filled)) * scale + offset)
    found = reconstruction(View(model, X, reference=X))
    np.testing.assert_allclose(found["column_pca_rmse"], np.sqrt(np.nanmean(left**2, axis=0)), rtol=1e-4)
    np.testing.assert_allclose(pca_residuals(View(model, X, reference=X), 2), np.nan_to_num(left), atol=1e-3)


@pytest.mark.filterwarnings("ignore::hyotan.HyotanWarning")
def test_the_mean_row_is_that_of_known_cells(model):
    X, reference = table(missing=True), table(60, missing=True)[40:]
    reference[:, 3] = np.nan  # nobody knows anything of it: the mean of nothing is taken for 0
    mean = np.nansum(reference, axis=0) / (~np.isnan(reference)).sum(axis=0).clip(1)
    expected = np.sqrt(np.nansum((X - mean) ** 2, axis=1))
    np.testing.assert_allclose(constant_error(View(model, X, reference=reference)), expected)
    found = reconstruction(View(model, X, reference=reference))
    assert found["constant_mean"] == pytest.approx(expected.mean())


def test_without_reference_rows_the_mean_row_is_that_of_the_other_half(images):
    X, model = images
    flat = X.reshape(30, -1).astype(float)
    expected = np.empty(30)
    expected[::2] = np.linalg.norm(flat[::2] - flat[1::2].mean(axis=0), axis=1)
    expected[1::2] = np.linalg.norm(flat[1::2] - flat[::2].mean(axis=0), axis=1)
    np.testing.assert_allclose(constant_error(View(model, X)), expected)
    assert "constant_mean" not in reconstruction(View(model, X[:1]))


# -- series ---------------------------------------------------------------------------------------------------------

SERIES = [np.cumsum(np.random.default_rng(i).normal(size=(4 + i % 5, 2)), axis=0) * [1, 40] for i in range(40)]


@pytest.fixture(scope="module")
def ragged():
    return hy.AE(2, net=hy.nets.Recurrent(5), epochs=2, random_state=0, verbose=0).fit(SERIES)


def test_errors_of_series_of_unequal_length(ragged):
    view = View(ragged, SERIES)
    found, written = reconstruction(view), ragged.reconstruct(SERIES)
    differences = [row - again for row, again in zip(SERIES, written, strict=True)]
    error = np.array([np.linalg.norm(difference) for difference in differences])
    np.testing.assert_allclose(view.error, error, rtol=1e-5)
    assert view.rows.shape == (40, 8, 2)
    assert found["mean"] == pytest.approx(error.mean(), rel=1e-5)
    together, rows = np.concatenate(differences), np.concatenate(SERIES)
    assert found["rmse"] == pytest.approx(np.sqrt(np.mean(together**2)), rel=1e-5)
    np.testing.assert_allclose(found["column_rmse"], np.sqrt(np.mean(together**2, axis=0)), rtol=1e-5)
    np.testing.assert_allclose(found["column_std"], rows.std(axis=0), rtol=1e-6)


def test_errors_along_time_count_the_series_that_are_there(ragged):
    found, written = reconstruction(View(ragged, SERIES)), ragged.reconstruct(SERIES)
    assert found["step_units"] == "deviations"  # the second channel is forty times the first
    unit = np.concatenate(SERIES).std(axis=0)
    for step in range(8):
        there = [k for k, row in enumerate(SERIES) if len(row) > step]
        x = np.array([SERIES[k][step] for k in there]) / unit
        error = x - np.array([written[k][step] for k in there]) / unit
        assert found["step_rows"][step] == len(there)
        assert found["step_rmse"][step] == pytest.approx(np.sqrt(np.mean(error**2)), rel=1e-5)
        assert found["step_std"][step] == pytest.approx(np.sqrt(np.mean((x - x.mean(axis=0)) ** 2)), rel=1e-6)


def test_channels_alike_are_measured_in_their_own_units():
    X = np.random.default_rng(0).normal(size=(30, 6, 2)) * [2, 3]
    model = hy.AE(2, kind="series", epochs=1, random_state=0, verbose=0).fit(X)
    found = reconstruction(View(model, X))
    assert found["step_units"] == "own"
    np.testing.assert_allclose(found["step_std"], np.sqrt(X.var(axis=0).mean(axis=1)), rtol=1e-6)


def test_pca_of_series_fills_up_with_the_mean(ragged):
    def filled(rows, steps):
        out = np.zeros((len(rows), steps, 2))
        for k, row in enumerate(rows):
            out[k, : len(row)] = (row - ragged.scaler_.offset) / ragged.scaler_.scale
        return out.reshape(len(rows), -1)

    reference = SERIES[:25]  # its longest series is as long as that of the rows
    longer = [*reference, np.ones((11, 2))]
    for fitting in (reference, longer):
        steps = max(map(len, fitting))
        pca = PCA(2, random_state=0).fit(filled(fitting, steps))
        back = pca.inverse_transform(pca.transform(filled(SERIES, steps))).reshape(40, steps, 2)
        back = back * ragged.scaler_.scale + ragged.scaler_.offset
        expected = [np.linalg.norm(row - again[: len(row)]) for row, again in zip(SERIES, back, strict=True)]
        np.testing.assert_allclose(pca_error(View(ragged, SERIES, reference=fitting), 2), expected, rtol=1e-4)


def test_the_mean_row_of_series_is_that_of_those_that_are_there(ragged):
    reference = [row[:6] for row in SERIES[:25]]  # none reaches the last steps: there the channel's mean stands in
    mean = [np.mean([row[step] for row in reference if len(row) > step], axis=0) for step in range(6)]
    mean += [np.concatenate(reference).mean(axis=0)] * 2
    expected = [np.linalg.norm(row - np.array(mean)[: len(row)]) for row in SERIES]
    np.testing.assert_allclose(constant_error(View(ragged, SERIES, reference=reference)), expected, rtol=1e-6)


def test_an_array_with_ends_is_what_a_list_is(ragged):
    padded = np.full((40, 8, 2), np.nan)
    for k, row in enumerate(SERIES):
        padded[k, : len(row)] = row
    assert reconstruction(View(ragged, padded)) == reconstruction(View(ragged, SERIES))
