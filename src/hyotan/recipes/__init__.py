"""Recipes: ready-made combinations of parts. Each is an estimator class in one file of this folder.

Every file in this folder defines one recipe. The command line uses the name of the file, with - in place of _; Python
uses the class in it. The list of recipes is read from the files. A recipe (and with it Keras) is imported only when it
is first used.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from importlib.util import find_spec
from typing import Any

from hyotan.core.errors import unknown_name


def names() -> list[str]:
    """Return the names of the recipes, sorted.

    Examples
    --------
    >>> names()
    ['ae', 'denoising-ae', 'sparse-ae', 'vae']
    """
    found = (module.name for module in pkgutil.iter_modules(__path__))
    return sorted(name.replace("_", "-") for name in found if not name.startswith("_"))


def load(name: str) -> Any:
    """Return the class of a recipe.

    Raises
    ------
    ParameterError
        If there is no recipe of that name.

    Examples
    --------
    >>> load("vae")
    <class 'hyotan.recipes.vae.VAE'>
    """
    if name not in names():
        raise unknown_name("recipe", name, names())
    return getattr(importlib.import_module(_module(name)), _source(name).name)


def described() -> dict[str, tuple[str, dict[str, str]]]:
    """Return the first line of each recipe's docstring, and its own parameters with their defaults as text.

    Examples
    --------
    >>> described()["ae"][1]
    {'latent_dim': '2', 'activation': 'linear', 'layout': 'vector', 'net': 'dense'}
    """
    return {name: (_first_line(source), _parameters(source)) for name in names() for source in [_source(name)]}


def class_names() -> list[str]:
    """Return the names of the recipes' classes, sorted.

    Examples
    --------
    >>> class_names()
    ['AE', 'DenoisingAE', 'SparseAE', 'VAE']
    """
    return sorted(_source(name).name for name in names())


def _module(name: str) -> str:
    return f"{__name__}.{name.replace('-', '_')}"


def _source(name: str) -> ast.ClassDef:
    """Return the syntax tree of the class in a recipe's file, without importing it."""
    spec = find_spec(_module(name))
    text = spec.loader.get_source(spec.name) if spec and spec.loader else ""  # type: ignore[attr-defined]
    found = [node for node in ast.parse(text).body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    if len(found) != 1:
        raise ImportError(f"{_module(name)} has {len(found)} public classes; a recipe is one", name=_module(name))
    return found[0]


def _first_line(source: ast.ClassDef) -> str:
    return (ast.get_docstring(source) or "").partition("\n")[0]


def _parameters(source: ast.ClassDef) -> dict[str, str]:
    """Return the parameters of ``__init__`` with their defaults as text; in a recipe, all of them have defaults."""
    inits = [node.args for node in source.body if isinstance(node, ast.FunctionDef) and node.name == "__init__"]
    found: dict[str, ast.expr | None] = {}
    for args in inits:
        positional = [*args.posonlyargs, *args.args]
        defaults = zip(reversed(positional), reversed(args.defaults), strict=False)
        found |= {arg.arg: default for arg, default in reversed(list(defaults))}
        found |= {arg.arg: default for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True)}
    return {name: _text(default) for name, default in found.items() if default is not None}


def _text(default: ast.expr) -> str:
    if isinstance(default, ast.Constant) and isinstance(default.value, str):
        return default.value
    return ast.unparse(default)


def __getattr__(name: str) -> Any:
    """Import a recipe when its class is first used."""
    if name == "__all__":
        return __dir__()
    if not name.startswith("_"):
        for recipe in names():
            if _source(recipe).name == name:
                globals()[name] = load(recipe)
                return globals()[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the public names."""
    return [*class_names(), "class_names", "described", "load", "names"]
