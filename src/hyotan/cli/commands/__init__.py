"""The commands, one a file: the function called as the file, and ``SHORT_HELP``, its line in ``hyotan --help``.

These files do without ``from __future__ import annotations``: Typer would evaluate the text of every annotation each
time the program starts.
"""
