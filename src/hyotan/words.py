"""Words on the command line become a model: a recipe by its name, and parameters as NAME=VALUE."""

from __future__ import annotations

import inspect
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from hyotan.core.errors import ParameterError, unknown_name

if TYPE_CHECKING:
    from hyotan.estimator.autoencoder import Autoencoder


def recipe_named(name: str, params: dict[str, Any]) -> Autoencoder:
    """Return the recipe's model.

    Raises
    ------
    ParameterError
        If there is no such recipe, or it has no such parameter.
    """
    from hyotan.estimator.autoencoder import Autoencoder
    from hyotan.recipes import RECIPES

    if name not in RECIPES:
        raise unknown_name("recipe", name, RECIPES)
    own, common = (inspect.signature(f).parameters for f in (RECIPES[name], Autoencoder.__init__))
    for parameter in params:
        if parameter not in own and parameter not in common:
            raise ParameterError(
                f"The recipe {name!r} has no parameter {parameter!r}",
                expected=", ".join(p for p in own if p != "params"),
                received=f"--{parameter.replace('_', '-')}",
            )
    return RECIPES[name](**params)


def with_net(
    model: Autoencoder, net: str | None, hidden: str | None, of_net: dict[str, Any], series: bool
) -> list[str]:
    """Give a model the net of a name, and return its settings as :func:`apply` takes them.

    Parameters
    ----------
    model : Autoencoder
    net, hidden : str or None
        Name of the net, widths of its layers.
    of_net : dict
        Parameters of a recurrent net; what is None was not given.
    series : bool
        Whether the rows are series of unequal length: those are what recurrent nets are for; a dense one reads none
        longer than it has seen.
    """
    of_net = {name: value for name, value in of_net.items() if value is not None}
    if net is None and (of_net or series):
        net = "recurrent"
    if net is not None:
        from hyotan.core.part import resolve

        model.set_params(net=resolve("net", net))
    if hidden is not None:
        of_net["units" if net == "recurrent" else "hidden"] = f"{hidden or 'none'},"
    return [f"net__{name}={value}" for name, value in of_net.items()]


def apply(model: Autoencoder, settings: list[str]) -> None:
    """Set parameters of a model, each written as NAME=VALUE.

    Raises
    ------
    ParameterError
        If one is not written so, or there is no parameter of its name.
    """
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            raise ParameterError("--set is not valid", expected="NAME=VALUE", received=setting)
        if name not in model.get_params():
            raise unknown_name("parameter", name, model.get_params())
        found = value_of(value)
        if found is None and model.get_params()[name] is not None:
            found = value  # "none" is a name for some, as scale=none
        model.set_params(**{name: found})


def split(lists: list[str] | None) -> list[str] | None:
    """Return names that were written one by one, or several with commas.

    Examples
    --------
    >>> split(["a,b", "c"]), split(None)
    (['a', 'b', 'c'], None)
    """
    return [name for names in lists for name in names.split(",")] if lists else None


def values_over(written: list[str]) -> dict[str, list[Any]]:
    """Return the values each parameter is to take, written as NAME=VALUE,VALUE or, for tuples, NAME=3,4/5,6.

    Raises
    ------
    ParameterError
        If one is not written so, or written twice.

    Examples
    --------
    >>> values_over(["learning_rate=1e-3,3e-3", "net__hidden=64,32/128,64"])
    {'learning_rate': [0.001, 0.003], 'net__hidden': [(64, 32), (128, 64)]}
    """
    found: dict[str, list[Any]] = {}
    for text in written:
        name, equals, values = text.partition("=")
        if not equals or not values or name in found:
            once = "each parameter once" if name in found else "NAME=VALUE,VALUE"
            raise ParameterError("--over is not valid", expected=once, received=text)
        several = values.split("/") if "/" in values else values.split(",")
        found[name] = [value_of(value) for value in several]
    return found


def seeds_from(text: str) -> list[int]:
    """Return seeds from the command line: how many, from 0 on, or which ones, with commas.

    Raises
    ------
    ParameterError
        If these are no whole numbers.

    Examples
    --------
    >>> seeds_from("3"), seeds_from("5,8")
    ([0, 1, 2], [5, 8])
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not all(word.isdecimal() for word in words) or words == ["0"]:
        raise ParameterError(
            "--seeds is not valid", expected="how many seeds, as 8; or which ones, as 3,5,8", received=text
        )
    return [int(word) for word in words] if "," in text else list(range(int(words[0])))


def value_of(text: str) -> Any:
    """Return a value from the command line: 3, 0.5, true, none, a name, or several with commas as a tuple.

    Examples
    --------
    >>> value_of("0.5"), value_of("64,32"), value_of("none,"), value_of("relu")
    (0.5, (64, 32), (), 'relu')
    """
    if "," in text:
        return tuple(value_of(item) for item in text.split(",") if item.strip() and item.strip().lower() != "none")
    word = text.strip()
    if word.lower() in ("true", "false", "none", "null"):
        return {"true": True, "false": False}.get(word.lower())
    for number in (int, float):
        with suppress(ValueError):
            return number(word)
    return word
