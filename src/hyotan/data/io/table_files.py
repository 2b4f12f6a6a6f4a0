"""Reading tables from files, and writing rows to files atomically.

Arrow reads and writes the tables. It is imported only when it is needed, to keep the import of this package fast.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hyotan.core.errors import DataError, ParameterError
from hyotan.core.files import replacing
from hyotan.data.io.formats import Format, format_named, writer_of, writers
from hyotan.data.io.opening import Opened, opened_from
from hyotan.data.tables.clock import joined
from hyotan.data.tables.frames import columns

if TYPE_CHECKING:
    import pyarrow as pa


def read_table(source: Path | Opened, made: Format | None = None, **options: Any) -> tuple[pa.Table, str]:
    r"""Read a file that holds a table.

    In text files, separators, the encoding, lines before the table, and numbers and dates as they are written in a
    country are recognised. Empty cells, ``?``, ``NA``, ``NaN``, ``null``, ``-`` and the like are missing values. A
    first row of increasing numbers (0, 1, 2, ..., years, wavelengths) contains column names; a first row of other
    numbers is data, and the columns are then called f0, f1, ... Row numbers that pandas or R wrote as a column without
    a name are left out, and a date and a time of day in two columns are one time.

    Parameters
    ----------
    source : Path or Opened
        The file.
    made : Format, optional
        Its format; by default its name tells it.
    **options
        Options of the format, such as ``sheet``.

    Returns
    -------
    table : pyarrow.Table
    remark : str
        A note for the report about automatic changes, such as removed row numbers; often empty.

    Raises
    ------
    DataError
        If the file cannot be read, or has no rows.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = path.write_text("size, kind\n 1, x\n ?, y\n")
    >>> read_table(path)[0].to_pydict()
    {'size': [1, None], 'kind': ['x', 'y']}
    """
    opened = opened_from(source)
    made = made or format_named(opened.name)
    if made is None or made.gives != "table":
        raise DataError(f"{opened} is not a kind of file that holds a table", received=opened.ending or "no ending")
    table, remark = made.read(opened, **options)
    row_numbers = [name for name in table.column_names if name.startswith("__index_level_")]
    if table.column_names[:1] == [""] and _counts_up(table.column(0)):
        row_numbers = [""]
    columns(table)  # raises if names are repeated
    if row_numbers and len(row_numbers) < table.num_columns:
        table = table.drop_columns(row_numbers)
        remark = ", ".join(filter(None, (remark, "row numbers left out")))
    table, at_once = joined(table)
    remark = ", ".join(filter(None, (remark, at_once)))
    if table.num_rows == 0:
        raise DataError(f"{opened} has no rows", expected="at least one row under the names", received="0 rows")
    return table, remark


def _counts_up(column: pa.ChunkedArray) -> bool:
    import pyarrow as pa

    if not pa.types.is_integer(column.type) or column.null_count:
        return False
    return bool((np.diff(column.to_numpy()) == 1).all())


def write_rows(path: str | os.PathLike[str], array: Any, names: Sequence[str] | None = None) -> Path:
    """Write an array of rows to a .npy, .npz, .csv, .tsv or .parquet file, chosen by the file extension.

    The file is written atomically: first under a temporary name in the same folder, then renamed.

    Parameters
    ----------
    path : str or Path
        The file to write. An existing file is replaced.
    array : array of shape (rows, ...)
        The rows. Text and Parquet files have flattened rows; .npy and .npz (under the name ``X``) keep the shape.
    names : sequence of str, optional
        One name per column of a flattened row; .npz stores them as ``columns``, .npy cannot store them.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ParameterError
        If the file extension is not one of these, or the names do not match the columns.
    DataError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> path = write_rows(Path(tempfile.mkdtemp(), "codes.csv"), [[1, 2], [3, 4]], ["a", "b"])
    >>> path.read_text().split()
    ['"a","b"', '1,2', '3,4']
    """
    path = Path(path).expanduser()
    ending = check_ending(path)
    array, made = np.asarray(array), writer_of(ending)
    assert made is not None  # or the ending would have been refused
    with replacing(path) as file:
        made.write(file, array, names, ending)
    return path


def check_ending(path: Path) -> str:
    """Return the ending of a file of rows to write; raise if rows cannot be written to such a file."""
    ending = path.suffix.lower()
    if writer_of(ending) is None:
        raise ParameterError(
            f"Rows cannot be written to {path.name!r}",
            expected=f"a name ending in {', '.join(writers())}",
            received=repr(path.suffix) if path.suffix else "no ending",
        )
    return ending
