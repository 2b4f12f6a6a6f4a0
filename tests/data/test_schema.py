"""Schema: what rows are taken for, the way to events and back, and every refusal of data that cannot be used."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

import hyotan
from hyotan.core.errors import DataError, DataTypeError, ParameterError
from hyotan.data.arrays import read_array
from hyotan.data.missing import known_cells
from hyotan.data.schema import Schema


@pytest.mark.parametrize(
    ("shape", "kind", "event"),
    [
        ((5, 3), "table", (3,)),
        ((5, 4, 4), "images", (4, 4, 1)),
        ((5, 4, 3), "series", (4, 3)),
        ((5, 4, 3, 2), "images", (4, 3, 2)),
    ],
)
@pytest.mark.parametrize("asked", ["auto", "natural"])
def test_kind_goes_by_the_number_of_dimensions(shape, kind, event, asked):
    X = np.random.default_rng(0).normal(size=shape)
    schema = Schema.infer(X, kind if asked == "natural" else "auto", None)
    assert (schema.kind, schema.shape, schema.event) == (kind, shape[1:], event)
    assert schema.events(X).shape == (5, *event)
    np.testing.assert_array_equal(schema.rows(schema.events(X)), X)


@pytest.mark.parametrize(
    ("X", "dtype", "missing", "binary"),
    [
        (np.array([[0, 1], [1, 0]], np.uint8), "uint8", False, True),
        (np.array([[0, 2], [1, 0]], np.int64), "int64", False, False),
        (np.array([[0.0, 1.0]], np.float32), "float32", False, True),
        (np.array([[0.0, np.nan], [1.0, 1.0]]), "float64", True, True),
        (np.array([[0.5, np.nan], [1.0, 1.0]]), "float64", True, False),
    ],
)
def test_what_is_noted_of_the_values(X, dtype, missing, binary):
    schema = Schema.infer(X, "auto", ("a", "b"))
    assert (schema.dtype, schema.missing, schema.columns) == (dtype, missing, ("a", "b"))


@pytest.mark.parametrize(
    ("shape", "kind", "words"),
    [
        ((5, 3), "images", ("shape (5, 3)", "received: 2 dimensions and kind='images'", "reshape")),
        ((5, 4, 3), "table", ("shape (5, 4, 3)", "3 dimensions and kind='table'")),
        ((5, 1, 1, 1, 1), "auto", ("(n, height, width[, channels])", "received: 5 dimensions")),
    ],
)
def test_data_of_another_kind_are_refused(shape, kind, words, refused):
    with refused(DataError, *words):
        Schema.infer(np.zeros(shape), kind, None)


@pytest.mark.parametrize("kind", ["tables", "image", None, 2, ["table"]], ids=repr)
def test_an_unknown_kind_is_refused(kind, refused):
    with refused(ParameterError, "'kind'", "'auto', 'table', 'images'", f"received: {kind!r}"):
        Schema.infer(np.zeros((5, 3)), kind, None)


def test_a_kind_that_is_not_known_is_refused(refused):
    with refused(ParameterError, "received: 'sequence'", "'series'"):
        Schema.infer(np.zeros((5, 3)), "sequence", None)


def test_series_of_one_channel_need_no_third_dimension():
    schema = Schema.infer(np.zeros((5, 3)), "series", None)
    assert (schema.kind, schema.shape, schema.event, schema.ragged) == ("series", (3,), (3, 1), False)
    assert schema.events(np.zeros((5, 3))).shape == (5, 3, 1)


def test_nan_at_the_end_of_a_series_is_padding_and_elsewhere_a_missing_cell():
    X = np.ones((3, 4, 2))
    X[0, 2:] = X[1, 3:] = X[2, 1, 0] = np.nan
    schema = Schema.infer(X, "auto", None, series=True)
    assert (schema.ragged, schema.missing, schema.shape) == (True, True, (4, 2))
    assert (min(schema.lengths), max(schema.lengths), len(schema.lengths)) == (2, 4, 101)
    events = schema.events(X)
    said = []
    known = known_cells(events, fitting=True, warn=said.append, ends=schema.ends(events), series=True)
    np.testing.assert_array_equal(known, ~np.isnan(X))
    assert said[0].startswith("1 of 18 cells")
    X[2, 1, 0] = 0
    assert not Schema.infer(X, "auto", None, series=True).missing


def test_series_come_back_as_they_came():
    X = [np.zeros((2, 3)), np.zeros((4, 3)), np.zeros((1, 3))]
    array = read_array(X, owner="AE")
    schema = Schema.infer(array, "auto", None, series=True, open_ended=True)
    back = schema.rows(np.ones((3, 4, 3)), X)
    assert [row.shape for row in back] == [(2, 3), (4, 3), (1, 3)]
    wide = np.concatenate([array, np.full((3, 2, 3), np.nan)], axis=1)
    rows = schema.rows(np.ones((3, 4, 3)), wide)
    assert rows.shape == (3, 6, 3)
    np.testing.assert_array_equal(np.isnan(rows), np.isnan(wide))


@pytest.mark.parametrize("open_ended", [True, False])
def test_longer_series_are_read_by_nets_that_can(open_ended, refused):
    train = read_array([np.zeros((2, 3)), np.zeros((4, 3))], owner="AE")
    schema = Schema.infer(train, "auto", None, series=True, open_ended=open_ended)
    longer = np.zeros((2, 9, 3))
    if open_ended:
        schema.check_shape(longer, "AE")
        assert schema.events(longer).shape == (2, 9, 3)
    else:
        with refused(DataError, "series of 9 steps", "up to 4", "windows"):
            schema.check_shape(longer, "AE")
    with refused(DataError, "3 channels"):
        schema.check_shape(np.zeros((2, 4, 2)), "AE")


def test_a_series_of_which_nothing_is_known_is_named(refused):
    X = np.ones((3, 4, 1))
    X[1] = np.nan
    with refused(DataError, "series 1"):
        Schema.infer(X, "auto", None, series=True)


def test_a_channel_of_which_nothing_is_known_is_named(refused):
    X = np.ones((3, 4, 2))
    X[..., 1] = np.nan
    with refused(DataError, "1 channels", "[1]"):
        known_cells(X, fitting=True, warn=print, series=True)


TABLE = Schema("table", (3,), "float64")
IMAGES = Schema("images", (4, 3), "uint8")


@pytest.mark.parametrize(
    ("schema", "shape", "words"),
    [
        (TABLE, (2, 4), ("X has 4 features, but AE is expecting 3 features as input", "(n, 3)", "(2, 4)")),
        (TABLE, (2, 3, 1), ("rows of shape (3, 1)", "fitted on rows of shape (3,)")),
        (IMAGES, (2, 12), ("rows of shape (12,)", "(n, 4, 3)", "in the same order")),
        (IMAGES, (2, 3, 4), ("rows of shape (3, 4)", "received: (2, 3, 4)")),
    ],
)
def test_rows_of_another_shape_are_refused(schema, shape, words, refused):
    with refused(DataError, *words):
        schema.check_shape(np.zeros(shape), "AE")


def test_rows_of_the_same_shape_pass():
    TABLE.check_shape(np.zeros((7, 3)), "AE")
    IMAGES.check_shape(np.zeros((1, 4, 3)), "AE")


FRAME = {"a": [1, None, 3], "b": [0.5, 1.5, 2.5]}
CELLS = np.array([[1, 0.5], [np.nan, 1.5], [3, 2.5]])


@pytest.mark.parametrize(
    ("X", "expected", "dtype"),
    [
        ([[1, 2], [3, 4]], [[1, 2], [3, 4]], "int64"),
        ([[1, None], [3, 4.5]], [[1, np.nan], [3, 4.5]], "float64"),
        (np.array([[True, False]]), [[1, 0]], "uint8"),
        (np.ones((2, 2), np.float32), np.ones((2, 2)), "float32"),
        (np.full((2, 2, 2), 7, np.uint8), np.full((2, 2, 2), 7), "uint8"),
        (np.array([[1.5, "2"]], object), [[1.5, 2]], "float64"),
        (pd.DataFrame(FRAME), CELLS, "float64"),
        (pl.DataFrame(FRAME), CELLS, "float64"),
    ],
    ids=["list", "none", "bool", "float32", "bytes", "object", "pandas", "polars"],
)
def test_numbers_are_read_and_keep_their_type(X, expected, dtype):
    array = read_array(X, owner="AE")
    assert array.dtype == dtype
    np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize(
    ("X", "kind", "words"),
    [
        (np.zeros((0, 3)), DataError, ("0 sample", "received: ndarray of shape (0, 3)")),
        ([], DataError, ("received: list",)),
        (np.zeros((3, 0)), DataError, ("0 feature", "shape (3, 0)")),
        (np.zeros(3), DataError, ("1D array", "shape (3,)")),
        (3.0, DataError, ("received: float",)),
        (None, DataError, ("received: NoneType",)),
        ([["a", "b"]], DataError, ("received: list",)),
        (np.array([[1 + 1j, 2]]), DataError, ("Complex data", "shape (1, 2)")),
        ([[1, 2], [3]], DataError, ("received: list",)),
        ([[[1, 2], [3]], [[1, 2], [3]]], DataError, ("received: list",)),
        (sparse.csr_array(np.eye(2)), DataTypeError, ("parse", "shape (2, 2)")),
        (np.array([[{}, 1]], object), DataTypeError, ("received: ndarray of shape (1, 2)",)),
    ],
    ids=[
        "no rows",
        "[]",
        "no columns",
        "1-d",
        "number",
        "None",
        "text",
        "complex",
        "ragged",
        "nested",
        "sparse",
        "dict",
    ],
)
def test_what_cannot_be_read_is_refused(X, kind, words, refused):
    with refused(kind, *words):
        read_array(X, owner="AE")


def test_too_few_rows_are_refused(refused):
    with refused(DataError, "minimum of 2 is required"):
        read_array([[1, 2]], owner="AE", minimum=2)


def test_images_of_unequal_shape_are_told_how_to_become_equal(refused):
    with refused(DataError, "list of rows of unequal shape", "[(2, 3, 1), (4, 3, 1)]", "resize=28"):
        read_array([np.zeros((4, 3, 1)), np.zeros((2, 3, 1)), np.ones((4, 3, 1))], owner="AE")
    assert read_array([np.zeros((4, 3)), np.zeros((4, 3))], owner="AE").shape == (2, 4, 3)


def test_infinity_is_counted_and_located(refused):
    X = np.zeros((3, 2))
    X[1, 1], X[2, 0] = np.inf, -np.inf
    with refused(DataError, "infinity", "2 infinite cells, the first at index (1, 1)", "replace them by NaN"):
        read_array(X, owner="AE")


def test_known_cells_are_told_aloud():
    X, said = np.array([[1.0, np.nan], [3.0, 4.0]]), []
    np.testing.assert_array_equal(known_cells(X, fitting=True, warn=said.append), [[True, False], [True, True]])
    assert said == ["1 of 4 cells (25.0%) are missing; they are neither seen nor scored"]


@pytest.mark.parametrize("X", [np.zeros((2, 2)), np.zeros((2, 2), int), np.zeros((2, 2, 2), np.uint8)])
def test_where_all_is_known_there_is_no_mask(X):
    said = []
    assert known_cells(X, fitting=True, warn=said.append) is None
    assert not said


@pytest.mark.parametrize("fitting", [True, False])
def test_nothing_known_is_refused(fitting, refused):
    with refused(DataError, "All cells of X are missing (NaN)", "4 missing cells of 4"):
        known_cells(np.full((2, 2), np.nan), fitting=fitting, warn=print)


def test_a_column_nothing_is_known_of_is_refused_in_training_only(refused):
    X = np.array([[1.0, np.nan, 2.0], [3.0, np.nan, 4.0]])
    with refused(DataError, "1 columns of X have no known cell", "column(s) [1]", "drop these columns"):
        known_cells(X, fitting=True, warn=print)
    assert known_cells(X, fitting=False, warn=lambda text: None).sum() == 4


def test_a_column_the_training_rows_know_nothing_of_is_refused(refused):
    X = np.random.default_rng(0).normal(size=(20, 3))
    X[1:, 1] = np.nan
    weight = np.ones(20)
    weight[0] = 0  # the one row that knows the second column is no training row
    with pytest.warns(hyotan.HyotanWarning, match="missing"), refused(DataError, "no known cell", "[1]"):
        hyotan.AE(1, epochs=1, verbose=0).fit(X, sample_weight=weight)
