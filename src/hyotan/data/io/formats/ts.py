"""The .ts files of the UEA and UCR archives."""

from __future__ import annotations

import re
from typing import Any

from hyotan.data.io.builtin import Parts
from hyotan.data.io.formats._format import Format
from hyotan.data.io.opening import Opened
from hyotan.data.io.ts import load_ts


class Ts(Format):
    """Series, with labels and a test part from the file beside it.

    Examples
    --------
    >>> Ts().named("a_TRAIN.ts")
    True
    """

    name = "a .ts file"
    endings = (".ts",)
    gives = "series"
    rank = 90
    text = True

    def recognises(self, opened: Opened) -> bool:
        return re.match(rb"(\s*([#%].*)?\n)*\s*@(problemname|timestamps|univariate)\b", opened.head, re.I) is not None

    def read(self, opened: Opened, **options: Any) -> Parts:
        return Parts(*load_ts(opened), f"from {opened}", "series")
