"""Missing cells given to a model that was fitted on whole rows: encoded as what the model itself expects there."""

import warnings

import numpy as np
import pandas as pd
import pytest

import hyotan as hy
from hyotan.inference.predictor import ROUNDS

RNG = np.random.default_rng(0)
PHASE = RNG.uniform(0, 6, size=(160, 1))
TABLE = RNG.normal(size=(160, 2)) @ RNG.normal(size=(2, 6)) + 0.1 * RNG.normal(size=(160, 6))
SERIES = (np.sin(0.5 * np.arange(12) + PHASE) + 0.05 * RNG.normal(size=(160, 12)))[..., None]
IMAGES = np.clip(0.5 + 0.4 * np.sin(np.arange(8)[:, None] * 0.5 + PHASE[..., None] + np.arange(8) * 0.3), 0, 1)
QUIET = {"epochs": 30, "random_state": 0, "verbose": 0, "learning_rate": 0.01}
MODELS = {
    "table": (hy.AE(2, **QUIET), TABLE),
    "vae": (hy.VAE(2, **QUIET), TABLE.astype("float32")),
    "images": (hy.VAE(2, net=hy.nets.Conv((4,)), kind="images", **QUIET), IMAGES),
    "gru": (hy.AE(3, net=hy.nets.Recurrent(12), **QUIET), SERIES),
    "conditional": (hy.VAE(3, net=hy.nets.Recurrent(8, decoder="conditional"), **QUIET), SERIES),
    "conv": (hy.AE(3, net=hy.nets.Conv((6,), dimensions=1), kind="series", **QUIET), SERIES),
    "future": (hy.AE(3, net=hy.nets.Recurrent(8, future=3), **QUIET), SERIES),
}


@pytest.fixture(scope="module", params=MODELS)
def case(request):
    """A fitted model, whole rows, the rows with holes, and where these are."""
    model, X = MODELS[request.param]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hy.HyotanWarning)
        model = model.fit(X)
    hidden = np.random.default_rng(1).random(X.shape) < 0.15
    hidden[::4] = False
    hidden[:, -1] &= X.ndim == 2  # NaN at the end of a series would be its end
    return model, X, np.where(hidden, np.nan, X), hidden


@pytest.fixture(autouse=True)
def silent():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hy.HyotanWarning)
        yield


@pytest.mark.parametrize("name", ["table", "vae", "images"])
def test_the_rounds_are_those_of_plain_networks(name):
    model, X = MODELS[name]
    model.fit(X)
    holes = np.where(np.random.default_rng(1).random(X.shape) < 0.3, np.nan, X)
    events = model.scaler_.apply(model.schema_.events(holes))
    unknown, axes = np.isnan(events), tuple(range(1, events.ndim))
    expected = np.zeros_like(events)
    codes, distances = [], []
    for _ in range(ROUNDS + 1):
        code = np.asarray(model.encoder_(np.where(unknown, expected, events))["mean" if name != "table" else "code"])
        expected = np.asarray(model.decoder_(code))
        codes.append(code)
        distances.append(np.where(unknown, 0, distance(events, expected, name)).sum(axis=axes))
    # Two rounds may be equally good up to the rounding of single precision; then either is right.
    best = np.array(distances) <= np.min(distances, axis=0) * (1 + 1e-5)
    same = np.isclose(np.array(codes), model.transform(holes), atol=1e-4).all(axis=2)
    assert (best & same).any(axis=0).all()
    assert best[0, unknown.any(axis=axes)].mean() < 0.5  # holes filled with the mean are not the best for most rows


def distance(x, mean, name):
    """Return what −log p(x|z) of a cell grows with."""
    if name == "images":
        return -x * np.log(mean) - (1 - x) * np.log1p(-mean)
    return (x - mean) ** 2


def test_what_becomes_of_a_hole_is_said():
    whole, some = hy.AE(2, **QUIET).fit(TABLE), TABLE.copy()
    some[3, 2] = np.nan
    for X in (some, pd.DataFrame(some)):  # in chunks, and at once
        with pytest.warns(hy.HyotanWarning, match="1 of 960 cells .* fitted on whole rows.*not scored"):
            whole.transform(X)
    with pytest.warns(hy.HyotanWarning, match="1 of 960 cells .* neither seen nor scored"):
        hy.AE(2, **{**QUIET, "epochs": 1}).fit(some)


def test_the_code_is_nearer_to_that_of_the_whole_row(case):
    model, X, holes, hidden = case
    rows = hidden.any(axis=tuple(range(1, X.ndim)))
    codes, found = model.transform(X)[rows], model.transform(holes)[rows]
    average = np.where(hidden, X.mean(axis=0) if X.ndim == 2 else X.mean(), X)
    blind = model.transform(average)[rows]
    assert np.square(found - codes).mean() < 0.6 * np.square(blind - codes).mean()


def test_rows_that_are_whole_are_answered_as_ever_and_no_row_depends_on_another(case):
    model, X, holes, _ = case
    codes, scores = model.transform(holes), model.score_samples(holes)
    np.testing.assert_array_equal(codes[::4], model.transform(X)[::4])
    np.testing.assert_array_equal(scores[::4], model.score_samples(X)[::4])
    np.testing.assert_array_equal(codes[5:9], model.transform(holes[5:9]))
    np.testing.assert_array_equal(scores[[9]], model.score_samples(holes[[9]]))
    assert np.isfinite(model.reconstruct(holes)).all()


def test_a_conditional_decoder_is_fed_what_was_observed():
    """In scoring, too, it goes on from its own mean where the frame before is missing, as with teacher forcing."""
    net = hy.nets.Recurrent(8, decoder="conditional")
    model = hy.AE(3, net=net, likelihood=hy.likelihoods.Gaussian(1.0), scale="none", **QUIET).fit(SERIES)
    holes = SERIES[:20].copy()
    holes[:, 3:5] = np.nan
    off = np.nan_to_num(holes - model.reconstruct(holes, teacher_forcing=True), nan=0.0)
    known = (~np.isnan(holes)).sum(axis=(1, 2))
    expected = -0.5 * np.square(off).sum(axis=(1, 2)) - 0.5 * np.log(2 * np.pi) * known
    np.testing.assert_allclose(model.score_samples(holes), expected, rtol=1e-4)
