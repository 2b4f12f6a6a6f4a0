"""Text and options of the command line: what they become, and what is refused."""

import inspect
from dataclasses import fields

import numpy as np
import pytest

import hyotan as hy
from hyotan.cli.commands.fit import fit
from hyotan.cli.commands.sweep import sweep
from hyotan.cli.parsing import (
    ModelOptions,
    ReadingOptions,
    apply_settings,
    build_model,
    likelihood_names,
    net_names,
    parse_value,
)
from hyotan.core.part import registered
from hyotan.data import Source


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("-1", -1),
        ("0.5", 0.5),
        ("1e-3", 1e-3),
        (" 7 ", 7),
        ("True", True),
        ("false", False),
        ("none", None),
        ("NULL", None),
        ("adam", "adam"),
        ("64,32", (64, 32)),
        ("64,", (64,)),
        ("none,", ()),
        ("a,1,true", ("a", 1, True)),
    ],
)
def test_values(text, value):
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


ROWS = Source(np.zeros((2, 2)), None, None, None, "rows", "rows")
SERIES = Source([np.zeros((2, 1)), np.zeros((3, 1))], None, None, None, "series", "series")


def test_settings():
    model = build_model(ModelOptions("vae", latent_dim=3, beta=2.0), ROWS)
    assert (model.latent.dim, model.latent.divergence.beta) == (3, 2.0)
    apply_settings(model, ["net__hidden=8,4", "epochs=7", "scale=none", "validation_fraction=none"])
    assert (model.net.hidden, model.epochs, model.scale, model.validation_fraction) == ((8, 4), 7, "none", None)


def test_settings_come_after_options():
    options = ModelOptions("ae", hidden="8", epochs=5, early_stopping=True, settings=["net__hidden=4", "epochs=7"])
    model = build_model(options, ROWS, random_state=3, verbose=0)
    assert (model.net.hidden, model.epochs, model.early_stopping) == (4, 7, True)
    assert (model.random_state, model.verbose) == (3, 0)


@pytest.mark.parametrize(
    ("setting", "words"),
    [("epochs", "NAME=VALUE"), ("epoch=3", "did you mean 'epochs'"), ("=3", "AE has no parameter ''")],
)
def test_settings_are_refused(setting, words):
    with pytest.raises(hy.ParameterError, match=words):
        apply_settings(build_model(ModelOptions("ae"), ROWS), [setting])


def test_recipes_are_refused():
    with pytest.raises(hy.ParameterError, match="no recipe named 'vea'.*did you mean 'vae'"):
        build_model(ModelOptions("vea"), ROWS)
    with pytest.raises(hy.ParameterError, match="'ae' has no parameter 'beta'.*latent_dim.*--beta"):
        build_model(ModelOptions("ae", beta=2), ROWS)


@pytest.mark.parametrize(
    ("net", "hidden", "of_net", "series", "expected"),
    [
        (None, None, {}, False, hy.nets.Dense()),
        (None, "8,4", {}, False, hy.nets.Dense((8, 4))),
        (None, "", {}, False, hy.nets.Dense(())),
        (None, None, {"cell": "lstm", "future": None}, False, hy.nets.Recurrent(cell="lstm")),
        (None, "6", {}, True, hy.nets.Recurrent((6,))),
        ("dense", None, {}, True, hy.nets.Dense()),
        (None, "6", {"decoder": "conditional"}, False, hy.nets.Recurrent((6,), decoder="conditional")),
        (None, None, {"future": 3}, False, hy.nets.Recurrent(future=3)),
        ("conv", "8", {}, False, hy.nets.Conv(hidden=(8,))),
    ],
)
def test_nets(net, hidden, of_net, series, expected):
    model = build_model(ModelOptions("ae", net=net, hidden=hidden, **of_net), SERIES if series else ROWS)
    assert repr(model.net) == repr(expected)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"net": "dens"}, "no net named 'dens'.*did you mean 'dense'"),
        ({"net": "dense", "cell": "gru"}, "no parameter named 'net__cell'"),
        ({"net": "custom"}, "'custom' cannot be chosen on the command line.*hyotan.nets.Custom"),
    ],
)
def test_nets_are_refused(options, words):
    with pytest.raises(hy.ParameterError, match=words):
        build_model(ModelOptions("ae", **options), ROWS)


def test_names_in_help_are_those_that_are_registered():
    """They are read from the folders, without Keras; here they are held against what is imported."""
    assert net_names() == [name for name, kind in registered("net").items() if not kind.not_saved]
    assert likelihood_names() == ["auto", *registered("likelihood")]


def test_options_are_parameters():
    """Every field of ModelOptions is an option of fit and of sweep; every one of ReadingOptions one of load."""
    for command in (fit, sweep):
        options = inspect.signature(command).parameters
        for group in (ModelOptions, ReadingOptions):
            assert {field.name for field in fields(group)} <= set(options)
    assert {field.name for field in fields(ReadingOptions)} <= set(inspect.signature(hy.data.load).parameters)
