"""Base of all recipes: an autoencoder whose parts are computed from parameters with short names."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.base import clone

from hyotan.core.errors import unknown_parameter
from hyotan.core.part import Part, registered
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.nets.dense import Dense


class Computed:
    """A class attribute of a recipe: a part that is computed from the recipe's parameters whenever it is read.

    Parameters
    ----------
    part : Part
        Template; its other parameters keep their values.
    **paths : str
        For each parameter of the recipe, the name of the part's parameter that takes its value.

    Examples
    --------
    >>> from hyotan.latents import Point
    >>> class Linear(Recipe):
    ...     latent = Computed(Point(), size="dim")
    ...     def __init__(self, size=2, **params):
    ...         self.size = size
    ...         super().__init__(**params)
    >>> Linear(size=5).latent
    Point(dim=5)
    """

    def __init__(self, part: Part, **paths: str) -> None:
        self.part, self.paths = part, paths

    def __set_name__(self, owner: type[Recipe], name: str) -> None:
        """Register this part and its parameters with the recipe."""
        self.name = name
        owner.computed = owner.computed | {name}
        owner.paths = owner.paths | {own: f"{name}__{path}" for own, path in self.paths.items()}

    def __get__(self, model: Any, owner: Any = None) -> Any:
        """Return the part with the current values of the parameters."""
        if model is None:
            return self
        return clone(self.part).set_params(**{path: getattr(model, own) for own, path in self.paths.items()})

    def __set__(self, model: Any, value: Any) -> None:
        """Raise, because the part is computed anew at each access and an assigned value would have no effect."""
        raise AttributeError(f"{self.name!r} of {type(model).__name__} follows from {', '.join(self.paths)}: set those")


class PartOr:
    """A class attribute for a parameter that is a part, the name of a part, or None for a default part.

    ``get_params`` returns the value as given; reading the attribute returns the part.

    Parameters
    ----------
    part : Part
        The part that None means.

    Examples
    --------
    >>> import hyotan as hy
    >>> model = hy.DenoisingAE(8)
    >>> model.corruption, model.get_params()["corruption"]
    (GaussianNoise(stddev=0.5), None)
    """

    def __init__(self, part: Part) -> None:
        self.part = part

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the name of the parameter."""
        self.name = name

    def __get__(self, model: Any, owner: Any = None) -> Any:
        """Return the part; an unknown name is returned as it is, and the fit raises an error for it."""
        if model is None:
            return self
        given = vars(model).get(self.name)
        if given is None:
            return clone(self.part)
        parts = registered(self.name)
        return parts[given.lower()]() if isinstance(given, str) and given.lower() in parts else given

    def __set__(self, model: Any, value: Any) -> None:
        """Store the value as given."""
        vars(model)[self.name] = value


class Recipe(Autoencoder):
    """An autoencoder whose latent is computed from the recipe's own parameters; abstract.

    A recipe is one file of this folder with one class. The class names its parameters, declares with
    :class:`Computed` the part they determine, and passes ``**params`` on. It contains no training code and no loss.

    Attributes
    ----------
    paths : dict of str
        For each parameter of a computed part, its nested name: ``latent__dim`` for ``latent_dim``. Both names work.
    """

    paths: ClassVar[dict[str, str]] = {}
    net = PartOr(Dense())

    def __init__(self, **params: Any) -> None:
        for name in Autoencoder._get_param_names():
            if name not in self.computed:
                setattr(self, name, params.pop(name, _DEFAULTS[name]))
        for name in params:
            raise unknown_parameter(type(self).__name__, name, self._get_param_names())

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool
            Include the parameters of the parts, such as ``net__hidden``; those of the latent appear under both names.
        """
        found = super().get_params(deep)
        for name in list(found) if deep else ():
            own, nested, rest = name.partition("__")
            if own in self.paths:
                found[f"{self.paths[own]}{nested}{rest}"] = found[name]
        return found

    def set_params(self, **params: Any) -> Any:
        """Set parameters, including those of the parts, such as ``net__hidden``.

        Returns
        -------
        Recipe
            The estimator.

        Raises
        ------
        UnknownParameterError
            If there is no parameter of that name.
        """
        # A parameter may come under both its names, as from get_params(): then the recipe's own name takes precedence.
        nested = {self._short(name): value for name, value in params.items() if self._short(name) != name}
        return super().set_params(**{**nested, **{n: v for n, v in params.items() if self._short(n) == n}})

    def owner_of(self, name: str) -> tuple[Any, str]:
        """Return the object that has the parameter with a nested name, and the parameter's name in that object."""
        own, nested, rest = name.partition("__")
        return super().owner_of(f"{self.paths.get(own, own)}{nested}{rest}")

    def _short(self, name: str) -> str:
        """Return the recipe's own name for a nested parameter of a computed part; other names are unchanged."""
        for own, path in self.paths.items():
            if name == path or name.startswith(f"{path}__"):
                return own + name[len(path) :]
        return name

    def _recipe(self) -> tuple[str, dict[str, Any]] | None:
        """Return the name of the recipe and its own parameters; a class from another package has none of its own."""
        package, _, file = type(self).__module__.rpartition(".")
        if package != __package__:
            return type(self).__name__, {}  # load() does not find it, and warns
        given, common = self.get_params(deep=False), Autoencoder._get_param_names()
        own = {name: value for name, value in given.items() if name not in common or value is not getattr(self, name)}
        return file.replace("_", "-"), own


_DEFAULTS = Autoencoder().get_params(deep=False)
