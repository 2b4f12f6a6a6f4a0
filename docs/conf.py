"""The documentation as a site: make docs writes docs/_build/html."""

import re

import hyotan
from hyotan import metrics, plots, recipes
from hyotan.core import part
from hyotan.estimator import autoencoder  # noqa: F401  (registers every part)

project = "hyotan"
author = "the developers of hyotan"
version = release = hyotan.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
myst_heading_anchors = 3
myst_enable_extensions = ["attrs_inline"]

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings tell types with their shapes
napoleon_google_docstring = False
napoleon_use_rtype = False
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

html_theme = "furo"
html_title = f"hyotan {version}"
html_static_path: list[str] = []
html_theme_options = {"navigation_with_keys": True}
html_show_sphinx = False


def registered(kind):
    """Return the lines that document all there are of a kind: of part, recipe, metric or plot."""
    if kind == "recipe":
        found = [("class", f"hyotan.{name}") for name in recipes.class_names()]
    elif kind in ("metric", "plot"):
        measured, drawn = metrics.registered().values(), plots.registered()
        functions = [each.function for each in measured] if kind == "metric" else [each.draw for each in drawn]
        found = [("function", f"{each.__module__}.{each.__name__}") for each in functions]
    elif part.registered(kind):
        found = [("class", f"hyotan.{kind}s.{name}") for name in part.class_names(kind)]
    else:
        raise ValueError(f"nothing is registered as {kind!r}")
    return "\n".join(f".. auto{what}:: {name}" for what, name in found)


def expanded(text):
    """Return a page with each line ``.. registered:: kind`` replaced by all there are."""
    return re.sub(r"^\.\. registered:: (\w+)$", lambda found: registered(found[1]), text, flags=re.MULTILINE)


def setup(app):
    """Let pages list what is registered."""

    def read(app, docname, source):
        source[0] = expanded(source[0])

    app.connect("source-read", read)
