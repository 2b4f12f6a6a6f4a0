"""What every registered likelihood has to keep to, found out without knowing its formula."""

import keras
import numpy as np
import pytest
from scipy import integrate

import hyotan.likelihoods as likelihoods
from hyotan.core.part import registered

PARTS = [
    *(cls() for cls in registered("likelihood").values()),
    likelihoods.Bernoulli(link="identity"),
    likelihoods.Gaussian(sigma=0.5),
    likelihoods.Gaussian(sigma="per_cell", link="sigmoid"),
    likelihoods.Gaussian(sigma="predicted", link="tanh"),
]
EVENTS = [(5,), (4, 3, 2)]
ROWS = 6

every_part = pytest.mark.parametrize("part", PARTS, ids=lambda part: " ".join(repr(part).split()))
every_event = pytest.mark.parametrize("event", EVENTS, ids=str)


@pytest.fixture(params=["vector", "map"])
def hidden(request, event):
    """Return the last hidden layer of a decoder: a vector, or a map over the positions of the event."""
    shape = (ROWS, 7) if request.param == "vector" else (ROWS, *event[:-1], 7)
    return np.random.default_rng(1).normal(size=shape).astype("float32")


@every_part
@every_event
def test_head_gives_one_finite_log_probability_a_cell(part, event, hidden, build):
    layer = build(part, event)
    params = layer.head(hidden)
    draw = np.asarray(layer.sample(params, keras.random.SeedGenerator(0)))
    mean = np.asarray(layer.mean(params))
    each = np.asarray(layer.log_prob(params, draw))
    assert mean.shape == draw.shape == each.shape == (ROWS, *event)
    assert np.isfinite(each).all()
    assert np.isfinite(mean).all()
    assert not part.invalid(draw).any()


@every_part
def test_a_cell_is_scored_by_its_own_value_alone(part, build):
    layer = build(part, (5,))
    params = layer.head(np.random.default_rng(0).normal(size=(ROWS, 7)).astype("float32"))
    values = np.full((ROWS, 5), 1.0, "float32")
    changed = values.copy()
    changed[2, 3] = 0.0
    before, after = (np.asarray(layer.log_prob(params, v)) for v in (values, changed))
    different = before != after
    assert different[2, 3]
    assert different.sum() == 1


@every_part
def test_cells_that_are_scored_alike_may_come_in_any_arrangement(part, build):
    event = (4, 3, 2)
    layer, values = build(part, event), np.full((ROWS, *event), 0.25, "float32")
    values[:, 1:3] = 1.0
    params = layer.head(np.random.default_rng(0).normal(size=(ROWS, 7)).astype("float32"))
    each = np.asarray(layer.log_prob(params, values))
    in_a_row = {name: np.asarray(param).reshape(ROWS, -1) for name, param in params.items()}
    if layer.elementwise_iid:
        found = np.asarray(layer.log_prob(in_a_row, values.reshape(ROWS, -1)))
        np.testing.assert_allclose(found, each.reshape(ROWS, -1), rtol=1e-6)
    else:  # what does not say so had better have a reason
        with pytest.raises((TypeError, ValueError)):
            layer.log_prob(in_a_row, values.reshape(ROWS, -1))


@every_part
def test_log_probabilities_broadcast_over_draws(part, build):
    layer = build(part, (5,))
    generator = np.random.default_rng(0)
    hidden = generator.normal(size=(3 * ROWS, 7)).astype("float32")
    values = (generator.random((ROWS, 5)) > 0.5).astype("float32")
    params = layer.head(hidden)
    stacked = {name: np.reshape(p, (3, ROWS, 5)) for name, p in params.items()}
    together = np.asarray(layer.log_prob(stacked, values))
    apart = np.asarray(layer.log_prob(params, np.tile(values, (3, 1)))).reshape(3, ROWS, 5)
    np.testing.assert_allclose(together, apart, rtol=1e-6)


@every_part
def test_mean_is_the_average_of_many_draws(part, build):
    layer = build(part, (3,))
    params = layer.head(np.repeat(np.array([[0.3, -1.2]], "float32"), 20_000, axis=0))
    draws = np.asarray(layer.sample(params, keras.random.SeedGenerator(0)), np.float64)
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert (draws.std(axis=0) > 0).all()
    assert (np.abs(draws.mean(axis=0) - np.asarray(layer.mean(params))[0]) < 5 * error).all()
    again = np.asarray(layer.sample(params, keras.random.SeedGenerator(0)))
    np.testing.assert_array_equal(again, draws)


@every_part
def test_probabilities_add_up_to_one(part, build):
    layer = build(part, (1,))
    params = layer.head(np.array([[0.3, -1.2]], "float32"))

    def probability(values):
        values = np.asarray(values, "float32").reshape(-1, 1)
        return np.exp(np.asarray(layer.log_prob({k: np.repeat(p, len(values), 0) for k, p in params.items()}, values)))

    if np.all(part.density(layer.spec)):
        grid = np.linspace(-30, 30, 60_001)
        total = integrate.simpson(probability(grid)[:, 0], x=grid)
        assert part.normalised(grid)
    else:
        total = probability([0, 1]).sum()
        assert part.normalised(np.array([0.0, 1.0]))
    assert total == pytest.approx(1, abs=1e-4)


@every_part
@pytest.mark.parametrize("seen", [None, np.array([[True, False, True]])])
def test_reading_adds_flags_only_where_cells_may_be_missing(part, seen, build):
    values = np.array([[1.0, 0.0, 1.0]], "float32")
    np.testing.assert_array_equal(build(part, (3,)).read(values, seen), values)
    flags = [[1, 1, 1]] if seen is None else [[1, 0, 1]]
    np.testing.assert_array_equal(build(part, (3,), missing=True).read(values, seen), np.hstack([values, flags]))


def test_flags_of_images_are_channels(build):
    values = np.random.default_rng(0).random((2, 4, 3, 2)).astype("float32")
    seen = values > 0.5
    features = np.asarray(build(likelihoods.Bernoulli(), (4, 3, 2), missing=True).read(values, seen))
    np.testing.assert_array_equal(features[..., :2], values)
    np.testing.assert_array_equal(features[..., 2:], seen)
