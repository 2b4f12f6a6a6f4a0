"""The documentation as a site: make docs writes docs/_build/html."""

import hyotan

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
