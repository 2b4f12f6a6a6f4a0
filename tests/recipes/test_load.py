"""Saved recipes: the class comes back, files from before do too, and no name in a file leads anywhere else."""

import hashlib
import io
import json
import pickle
import zipfile

import numpy as np
import pytest
from sklearn.base import clone

import hyotan as hy
from hyotan import recipes
from hyotan.artifact.archive import MARK

X = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
BASE = {"net": hy.nets.Dense((6,)), "epochs": 1, "random_state": 0, "verbose": 0}


def resealed(content, document):
    """The same file with another document and a right checksum."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["model.json"] = json.dumps(document).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
        archive.comment = MARK + b"0" * 64
    body = buffer.getvalue()[:-64]
    return body + hashlib.sha256(body).hexdigest().encode()


def document(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("model.json"))


@pytest.fixture(scope="module")
def model():
    return hy.VAE(3, beta=4, **BASE).fit(X)


@pytest.fixture
def path(model, tmp_path):
    return model.save(tmp_path / "m.hyotan", training=True)


@pytest.mark.parametrize("name", recipes.names())
@pytest.mark.parametrize("params", [{}, {"net": None}, {"net": "dense"}], ids=str)
def test_the_class_comes_back(name, params, tmp_path):
    recipe = recipes.load(name)
    fitted = recipe(2, **{**BASE, **params}).fit(X)
    for copy in (hy.load(fitted.save(tmp_path / "m.hyotan")), pickle.loads(pickle.dumps(fitted))):
        assert type(copy) is recipe
        assert repr(copy) == repr(fitted)
        np.testing.assert_array_equal(copy.transform(X), fitted.transform(X))
        assert repr(clone(copy)) == repr(clone(fitted))


def test_a_loaded_model_can_be_changed_and_go_on(model, path):
    loaded = hy.load(path)
    assert isinstance(loaded, hy.VAE)
    assert (loaded.latent_dim, loaded.beta) == (3, 4)
    further = loaded.set_params(epochs=2).fit(X, resume=True)
    np.testing.assert_array_equal(further.transform(X), hy.VAE(3, beta=4, **{**BASE, "epochs": 2}).fit(X).transform(X))
    assert clone(loaded).set_params(latent_dim=1).fit(X).transform(X).shape == (30, 1)


def test_a_file_from_before_recipes_were_classes(model, path):
    """The plain parameters are whole without the recipe."""
    doc = document(path)
    assert doc.pop("recipe")["name"] == "vae"
    assert doc["params"].keys() == {*hy.Autoencoder().get_params(deep=False)} - {"callbacks", "checkpoint"}
    path.write_bytes(resealed(path.read_bytes(), doc))
    loaded = hy.load(path)
    assert type(loaded) is hy.Autoencoder
    assert repr(loaded.latent) == repr(model.latent)
    np.testing.assert_array_equal(loaded.transform(X), model.transform(X))
    np.testing.assert_array_equal(clone(loaded).fit(X).transform(X), model.transform(X))


def test_a_plain_autoencoder_and_a_class_from_elsewhere_are_plain(tmp_path):
    class Mine(hy.VAE):
        pass

    for recipe, params in ((hy.Autoencoder, {}), (Mine, {"beta": 3})):
        loaded = hy.load(recipe(**params, **BASE).fit(X).save(tmp_path / "m.hyotan"))
        assert type(loaded) is hy.Autoencoder
    assert loaded.latent.divergence.beta == 3


@pytest.mark.parametrize("name", ["os", "_base", "subprocess.Popen", "../vae", "VAE", ""])
def test_only_recipes_in_the_folder_are_looked_up(name, model, path):
    doc = document(path)
    doc["recipe"]["name"] = name
    path.write_bytes(resealed(path.read_bytes(), doc))
    with pytest.warns(hy.HyotanWarning, match="which is not here: it is loaded as an Autoencoder"):
        loaded = hy.load(path)
    assert type(loaded) is hy.Autoencoder
    np.testing.assert_array_equal(loaded.transform(X), model.transform(X))


@pytest.mark.parametrize(
    "recipe",
    [[], "vae", {"name": "vae"}, {"name": "vae", "params": {"nonsense": 1}}, {"name": "vae", "params": {"beta": {}}}],
    ids=str,
)
def test_a_recipe_that_is_no_such_thing_is_refused(recipe, path):
    doc = document(path)
    doc["recipe"] = recipe
    path.write_bytes(resealed(path.read_bytes(), doc))
    with pytest.raises(hy.ArtifactError, match="cannot be rebuilt"):
        hy.load(path)
