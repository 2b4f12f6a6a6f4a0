"""Whether the code is used: decoders that need it, and decoders that do not."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import hyotan as hy
from hyotan.metrics import View, evaluate
from hyotan.metrics.code_use import code_use, deranged


def steps_up(n=200, steps=12, seed=0):
    """Return rows that are one level all along: from the frame before, or from the code."""
    generator = np.random.default_rng(seed)
    return (generator.normal(size=(n, 1, 1)) + 0.05 * generator.normal(size=(n, steps, 1))).astype("float32")


def fitted(decoder, X, epochs=3, **params):
    net = hy.nets.Recurrent(8, decoder=decoder)
    params = {"epochs": epochs, "random_state": 0, "verbose": 0, "learning_rate": 0.01, **params}
    return hy.AE(2, net=net, **params).fit(X)


@pytest.fixture(scope="module")
def fed():
    return fitted("conditional", steps_up())


@pytest.fixture(scope="module")
def shown():
    """A code that has to cost nothing carries nothing: the decoder is left with the input."""
    net = hy.nets.Recurrent(8, decoder="reversed-input")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", hy.HyotanWarning)  # the collapse is wanted
        return hy.VAE(2, beta=1000, net=net, epochs=40, learning_rate=0.01, random_state=0, verbose=0).fit(steps_up())


@pytest.fixture(scope="module")
def copied(shown):
    return evaluate(shown, steps_up(seed=1), np.arange(200) % 3)


def norm(difference):
    return np.linalg.norm(difference.reshape(len(difference), -1), axis=1).mean()


def test_errors_are_those_of_reconstructions(fed):
    X = steps_up(seed=1)
    found = code_use(View(fed, X))
    Z, order = fed.transform(X), deranged(200)
    for name, codes, forced in (
        ("honest", None, True),
        ("shuffled", Z[order], True),
        ("mean_code", np.tile(Z.mean(axis=0), (200, 1)), True),
        ("free_honest", None, False),
        ("free_shuffled", Z[order], False),
    ):
        expected = norm(X - fed.reconstruct(X, codes=codes, teacher_forcing=forced))
        assert found[name] == pytest.approx(expected, rel=1e-5), name
    assert found["ratio"] == pytest.approx(found["shuffled"] / found["honest"])
    assert found["free_ratio"] == pytest.approx(found["free_shuffled"] / found["free_honest"])


def test_a_decoder_that_does_not_look_is_found_out(copied):
    found = copied.metrics["code_use"]
    assert found["sees"] == "input" and "free_honest" not in found
    assert found["ratio"] == pytest.approx(1, abs=0.01)
    assert found["reading"].startswith("The decoder hardly looks at the code")
    assert "comes from the input" in found["reading"]
    assert found["reading"] in copied.warnings


def test_a_decoder_whose_rows_need_the_code_is_not_accused():
    # Independent noise: the frame before says nothing, only the code does.
    generator = np.random.default_rng(0)
    level = generator.normal(size=(300, 2))
    X = (level @ generator.normal(size=(2, 8)))[..., None]
    model = fitted("conditional", X, epochs=40)
    found = code_use(View(model, X))
    assert found["ratio"] > 1.5 and found["mean_code"] > 1.2 * found["honest"]
    assert found["reading"].startswith("The decoder depends on the code")


def test_nothing_is_decoded_from_a_code_alone_where_the_decoder_sees_the_input(shown, copied):
    assert not {"grid", "samples", "traversals"} & copied.pictures.keys()
    assert "likelihood" not in copied.metrics and "probe" in copied.metrics
    assert copied.model["decoder_sees"] == "input"
    X = steps_up(seed=1)[copied.pictures["pairs_row"]]
    expected = shown.reconstruct(X, codes=shown.draw(X, random_state=0))
    np.testing.assert_allclose(copied.pictures["pairs_draw"], expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("n", [2, 3, 10, 101])
@pytest.mark.parametrize("seed", range(5))
def test_no_row_keeps_its_code(n, seed):
    order = deranged(n, seed)
    assert sorted(order) == list(range(n)) and (order != np.arange(n)).all()


def test_the_future_alone_is_measured_where_only_it_is_written():
    X = np.cumsum(steps_up(), axis=1)
    net = hy.nets.Recurrent(8, decoder="conditional", future=3, reconstruct=False)
    model = hy.AE(2, net=net, epochs=2, random_state=0, verbose=0).fit(X)
    found = code_use(View(model, X))
    forced = model.reconstruct(X, teacher_forcing=True)[:, -3:]
    assert found["honest"] == pytest.approx(norm(X[:, -3:] - forced), rel=1e-5)


def test_where_it_does_not_apply_there_is_none(fed):
    assert code_use(View(fed, steps_up()[:1])) is None
    assert code_use(SimpleNamespace(sees="nothing", rows=steps_up())) is None


def test_readings():
    from hyotan.metrics.code_use import _reading

    base = {"sees": "previous frames", "ratio": 1.01}
    assert "running free it does need the code (1.80 times" in _reading({**base, "free_ratio": 1.8})
    assert _reading({**base, "free_ratio": 1.01}).endswith("and the codes need not say anything about the rows.")
    assert "looks at the code, but not only at it" in _reading({"sees": "input", "ratio": 1.2})
