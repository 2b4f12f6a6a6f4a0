"""Corruptions: one contract for all, then the distribution of each."""

import keras
import numpy as np
import pytest
from scipy import stats

from hyotan.core.batch import Batch
from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.core.part import registered
from hyotan.core.spec import Spec
from hyotan.corruptions.gaussian_noise import GaussianNoise
from hyotan.corruptions.masking import Masking
from hyotan.corruptions.salt_and_pepper import SaltAndPepper
from hyotan.latents import Point
from hyotan.likelihoods import Gaussian
from hyotan.model.autoencoding import Autoencoding
from hyotan.model.parts import Parts
from hyotan.nets import Dense

GENERATOR = np.random.default_rng(0)
SEEN = GENERATOR.random((200, 50)) > 0.3
VALUES = np.where(SEEN, GENERATOR.normal(3, 1, size=(200, 50)), 0).astype("float32")
WEIGHT = GENERATOR.random(200).astype("float32")
N = VALUES.size

every = pytest.mark.parametrize("name", registered("corruption"))


def seed(number=0):
    return keras.random.SeedGenerator(number)


def close(share, probability):
    return abs(share - probability) <= 5 * np.sqrt(probability * (1 - probability) / N)


@every
@pytest.mark.parametrize("masked", [False, True])
def test_only_what_the_encoder_sees_changes(name, masked):
    part = registered("corruption")[name]()
    part.check()
    before = VALUES.copy()
    batch = Batch(VALUES, WEIGHT, SEEN if masked else None, SEEN if masked else None, WEIGHT[:, None])
    shown = part(batch, seed())
    assert shown.weight is batch.weight
    assert shown.scored is batch.scored
    assert shown.condition is batch.condition
    values = np.asarray(shown.values)
    assert values.shape == VALUES.shape
    assert np.isfinite(values).all()
    assert (values != VALUES).any()
    np.testing.assert_array_equal(VALUES, before)
    if masked:
        assert not values[~SEEN].any()
    if shown.seen is not None:
        seen = np.asarray(shown.seen)
        assert not values[~seen].any()
        assert not masked or not (seen & ~SEEN).any()  # what was missing is never shown


@every
def test_the_seed_decides(name):
    part, batch = registered("corruption")[name](), Batch(VALUES, WEIGHT)
    one, same, other = (np.asarray(part(batch, seed(s)).values) for s in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()
    stream = seed(1)
    np.testing.assert_array_equal(part(batch, stream).values, one)
    assert (np.asarray(part(batch, stream).values) != one).any()  # the next batch is corrupted anew


@every
def test_scores_and_codes_are_of_the_clean_row(name):
    parts = Parts(Dense((6,)), Point(2), Gaussian(sigma=1.0), registered("corruption")[name]())
    model = Autoencoding(parts, Spec((50,)), 0)
    batch = Batch(VALUES[:20], WEIGHT[:20])
    clean = np.asarray(model.terms(batch, Context(seed=model.noise)).minimise["nll"])
    shown = np.asarray(model.terms(batch, Context(seed=seed(5), training=True)).minimise["nll"])
    back = np.asarray(model.decoder(model.posterior(parts.corruption(batch, seed(5))).mean()))
    np.testing.assert_allclose(shown, -stats.norm.logpdf(VALUES[:20], back).sum(axis=1), rtol=1e-4)
    assert (shown != clean).any()
    np.testing.assert_array_equal(model.terms(batch, Context(seed=model.noise)).minimise["nll"], clean)


def test_gaussian_noise_is_normal():
    noise = np.asarray(GaussianNoise(0.5)(Batch(VALUES, WEIGHT), seed()).values).astype(float) - VALUES
    assert abs(noise.mean()) < 5 * 0.5 / np.sqrt(N)
    assert noise.std() == pytest.approx(0.5, rel=5 / np.sqrt(2 * N))
    assert stats.kstest(noise.ravel() / 0.5, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(noise[:, 0], noise[:, 1])[0, 1]) < 5 / np.sqrt(200)


def test_noise_of_no_size_changes_nothing():
    np.testing.assert_array_equal(GaussianNoise(0)(Batch(VALUES, WEIGHT), seed()).values, VALUES)


def test_noisy_values_are_clipped():
    batch = Batch(VALUES, WEIGHT, SEEN, SEEN)
    free, clipped = (np.asarray(GaussianNoise(0.5, clip=c)(batch, seed()).values) for c in (None, (2, 3.5)))
    np.testing.assert_array_equal(clipped, np.where(SEEN, np.clip(free, 2, 3.5), 0))


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_masking_hides_a_share_of_the_cells(rate):
    shown = Masking(rate)(Batch(VALUES, WEIGHT), seed())
    seen = np.asarray(shown.seen)
    assert close(1 - seen.mean(), rate)
    np.testing.assert_array_equal(shown.values, np.where(seen, VALUES, 0))
    both = np.asarray(Masking(rate)(Batch(VALUES, WEIGHT, SEEN), seed()).seen)
    np.testing.assert_array_equal(both, seen & SEEN)


@pytest.mark.parametrize("rate", [0.0, 0.2, 1.0])
def test_salt_and_pepper_come_with_equal_odds(rate):
    values = np.asarray(SaltAndPepper(rate, low=-7, high=9)(Batch(VALUES, WEIGHT), seed()).values)
    changed = values != VALUES
    assert set(np.unique(values[changed])) <= {-7, 9}
    assert close((values == -7).mean(), rate / 2)
    assert close((values == 9).mean(), rate / 2)
    assert changed.mean() == pytest.approx((values == -7).mean() + (values == 9).mean())


def test_what_is_missing_stays_zero_between_salt_and_pepper():
    values = np.asarray(SaltAndPepper(1.0, low=-7, high=9)(Batch(VALUES, WEIGHT, SEEN), seed()).values)
    assert set(np.unique(values[SEEN])) == {-7, 9}
    assert not values[~SEEN].any()


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (GaussianNoise(-0.1), ("'stddev' parameter of GaussianNoise", "a number >= 0", "received: -0.1")),
        (GaussianNoise("0.1"), ("'stddev'", "received: '0.1'")),
        (GaussianNoise(clip=1), ("'clip'", "None or two numbers, low and high", "received: 1")),
        (GaussianNoise(clip=(0, 1, 2)), ("'clip'", "received: (0, 1, 2)")),
        (GaussianNoise(clip=("a", "b")), ("'clip'", "received: ('a', 'b')")),
        (GaussianNoise(clip=(1, 0)), ("'clip'", "received: (1, 0)")),
        (Masking(1.5), ("'rate' parameter of Masking", "a number >= 0 and <= 1", "received: 1.5")),
        (Masking(-1), ("'rate'", "received: -1")),
        (SaltAndPepper(2), ("'rate' parameter of SaltAndPepper", "received: 2")),
        (SaltAndPepper(low="0"), ("'low' parameter of SaltAndPepper", "received: '0'")),
        (SaltAndPepper(high=float("nan")), ("'high' parameter of SaltAndPepper", "received: nan")),
    ],
    ids=repr,
)
def test_bad_parameters_are_refused(part, words, refused):
    with refused(ParameterError, *words):
        part.check()
