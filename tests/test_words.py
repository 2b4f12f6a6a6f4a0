"""Words on the command line: what they become, and what is refused."""

import pytest

import hyotan as hy
from hyotan.words import apply, recipe_named, value_of, with_net


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
    assert value_of(text) == value
    assert type(value_of(text)) is type(value)


def test_settings():
    model = recipe_named("vae", {"latent_dim": 3, "beta": 2.0})
    assert (model.latent.dim, model.latent.divergence.beta) == (3, 2.0)
    apply(model, ["net__hidden=8,4", "epochs=7", "scale=none", "validation_fraction=none"])
    assert (model.net.hidden, model.epochs, model.scale, model.validation_fraction) == ((8, 4), 7, "none", None)


@pytest.mark.parametrize(
    ("setting", "words"),
    [("epochs", "NAME=VALUE"), ("epoch=3", "did you mean 'epochs'"), ("=3", "no parameter named ''")],
)
def test_settings_are_refused(setting, words):
    with pytest.raises(hy.ParameterError, match=words):
        apply(recipe_named("ae", {}), [setting])


def test_recipes_are_refused():
    with pytest.raises(hy.ParameterError, match="no recipe named 'vea'.*did you mean 'vae'"):
        recipe_named("vea", {})
    with pytest.raises(hy.ParameterError, match="'ae' has no parameter 'beta'.*latent_dim.*--beta"):
        recipe_named("ae", {"beta": 2})


@pytest.mark.parametrize(
    ("net", "hidden", "of_net", "series", "expected"),
    [
        (None, None, {}, False, hy.nets.Dense()),
        (None, "8,4", {}, False, hy.nets.Dense((8, 4))),
        (None, "", {}, False, hy.nets.Dense(())),
        (None, None, {"cell": "lstm", "future": None}, False, hy.nets.Recurrent(cell="lstm")),
        (None, "6", {}, True, hy.nets.Recurrent((6,))),
        ("dense", None, {}, True, hy.nets.Dense()),
    ],
)
def test_nets(net, hidden, of_net, series, expected):
    model = recipe_named("ae", {})
    apply(model, with_net(model, net, hidden, of_net, series))
    assert repr(model.net) == repr(expected)
