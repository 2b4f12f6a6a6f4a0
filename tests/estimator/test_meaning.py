"""What an array means: series or images, padding, masks, grey values; said, asked, and the same in any container."""

import re

import numpy as np
import pandas as pd
import pytest

import hyotan as hy
from hyotan.data import load, padded_in_front
from hyotan.data.series.ragged import padded

RNG = np.random.default_rng(0)
SERIES = RNG.normal(size=(40, 24, 5))
RAGGED = [RNG.normal(size=(n, 3)) for n in RNG.integers(6, 13, 40)]
QUIET = {"epochs": 1, "random_state": 0, "verbose": 0}


def dense(**params):
    return hy.AE(2, net=hy.nets.Dense((4,)), **{**QUIET, **params})


def front(series):
    """Pad in front, as Keras's pad_sequences does."""
    longest = max(map(len, series))
    full = np.full((len(series), longest, series[0].shape[1]), np.nan)
    for row, one in zip(full, series, strict=True):
        row[longest - len(one) :] = one
    return full


@pytest.mark.parametrize(
    ("X", "kind"),
    [
        (SERIES, "series"),
        (SERIES.astype(np.float32), "series"),
        (RNG.integers(0, 9, (40, 24, 5)), "series"),
        (RNG.random((40, 8, 8)), "images"),
        (RNG.integers(0, 256, (40, 8, 6)).astype(np.uint8), "images"),
        (RNG.random((40, 8, 6, 3)), "images"),
        (padded([RNG.normal(size=(n, 8)) for n in [8, 5, 7] * 10]), "series"),  # square, and ends differ
    ],
)
def test_the_kind_of_an_array_is_told_with_its_alternative(X, kind):
    model = dense().fit(X)
    assert model.schema_.kind == kind
    if X.ndim == 3:
        other = "images" if kind == "series" else "series"
        assert f"kind='{other}' reads {other}" in model._fitted.data_summary()
        assert dense(kind=other).fit(np.nan_to_num(X)).schema_.kind == other  # the alternative works


def test_the_same_series_from_a_file_and_as_a_list(tmp_path):
    np.save(tmp_path / "a.npy", SERIES)
    right = dense().fit(SERIES).transform(SERIES)
    for X in (load(tmp_path / "a.npy").X, list(SERIES), load(list(SERIES)).X):
        np.testing.assert_array_equal(dense().fit(X).transform(X), right)


@pytest.mark.parametrize("net", [hy.nets.Dense((4,)), hy.nets.Recurrent(3)], ids=["dense", "recurrent"])
def test_a_ragged_set_is_the_same_in_any_container(net):
    array = padded(RAGGED)
    one, other = (hy.VAE(2, net=net, **QUIET).fit(X) for X in (RAGGED, array))
    assert (one.schema_.kind, one.schema_.lengths) == (other.schema_.kind, other.schema_.lengths)
    np.testing.assert_array_equal(one.score_samples(RAGGED), other.score_samples(array))
    np.testing.assert_array_equal(one.score_samples(array), other.score_samples(RAGGED))


def test_padding_in_front_is_refused_and_the_advice_works(refused):
    X = front(RAGGED)
    assert padded_in_front(X).tolist() == [len(X[0]) - len(one) for one in RAGGED]
    with refused(hy.DataError, "begin with NaN", "padded in front"):
        dense(kind="series").fit(X)
    with pytest.raises(hy.DataError) as caught:
        dense().fit(X)
    advice = re.search(r"\[x\[n:\].*?\)\]", str(caught.value))[0]
    again = eval(advice, {"X": X, "hyotan": hy, "zip": zip})
    model = dense().fit(again)
    np.testing.assert_array_equal(model.transform(RAGGED), dense().fit(RAGGED).transform(RAGGED))
    with refused(hy.DataError, "padded in front"):
        model.transform(X)
    with pytest.warns(hy.HyotanWarning, match="missing"):
        assert dense().fit(list(X)).schema_.lengths is None  # the other reading


def test_some_missing_steps_are_no_padding():
    X = np.where(RNG.random((60, 12, 1)) < 0.15, np.nan, RNG.normal(size=(60, 12, 1)))
    assert not padded_in_front(X).any()
    late = SERIES.copy()
    late[3, :2] = np.nan
    assert not padded_in_front(late).any()


def test_a_net_that_reads_both_is_told_which(refused):
    conv = hy.nets.Conv((4,))
    with refused(hy.ParameterError, "series or images", "kind='series' for 24 steps", "kind='images' for 24 x 5"):
        hy.AE(2, net=conv, **QUIET).fit(SERIES)
    for kind in ("series", "images"):
        assert hy.AE(2, net=conv, kind=kind, **QUIET).fit(SERIES).schema_.kind == kind
    assert hy.AE(2, net=hy.nets.Conv((4,), dimensions=1), **QUIET).fit(SERIES).schema_.kind == "series"
    assert hy.AE(2, net=hy.nets.Conv((4,), dimensions=2), **QUIET).fit(SERIES).schema_.kind == "images"


def test_channels_first_are_refused_and_the_advice_works(refused):
    X = RNG.random((20, 3, 12, 10))
    with refused(hy.DataError, "channels of its images first", "np.moveaxis(X, 1, -1)"):
        dense().fit(X)
    assert dense().fit(np.moveaxis(X, 1, -1)).schema_.shape == (12, 10, 3)
    assert dense(kind="images").fit(X).schema_.shape == (3, 12, 10)


@pytest.mark.parametrize("dtype", [float, np.float32, int])
def test_masked_cells_are_missing(dtype):
    X = (RNG.normal(size=(50, 4)) * 10).astype(dtype)
    mask = RNG.random((50, 4)) < 0.1
    holes = X.astype(float)
    holes[mask] = np.nan
    with pytest.warns(hy.HyotanWarning, match="missing"):
        right = dense().fit(holes)
    with pytest.warns(hy.HyotanWarning, match="missing"):
        model = dense().fit(np.ma.array(X, mask=mask))
        np.testing.assert_array_equal(model.transform(np.ma.array(X, mask=mask)), right.transform(holes))
        found = hy.data.windows(np.ma.array(X, mask=mask), 5)
    np.testing.assert_array_equal(found.series, holes)
    whole = np.ma.array(X, mask=False)
    np.testing.assert_array_equal(dense().fit(whole).transform(whole), dense().fit(X).transform(X))


def test_a_run_keeps_the_masks(tmp_path):
    from hyotan.data.tables.selection import take_rows

    X = np.ma.array(np.arange(8).reshape(4, 2), mask=[[1, 0]] * 4)
    assert np.ma.getmaskarray(take_rows(X, np.array([1, 3]))).tolist() == [[True, False]] * 2


@pytest.mark.parametrize(("high", "scale"), [(199, 255), (900, 1023), (4000, 4095), (60000, 65535)])
def test_grey_values_of_16_bits_are_divided_by_the_largest(high, scale):
    X = RNG.integers(0, high, (40, 6, 6)).astype(np.uint16)
    X[0, 0, 0] = high
    model = dense().fit(X)
    assert (model.scaler_.method, float(model.scaler_.scale)) == ("unit", scale)
    assert f"divided by {scale}" in model._fitted.data_summary()
    same = dense(scale="none").fit(X / scale)
    np.testing.assert_allclose(model.transform(X), same.transform(X / scale), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("value", [5.0, 0.1, 1e9])
def test_a_constant_column_stays_what_it_was(value, tmp_path):
    X = RNG.normal(size=(60, 4))
    X[:, 2] = value
    model = hy.VAE(2, **QUIET).fit(X)
    for each in (model, hy.load(model.save(tmp_path / "a.hyotan"))):
        assert (each.sample(50, random_state=0)[:, 2] == value).all()
        assert (each.reconstruct(X)[:, 2] == value).all()
    series = np.repeat(X[:, None], 3, axis=1) + RNG.normal(size=(60, 3, 1)) * [1, 1, 0, 1]
    assert (hy.VAE(2, kind="series", **QUIET).fit(series).sample(5, random_state=0)[..., 2] == value).all()


@pytest.mark.parametrize("container", ["array", "pandas", "arrow"])
def test_whole_numbers_too_large_to_tell_apart_are_refused(container, refused):
    import pyarrow as pa

    ids = 2**60 + np.arange(40)
    X = np.stack([ids, RNG.integers(0, 9, 40)], axis=1)
    given = {"array": X, "pandas": pd.DataFrame(X), "arrow": pa.table({"a": X[:, 0], "b": X[:, 1]})}[container]
    with refused(hy.DataError, "differences a float cannot tell apart", "subtract the smallest"):
        dense().fit(given)
    less = X - X.min(axis=0)
    assert np.ptp(dense().fit(less).reconstruct(less)[:, 0]) > 0  # the advice


def test_columns_of_any_name_are_compared(refused):
    X = RNG.normal(size=(40, 3))
    pairs = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)])
    for names in ([10, 20, 30], [3, 1, 2], pairs, pd.date_range("2024", periods=3)):
        frame = pd.DataFrame(X, columns=names)
        model = dense().fit(frame)
        np.testing.assert_array_equal(model.transform(frame), model.transform(X))
        with refused(hy.DataError, "feature names should match", "in another order"):
            model.transform(frame[frame.columns[[1, 0, 2]]])
    plain = dense().fit(pd.DataFrame(X))
    with refused(hy.DataError, "feature names should match"):
        plain.transform(pd.DataFrame(X)[[1, 0, 2]])
    plain.transform(X)


def test_missing_and_extra_columns_are_named(refused):
    frame = pd.DataFrame(RNG.normal(size=(40, 3)), columns=["a", "b", "c"])
    model = dense().fit(frame)
    with refused(hy.DataError, "without ['b']"):
        model.transform(frame[["a", "c"]])
    with refused(hy.DataError, "with ['d']"):
        model.transform(frame.assign(d=1.0))
    with refused(hy.DataError, "all NaN in column(s) ['b']"):
        dense().fit(frame.assign(b=np.nan))


def test_names_of_mixed_types_are_refused_before_training(refused):
    frame = pd.DataFrame(RNG.normal(size=(40, 2)), columns=["a", 1])
    with refused(hy.DataError, "Some names of columns are text"):
        dense(epochs=10**6).fit(frame)
    frame.columns = frame.columns.astype(str)  # the advice
    dense().fit(frame)


def test_a_table_whose_rows_are_series():
    frame = pd.DataFrame(RNG.normal(size=(40, 12)))
    model = hy.AE(2, net=hy.nets.Recurrent(3), kind="series", **QUIET).fit(frame)
    assert (model.schema_.shape, model.schema_.columns) == ((12,), None)
    record = hy.evaluate(model, frame)
    assert record.metrics


@pytest.mark.parametrize("scale", ["standard", "none", "minmax"])
@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinity_is_refused_in_every_block(scale, bad, refused):
    X = RNG.normal(size=(3000, 4))
    model = dense(scale=scale).fit(X)
    for dtype in (np.float64, np.float32):
        rows = X.astype(dtype)
        rows[2900, 2] = bad
        for verb in (model.score_samples, model.transform, model.reconstruct):
            with refused(hy.DataError, "infinity"):
                verb(rows)


def test_masks_of_weights_times_and_labels_are_not_lost(refused):
    X = RNG.normal(size=(40, 4))
    weight = np.ma.array(np.ones(40), mask=[1] + [0] * 39)
    with refused(hy.DataError, "sample_weight"):
        dense().fit(X, sample_weight=weight)
    with refused(hy.DataError, "Times are missing"):
        hy.data.windows(X, 5, time=np.ma.array(np.arange(40), mask=[0] * 39 + [1]))
    label = np.ma.array(np.arange(40) % 2, mask=[0] * 39 + [1])
    assert np.isnan(hy.data.windows(X, 5, label=label).label[-1])


def test_large_whole_numbers_with_holes_and_in_series(refused):
    ids = pd.array([2**60, 2**60 + 1, None] * 10, dtype="Int64")
    with refused(hy.DataError, "tell apart"):
        dense().fit(pd.DataFrame({"a": ids, "b": np.arange(30.0)}))
    with refused(hy.DataError, "tell apart"):
        hy.data.windows(np.arange(2**60, 2**60 + 100), 10)
