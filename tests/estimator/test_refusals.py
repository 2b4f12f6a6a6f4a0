"""What cannot be fitted is refused in one clear error, before the first step, and the advice in it works."""

import datetime
import os
import subprocess
import sys

import keras
import numpy as np
import pandas as pd
import pytest

import hyotan as hy

X = np.random.default_rng(0).normal(size=(40, 5))


def model(**params):
    return hy.AE(**{"latent_dim": 2, "net": hy.nets.Dense(()), "epochs": 1, "random_state": 0, "verbose": 0, **params})


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((row for row in X), r"X is a generator.*list\(X\)"),
        (iter(X), r"list\(X\)"),
        ({"a": [1, 2]}, r"X is a dict.*pandas.DataFrame\(X\)"),
        ("rows.csv", r"X is a text.*hyotan.data.load\(path\).X"),
        (b"rows", "X is a text"),
        (X + 1j, r"Complex.*numpy.hstack\(\[X.real, X.imag\]\)"),
        (X[:, 0], r"Reshape your data: X.reshape\(-1, 1\)"),
        (np.zeros((9, 3), "datetime64[s]"), "dates or durations.*hyotan.data.windows.*time=X"),
        (np.zeros((9, 3), "timedelta64[s]"), "dates or durations"),
        (np.array([["a", "b"]] * 9), "numeric"),
        (np.array([["x" * 10**6, "b"]] * 9, object), "float"),
        (None, "array"),
        (3.0, "array"),
    ],
    ids=range(13),
)
def test_data_of_other_kinds(data, words, refused):
    with pytest.raises(hy.DataError, match=words) as caught:
        model(epochs=10**6).fit(data)
    assert len(str(caught.value)) < 1500


def test_the_advice_for_other_kinds_works():
    np.testing.assert_array_equal(model().fit(list(iter(X))).transform(X), model().fit(X).transform(X))
    Z = X + 1j * X
    model().fit(np.hstack([Z.real, Z.imag]))
    dates = np.datetime64("2024-01-01") + np.arange(40)
    assert len(hy.data.windows(X, 5, time=dates)) == 36
    model().fit(((dates - dates.min()) / np.timedelta64(1, "s")).reshape(-1, 1))
    model().fit(pd.DataFrame({"a": [1.0, 2, 4], "b": [0.0, 1, 0]}))


def test_a_tensor_with_a_gradient_is_read():
    class Tensor:
        requires_grad = True

        def detach(self):
            return X

    np.testing.assert_array_equal(model().fit(Tensor()).transform(X), model().fit(X).transform(X))


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "a", True, datetime.date(2024, 1, 1), [1]])
def test_random_states(seed, refused):
    with refused(hy.ParameterError, "'random_state' parameter is not valid", "numpy.random.Generator"):
        model(random_state=seed, epochs=10**6).fit(X)


def test_a_generator_is_a_random_state():
    one, two = (model(random_state=np.random.default_rng(3)).fit(X) for _ in range(2))
    np.testing.assert_array_equal(one.transform(X), two.transform(X))
    np.testing.assert_array_equal(model(random_state=one.seed_).fit(X).transform(X), one.transform(X))
    assert model(random_state=2**32 - 1).fit(X).seed_ == 2**32 - 1


@pytest.mark.parametrize("params", [{"latent_dim": 2**40}, {"net": hy.nets.Dense((2**36,))}])
def test_sizes_that_fit_no_memory(params, refused):
    with refused(hy.ParameterError, "does not fit into memory", "smaller code"):
        model(**params).fit(X)
    assert model().fit(X).transform(X).shape == (40, 2)  # nothing is left behind


def test_checkpoints_of_keras(tmp_path, refused):
    whole = keras.callbacks.ModelCheckpoint(tmp_path / "a.keras")
    with refused(hy.ParameterError, "ModelCheckpoint", "checkpoint="):
        model(callbacks=[whole]).fit(X)
    model(checkpoint=tmp_path / "a.hyotan").fit(X)  # the advice
    assert hy.load(tmp_path / "a.hyotan").transform(X).shape == (40, 2)
    weights = keras.callbacks.ModelCheckpoint(tmp_path / "a.weights.h5", save_weights_only=True)
    model(callbacks=[weights]).fit(X)
    assert (tmp_path / "a.weights.h5").exists()


def test_misspelt_arguments(refused):
    with refused(hy.ParameterError, "did you mean 'sample_weight'?"):
        model(epochs=10**6).fit(X, sample_wieght=np.ones(40))
    with refused(hy.ParameterError, "did you mean 'label'?"):
        hy.data.load("digits", labels="x")


def test_messages_are_never_long(refused):
    for call in (
        lambda: model(likelihood="x" * 10**7).fit(X),
        lambda: hy.data.load("x" * 10**5),
        lambda: (
            model().fit(pd.DataFrame(X, columns=[f"{'c' * 10**6}{i}" for i in range(5)])[["c" * 10**6 + "0"]])
            and model().fit(pd.DataFrame(X, columns=list("abcde"))).transform(pd.DataFrame(X).add_prefix("y" * 10**6))
        ),
    ):
        with pytest.raises(hy.core.errors.HyotanError) as caught:
            call()
        assert len(str(caught.value)) < 5000


def test_the_scale_of_weights_means_nothing():
    weight = np.random.default_rng(1).uniform(0.1, 3, 40)
    right = model(epochs=3).fit(X, sample_weight=weight).transform(X)
    for times in (1e-30, 1e-3, 7.0, 1e30, 1e300):
        found = model(epochs=3).fit(X, sample_weight=weight * times).transform(X)
        np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(
        model().fit(X, sample_weight=np.full(40, 5e-20)).transform(X), model().fit(X).transform(X)
    )


FORKED = """
import os, sys
import numpy as np
import hyotan as hy
X = np.random.default_rng(0).normal(size=(40, 5))
model = hy.AE(2, net=hy.nets.Dense(()), epochs=1, verbose=0).fit(X)
child = os.fork()
if child == 0:
    try:
        {what}
        os._exit(3)
    except hy.TrainingError as err:
        print(err, flush=True)
        os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without forks")
@pytest.mark.parametrize("what", ["model.score_samples(X)", "hy.AE(2, epochs=1, verbose=0).fit(X)"])
def test_a_fork_says_why_it_cannot_go_on(what):
    command = [sys.executable, "-W", "ignore", "-c", FORKED.format(what=what)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.rstrip().endswith("7"), done.stderr
    assert "fork" in done.stdout and "spawn" in done.stdout
