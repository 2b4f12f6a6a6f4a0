"""Pages and docstrings are run in an empty folder: what they write does not stay in the checkout."""

import pytest


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
