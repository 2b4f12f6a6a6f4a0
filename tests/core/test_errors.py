"""Refusals: one wording, the built-in classes callers catch, and a way through worker processes."""

import pickle

import jax
import keras
import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from hyotan.core import errors
from hyotan.core.errors import (
    ArtifactError,
    DataError,
    DataTypeError,
    HyotanError,
    ParameterError,
    TrainingError,
    UnknownParameterError,
    not_fitted,
    shown,
    unknown_name,
)

CLASSES = [
    HyotanError,
    DataError,
    DataTypeError,
    ParameterError,
    UnknownParameterError,
    ArtifactError,
    TrainingError,
]
PARTS = {"expected": "a number", "received": "None", "do": "give one"}


@pytest.mark.parametrize("kind", CLASSES)
def test_four_parts_in_one_line(kind):
    error = kind("beta is missing", **PARTS)
    assert str(error) == "beta is missing · expected: a number · received: None · what to do: give one"
    assert (error.what, error.expected, error.received, error.do) == ("beta is missing", *PARTS.values())


def test_parts_that_are_not_given_are_left_out():
    assert str(DataError("X is empty")) == "X is empty"
    assert str(DataError("X is empty", received="0 rows")) == "X is empty · received: 0 rows"


@pytest.mark.parametrize(
    ("kind", "builtin"),
    [
        (DataError, ValueError),
        (DataTypeError, (TypeError, ValueError)),
        (ParameterError, ValueError),
        (ArtifactError, ValueError),
        (TrainingError, RuntimeError),
    ],
)
def test_errors_are_what_a_caller_would_catch_anyway(kind, builtin):
    for base in builtin if isinstance(builtin, tuple) else (builtin,):
        assert issubclass(kind, base)
    assert issubclass(kind, HyotanError)


def test_every_class_is_public():
    _ = errors.NotFittedError  # made when first asked for
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, HyotanError)]
    assert set(classes) == {*CLASSES, errors.NotFittedError}
    assert {c.__name__ for c in classes} <= set(errors.__all__)


@pytest.mark.parametrize(
    "error",
    [*(kind("wrong", **PARTS) for kind in CLASSES), not_fitted(3, "transform")],
    ids=lambda error: type(error).__name__,
)
def test_errors_come_back_from_worker_processes(error):
    again = pickle.loads(pickle.dumps(error))
    assert type(again).__name__ == type(error).__name__
    assert type(again).__mro__[1:] == type(error).__mro__[1:]
    assert str(again) == str(error)
    assert (again.what, again.expected, again.received, again.do) == (
        error.what,
        error.expected,
        error.received,
        error.do,
    )


def test_not_fitted_is_scikit_learns(refused):
    with refused(NotFittedError, "This int instance is not fitted yet", "before transform()", "call fit(X) first"):
        raise not_fitted(3, "transform")


def test_an_unknown_name_is_told_with_its_neighbour(refused):
    with refused(ParameterError, "no net named 'Dens'", "one of conv, custom, dense", "did you mean 'dense'?"):
        raise unknown_name("net", "Dens", ["dense", "custom", "conv"])
    both = unknown_name("net", "dens", ["dense"], "or pass a part")
    assert both.do == "did you mean 'dense'?; or pass a part"


@pytest.mark.parametrize("name", ["zzz", "", 7, None, ["dense"]], ids=repr)
def test_a_far_name_has_no_neighbour(name, refused):
    with refused(ParameterError, f"There is no net named {name!r}", f"received: {name!r}"):
        raise unknown_name("net", name, ["qqqq"])
    assert unknown_name("net", name, ["qqqq"]).do == ""


def test_long_lists_of_names_are_cut():
    error = unknown_name("set", "n3x", [f"n{i:02}" for i in range(40)])
    assert error.expected.endswith("n15, … (40 in all)")
    assert "n16" not in error.expected


@pytest.mark.parametrize(("value", "text"), [("a", "'a'"), ("a" * 100, "'" + "a" * 58 + "…"), (1.5, "1.5")])
def test_what_was_received_is_cut_to_a_line(value, text):
    assert shown(value) == text
    assert len(shown(value)) <= 60


def test_keras_and_jax_leave_it_as_it_is():
    """Raised where Keras calls a layer that JAX traces, it is neither rewritten nor given a note about frames."""

    class Refusing(keras.Layer):
        def call(self, x):
            raise ParameterError("beta is missing", **PARTS)

    with pytest.raises(ParameterError) as caught:
        jax.jit(lambda x: Refusing()(x))(np.ones((2, 3), np.float32))
    assert (str(caught.value), caught.value.expected) == (str(ParameterError("beta is missing", **PARTS)), "a number")
    assert not getattr(caught.value, "__notes__", [])
    caught.value.add_note("in fold 3")
    assert caught.value.__notes__ == ["in fold 3"]
