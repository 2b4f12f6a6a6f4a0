"""Every public class, function and method says what it does; an override may leave that to its base."""

import importlib
import inspect
import pkgutil

import pytest

import hyotan

MODULES = [m.name for m in pkgutil.walk_packages(hyotan.__path__, "hyotan.") if not m.name.endswith("__main__")]


@pytest.mark.parametrize("name", MODULES)
def test_everything_public_is_documented(name):
    module = importlib.import_module(name)
    for what, found in vars(module).items():
        if what.startswith("_") or getattr(found, "__module__", None) != name:
            continue
        if inspect.isfunction(found):
            assert inspect.getdoc(found), f"{name}.{what}"
        elif inspect.isclass(found):
            assert inspect.getdoc(found), f"{name}.{what}"
            for method, body in vars(found).items():
                if not method.startswith("_") and inspect.isfunction(body):
                    assert inspect.getdoc(getattr(found, method)), f"{name}.{what}.{method}"
