"""Pages and docstrings are run in an empty folder: neither what they write nor what they register stays."""

import pytest


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _registries(request):
    """Take back the parts and metrics that a page defines: contract tests run over what is registered."""
    if not isinstance(request.node, pytest.DoctestItem):
        yield
        return
    from hyotan.core import part
    from hyotan.metrics import _base

    parts, metrics = {kind: dict(known) for kind, known in part._REGISTRY.items()}, dict(_base._REGISTRY)
    yield
    for registry, before in ((part._REGISTRY, parts), (_base._REGISTRY, metrics)):
        registry.clear()
        registry.update(before)
