"""The folder of recipes: what is in it is found by its files, and imported when it is asked for."""

import subprocess
import sys

import pytest

import hyotan as hy
from hyotan import recipes

TINY = '''"""A recipe from elsewhere."""

from hyotan.latents.point import Point
from hyotan.recipes._base import Computed, Recipe


class TinyAE(Recipe):
    """Tiny autoencoder: one number a row.

    Nothing else.
    """

    latent = Computed(Point(), size="dim")

    def __init__(self, size=1, *, name="a b", **params):
        self.size = size
        self.name = name
        super().__init__(**params)
'''


@pytest.fixture
def dropped(tmp_path, monkeypatch):
    """A recipe in another folder of the package."""
    (tmp_path / "tiny_ae.py").write_text(TINY)
    (tmp_path / "_helper.py").write_text("raise ImportError('not a recipe')\n")
    monkeypatch.setattr(recipes, "__path__", [*recipes.__path__, str(tmp_path)])
    yield tmp_path
    sys.modules.pop("hyotan.recipes.tiny_ae", None)
    for module in (hy, recipes):
        vars(module).pop("TinyAE", None)
        vars(module).pop("tiny_ae", None)


def test_names_and_classes():
    assert recipes.names() == ["ae", "denoising-ae", "sparse-ae", "vae"]
    assert recipes.load("denoising-ae") is hy.DenoisingAE is recipes.DenoisingAE
    assert {"AE", "DenoisingAE", "SparseAE", "VAE"} <= set(dir(recipes)) & set(hy.__all__) & set(dir(hy))
    with pytest.raises(AttributeError, match="'hyotan.recipes' has no attribute 'Nothing'"):
        _ = recipes.Nothing


def test_an_unknown_recipe_is_told_with_its_neighbour(refused):
    with refused(hy.ParameterError, "no recipe named 'vea'", "did you mean 'vae'?"):
        recipes.load("vea")


def test_what_is_described_is_what_there_is():
    for name, (line, parameters) in recipes.described().items():
        recipe = recipes.load(name)
        assert line == recipe.__doc__.splitlines()[0]
        given = recipe().get_params(deep=False)
        assert parameters.items() <= {own: str(value) for own, value in given.items()}.items()
        assert set(recipe.paths) <= set(parameters)


def test_a_file_put_there_is_a_recipe(dropped):
    assert recipes.names() == ["ae", "denoising-ae", "sparse-ae", "tiny-ae", "vae"]
    assert recipes.described()["tiny-ae"] == ("Tiny autoencoder: one number a row.", {"size": "1", "name": "a b"})
    assert "hyotan.recipes.tiny_ae" not in sys.modules
    assert "TinyAE" in dir(hy) and "TinyAE" in hy.__all__
    assert hy.TinyAE is recipes.TinyAE is recipes.load("tiny-ae")
    assert repr(hy.TinyAE(4, epochs=3)) == "TinyAE(epochs=3, size=4)"
    assert hy.TinyAE(4).latent.dim == 4


def test_a_file_without_a_class_is_named(dropped):
    (dropped / "empty.py").write_text("")
    with pytest.raises(ImportError, match=r"hyotan.recipes.empty has 0 public classes"):
        recipes.load("empty")


def test_the_list_comes_without_keras():
    code = (
        "import sys, hyotan as hy\n"
        "hy.recipes.names(); hy.recipes.described(); dir(hy); hy.__all__\n"
        "assert not {'keras', 'jax', 'sklearn', 'numpy'} & set(sys.modules), sorted(sys.modules)\n"
        "from hyotan import *\n"
        "assert VAE is hy.VAE is hy.recipes.VAE"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
