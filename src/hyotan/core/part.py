"""Parts: the four kinds of hyper-parameter objects every model is made of, and where they are looked up by name.

A :class:`Part` holds hyper-parameters only. ``part.build(spec, seeds)`` makes its layer, a Keras layer with weights,
fresh for every fit; the part itself never changes, so it can be cloned, compared, searched over and written as JSON.
Concrete parts are final: a variant is another part.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from sklearn.base import BaseEstimator, clone

from hyotan.core.errors import ParameterError, UnknownParameterError, shown, unknown_name, unknown_parameter
from hyotan.core.spec import Seeds, Spec
from hyotan.core.validation import Checked

_REGISTRY: dict[str, dict[str, type[Part]]] = {}


class _Called(type):
    """Metaclass of what has parameters: keywords that ``__init__`` does not name are nested ones, or refused.

    A parameter of a part may be given where the part is: ``VAE(net__hidden=(64,))``.
    """

    def __call__(cls, *args: Any, **params: Any) -> Any:
        names = cls._get_param_names() if params else ()  # type: ignore[attr-defined]
        made = super().__call__(*args, **{name: value for name, value in params.items() if name in names})
        others = {name: value for name, value in params.items() if name not in names}
        for name in {name.partition("__")[0] for name in others}:
            if isinstance(vars(made).get(name), BaseEstimator):  # the caller's own object stays as it is
                setattr(made, name, clone(vars(made)[name]))
        if others:
            made.set_params(**others)
        return made

    @property
    def __signature__(cls) -> inspect.Signature:
        """That of ``__init__``; ``inspect`` would take it from ``__call__`` above."""
        init = cls.__init__  # type: ignore[misc]
        known = () if init is object.__init__ else inspect.signature(init).parameters.values()
        return inspect.Signature([parameter for parameter in known if parameter.name != "self"])


class Configurable(BaseEstimator, metaclass=_Called):
    """What has parameters, as scikit-learn has them; abstract.

    A part may be given by its name: the parameters of the part it stands for are there all the same, and the name is
    replaced by the part when one of them is set. If ``__init__`` hands ``**params`` on to that of its parent, the
    parent's parameters are its own.

    Attributes
    ----------
    computed : frozenset of str
        Parameters of the parent that are computed from others and cannot be set.
    """

    computed: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Complete the signature of an ``__init__`` that takes ``**params``."""
        super().__init_subclass__(**kwargs)
        init = vars(cls).get("__init__")
        own = [] if init is None else list(inspect.signature(init).parameters.values())
        if not own or own[-1].kind is not inspect.Parameter.VAR_KEYWORD:
            return
        named = {parameter.name for parameter in own} | cls.computed
        inherited = inspect.signature(super(cls, cls).__init__).parameters.values()
        handed_on = [p.replace(kind=p.KEYWORD_ONLY) for p in inherited if p.name not in named]
        init.__signature__ = inspect.Signature([*own[:-1], *handed_on])  # type: ignore[union-attr]

    def nested(self, name: str) -> Any:
        """Return the part that a parameter is or names; None if it is neither."""
        value = getattr(self, name)
        if isinstance(value, str):
            part = _REGISTRY.get(name, {}).get(value.lower())
            return None if part is None else part()
        return value if hasattr(value, "get_params") and not isinstance(value, type) else None

    def owner_of(self, name: str) -> tuple[Any, str]:
        """Return which object has the parameter of a nested name, and its name there."""
        head, _, rest = name.partition("__")
        return self.nested(head).owner_of(rest) if rest else (self, name)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool
            With those of the parts, as ``net__hidden``; of a part that is given by its name, too.
        """
        given = vars(self)
        found = {name: given[name] if name in given else getattr(self, name) for name in self._get_param_names()}
        for name in list(found) if deep else ():
            part = self.nested(name)
            if part is not None:
                found |= {f"{name}__{own}": value for own, value in part.get_params().items()}
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters, those of the parts included, as ``net__hidden``.

        Returns
        -------
        Itself

        Raises
        ------
        UnknownParameterError
            If there is no parameter of a name.
        """
        names = self._get_param_names() if params else []
        parts: dict[str, dict[str, Any]] = {}
        for name in params:
            if name.partition("__")[0] not in names:
                raise unknown_parameter(type(self).__name__, name, self.get_params())
        for name, value in params.items():
            head, _, rest = name.partition("__")
            if rest:
                parts.setdefault(head, {})[rest] = value
        before = {name: getattr(self, name) for name in names if name in params}
        for name in before:
            setattr(self, name, params[name])
        try:
            for head, own in parts.items():
                part = self.nested(head)
                for name in own:
                    if part is None or name not in part.get_params():  # told by the name it was called with
                        raise unknown_parameter(type(self).__name__, f"{head}__{name}", self.get_params())
        except UnknownParameterError:
            for name, value in before.items():  # all of it is set, or nothing
                setattr(self, name, value)
            raise
        for head, own in parts.items():
            part = self.nested(head)
            part.set_params(**own)
            setattr(self, head, part)
        return self


class Part(Checked, Configurable):
    """Hyper-parameters of one kind; abstract.

    A base class names its kind (``class Net(Part, kind="net")``); a concrete subclass is registered under its own
    name in lower case.

    Attributes
    ----------
    not_saved : tuple of str
        Parameters that have no plain form.
    traced : tuple of str
        Numbers that the layer, which has them under the same names, only computes with. A compiled program may take
        them as arguments, and models that differ in nothing else can share it (see ``Sweep``). What decides on shapes,
        or is looked at with ``if``, is none of them.
    """

    kind: ClassVar[str] = ""
    not_saved: ClassVar[tuple[str, ...]] = ()
    traced: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, kind: str = "", **kwargs: Any) -> None:
        """Register a concrete part, or open a new kind."""
        super().__init_subclass__(**kwargs)
        if kind:
            cls.kind = kind
            _REGISTRY.setdefault(kind, {})
        else:
            _REGISTRY[cls.kind][cls.__name__.lower()] = cls

    def build(self, spec: Spec, seeds: Seeds) -> Any:
        """Return its layer, a Keras layer with new weights."""
        raise NotImplementedError


def discover(package: str, path: Iterable[str]) -> None:
    """Import every public module of a package, so that its parts are registered.

    Called by the package's own ``__init__``: a new part is one new file and no list to keep.
    """
    for module in pkgutil.iter_modules(path):
        if not module.name.startswith("_"):
            importlib.import_module(f"{package}.{module.name}")


def registered(kind: str) -> dict[str, type[Part]]:
    """Return the parts of one kind by name, sorted."""
    return dict(sorted(_REGISTRY.get(kind, {}).items()))


def class_names(kind: str) -> list[str]:
    """Return the names of the classes of one kind, sorted."""
    return sorted(part.__name__ for part in _REGISTRY.get(kind, {}).values())


def by_class_name(kind: str, name: str, package: str) -> type[Part]:
    """Return the part of one kind whose class has a name, for a package's own ``__getattr__``.

    Raises
    ------
    AttributeError
        If there is none.
    """
    for part in _REGISTRY.get(kind, {}).values():
        if part.__name__ == name:
            return part
    raise AttributeError(f"module {package!r} has no attribute {name!r}")


def resolve(kind: str, value: object) -> Any:
    """Return ``value`` as a part of ``kind``: a part is itself, a name is looked up.

    Raises
    ------
    ParameterError
        If there is no part of that name, or the object is of another kind.

    Examples
    --------
    >>> import hyotan.likelihoods
    >>> resolve("likelihood", "bernoulli")
    Bernoulli()
    """
    if isinstance(value, Part) and value.kind == kind:
        return value
    if isinstance(value, str):
        parts = registered(kind)
        if value.lower() not in parts:
            raise unknown_name(kind, value, parts)
        return parts[value.lower()]()
    raise ParameterError(
        f"The {kind} of the model is not a {kind}",
        expected=f"a {kind} part, or one of the names {', '.join(registered(kind))}",
        received=shown(value),
    )


def to_config(part: Part | None) -> dict[str, Any] | None:
    """Return a part as plain JSON: its kind, its name and its parameters, nested parts included."""
    if part is None:
        return None
    params = {
        k: to_config(v) if isinstance(v, Part) else v
        for k, v in part.get_params(deep=False).items()
        if k not in part.not_saved
    }
    return {"kind": part.kind, "name": type(part).__name__.lower(), "params": params}


def from_config(config: dict[str, Any] | None) -> Any:
    """Rebuild a part from :func:`to_config`; only registered names are ever looked up, nothing is imported."""
    if config is None:
        return None
    parts = registered(config["kind"])
    if config["name"] not in parts:
        raise unknown_name(config["kind"], config["name"], parts)
    params = {}
    for key, value in config["params"].items():
        if isinstance(value, dict) and {"kind", "name", "params"} <= value.keys():
            value = from_config(value)
        params[key] = tuple(value) if isinstance(value, list) else value
    return parts[config["name"]](**params)
