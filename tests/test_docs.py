"""What the pages tell a shell is understood: every verb and option there is, every script and target exists.

Python blocks of the pages are run as doctests.
"""

import re
import runpy
import shlex
from pathlib import Path

import pytest
import typer

from hyotan import metrics, plots, recipes
from hyotan.cli.app import app
from hyotan.core.part import _REGISTRY, class_names

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md"]
PROMPTS = re.compile(r"^```(?:bash|sh|shell)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands():
    """Yield page and command line of every line in a shell block."""
    for page in PAGES:
        for block in PROMPTS.findall(page.read_text(encoding="utf-8")):
            for line in block.replace("\\\n", " ").splitlines():
                for part in re.split(r"&&|\|\|?|;", line):
                    words = shlex.split(part, comments=True)
                    if words:
                        yield pytest.param(words, id=f"{page.stem}: {' '.join(words)}"[:80])


def test_there_are_commands():
    assert len(list(commands())) > 30


@pytest.mark.parametrize("words", list(commands()))
def test_it_is_understood(words):
    while re.fullmatch(r"[A-Z_]+=.*", words[0]):  # variables before a command
        words = words[1:]
    program, rest = Path(words[0]).name, words[1:]
    if program == "hyotan":
        group = typer.main.get_command(app)
        if rest and not rest[0].startswith("-"):
            verb = group.commands[rest[0]]
            verb.make_context(rest[0], rest[1:])
        else:
            assert any(rest[0] in option.opts for option in group.params), rest
    elif program == "make":
        targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        assert set(rest) <= set(targets)
    elif program.startswith("python") and rest[0].endswith(".py"):
        assert (ROOT / rest[0]).exists()


def test_the_reference_has_all_that_is_registered():
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    page = runpy.run_path(str(ROOT / "docs" / "conf.py"))["expanded"](text)
    listed = re.findall(r"^\.\. auto(?:class|function):: ([\w.]+)$", page, re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert "registered::" not in page
    names = {f"{kind}s.{name}" for kind in _REGISTRY for name in class_names(kind)}
    assert {f"hyotan.{name}" for name in (*names, *recipes.class_names())} <= {*listed}
    functions = {*metrics.registered(), *(plot.name for plot in plots.registered())}
    assert functions <= {name.rpartition(".")[2] for name in listed}
