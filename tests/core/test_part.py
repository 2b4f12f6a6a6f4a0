"""Parts of every kind: found by name, written as JSON, cloned, and refusing what they cannot use."""

import json

import keras
import pytest
from sklearn.base import clone

from hyotan import corruptions, latents, likelihoods, nets
from hyotan.core.errors import ParameterError
from hyotan.core.part import from_config, registered, resolve, to_config
from hyotan.core.spec import Seeds, Spec

KINDS = ("corruption", "divergence", "latent", "likelihood", "net", "prior")
PARTS = [pytest.param(kind, cls, id=f"{kind}-{name}") for kind in KINDS for name, cls in registered(kind).items()]
NONSENSE = {"object": object(), "text": "no such thing", "nan": float("nan"), "negative": -1, "tuple": (None,)}
REFUSALS = [
    pytest.param(cls, parameter, nonsense, id=f"{cls.kind}-{name}-{parameter}-{what}")
    for kind in KINDS
    for name, cls in registered(kind).items()
    for parameter in cls().get_params(deep=False)
    for what, nonsense in NONSENSE.items()
    if not (what == "negative" and parameter in ("low", "high"))  # a cell may be negative
]
NETWORKS = {"encoder": keras.layers.Flatten(), "decoder": keras.layers.Dense(4)}

every_part = pytest.mark.parametrize(("kind", "cls"), PARTS)


def made(cls, **params):
    """Return a part that can be built: a custom net has no defaults."""
    return cls(**{**(NETWORKS if cls is nets.Custom else {}), **params})


def check(part):
    """Check a part's parameters, as a fit does."""
    if part.kind == "corruption":
        part.check()
    else:
        part.build(Spec((8, 8, 1)), Seeds(0))


def test_every_kind_has_parts():
    assert all(registered(kind) for kind in KINDS)
    assert registered("no such kind") == {}


@every_part
def test_a_part_is_found_by_its_name_in_any_case(kind, cls):
    name = cls.__name__.lower()
    assert cls.kind == kind
    assert registered(kind)[name] is cls
    for spelling in (name, name.upper(), cls.__name__):
        assert type(resolve(kind, spelling)) is cls
    part = cls()
    assert resolve(kind, part) is part


@every_part
def test_a_misspelt_name_is_told_with_its_neighbour(kind, cls, refused):
    name = cls.__name__.lower()
    with refused(ParameterError, f"There is no {kind} named", f"did you mean {name!r}?", f"received: '{name}x'"):
        resolve(kind, name + "x")


@every_part
@pytest.mark.parametrize("value", [None, 3, object, ["dense"]], ids=repr)
def test_what_is_no_part_is_refused(kind, cls, value, refused):
    with refused(ParameterError, f"The {kind} of the model is not a {kind}", cls.__name__.lower()):
        resolve(kind, value)


@every_part
def test_a_part_of_another_kind_is_refused(kind, cls, refused):
    for other in set(KINDS) - {kind}:
        with refused(ParameterError, f"is not a {other}"):
            resolve(other, cls())


@every_part
def test_json_and_back(kind, cls):
    part = cls()
    config = json.loads(json.dumps(to_config(part)))
    assert config["kind"] == kind
    again = from_config(config)
    assert type(again) is cls
    assert again.get_params() == part.get_params()


@pytest.mark.parametrize(
    "part",
    [
        nets.Conv(filters=(4, 8), hidden=(3,)),
        nets.Dense(hidden=(), decoder_hidden=(2,)),
        likelihoods.Gaussian(sigma=0.25, link="tanh"),
        corruptions.GaussianNoise(0.5, clip=(0, 1)),
        latents.Point(None, activation="relu"),
    ],
    ids=repr,
)
def test_parameters_survive_json_with_their_types(part):
    again = from_config(json.loads(json.dumps(to_config(part))))
    assert repr(again) == repr(part)
    assert {k: type(v) for k, v in again.get_params().items()} == {k: type(v) for k, v in part.get_params().items()}


def test_nested_parts_survive_json():
    part = latents.Gaussian(
        3, divergence=latents.divergences.KL(beta=4, warmup=2), prior=latents.priors.StandardNormal()
    )
    again = from_config(json.loads(json.dumps(to_config(part))))
    assert repr(again) == repr(part)
    assert again.divergence.warmup == 2
    assert isinstance(again.prior, latents.priors.StandardNormal)
    assert to_config(None) is None
    assert from_config(None) is None


def test_networks_are_not_written_as_json():
    config = to_config(made(nets.Custom, outputs="parameters"))
    assert config["params"] == {"outputs": "parameters"}


@pytest.mark.parametrize("name", ["os.system", "dens", "Dense"])
def test_only_registered_names_are_rebuilt(name, refused):
    with refused(ParameterError, f"There is no net named {name!r}", "conv, custom, dense"):
        from_config({"kind": "net", "name": name, "params": {}})


@every_part
def test_building_leaves_the_part_as_it_was(kind, cls):
    part = made(cls)
    before = repr(part)
    if kind != "prior":
        check(part)
    assert repr(part) == before
    copy = clone(part)
    assert copy is not part
    assert repr(copy) == before


@pytest.mark.parametrize("kind", ["divergence", "latent", "likelihood", "net"])
def test_every_build_is_a_twin_of_its_own(kind):
    for cls in registered(kind).values():
        part = made(cls)
        one, other = (part.build(Spec((8, 8, 1)), Seeds(0)) for _ in range(2))
        assert isinstance(one, keras.Layer)
        assert one is not other
        assert not {id(v) for v in one.variables} & {id(v) for v in other.variables}


@pytest.mark.parametrize(("cls", "parameter", "nonsense"), REFUSALS)
def test_every_parameter_refuses_nonsense(cls, parameter, nonsense, refused):
    with refused(ParameterError, parameter):
        check(made(cls, **{parameter: nonsense}))


def test_seeds_repeat_and_differ():
    one, other = Seeds(3), Seeds(3)
    drawn = [one() for _ in range(50)]
    assert drawn == [other() for _ in range(50)]
    assert len(set(drawn)) == 50
    assert all(0 <= seed < 2**31 - 1 for seed in drawn)
    assert Seeds(4)() != drawn[0]


def test_size_counts_cells():
    assert Spec((4, 3, 2)).size == 24
    assert Spec((7,)).size == 7
