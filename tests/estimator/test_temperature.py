"""sample(temperature=T): codes are T times those of N(0, I), and what has no temperature says so."""

import numpy as np
import pytest

import hyotan as hy
from hyotan.core import part

X = np.random.default_rng(0).normal(size=(60, 5)) * [1, 10, 100, 0.1, 1] + [0, 5, -30, 2, 0]


def model(recipe=hy.VAE, **params):
    """A model whose decoder is linear, so that the codes of its samples can be solved for."""
    given = {"latent_dim": 3, "net": hy.nets.Dense(()), "epochs": 2, "random_state": 0, "verbose": 0}
    return recipe(**{**given, **params})


def codes_of(fitted, rows):
    """Solve x = b + z W for the codes of rows, in double precision, from the decoder's own weights."""
    kernel, bias = (np.asarray(weight, np.float64) for weight in fitted.decoder_.get_weights())
    return (fitted.scaler_.apply(rows) - bias) @ np.linalg.pinv(kernel)


@pytest.fixture(scope="module")
def fitted():
    return model().fit(X)


@pytest.mark.parametrize("temperature", [0.25, 1, 3.0])
def test_codes_are_normal_of_that_width(fitted, temperature):
    z = codes_of(fitted, fitted.sample(20_000, temperature=temperature, random_state=0))
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=5 * temperature / np.sqrt(20_000))
    np.testing.assert_allclose(np.cov(z.T), temperature**2 * np.eye(3), atol=0.05 * temperature**2)
    np.testing.assert_allclose((np.abs(z) < temperature).mean(), 0.6827, atol=0.01)  # normal, not only of that width


def test_the_same_draws_are_scaled(fitted):
    one, other = (codes_of(fitted, fitted.sample(50, temperature=t, random_state=3)) for t in (1, 0.5))
    np.testing.assert_allclose(other, 0.5 * one, atol=1e-4)
    again = fitted.sample(50, temperature=0.5, random_state=3)
    np.testing.assert_array_equal(again, fitted.sample(50, temperature=0.5, random_state=3))
    assert not np.array_equal(again, fitted.sample(50, temperature=0.5, random_state=4))


@pytest.mark.parametrize("one", [1, 1.0, np.float32(1)], ids=repr)
def test_at_one_it_is_the_prior_to_the_bit(fitted, one):
    for noise in (False, True):
        expected = fitted.sample(20, random_state=1, noise=noise)
        np.testing.assert_array_equal(fitted.sample(20, temperature=one, random_state=1, noise=noise), expected)
    seed = np.random.RandomState(1).randint(2**31 - 1, size=2)[0]
    drawn = fitted.inverse_transform(fitted._fitted.network.sample_prior(20, int(seed)))
    np.testing.assert_array_equal(fitted.sample(20, temperature=one, random_state=1), drawn)


def test_codes_on_a_grid_and_series_of_unequal_length():
    images = np.random.default_rng(0).uniform(size=(30, 8, 8))
    grid = model(net=hy.nets.Conv(filters=(4,)), layout="grid").fit(images)
    near, far = (grid.sample(40, temperature=t, random_state=0) for t in (1e-6, 1))
    assert near.std(axis=0).max() < 1e-3 < far.std(axis=0).min()
    series = [np.random.default_rng(i).normal(size=(5 + i % 4, 2)) for i in range(30)]
    ragged = model(net=hy.nets.Recurrent(4)).fit(series)
    one, other = (ragged.sample(9, temperature=t, random_state=0) for t in (1, 0.5))
    assert [len(row) for row in one] == [len(row) for row in other]  # lengths are not of the prior


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf"), "1", None, True, [1]], ids=repr)
def test_what_is_no_temperature_is_refused(fitted, wrong, refused):
    with refused(hy.ParameterError, "'temperature' parameter", "a finite number > 0", "temperature=1"):
        fitted.sample(3, temperature=wrong)
    assert fitted.sample(3, temperature=1).shape == (3, 5)  # the advice


def test_other_priors_have_none(monkeypatch, refused):
    monkeypatch.setitem(part._REGISTRY, "prior", dict(part._REGISTRY["prior"]))

    class Flat(hy.priors.Prior):
        """Uniform on the unit cube."""

        def log_prob(self, z, ctx):
            return 0.0 * z.sum(axis=tuple(range(2, len(z.shape))))

        def sample(self, n, shape, ctx):
            import keras

            return keras.random.uniform((n, *shape), seed=ctx.seed)

    fitted = model(prior="flat").fit(X)
    with refused(hy.ParameterError, "This prior has no temperature", "prior='standardnormal'"):
        fitted.sample(3, temperature=0.5)
    assert fitted.sample(3).shape == fitted.sample(3, temperature=1).shape == (3, 5)
    assert fitted.set_params(prior="standardnormal").fit(X).sample(3, temperature=0.5).shape == (3, 5)


def test_latents_without_a_prior_say_that(refused):
    with refused(hy.ParameterError, "sample() needs a prior to draw from", "Gaussian latent"):
        model(hy.AE).fit(X).sample(3, temperature=0.5)
