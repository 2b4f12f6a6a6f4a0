"""The command line: fit models, apply them to rows, compare them, and write reports.

This package converts text to arguments of hyotan's functions, and their results to text or JSON. Each command is one
file in ``commands/``. Keras and NumPy are imported only by the commands that need them, so ``--help`` is fast.
"""

from hyotan.cli.app import main

__all__ = ["main"]
