"""Reading tables from files, and writing rows to files atomically.

Arrow reads and writes the tables. It is imported only when it is needed, to keep the import of this package fast.
"""

from __future__ import annotations

import codecs
import csv as plain_csv
import io
import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hyotan.core.errors import DataError, ParameterError
from hyotan.core.files import _not_utf8, reading, replacing
from hyotan.data.tables.frames import columns
from hyotan.data.tables.selection import to_table

if TYPE_CHECKING:
    import pyarrow as pa


def read_table(path: Path) -> tuple[pa.Table, str]:
    r"""Read a .csv, .tsv or .parquet file.

    In text files, blanks around cells and names are removed. Empty cells, ``?``, ``NA``, ``NaN``, ``null`` and the
    like are missing values. Commas, semicolons and tabs are recognised as separators. A first row of increasing
    numbers (0, 1, 2, ..., years, wavelengths) contains column names; a first row of other numbers is data, and the
    columns are then called f0, f1, ... Row numbers that pandas or R wrote as a column without a name are left out.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    table : pyarrow.Table
    remark : str
        A note for the report about automatic changes, such as removed row numbers; often empty.

    Raises
    ------
    DataError
        If the file cannot be read, has no rows, is not UTF-8, or has repeated column names.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.csv")
    >>> _ = path.write_text("size, kind\n 1, x\n ?, y\n")
    >>> read_table(path)[0].to_pydict()
    {'size': [1, None], 'kind': ['x', 'y']}
    """
    if path.suffix.lower() == ".parquet":
        with reading(path):
            from pyarrow import parquet

            # ParquetFile, because read_table() would make columns out of folder names such as year=2020.
            with parquet.ParquetFile(path) as file:
                table = file.read()
        row_numbers = [name for name in table.column_names if name.startswith("__index_level_")]
        remark = ""
    else:
        table, remark = _read_text(path)
        row_numbers = [""] if table.column_names[0] == "" and _counts_up(table.column(0)) else []
    columns(table)  # raises if names are repeated
    if row_numbers and len(row_numbers) < table.num_columns:
        table, remark = table.drop_columns(row_numbers), "row numbers left out"
    if table.num_rows == 0:
        raise DataError(f"{path} has no rows", expected="at least one row under the names", received="0 rows")
    return table, remark


def _counts_up(column: pa.ChunkedArray) -> bool:
    import pyarrow as pa

    if not pa.types.is_integer(column.type) or column.null_count:
        return False
    return bool((np.diff(column.to_numpy()) == 1).all())


def _read_text(path: Path) -> tuple[pa.Table, str]:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    with reading(path):
        with path.open("rb") as file:
            start = next((line for line in file if line.strip()), b"")
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise _not_utf8(path, "UTF-16")
        first = start.decode("utf-8-sig")
        separator = "\t" if path.suffix.lower() == ".tsv" else max(",;\t", key=first.count)
        headless = _is_data([cell.strip() for cell in next(plain_csv.reader([first], delimiter=separator), [])])
        convert = csv.ConvertOptions(null_values=[*csv.ConvertOptions().null_values, "?"], strings_can_be_null=True)
        how = {
            "parse_options": csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            "convert_options": convert,
        }
        table = _parsed(path, headless, how)
    if any(pa.types.is_binary(kind) for kind in table.schema.types):  # Arrow's type for undecodable text
        raise _not_utf8(path, "other bytes")
    table = table.rename_columns([name.strip() for name in table.column_names])
    trimmed = {
        index: pc.utf8_trim_whitespace(column)
        for index, column in enumerate(table.columns)
        if pa.types.is_string(column.type)
    }
    padded = {index: column for index, column in trimmed.items() if not column.equals(table.column(index))}
    if padded:
        # Arrow does not recognise missing values and numbers with blanks around them (" ?", " 5"), so the trimmed text
        # is parsed again.
        bare = io.BytesIO()
        csv.write_csv(pa.table([*padded.values()], names=[str(index) for index in padded]), bare)
        again = csv.read_csv(
            io.BytesIO(bare.getvalue()),
            parse_options=csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
            convert_options=convert,
        )
        for position, index in enumerate(padded):
            table = table.set_column(index, table.column_names[index], again.column(position))
    return table, "no row of names, so columns are called f0, f1, ..." if headless else ""


def _parsed(path: Path, headless: bool, how: dict[str, Any]) -> pa.Table:
    """Read a text file; a line that is longer than what Arrow reads at once is tried again with all at once."""
    import pyarrow as pa
    from pyarrow import csv

    blocks = sorted({2**20, max(2**20, min(path.stat().st_size + 1, 2**31 - 1))})
    for size in blocks:
        options = csv.ReadOptions(autogenerate_column_names=headless, block_size=size)
        try:
            return csv.read_csv(path, read_options=options, **how)
        except pa.ArrowInvalid as err:
            long = "straddl" in str(err) or "cannot infer number of columns" in str(err)
            if not long or size == blocks[-1]:
                raise
    raise AssertionError  # the last try returns or raises


def _is_data(cells: Sequence[str]) -> bool:
    """Return whether the first row of a file contains data rather than column names."""
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        return False
    if not numbers or cells == [str(index) for index in range(len(cells))]:
        return False
    return len(cells) == 1 or any(a >= b for a, b in pairwise(numbers))


def _write_npy(file: Any, array: np.ndarray, names: Sequence[str] | None) -> None:
    np.save(file, array, allow_pickle=False)


def _write_npz(file: Any, array: np.ndarray, names: Sequence[str] | None) -> None:
    if array.dtype.kind == "O":  # older NumPy versions would pickle them, and the file could not be loaded
        raise DataError("Python objects cannot be written to an .npz file", expected="numbers", received="objects")
    arrays: dict[str, Any] = {"X": array}
    if names is not None:
        arrays["columns"] = np.array([str(name) for name in names])
    np.savez(file, **arrays)


def _write_csv(file: Any, array: np.ndarray, names: Sequence[str] | None) -> None:
    from pyarrow import csv

    csv.write_csv(to_table(array, names), file)


def _write_tsv(file: Any, array: np.ndarray, names: Sequence[str] | None) -> None:
    from pyarrow import csv

    csv.write_csv(to_table(array, names), file, csv.WriteOptions(delimiter="\t"))


def _write_parquet(file: Any, array: np.ndarray, names: Sequence[str] | None) -> None:
    from pyarrow import parquet

    parquet.write_table(to_table(array, names), file)


WRITERS: dict[str, Callable[[Any, np.ndarray, Sequence[str] | None], None]] = {
    ".csv": _write_csv,
    ".npy": _write_npy,
    ".npz": _write_npz,
    ".parquet": _write_parquet,
    ".tsv": _write_tsv,
}


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
    write = WRITERS[check_ending(path)]
    array = np.asarray(array)
    with replacing(path) as file:
        write(file, array, names)
    return path


def check_ending(path: Path) -> str:
    """Return the ending of a file of rows to write; raise if rows cannot be written to such a file."""
    ending = path.suffix.lower()
    if ending not in WRITERS:
        raise ParameterError(
            f"Rows cannot be written to {path.name!r}",
            expected=f"a name ending in {', '.join(WRITERS)}",
            received=repr(path.suffix) if path.suffix else "no ending",
        )
    return ending
