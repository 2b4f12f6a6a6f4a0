"""The command line: fit a model, ask it about rows, compare and report.

The functions of hyotan do the work; here text becomes their arguments, and their results become text or JSON. One
command is one file of ``commands/``. Keras and NumPy are imported by a command that needs them, not by ``--help``.
"""

from hyotan.cli.app import main

__all__ = ["main"]
