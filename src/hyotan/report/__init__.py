"""Report: one self-contained HTML page about a record, and one that compares several records."""

import sys
import types
from pathlib import Path
from typing import Any

from hyotan.report._compare import compare
from hyotan.report._page import report
from hyotan.report._verdict import Verdict, verdict

__all__ = ["Verdict", "compare", "report", "verdict"]


class _Room(types.ModuleType):
    """The package as a callable module.

    ``hyotan.report`` may be this package or the function :func:`report`, because importing the package replaces the
    function of the same name in ``hyotan``. Therefore the package can be called like the function, and the function
    has the package's other names as attributes.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Path:
        """Call :func:`hyotan.report.report`."""
        return report(*args, **kwargs)


sys.modules[__name__].__class__ = _Room
vars(report).update(compare=compare, verdict=verdict, Verdict=Verdict)
