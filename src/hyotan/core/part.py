"""Parts: the hyper-parameter objects that a model is made of, and the registry that finds them by name.

A :class:`Part` holds hyper-parameters only. ``part.build(spec, seeds)`` creates its layer, a Keras layer with new
weights for every fit. A fit never changes the part itself, so it can be cloned, compared, tuned and written as JSON.
Concrete parts are final: for a variant, write another part.
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
_BASES: dict[str, type[Part]] = {}


class _Called(type):
    """Metaclass that accepts nested parameters in the constructor, such as ``VAE(net__hidden=(64,))``.

    Keywords that are neither parameters of ``__init__`` nor nested ones raise an error.
    """

    def __call__(cls, *args: Any, **params: Any) -> Any:
        names = cls._get_param_names() if params else ()  # type: ignore[attr-defined]
        made = super().__call__(*args, **{name: value for name, value in params.items() if name in names})
        others = {name: value for name, value in params.items() if name not in names}
        for name in {name.partition("__")[0] for name in others}:
            if isinstance(vars(made).get(name), BaseEstimator):  # do not change the caller's object
                setattr(made, name, clone(vars(made)[name]))
        if others:
            made.set_params(**others)
        return made

    @property
    def __signature__(cls) -> inspect.Signature:
        """The signature of ``__init__``; without this, ``inspect`` would use ``__call__`` of the metaclass."""
        init = cls.__init__  # type: ignore[misc]
        known = () if init is object.__init__ else inspect.signature(init).parameters.values()
        return inspect.Signature([parameter for parameter in known if parameter.name != "self"])


class Configurable(BaseEstimator, metaclass=_Called):
    """An object with parameters, as in scikit-learn; abstract.

    A part may be given by its name. It still has its nested parameters, and when one of them is set, the part replaces
    the name. If ``__init__`` passes ``**params`` to its parent's ``__init__``, it also has the parent's parameters.

    Attributes
    ----------
    computed : frozenset of str
        Parameters of the parent that are computed from others and cannot be set.
    foreign_parameters : dict of str
        What to do here instead of a parameter that other libraries have, by its name there; the refusal says it.
    """

    computed: ClassVar[frozenset[str]] = frozenset()
    foreign_parameters: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Replace ``**params`` in the signature of ``__init__`` by the parent's parameters."""
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
        """Return the part that is the value of a parameter or is named by it; None if there is no such part."""
        value = getattr(self, name)
        if isinstance(value, str):
            part = _REGISTRY.get(name, {}).get(value.lower())
            return None if part is None else part()
        return value if hasattr(value, "get_params") and not isinstance(value, type) else None

    def owner_of(self, name: str) -> tuple[Any, str]:
        """Return the object that a nested name such as ``net__hidden`` belongs to, and the name in that object."""
        head, _, rest = name.partition("__")
        return self.nested(head).owner_of(rest) if rest else (self, name)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name.

        Parameters
        ----------
        deep : bool
            Whether to include the parameters of parts, such as ``net__hidden``, also of parts given by name.
        """
        given = vars(self)
        found = {name: given[name] if name in given else getattr(self, name) for name in self._get_param_names()}
        for name in list(found) if deep else ():
            part = self.nested(name)
            if part is not None:
                found |= {f"{name}__{own}": value for own, value in part.get_params().items()}
        return found

    def set_params(self, **params: Any) -> Self:
        """Set parameters, including those of parts, such as ``net__hidden``.

        Returns
        -------
        The object itself

        Raises
        ------
        UnknownParameterError
            If a parameter does not exist; then none is changed.
        """
        names = self._get_param_names() if params else []
        parts: dict[str, dict[str, Any]] = {}
        for name in params:
            if name.partition("__")[0] not in names:
                raise self._unknown(name, self.foreign_parameters.get(name, ""))
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
                    if part is None or name not in part.get_params():  # the error has the full nested name
                        raise self._unknown(f"{head}__{name}", getattr(part, "foreign_parameters", {}).get(name, ""))
        except UnknownParameterError:
            for name, value in before.items():  # set all parameters or none
                setattr(self, name, value)
            raise
        for head, own in parts.items():
            part = self.nested(head)
            part.set_params(**own)
            setattr(self, head, part)
        return self

    def _unknown(self, name: str, do: str) -> UnknownParameterError:
        return unknown_parameter(type(self).__name__, name, self.get_params(), do)


class Part(Checked, Configurable):
    """The hyper-parameters of one component of a model; abstract.

    A base class sets the kind (``class Net(Part, kind="net")``). A concrete subclass is registered under its class
    name in lower case.

    Attributes
    ----------
    not_saved : tuple of str
        Parameters that cannot be written as JSON.
    traced : tuple of str
        Numeric parameters that may become arguments of the compiled program, so that models that differ only in them
        can share it (see ``Sweep``). The layer must have attributes of the same names and use them in arithmetic only:
        they must not determine shapes or occur in an ``if``.
    foreign_names : dict of str
        Of the base class of a kind: what to do here where other libraries have a name for it that no part has. Names
        are in lower case without underscores.
    """

    kind: ClassVar[str] = ""
    not_saved: ClassVar[tuple[str, ...]] = ()
    traced: ClassVar[tuple[str, ...]] = ()
    foreign_names: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls, kind: str = "", **kwargs: Any) -> None:
        """Register a concrete part, or a new kind of part."""
        super().__init_subclass__(**kwargs)
        if kind:
            cls.kind = kind
            _REGISTRY.setdefault(kind, {})
            _BASES[kind] = cls
        else:
            _REGISTRY[cls.kind][cls.__name__.lower()] = cls

    def build(self, spec: Spec, seeds: Seeds) -> Any:
        """Return its layer, a Keras layer with new weights."""
        raise NotImplementedError


def discover(package: str, path: Iterable[str]) -> None:
    """Import all public modules of a package, so that their parts are registered.

    The package's own ``__init__`` calls this, so a new part needs only a new file, and no list has to be updated.
    """
    for module in pkgutil.iter_modules(path):
        if not module.name.startswith("_"):
            importlib.import_module(f"{package}.{module.name}")


def registered(kind: str) -> dict[str, type[Part]]:
    """Return the part classes of one kind by their registered names, sorted."""
    return dict(sorted(_REGISTRY.get(kind, {}).items()))


def class_names(kind: str) -> list[str]:
    """Return the class names of the parts of one kind, sorted."""
    return sorted(part.__name__ for part in _REGISTRY.get(kind, {}).values())


def by_class_name(kind: str, name: str, package: str) -> type[Part]:
    """Return the part class of one kind with this class name, for the ``__getattr__`` of a package.

    Raises
    ------
    AttributeError
        If there is no such class.
    """
    for part in _REGISTRY.get(kind, {}).values():
        if part.__name__ == name:
            return part
    raise AttributeError(f"module {package!r} has no attribute {name!r}")


def resolve(kind: str, value: object) -> Any:
    """Return ``value`` if it is a part of this ``kind``, or a new part if it is the name of one.

    Raises
    ------
    ParameterError
        If there is no part with this name, or ``value`` is something else.

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
            raise unknown_name(kind, value, parts, _foreign(kind, value))
        return parts[value.lower()]()
    raise ParameterError(
        f"The {kind} of the model is not a {kind}",
        expected=f"a {kind} part, or one of the names {', '.join(registered(kind))}",
        received=shown(value),
        do=_foreign(kind, value),
    )


def _foreign(kind: str, value: object) -> str:
    """Return what to do instead of a part of another library, given by its name or as an object or class with one."""
    base = _BASES.get(kind)
    name = value if isinstance(value, str) else getattr(value, "__name__", getattr(value, "name", None))
    if base is None or not isinstance(name, str):
        return ""
    return base.foreign_names.get("".join(letter for letter in name.lower() if letter.isalnum()), "")


def to_config(part: Part | None) -> dict[str, Any] | None:
    """Return a part as a dictionary for JSON: its kind, name and parameters, including nested parts."""
    if part is None:
        return None
    params = {
        k: to_config(v) if isinstance(v, Part) else v
        for k, v in part.get_params(deep=False).items()
        if k not in part.not_saved
    }
    return {"kind": part.kind, "name": type(part).__name__.lower(), "params": params}


def from_config(config: dict[str, Any] | None) -> Any:
    """Rebuild a part from the result of :func:`to_config`; it only looks up registered names and imports nothing."""
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
