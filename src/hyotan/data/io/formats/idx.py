"""IDX files, the format of MNIST."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hyotan.data.io.arrays import checked
from hyotan.data.io.builtin import Parts
from hyotan.data.io.formats._format import Format
from hyotan.data.io.idx import ENDINGS, is_idx, load_idx
from hyotan.data.io.opening import Opened


class Idx(Format):
    """Images or rows, with labels and a test part from the files beside it.

    Examples
    --------
    >>> Idx().named("train-images-idx3-ubyte")
    True
    """

    name = "an IDX file"
    endings = ENDINGS
    gives = "series"  # no option applies
    rank = 91
    listed = "IDX files (-ubyte, .idx)"

    def named(self, name: str) -> bool:
        return is_idx(Path(name))

    def read(self, opened: Opened, **options: Any) -> Parts:
        X, y, X_test, y_test = load_idx(opened)
        checked(X, opened, "")
        return Parts(X, y, X_test, y_test, f"from {opened}", "images" if X.ndim > 2 else "rows")
