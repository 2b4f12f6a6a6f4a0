"""The commands, one per file: a function with the name of the file, and ``SHORT_HELP``, its line in ``hyotan --help``.

These files do not use ``from __future__ import annotations``, because Typer would then evaluate every annotation from
its text at each start of the program.
"""
