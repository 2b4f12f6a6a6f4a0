"""The definition of a file format, and the registry of formats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from hyotan.data.io.builtin import Parts
from hyotan.data.io.opening import Opened

if TYPE_CHECKING:
    import pyarrow as pa

_REGISTRY: dict[str, Format] = {}


class Format:
    """A kind of file: how it is told by its name and its first bytes, and how it is read.

    A format is one file of this package with one subclass of :class:`TableFormat` or :class:`ArrayFormat`. Its class
    attributes are all that other code knows about it.

    Attributes
    ----------
    name : str
        What errors call such a file, with an article.
    endings : tuple of str
        The endings of such files, in lower case.
    gives : {"table", "arrays", "series"}
        What is read from it. The options of :func:`hyotan.data.load` for tables, or arrays, apply.
    options : tuple of str
        Further options of :func:`hyotan.data.load` that apply.
    extra : str or None
        The extra that installs the library it is read with; None if hyotan itself requires that.
    rank : int
        The place in lists; formats of one rank are in the order of their endings.
    listed : str
        What stands in lists, if not the endings.
    text : bool
        Whether such a file is text, so that anything may be its first bytes.
    writes : tuple of str
        The endings of files of rows that can be written.

    Examples
    --------
    >>> from hyotan.data.io.formats import format_named
    >>> format_named("a.PARQUET").name
    'a Parquet file'
    """

    name: ClassVar[str]
    endings: ClassVar[tuple[str, ...]]
    gives: ClassVar[Literal["table", "arrays", "series"]]
    options: ClassVar[tuple[str, ...]] = ()
    extra: ClassVar[str | None] = None
    rank: ClassVar[int] = 50
    listed: ClassVar[str] = ""
    text: ClassVar[bool] = False
    writes: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **rest: Any) -> None:
        """Register a class that has a name; the others are bases."""
        super().__init_subclass__(**rest)
        if "name" in vars(cls):
            _REGISTRY[cls.__name__] = cls()

    def named(self, name: str) -> bool:
        """Whether a file of this name, without packings, is of this format."""
        return name.lower().endswith(self.endings)

    def recognises(self, opened: Opened) -> bool:
        """Whether the content is of this format, told by what no other format has; False if that cannot be told."""
        return False

    def read(self, opened: Opened, **options: Any) -> Any:
        """Read a file."""
        raise NotImplementedError

    def write(self, file: Any, array: np.ndarray, names: Sequence[str] | None, ending: str) -> None:
        """Write rows, and the names of their columns, to an open file."""
        raise NotImplementedError


class TableFormat(Format):
    """A kind of file that gives a table.

    ``read`` returns an Arrow table, and what is to be said about automatic changes, such as "row numbers left out".
    """

    gives = "table"

    def read(self, opened: Opened, **options: Any) -> tuple[pa.Table, str]:
        raise NotImplementedError

    def write(self, file: Any, array: np.ndarray, names: Sequence[str] | None, ending: str) -> None:
        from hyotan.data.tables.selection import to_table

        self.write_table(file, to_table(array, names), ending)

    def write_table(self, file: Any, table: pa.Table, ending: str) -> None:
        """Write an Arrow table to an open file."""
        raise NotImplementedError


class ArrayFormat(Format):
    """A kind of file that gives arrays, with labels and a test part if it has them."""

    gives = "arrays"

    def read(self, opened: Opened, **options: Any) -> Parts:
        raise NotImplementedError


def registered() -> list[Format]:
    """Return all formats, in the order of lists."""
    return sorted(_REGISTRY.values(), key=lambda each: (each.rank, each.endings))
