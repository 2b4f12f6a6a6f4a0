"""The house's floors: a folder imports only from folders below it, and files within one without a cycle."""

import ast
from pathlib import Path

import pytest

import hyotan

ROOT = Path(hyotan.__file__).parent
FLOORS = {
    "core": 0,
    "data": 1,
    "corruptions": 2,
    "latents": 2,
    "likelihoods": 2,
    "nets": 2,
    "model": 3,
    "inference": 4,
    "training": 4,
    "artifact": 5,
    "estimator": 6,
    "recipes": 7,
    "sweep": 7,
    "metrics": 8,
    "plots": 9,
    "explorer": 10,
    "report": 11,
    "reproduce": 12,
    "runs": 13,
    "cli": 14,
}
NAMES = 22  # at the top of the package, at most
LINES = 400  # of a file, at most


def modules():
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts != ("__init__",):
            yield path, ".".join(parts).removesuffix(".__init__")


def imports(path):
    """Every hyotan module a file imports, inside functions and under TYPE_CHECKING too."""
    names = {name for _, name in modules()}
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.startswith("hyotan."):
                    yield alias.name.removeprefix("hyotan.")
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "hyotan":
            base = node.module.removeprefix("hyotan").removeprefix(".")
            for alias in node.names:
                full = f"{base}.{alias.name}".removeprefix(".")
                if full in names:
                    yield full
                elif base:
                    yield base
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: relative imports hide the room they come from"


def test_every_room_has_a_floor():
    assert {name.split(".")[0] for _, name in modules()} == set(FLOORS)


@pytest.mark.parametrize(("path", "name"), [pytest.param(p, n, id=n) for p, n in modules()])
def test_imports_go_down(path, name):
    room = name.split(".")[0]
    for imported in imports(path):
        other = imported.split(".")[0]
        assert other == room or FLOORS[other] < FLOORS[room], f"{name} climbs to {imported}"


@pytest.mark.parametrize(("path", "name"), [pytest.param(p, n, id=n) for p, n in modules()])
def test_no_file_has_outgrown_its_room(path, name):
    assert len(path.read_text().splitlines()) <= LINES


def test_few_names_at_the_top():
    names = [path.name for path in ROOT.iterdir() if path.name != "__pycache__"]
    assert len(names) <= NAMES, sorted(names)


def test_no_cycles():
    graph = {name: {i for i in imports(path) if i != name} for path, name in modules()}
    done, path = set(), []

    def visit(name):
        assert name not in path, " -> ".join([*path[path.index(name) :], name])
        if name in done:
            return
        path.append(name)
        for other in graph.get(name, ()):
            # A room's own __init__ gathers its files; a file that asks its room for a name is a cycle.
            visit(other)
        path.pop()
        done.add(name)

    for name in graph:
        visit(name)


def test_the_checker_sees_a_climb(tmp_path):
    """The walk itself must be able to fail: imports in functions count."""
    file = tmp_path / "climber.py"
    file.write_text("def f():\n    from hyotan.report import report\n")
    assert list(imports(file)) == ["report"]
