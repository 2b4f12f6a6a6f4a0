"""Pages and docstrings are run in an empty folder: neither what they write nor what they register stays."""

from contextlib import contextmanager

import pytest


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _registries(request):
    """Take back the parts, metrics and plots that a page defines: contract tests run over what is registered."""
    if not isinstance(request.node, pytest.DoctestItem):
        yield
        return
    with restored():
        yield


@contextmanager
def restored():
    """Take back what is registered inside."""
    from hyotan import metrics, plots
    from hyotan.core import part

    registries = (*part._REGISTRY.values(), metrics._base._REGISTRY, plots._base._REGISTRY)
    before = [dict(registry) for registry in registries]
    yield
    for registry, known in zip(registries, before, strict=True):
        registry.clear()
        registry.update(known)


@pytest.fixture(scope="module")
def taken_back():
    """Take back, after a file of tests, what is registered in it."""
    with restored():
        yield
