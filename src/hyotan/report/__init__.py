"""Report: a record becomes one HTML page that is read in two minutes and needs no network; several are compared."""

import sys
import types
from pathlib import Path
from typing import Any

from hyotan.report._compare import compare
from hyotan.report._page import report
from hyotan.report._verdict import Verdict, verdict

__all__ = ["Verdict", "compare", "report", "verdict"]


class _Room(types.ModuleType):
    """The package, callable.

    The import system binds a package to its name in the package above, where the function of the same name belongs:
    whichever of the two ``hyotan.report`` is, calling it writes the report, and the package's other names are found.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Path:
        """Call :func:`hyotan.report.report`."""
        return report(*args, **kwargs)


sys.modules[__name__].__class__ = _Room
vars(report).update(compare=compare, verdict=verdict, Verdict=Verdict)
