"""Recipes as estimators: scikit-learn's contract, parameters under both their names, and names that are misspelt."""

import inspect
import pickle
import re

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import check_no_attributes_set_in_init, check_parameters_default_constructible

import hyotan as hy
from hyotan import recipes
from hyotan.core.part import Part

X = np.random.default_rng(0).normal(size=(40, 5)).astype(np.float32)
CLASSES = [recipes.load(name) for name in recipes.names()]
every_recipe = pytest.mark.parametrize("recipe", CLASSES, ids=lambda recipe: recipe.__name__)


def vae(**params):
    return hy.VAE(**{"net": hy.nets.Dense((6,)), "epochs": 1, "random_state": 0, "verbose": 0, **params})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("recipe", [hy.AE, hy.VAE], ids=["AE", "VAE"])
def test_check_estimator(recipe, checked):
    checked(recipe(2, net=hy.nets.Dense((8,)), epochs=2, verbose=0))


@every_recipe
def test_it_is_an_estimator_of_its_own(recipe):
    check_parameters_default_constructible(recipe.__name__, recipe())
    check_no_attributes_set_in_init(recipe.__name__, recipe())
    assert isinstance(recipe(), hy.Autoencoder)
    assert repr(recipe()) == f"{recipe.__name__}()"
    assert next(iter(inspect.signature(recipe).parameters)) == "latent_dim"
    assert set(inspect.signature(recipe).parameters) == set(recipe().get_params(deep=False))


@every_recipe
def test_every_parameter_is_set_and_cloned(recipe):
    for name, value in recipe().get_params().items():
        model = recipe().set_params(**{name: value})
        assert clone(model).get_params()[name] is value or repr(clone(model).get_params()[name]) == repr(value)
    model = recipe(5, epochs=7, net=hy.nets.Dense((3,)))
    assert type(clone(model)) is recipe
    assert repr(clone(model)) == repr(model) == repr(pickle.loads(pickle.dumps(model)))
    assert repr(clone(model).latent) == repr(model.latent)


@every_recipe
def test_both_names_of_a_parameter_are_one(recipe):
    model = recipe()
    params = model.get_params()
    for name, path in recipe.paths.items():
        assert params[path] is params[name]
        assert model.owner_of(name)[0].get_params()[path.rpartition("__")[2]] is params[name]
    assert model.set_params(latent__dim=7).latent_dim == 7
    assert recipe(latent__dim=9).latent.dim == 9
    with pytest.raises(AttributeError, match="follows from latent_dim"):
        model.latent = hy.latents.Point(3)


def test_a_grid_search_over_its_own_parameters():
    search = GridSearchCV(vae(), {"latent_dim": [1, 2], "beta": [1, 2]}, cv=2).fit(X)
    assert set(search.best_params_) == {"latent_dim", "beta"}
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    best = search.best_estimator_
    assert isinstance(best, hy.VAE)
    assert best.transform(X).shape == (40, search.best_params_["latent_dim"])
    assert repr(best.parts_.latent) == repr(best.latent)


def test_shown_as_called():
    assert repr(hy.VAE(beta=4, latent_dim=3)) == "VAE(beta=4, latent_dim=3)"
    assert repr(hy.VAE().set_params(latent_dim=4)) == "VAE(latent_dim=4)"
    assert repr(hy.AE(net__hidden=(3,))) == "AE(net=Dense(hidden=(3,)))"
    assert repr(hy.DenoisingAE()) == "DenoisingAE()"
    assert (
        repr(hy.Autoencoder("gaussian", net__hidden=(3,))) == "Autoencoder(latent='gaussian', net=Dense(hidden=(3,)))"
    )


def test_the_latent_is_made_of_all_of_them():
    model = hy.VAE(3, beta=4, free_bits=0.1, warmup=5, head="sigma", layout="grid")
    expected = hy.latents.Gaussian(
        3, divergence=hy.divergences.KL(beta=4, free_bits=0.1, warmup=5), head="sigma", layout="grid"
    )
    assert repr(model.latent) == repr(expected)
    assert repr(hy.SparseAE(3, l1=0.5, activation="tanh").latent) == repr(hy.latents.Sparse(3, 0.5, "tanh"))
    assert repr(hy.AE(None, activation="relu", layout="grid").latent) == repr(hy.latents.Point(None, "relu", "grid"))


def test_a_part_or_its_name_or_none():
    for given in (None, "dense", "Dense"):
        model = hy.AE(net=given)
        assert model.get_params(deep=False)["net"] == given
        assert repr(model.net) == "Dense()"
        assert model.get_params()["net__hidden"] == (256,)
        assert repr(clone(model).set_params(net__hidden=(3,)).net) == "Dense(hidden=(3,))"
        assert repr(model.net) == "Dense()"
    assert hy.DenoisingAE().set_params(corruption__stddev=0.1).corruption.stddev == 0.1
    assert hy.DenoisingAE(corruption="masking", corruption__rate=0.5).corruption.rate == 0.5
    with pytest.raises(hy.ParameterError, match="no net named 'dnese'"):
        hy.AE(net="dnese", verbose=0).fit(X)


def test_a_plain_autoencoder_reaches_into_parts_by_name():
    model = hy.Autoencoder("gaussian", net="dense")
    assert model.get_params()["net__hidden"] == (256,)
    assert model.get_params(deep=False)["net"] == "dense"
    model.set_params(net__hidden=(64,), latent__dim=5)
    assert (model.net.hidden, model.latent.dim) == ((64,), 5)
    assert repr(hy.Autoencoder()) == "Autoencoder()"


def test_parts_of_the_caller_stay_as_they_are():
    net = hy.nets.Dense((8,))
    assert hy.VAE(net=net, net__hidden=(3,)).net.hidden == (3,)
    assert net.hidden == (8,)


MISSPELT = {
    "VAE(latnt_dim=2)": (lambda: hy.VAE(latnt_dim=2), "VAE has no parameter 'latnt_dim'", "latent_dim"),
    "AE(net__hiden=(3,))": (lambda: hy.AE(net__hiden=(3,)), "AE has no parameter 'net__hiden'", "net__hidden"),
    "Dense(hiden=(3,))": (lambda: hy.nets.Dense(hiden=(3,)), "Dense has no parameter 'hiden'", "hidden"),
    "Autoencoder(epoch=3)": (lambda: hy.Autoencoder(epoch=3), "Autoencoder has no parameter 'epoch'", "epochs"),
    "VAE().set_params(beat=2)": (lambda: hy.VAE().set_params(beat=2), "VAE has no parameter 'beat'", "beta"),
    "AE().set_params(net__hiden=3)": (
        lambda: hy.AE().set_params(net__hiden=3),
        "AE has no parameter 'net__hiden'",
        "net__hidden",
    ),
    "two parts down": (
        lambda: hy.VAE().set_params(latent__divergence__bta=3),
        "VAE has no parameter 'latent__divergence__bta'",
        "latent__divergence__beta",
    ),
    "in a part": (lambda: hy.VAE(hidden=(3,)), "VAE has no parameter 'hidden'", "net__hidden"),
    "of a sweep": (
        lambda: hy.Sweep(hy.VAE()).set_params(model__net__hiden=3),
        "Sweep has no parameter 'model__net__hiden'",
        "model__net__hidden",
    ),
    "sweep(ovr=…)": (lambda: hy.Sweep(hy.VAE(), ovr={}), "Sweep has no parameter 'ovr'", "over"),
    "computed": (lambda: hy.VAE(latent="point"), "VAE has no parameter 'latent'", "latent_dim"),
}


@pytest.mark.parametrize(("call", "what", "meant"), MISSPELT.values(), ids=MISSPELT)
def test_a_misspelt_parameter_is_told_with_its_neighbour(call, what, meant, refused):
    with refused(hy.UnknownParameterError, what, f"did you mean {meant!r}?"):
        call()
    with pytest.raises(TypeError):
        call()


def test_a_name_that_is_unknown_changes_nothing():
    model = hy.VAE()
    with pytest.raises(hy.UnknownParameterError):
        model.set_params(latent_dim=7, beat=2)
    assert repr(model) == "VAE()"


@pytest.mark.parametrize(("name", "value"), [("corruption__stddev", 1), ("likelihood__sigma", 1), ("epochs__x", 1)])
def test_what_is_no_part_has_no_parameters(name, value, refused):
    with refused(hy.UnknownParameterError, f"AE has no parameter {name!r}"):
        hy.AE(**{name: value})


def test_a_class_of_ones_own_keeps_what_it_hands_on():
    class Mine(hy.VAE):
        def __init__(self, width=3, **params):
            self.width = width
            super().__init__(**params)

    model = Mine(beta=2, epochs=4, net__hidden=(3,))
    assert (model.width, model.beta, model.epochs, model.net.hidden) == (3, 2, 4, (3,))
    assert repr(clone(model).set_params(width=4)) == "Mine(beta=2, epochs=4, net=Dense(hidden=(3,)), width=4)"
    with pytest.raises(hy.UnknownParameterError, match="Mine has no parameter 'widht'.*did you mean 'width'"):
        Mine(widht=3)


def test_no_recipe_has_a_loop_a_loss_or_a_state_of_its_own():
    for recipe in CLASSES:
        own = {name for name in vars(recipe) if not re.fullmatch("__.*|_sklearn_.*|set_.*_request", name)}
        own -= {"computed", "paths"}
        assert own <= {"latent", "corruption"}, recipe
        assert all(isinstance(vars(recipe)[name].part, Part) for name in own)


def test_models_of_a_fleet_share_a_program_by_the_short_name():
    sweep = hy.Sweep(vae(epochs=2, batch_size=16), over={"beta": [1, 4]}, seeds=(0, 1)).fit(X)
    assert "4 models in one compiled program" in sweep.together_
    assert [(row["beta"], row["seed"]) for row in sweep.table_] == [(1, 0), (1, 1), (4, 0), (4, 1)]
    assert all(isinstance(model, hy.VAE) for model in sweep.models_)
    np.testing.assert_allclose(
        sweep.models_[3].transform(X),
        vae(epochs=2, batch_size=16, beta=4, random_state=1).fit(X).transform(X),
        atol=1e-5,
    )
    assert hy.Sweep(vae(), over={"latent_dim": [1, 2]}).fit(X).together_.count("by itself") == 2


def test_a_parameter_under_both_its_names_is_what_its_own_name_says():
    params = hy.VAE(beta=9).get_params()
    params["beta"] = 2
    assert hy.VAE().set_params(**params).beta == 2


def test_nothing_is_set_if_anything_is_refused():
    model = hy.VAE(beta=4)
    with pytest.raises(hy.UnknownParameterError, match="net__hidden"):
        model.set_params(beta=9, net__hiden=(3,))
    assert model.beta == 4
