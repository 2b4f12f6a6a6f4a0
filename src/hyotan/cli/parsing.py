"""Conversion of command-line text to values, and of options to a model."""

from __future__ import annotations

import pkgutil
import shlex
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hyotan
from hyotan import recipes
from hyotan.core.errors import ParameterError, unknown_name

if TYPE_CHECKING:
    from hyotan.data import Source
    from hyotan.estimator.autoencoder import Autoencoder
# Options of a net, each with the names of the parameter in the different nets.
NET_OPTIONS = {"hidden": ("hidden", "units"), "cell": ("cell",), "decoder": ("decoder",), "future": ("future",)}
NET_OF_SERIES = "recurrent"  # unlike a dense net, it can read series longer than the training series
NOT_BY_NAME = ("custom",)  # needs Keras models as arguments


@dataclass(frozen=True)
class ReadingOptions:
    """Reading options, for :func:`hyotan.data.load`; None means that an option is not given.

    Examples
    --------
    >>> ReadingOptions(window=24, gaps="split").given()
    {'window': 24, 'gaps': 'split'}
    """

    label: str | None = None
    resize: int | None = None
    key: str | None = None
    sheet: str | None = None
    window: int | None = None
    stride: int | None = None
    time: str | None = None
    id: str | None = None
    gaps: str | None = None
    sort: bool | None = None
    duplicates: str | None = None
    time_zone: str | None = None
    columns: list[str] | None = None
    drop: list[str] | None = None
    missing_values: list[str] | None = None
    keep_values: list[str] | None = None
    encoding: str | None = None
    skip_bad_lines: bool | None = None

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> ReadingOptions:
        """Return the reading options among the arguments of a command; columns may be listed with commas.

        Examples
        --------
        >>> ReadingOptions.of({"run": "a", "window": 24, "drop": ["a,b"]}).given()
        {'window': 24, 'drop': ['a', 'b']}
        """
        found: dict[str, Any] = {field.name: arguments[field.name] for field in fields(cls) if field.name in arguments}
        found |= {
            name: parse_names(found[name])
            for name in ("columns", "drop", "missing_values", "keep_values")
            if name in found
        }
        return cls(**found)

    def given(self) -> dict[str, Any]:
        """Return the given options, as keyword arguments of ``load``; the label ``none`` means that there is none."""
        found = {name: value for name, value in asdict(self).items() if value not in (None, False)}
        return {**found, "label": False} if self.label == "none" else found


@dataclass(frozen=True)
class ModelOptions:
    """Model options: a recipe, and parameters of the recipe, the estimator and the net; None means not given.

    Parameters
    ----------
    recipe : str
    latent_dim, beta, likelihood, epochs, batch_size, learning_rate, early_stopping
        Parameters of the recipe or of :class:`~hyotan.Autoencoder`.
    net : str or None
        Name of the net. None chooses a net that has the given net options; see :func:`build_model`.
    hidden : str or None
        Widths of the net's layers, for example ``512,128``.
    cell, decoder, future
        Further parameters of the net.
    settings : list of str or None
        Any parameter, each as ``NAME=VALUE``.
    """

    recipe: str = "vae"
    latent_dim: int | None = None
    beta: float | None = None
    hidden: str | None = None
    net: str | None = None
    cell: str | None = None
    decoder: str | None = None
    future: int | None = None
    likelihood: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    early_stopping: bool | None = None
    settings: list[str] | None = None

    def model_params(self) -> dict[str, Any]:
        """Return the given parameters of the recipe and the estimator.

        Examples
        --------
        >>> ModelOptions(latent_dim=3, hidden="8", epochs=5).model_params()
        {'latent_dim': 3, 'epochs': 5}
        """
        others = ("recipe", "net", *NET_OPTIONS, "settings")
        return {name: value for name, value in asdict(self).items() if name not in others and value is not None}

    def net_params(self) -> dict[str, Any]:
        """Return the given parameters of the net, by the names of their options.

        Examples
        --------
        >>> ModelOptions(hidden="8,4", cell="gru").net_params(), ModelOptions(hidden="none").net_params()
        ({'hidden': (8, 4), 'cell': 'gru'}, {'hidden': ()})
        """
        hidden = None if self.hidden is None else parse_value(f"{self.hidden or 'none'},")
        found = {"hidden": hidden, "cell": self.cell, "decoder": self.decoder, "future": self.future}
        return {name: value for name, value in found.items() if value is not None}


# -- names of nets and likelihoods: read from the folders, without importing Keras --------------------------------


def net_names() -> list[str]:
    """Return the names of the nets that can be chosen on the command line.

    Examples
    --------
    >>> net_names()
    ['conv', 'dense', 'recurrent']
    """
    return [name for name in _part_names("nets") if name not in NOT_BY_NAME]


def likelihood_names() -> list[str]:
    """Return the names of the likelihoods, and "auto", which chooses one from the data."""
    return ["auto", *_part_names("likelihoods")]


def _part_names(package: str) -> list[str]:
    """Return the names of the parts in a package, where each part is one file."""
    folder = Path(hyotan.__file__).parent / package
    found = (module.name for module in pkgutil.iter_modules([str(folder)]))
    return sorted(name.replace("_", "") for name in found if not name.startswith("_"))


# -- options → a model --------------------------------------------------------------------------------------------


def build_model(options: ModelOptions, source: Source, **params: Any) -> Autoencoder:
    """Return the unfitted model that the options describe.

    If ``options.net`` is None, the net is "recurrent" for series given as a list. For other data, it is the recipe's
    default net if that has all given net options, or else the only net that has them.

    Parameters
    ----------
    options : ModelOptions
    source : Source
        The data to fit the model on.
    **params
        Further parameters of the recipe or the estimator.

    Returns
    -------
    Autoencoder

    Raises
    ------
    ParameterError
        If there is no such recipe, net or parameter, or the net options do not determine a net.
    """
    recipe = recipes.load(options.recipe)
    params = {**options.model_params(), **params}
    for name in params:
        if name not in recipe._get_param_names():
            own = ", ".join(recipes.described()[options.recipe][1])
            raise ParameterError(
                f"The recipe {options.recipe!r} has no parameter {name!r}",
                expected=own,
                received=f"--{name.replace('_', '-')}",
            )
    net_params = options.net_params()
    net = options.net or (NET_OF_SERIES if isinstance(source.X, list) else None)
    if net is not None or net_params:
        params["net"] = _configured(_net(net, net_params, recipe), net_params)
    model: Autoencoder = recipe(**params)
    apply_settings(model, options.settings or [])
    return model


def _net(name: str | None, net_params: dict[str, Any], recipe: Any) -> Any:
    """Return the net of the given name; without a name, the recipe's net or the only other one with the parameters."""
    from hyotan.core.part import registered, resolve

    if name is not None:
        net = resolve("net", name)
        if net.not_saved:
            raise ParameterError(
                f"The net {name!r} cannot be chosen on the command line",
                expected=f"one of {', '.join(net_names())}",
                received=f"--net {name}",
                do=f"give it its networks in Python: hyotan.nets.{type(net).__name__}(…)",
            )
        return net
    own = resolve("net", recipe().net)
    others = [kind() for kind in registered("net").values() if not kind.not_saved]
    fitting = [net for net in (own, *others) if all(_parameter_of(net, option) for option in net_params)]
    if not fitting:
        options = [f"--{option}" for option in net_params]
        raise ParameterError(
            f"No net has {' and '.join(options)}", expected="options of one net", received=" ".join(options)
        )
    if fitting[0] is not own and len(fitting) > 1:
        raise ParameterError(
            f"Several nets have {' and '.join(f'--{option}' for option in net_params)}",
            expected="--net, one of " + ", ".join(type(net).__name__.lower() for net in fitting),
            received="no --net",
        )
    return fitting[0]


def _parameter_of(net: Any, option: str) -> str | None:
    """Return the name of an option's parameter in a net, or None if the net has no such parameter."""
    return next((name for name in NET_OPTIONS[option] if name in net.get_params()), None)


def _configured(net: Any, net_params: dict[str, Any]) -> Any:
    """Return a copy of the net with parameters set; they are given by the names of their options.

    Raises
    ------
    ParameterError
        If the net has no such parameter.
    """
    from sklearn import clone

    net = clone(net)
    for option, value in net_params.items():
        name = _parameter_of(net, option)
        if name is None:
            raise unknown_name("parameter", f"net__{option}", [f"net__{known}" for known in net.get_params()])
        net.set_params(**{name: value})
    return net


def apply_settings(model: Autoencoder, settings: list[str]) -> None:
    """Set parameters of a model in the given order, each written as NAME=VALUE.

    Raises
    ------
    ParameterError
        If a setting is not of this form, or there is no such parameter.
    """
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise ParameterError("--set is not valid", expected="NAME=VALUE", received=setting)
        value, known = parse_value(text), model.get_params()
        if value is None and known.get(name) is not None:
            value = text  # for some parameters "none" is a name, for example scale=none
        model.set_params(**{name: value})


# -- text → values ------------------------------------------------------------------------------------------------


def command_line() -> str:
    """Return the command as typed, quoted for a shell."""
    return shlex.join(["hyotan", *sys.argv[1:]])


def parse_names(texts: list[str] | None) -> list[str] | None:
    """Return a flat list of names; each text may hold several names, separated by commas.

    Examples
    --------
    >>> parse_names(["a,b", "c"]), parse_names(None)
    (['a', 'b', 'c'], None)
    """
    return [name for text in texts for name in text.split(",")] if texts else None


def parse_over(texts: list[str]) -> dict[str, list[Any]]:
    """Return the list of values for each parameter, from texts NAME=VALUE,VALUE or, for tuples, NAME=3,4/5,6.

    Raises
    ------
    ParameterError
        If a text is not of this form, or a parameter is given twice.

    Examples
    --------
    >>> parse_over(["learning_rate=1e-3,3e-3", "net__hidden=64,32/128,64"])
    {'learning_rate': [0.001, 0.003], 'net__hidden': [(64, 32), (128, 64)]}
    """
    found: dict[str, list[Any]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        if not equals or not values or name in found:
            once = "each parameter once" if name in found else "NAME=VALUE,VALUE"
            raise ParameterError("--over is not valid", expected=once, received=text)
        several = values.split("/") if "/" in values else values.split(",")
        found[name] = [parse_value(value) for value in several]
    return found


def parse_seeds(text: str) -> list[int]:
    """Return seeds from text: a single number N gives the seeds 0 to N − 1; numbers with commas are the seeds.

    Raises
    ------
    ParameterError
        If the text does not consist of whole numbers.

    Examples
    --------
    >>> parse_seeds("3"), parse_seeds("5,8")
    ([0, 1, 2], [5, 8])
    """
    numbers = [number.strip() for number in text.split(",") if number.strip()]
    if not numbers or not all(number.isdecimal() for number in numbers) or numbers == ["0"]:
        raise ParameterError(
            "--seeds is not valid", expected="how many seeds, as 8; or which ones, as 3,5,8", received=text
        )
    return [int(number) for number in numbers] if "," in text else list(range(int(numbers[0])))


def parse_value(text: str) -> Any:
    """Return the value of a text: a number, True, False, None or a name; with commas, a tuple of them.

    Examples
    --------
    >>> parse_value("0.5"), parse_value("64,32"), parse_value("none,"), parse_value("relu")
    (0.5, (64, 32), (), 'relu')
    """
    if "," in text:
        return tuple(parse_value(item) for item in text.split(",") if item.strip() and item.strip().lower() != "none")
    word = text.strip()
    if word.lower() in ("true", "false", "none", "null"):
        return {"true": True, "false": False}.get(word.lower())
    for number in (int, float):
        with suppress(ValueError):
            return number(word)
    return word
