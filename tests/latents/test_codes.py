"""Deterministic latents against NumPy: the code's head, and the penalty of a sparse one."""

import numpy as np
import pytest

from hyotan.core.context import Context
from hyotan.core.errors import ParameterError
from hyotan.latents import Point, Sparse

HIDDEN = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
LOG_PX = np.array([[-1.0, -2, -3, -4, -5, -6]], "float32")
CTX = Context(weight=np.ones(6, "float32"))


def affine(layer):
    kernel, bias = map(np.asarray, layer.code.weights)
    return HIDDEN @ kernel + bias


@pytest.mark.parametrize("part", [Point(3), Sparse(3, activation="linear")], ids=repr)
def test_a_linear_code(part, build):
    layer = build(part)
    code = layer.posterior(HIDDEN, CTX).mean()
    np.testing.assert_allclose(code, affine(layer), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("part", [Point(3, activation="relu"), Sparse(3)], ids=repr)
def test_a_relu_code_has_exact_zeros(part, build):
    layer = build(part)
    code = np.asarray(layer.posterior(HIDDEN, CTX).mean())
    np.testing.assert_allclose(code, np.maximum(affine(layer), 0), rtol=1e-4, atol=1e-6)
    assert (code == 0).any()


def test_without_a_size_the_hidden_layer_is_the_code(build):
    layer = build(Point(None, activation="tanh"))
    np.testing.assert_allclose(layer.posterior(HIDDEN, CTX).mean(), np.tanh(HIDDEN), rtol=1e-5)
    assert not layer.weights


def test_a_point_minimises_the_negative_log_likelihood_alone(build):
    layer = build(Point(3))
    q = layer.posterior(HIDDEN, CTX)
    terms = layer.objective(LOG_PX, q, q.draw(np.zeros((1, 1))), CTX)
    assert list(terms.minimise) == ["nll"]
    assert not terms.report
    np.testing.assert_array_equal(terms.minimise["nll"], -LOG_PX[0])
    np.testing.assert_array_equal(layer.elbo(LOG_PX, q, None, CTX), LOG_PX[0])


@pytest.mark.parametrize("l1", [0, 0.3, 10])
def test_a_sparse_code_pays_for_its_absolute_sum(l1, build):
    layer = build(Sparse(3, l1=l1, activation="linear"))
    q = layer.posterior(HIDDEN, CTX)
    terms = layer.objective(LOG_PX, q, q.draw(np.zeros((1, 1))), CTX)
    total = np.abs(affine(layer)).sum(axis=1)
    np.testing.assert_allclose(terms.minimise["sparsity"], l1 * total, rtol=1e-5)
    np.testing.assert_allclose(terms.report["sparsity"], total, rtol=1e-5)
    np.testing.assert_array_equal(terms.minimise["nll"], -LOG_PX[0])
    np.testing.assert_array_equal(layer.elbo(LOG_PX, q, None, CTX), LOG_PX[0])  # the penalty is no part of a score


def test_a_sparse_grid_is_summed_over_positions(build):
    layer = build(Sparse(2, l1=1.0, layout="grid"))
    q = layer.given({"code": np.full((6, 3, 3, 2), -0.5, "float32")})
    np.testing.assert_allclose(layer.objective(LOG_PX, q, None, CTX).minimise["sparsity"], 9.0)


@pytest.mark.parametrize(
    ("part", "words"),
    [
        (Point(0), ("'dim' parameter of Point", "received: 0")),
        (Point(activation="rleu"), ("'activation' parameter of Point", "'relu'", "received: 'rleu'")),
        (Point(layout="row"), ("'layout' parameter of Point", "'vector', 'grid'")),
        (Sparse(None), ("'dim' parameter of Sparse", "received: None")),
        (Sparse(l1=-1), ("'l1' parameter of Sparse", "a number >= 0", "received: -1")),
        (Sparse(l1="big"), ("'l1'", "received: 'big'")),
        (Sparse(activation=None), ("'activation' parameter of Sparse", "received: None")),
    ],
    ids=repr,
)
def test_bad_parameters_are_refused(part, words, build, refused):
    with refused(ParameterError, *words):
        build(part)
