"""The house's floors: a file imports only from below, or from its own folder without a cycle."""

import ast
from pathlib import Path

import pytest

import hyotan

ROOT = Path(hyotan.__file__).parent
FLOORS = {
    "_errors": 0,
    "_parts": 0,
    "batch": 0,
    "_layers": 1,
    "compiling": 1,
    "data": 1,
    "nets": 2,
    "latents": 2,
    "likelihoods": 2,
    "corruptions": 2,
    "model": 3,
    "training": 4,
    "blocks": 4,
    "lockstep": 4,
    "fits": 4,
    "inference": 4,
    "asking": 4,
    "tiling": 4,
    "fitted": 4,
    "artifact": 4,
    "preparing": 4,
    "progress": 4,
    "state": 4,
    "card": 4,
    "autoencoder": 5,
    "fleet": 6,
    "recipes": 6,
    "metrics": 6,
    "plots": 7,
    "pages": 8,
    "explorer": 9,
    "report": 10,
    "reproduce": 11,
    "fitting": 12,
    "runs": 12,
    "sweeping": 12,
    "cli": 13,
}


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
        below = FLOORS[other] < FLOORS[room]
        same_folder = other == room or (other in ROOT_FILES and room in ROOT_FILES and FLOORS[other] == FLOORS[room])
        assert below or same_folder, f"{name} climbs to {imported}"


ROOT_FILES = {name for _, name in modules() if "." not in name and (ROOT / f"{name}.py").exists()}


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
