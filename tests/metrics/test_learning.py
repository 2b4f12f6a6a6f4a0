"""What a history says of the training, case by case."""

import numpy as np
import pytest

from hyotan.metrics._learning import broken_at, curve, falling, last_fifth, overfit

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("history", "epoch"),
    [
        ({}, None),
        ({"loss": [3.0, 2.0], "val_loss": [3.0, 2.0]}, None),
        ({"loss": [3.0, NAN]}, 2),
        ({"loss": [3.0, None]}, 2),  # as it comes back from JSON
        ({"loss": [3.0, 2.0, 1.0], "val_loss": [1.0, INF, NAN]}, 2),
        ({"loss": [3.0, 2.0, -INF], "val_loss": [NAN, 1.0, 1.0]}, 1),
    ],
)
def test_the_first_epoch_that_was_not_finite(history, epoch):
    assert broken_at(history) == epoch


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5.0, 4.0, 3.0, 3.0, 3.05], None),  # 1.7 % of the lowest
        ([5.0, 4.0, 3.0, 3.0, 3.07], (3, 3.0, 3.07)),  # 2.3 %
        ([100.0, 4.0, 3.0, 3.0, 4.5], None),  # next to nothing of all that was gained
        ([5.0, 4.0, 3.0, 9.0], None),  # of four epochs nothing is said
        ([5.0, 4.0, 3.0, 2.0, 1.0], None),
        # Negative losses, as densities have them: the lowest is the best, and at the end it has not risen.
        ([5.0, 0.0, -5.0, -9.0, -10.0], None),
        ([5.0, 0.0, -5.0, -10.0, -9.9], None),
        ([5.0, 0.0, -5.0, -10.0, -9.0], (4, -10.0, -9.0)),
        ([5.0, 4.0, 3.0, NAN, 9.0], None),  # another matter
    ],
)
def test_a_validation_loss_that_rose_is_overfitting(values, expected):
    assert overfit({"val_loss": values}) == expected


def test_the_epoch_that_was_kept_counts():
    history = {"val_loss": [9.0, 5.0, 4.0, 4.2, 5.0]}
    assert overfit(history, kept=3) is None
    assert overfit(history, kept=4) == (3, 4.0, 4.2)
    assert overfit({"loss": [9.0, 5.0, 4.0, 4.2, 5.0]}) is None


@pytest.mark.parametrize(("rate", "flat"), [(0.02, False), (0.5, True)])
def test_an_exponential_falls_until_it_is_flat(rate, flat):
    values = 3 + np.exp(-rate * np.arange(20))
    share = falling({"loss": values.tolist()})
    expected = (values[15] - values[19]) / (values[0] - values[19])
    assert share is None if flat else share == pytest.approx(expected)
    assert (expected > 0.05) is not flat


def test_validation_says_whether_more_is_to_be_had():
    falls, rises = [4.0, 3.0, 2.0, 1.0, 0.0], [4.0, 2.0, 1.0, 1.0, 1.5]
    assert falling({"loss": falls, "val_loss": rises}) is None
    assert falling({"loss": rises, "val_loss": falls}) == 0.25
    assert curve({"loss": falls, "val_loss": rises}).tolist() == rises
    for values in ([], [1.0], [2.0, 2.0], [3.0, None]):
        assert falling({"loss": values}) is None
    assert [last_fifth(n) for n in (1, 4, 5, 9, 10, 100)] == [1, 1, 1, 1, 2, 20]
