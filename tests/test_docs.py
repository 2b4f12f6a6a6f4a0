"""What the pages tell a shell is understood: every verb and option there is, every script and target exists.

Python blocks of the pages are run as doctests, where Keras has long been imported; here, that they begin well without.
"""

import ast
import doctest
import importlib
import inspect
import os
import pkgutil
import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer

import hyotan
from hyotan import metrics, plots, recipes
from hyotan.cli.app import app
from hyotan.core.part import _REGISTRY, class_names

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks" / "README.md"]
PYTHON = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
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


def examples(text):
    """Return the source of each example in the Python blocks of a page."""
    return [each.source for block in PYTHON.findall(text) for each in doctest.DocTestParser().get_examples(block)]


def imported(source):
    """Return the packages that Python code imports, in order; doctest options are comments."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module.partition(".")[0])
    return found


def keras_is_first(sources):
    """Whether Keras is imported before hyotan, which chooses Keras's backend."""
    order = [name for source in sources for name in imported(source) if name in ("keras", "hyotan")]
    return order[:1] == ["keras"]


def test_the_order_of_imports_is_seen():
    assert keras_is_first(examples("```python\n>>> import numpy, keras\n>>> import hyotan as hy\n\n```\n"))
    assert keras_is_first(["from keras import ops"]) and not keras_is_first(["import numpy"])
    assert not keras_is_first(["from hyotan.nets import Net\n", "import keras\n"])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_page_imports_keras_before_hyotan(page):
    assert not keras_is_first(examples(page.read_text(encoding="utf-8")))


def test_no_docstring_imports_keras_before_hyotan():
    parser, wrong = doctest.DocTestParser(), []
    for module in pkgutil.walk_packages(hyotan.__path__, "hyotan."):
        if module.name.endswith("__main__"):
            continue
        found = vars(importlib.import_module(module.name)).values()
        own = [each for each in found if getattr(each, "__module__", None) == module.name]
        for each in (*own, *(f for c in own if inspect.isclass(c) for f in vars(c).values() if inspect.isfunction(f))):
            text = getattr(each, "__doc__", None)
            if isinstance(text, str) and keras_is_first([e.source for e in parser.get_examples(text)]):
                wrong.append(f"{module.name}.{getattr(each, '__qualname__', each)}")
    assert wrong == []


@pytest.mark.parametrize("page", [page for page in PAGES if "import keras" in page.read_text()], ids=lambda p: p.stem)
def test_its_first_block_runs_where_nothing_chooses_keras_backend(page, tmp_path):
    """In an interpreter of its own, without TensorFlow, KERAS_BACKEND or a configuration file of Keras."""
    begin = tmp_path / "begin.py"
    first = next(block for block in PYTHON.findall(page.read_text(encoding="utf-8")) if "hyotan" in block)
    sources = [each.source for each in doctest.DocTestParser().get_examples(first)]
    begin.write_text("import sys\nsys.modules['tensorflow'] = None\n" + "".join(sources), encoding="utf-8")
    env = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    env |= {"KERAS_HOME": str(tmp_path), "JAX_PLATFORMS": "cpu"}
    done = subprocess.run([sys.executable, begin], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
