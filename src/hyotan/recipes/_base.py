"""What every recipe is: an autoencoder whose parts are computed from parameters with short names."""

from __future__ import annotations

from typing import Any, ClassVar

from sklearn.base import clone

from hyotan.core.errors import unknown_parameter
from hyotan.core.part import Part, registered
from hyotan.estimator.autoencoder import Autoencoder
from hyotan.nets.dense import Dense


class Computed:
    """A part that follows from parameters of the recipe: a class attribute, computed whenever it is read.

    Parameters
    ----------
    part : Part
        What it starts from.
    **paths : str
        By the name of each parameter of the recipe, which parameter of the part takes its value.

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
        """Tell the recipe which of its parameters are the part's."""
        self.name = name
        owner.computed = owner.computed | {name}
        owner.paths = owner.paths | {own: f"{name}__{path}" for own, path in self.paths.items()}

    def __get__(self, model: Any, owner: Any = None) -> Any:
        """Return the part with the values the parameters have now."""
        if model is None:
            return self
        return clone(self.part).set_params(**{path: getattr(model, own) for own, path in self.paths.items()})

    def __set__(self, model: Any, value: Any) -> None:
        """Refuse: it would be forgotten at once."""
        raise AttributeError(f"{self.name!r} of {type(model).__name__} follows from {', '.join(self.paths)}: set those")


class PartOr:
    """A parameter that is a part, the name of one, or None: a class attribute.

    ``get_params`` has what was given; whoever reads the attribute gets the part that it stands for.

    Parameters
    ----------
    part : Part
        What None stands for.

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
        """Return the part; of a name that is not known, the name, for the fit to refuse."""
        if model is None:
            return self
        given = vars(model).get(self.name)
        if given is None:
            return clone(self.part)
        parts = registered(self.name)
        return parts[given.lower()]() if isinstance(given, str) and given.lower() in parts else given

    def __set__(self, model: Any, value: Any) -> None:
        """Keep what was given."""
        vars(model)[self.name] = value


class Recipe(Autoencoder):
    """An autoencoder whose latent follows from parameters of its own; abstract.

    A recipe is one file of this folder with one class in it. It names its parameters, says with :class:`Computed`
    which part they make, and hands ``**params`` on; there is no training and no loss in it.

    Attributes
    ----------
    paths : dict of str
        By the name of each parameter that a computed part takes, its nested name: ``latent_dim`` is ``latent__dim``.
        Both names work.
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
            With those of the parts, as ``net__hidden``; what the latent is made of is there under both its names.
        """
        found = super().get_params(deep)
        for name in list(found) if deep else ():
            own, nested, rest = name.partition("__")
            if own in self.paths:
                found[f"{self.paths[own]}{nested}{rest}"] = found[name]
        return found

    def set_params(self, **params: Any) -> Any:
        """Set parameters, those of the parts included, as ``net__hidden``.

        Returns
        -------
        Itself

        Raises
        ------
        UnknownParameterError
            If there is no parameter of a name.
        """
        # What is given under both its names, as get_params() has it, is what its own name says.
        nested = {self._short(name): value for name, value in params.items() if self._short(name) != name}
        return super().set_params(**{**nested, **{n: v for n, v in params.items() if self._short(n) == n}})

    def owner_of(self, name: str) -> tuple[Any, str]:
        """Return which object has the parameter of a nested name, and its name there."""
        own, nested, rest = name.partition("__")
        return super().owner_of(f"{self.paths.get(own, own)}{nested}{rest}")

    def _short(self, name: str) -> str:
        """Return the recipe's own name of a parameter of a computed part."""
        for own, path in self.paths.items():
            if name == path or name.startswith(f"{path}__"):
                return own + name[len(path) :]
        return name

    def _recipe(self) -> tuple[str, dict[str, Any]] | None:
        """Return the name of the recipe and the parameters that are its own; None for a class from elsewhere."""
        package, _, file = type(self).__module__.rpartition(".")
        if package != __package__:
            return type(self).__name__, {}  # not known to whoever loads it, and told then
        given, common = self.get_params(deep=False), Autoencoder._get_param_names()
        own = {name: value for name, value in given.items() if name not in common or value is not getattr(self, name)}
        return file.replace("_", "-"), own


_DEFAULTS = Autoencoder().get_params(deep=False)
