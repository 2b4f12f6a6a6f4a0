"""Scaling against scikit-learn's scalers and NumPy: there, back, and the density's Jacobian."""

import numpy as np
import pytest
from scipy import stats
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.scaling import METHODS, Scaler
from hyotan.estimator.defaults import choose

GENERATOR = np.random.default_rng(0)
X = GENERATOR.normal([0, 100, -3], [1, 20, 1e-3], size=(50, 3))
HOLES = np.where(GENERATOR.random(X.shape) > 0.2, X, np.nan)
BYTES = GENERATOR.integers(0, 256, size=(10, 4, 3, 2), dtype=np.uint8)
BYTES[0, 0, 0] = 0, 255


@pytest.mark.parametrize("rows", [X, HOLES], ids=["complete", "missing"])
@pytest.mark.parametrize(("method", "oracle"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())])
def test_columns_match_scikit_learn(rows, method, oracle):
    scaler = Scaler.fit(rows, method, per_column=True)
    np.testing.assert_allclose(scaler.apply(rows), oracle.fit_transform(rows), rtol=1e-5, atol=1e-6)
    assert scaler.apply(rows).dtype == np.float32


def test_rows_count_by_their_weight():
    weight = np.arange(50) % 4
    one = Scaler.fit(HOLES, "standard", per_column=True, weight=weight)
    repeated = Scaler.fit(np.repeat(HOLES, weight, axis=0), "standard", per_column=True)
    np.testing.assert_allclose(one.offset, repeated.offset, rtol=1e-10)
    np.testing.assert_allclose(one.scale, repeated.scale, rtol=1e-10)


@pytest.mark.parametrize(
    ("method", "offset", "scale"),
    [
        ("none", 0, 1),
        ("unit", 0, 255),
        ("standard", BYTES.astype(float).mean(), BYTES.astype(float).std()),
        ("minmax", 0, 255),
    ],
)
def test_images_share_one_number(method, offset, scale):
    scaler = Scaler.fit(BYTES, method, per_column=False)
    assert scaler.offset.shape == scaler.scale.shape == ()
    np.testing.assert_allclose(scaler.apply(BYTES), (BYTES.astype(float) - offset) / scale, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(scaler.undo(scaler.apply(BYTES)), BYTES, atol=1e-4)


@pytest.mark.parametrize("method", METHODS)
def test_there_and_back(method):
    scaler = Scaler.fit(X, method, per_column=True)
    back = scaler.undo(scaler.apply(X))
    # Where an offset was added float32 could not hold it: seconds since 1970 are 128 apart there.
    assert back.dtype == (np.float64 if method in ("standard", "minmax") else np.float32)
    np.testing.assert_allclose(back, X, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("method", ["standard", "minmax"])
@pytest.mark.parametrize("value", [0.0, 0.1, -1e6])
def test_a_constant_column_is_only_shifted(method, value):
    table = np.column_stack([np.full(7, value), np.arange(7.0)])
    scaler = Scaler.fit(table, method, per_column=True)
    assert scaler.scale[0] == 1
    np.testing.assert_allclose(scaler.apply(table)[:, 0], 0, atol=1e-9)
    np.testing.assert_allclose(scaler.apply(table + 2)[:, 0], 2, rtol=1e-6)


def test_large_numbers_far_from_zero_keep_their_spread():
    times = 1.7e9 + np.array([[0.0], [1e-3], [2e-3]])  # milliseconds in seconds since 1970
    scaled = Scaler.fit(times, "standard", per_column=True).apply(times)
    np.testing.assert_allclose(scaled[:, 0], [-1.2247, 0, 1.2247], atol=2e-3)


def test_the_jacobian_turns_densities_into_the_datas_units():
    scaler = Scaler.fit(X, "standard", per_column=True)
    mean, deviation = X.mean(axis=0), X.std(axis=0)
    in_network_units = stats.norm.logpdf(scaler.apply(X).astype(float))
    np.testing.assert_allclose(
        in_network_units + scaler.log_jacobian((3,)), stats.norm.logpdf(X, mean, deviation), rtol=1e-3, atol=1e-4
    )


def test_the_jacobian_of_images_is_one_number_a_cell():
    found = Scaler.fit(BYTES, "unit", per_column=False).log_jacobian((4, 3, 2))
    np.testing.assert_allclose(found, np.full((4, 3, 2), -np.log(255)))


def test_constant_data_are_refused(refused):
    with refused(DataError, "X is constant", "every known cell is 3", "check how the data were read"):
        Scaler.fit(np.array([[3.0, np.nan], [3.0, 3.0]]), "standard", per_column=True)


@pytest.mark.parametrize("method", ["auto", "robust", None, 1], ids=repr)
def test_an_unknown_method_is_refused(method, refused):
    words = "'auto', 'none', 'unit', 'standard', 'minmax'"
    with refused(ParameterError, "'scale'", words, f"received: {method!r}"):
        Scaler.fit(X, method, per_column=True)


@pytest.mark.parametrize("method", METHODS)
def test_every_method_is_told_in_words(method):
    assert Scaler.fit(X, method, per_column=True).describe()


GREY = np.array([[[0.0, 0.5], [1.0, 0.25]]])
DIM = np.array([[[0, 1], [1, 0]]], np.uint8)


@pytest.mark.parametrize(
    ("rows", "kind", "scale", "likelihood", "expected"),
    [
        (BYTES, "images", "auto", "auto", ("unit", "bernoulli")),
        (BYTES, "images", "auto", "gaussian", ("unit", "gaussian")),
        (BYTES, "images", "auto", "bernoulli", ("unit", "bernoulli")),
        (BYTES, "images", "standard", "auto", ("standard", "gaussian")),
        (BYTES, "images", "minmax", "auto", ("minmax", "bernoulli")),
        (BYTES, "images", "none", "auto", ("none", "gaussian")),
        (BYTES.astype(np.int64), "images", "auto", "auto", ("standard", "gaussian")),
        (DIM, "images", "auto", "auto", ("none", "bernoulli")),
        (GREY, "images", "auto", "auto", ("none", "bernoulli")),
        (GREY, "images", "auto", "gaussian", ("standard", "gaussian")),
        (GREY, "images", "none", "auto", ("none", "bernoulli")),
        (GREY - 0.1, "images", "auto", "auto", ("standard", "gaussian")),
        (X, "table", "auto", "auto", ("standard", "gaussian")),
        (HOLES, "table", "auto", "auto", ("standard", "gaussian")),
        (np.eye(3), "table", "auto", "auto", ("standard", "gaussian")),
        (np.eye(3), "table", "auto", "bernoulli", ("none", "bernoulli")),
        (X, "table", "minmax", "auto", ("minmax", "gaussian")),
    ],
)
def test_what_auto_stands_for(rows, kind, scale, likelihood, expected):
    assert choose(rows, kind, scale, likelihood) == expected
