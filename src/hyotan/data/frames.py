"""Tables: any frame the user has, seen as named columns of numbers, and rows read from and written to files.

pandas, polars and Arrow look alike in here because narwhals is the only hand that touches a frame. Arrow does the
reading and writing; it is imported where a file is touched, so that this room opens quickly.
"""

from __future__ import annotations

import codecs
import csv as plain_csv
import io
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals
import narwhals.stable.v2 as nw
import numpy as np

from hyotan._errors import DataError, HyotanError, ParameterError, shown, unknown_name

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "columns",
    "is_frame",
    "numeric",
    "read_table",
    "reading",
    "row_count",
    "take_column",
    "to_table",
    "write_rows",
]

NUMBERS = "biuf"  # numpy's kinds for booleans, integers and real numbers


# ---------------------------------------------------------------- frames


def is_frame(X: object) -> bool:
    """Say whether ``X`` is a table that narwhals can read (lazy ones too: using those gives a clear error).

    Parameters
    ----------
    X : object
        Anything.

    Returns
    -------
    bool

    Examples
    --------
    >>> import pyarrow as pa
    >>> is_frame(pa.table({"a": [1]})), is_frame([[1]])
    (True, False)
    """
    # The stable names do not count frames wrapped by plain narwhals as their own, hence the second question.
    return bool(
        nw.dependencies.is_into_dataframe(X)
        or nw.dependencies.is_into_lazyframe(X)
        or isinstance(X, (narwhals.DataFrame, narwhals.LazyFrame))
    )


def _wrapped(frame: Any) -> nw.DataFrame[Any]:
    """Return the frame in narwhals' clothes, refusing lazy frames and repeated column names."""
    if isinstance(frame, narwhals.LazyFrame) or nw.dependencies.is_into_lazyframe(frame):
        raise DataError(
            "A lazy table holds a plan, not rows",
            expected="a table in memory",
            received=type(frame).__name__,
            do="call .collect() on it first",
        )
    if not is_frame(frame):
        raise DataError(
            "This is not a table", expected="a pandas, polars or Arrow table", received=type(frame).__name__
        )
    try:
        return nw.from_native(frame, eager_only=True)
    except narwhals.exceptions.DuplicateError as err:
        # Arrow names its columns in column_names, every other frame in columns.
        names = getattr(frame, "column_names", None) or frame.columns
        raise _repeated([str(name) for name in names]) from err


def _repeated(names: Sequence[str]) -> DataError:
    twice = [name for name, count in Counter(names).items() if count > 1]
    return DataError(
        "Several columns of the table have the same name",
        expected="a name of its own for every column",
        received=shown(twice),
        do="rename or drop the repeated columns",
    )


def columns(frame: Any) -> list[str]:
    """Return the names of a frame's columns, as text.

    Parameters
    ----------
    frame : pandas, polars or Arrow table

    Returns
    -------
    list of str

    Raises
    ------
    DataError
        If two columns have the same name, or the frame is lazy.

    Examples
    --------
    >>> import pyarrow as pa
    >>> columns(pa.table({"a": [1], "b": [2]}))
    ['a', 'b']
    """
    names = [str(name) for name in _wrapped(frame).columns]  # pandas may use numbers as names
    if len(set(names)) < len(names):
        raise _repeated(names)
    return names


def row_count(frame: Any) -> int:
    """Return how many rows a frame has.

    Parameters
    ----------
    frame : pandas, polars or Arrow table

    Returns
    -------
    int

    Examples
    --------
    >>> import pyarrow as pa
    >>> row_count(pa.table({"a": [1, 2, 3]}))
    3
    """
    return len(_wrapped(frame))


def _numbers(series: nw.Series[Any]) -> np.ndarray | None:
    """Return a column as float64 with NaN for what is missing, or None if it does not hold numbers."""
    if series.dtype.is_numeric() or series.dtype == nw.Boolean:
        return np.asarray(series.cast(nw.Float64).to_numpy(), dtype=np.float64)
    if len(series) and series.null_count() == len(series):
        return np.full(len(series), np.nan)  # a wholly empty column has no type of its own
    if series.dtype not in (nw.Object, nw.Unknown):
        return None
    # pandas keeps [True, None] and sparse columns under types narwhals has no name for: look at the values.
    raw = series.to_numpy()
    if raw.dtype.kind in NUMBERS:
        return raw.astype(np.float64)
    if raw.dtype.kind != "O":
        return None
    missing = series.is_null().to_numpy()
    if not all(isinstance(v, (bool, int, float, Decimal, np.number, np.bool_)) for v in raw[~missing]):
        return None
    return np.array([np.nan if gone else float(v) for v, gone in zip(raw, missing, strict=True)])


def numeric(frame: Any) -> np.ndarray:
    """Return a frame as numbers: booleans as 0 and 1, missing cells as NaN.

    Parameters
    ----------
    frame : pandas, polars or Arrow table

    Returns
    -------
    numpy.ndarray
        float64, shape (rows, columns).

    Raises
    ------
    DataError
        If a column does not hold numbers, two columns have the same name, or there are no columns.

    Examples
    --------
    >>> import pyarrow as pa
    >>> numeric(pa.table({"a": [1, None], "b": [True, False]}))
    array([[ 1.,  1.],
           [nan,  0.]])
    """
    names, table = columns(frame), _wrapped(frame)
    if not names:
        raise DataError("The table has no columns", expected="at least one column of numbers", received="none")
    values = np.empty((len(table), len(names)), dtype=np.float64)
    refused = []
    for index, name in enumerate(names):
        series = table.get_column(table.columns[index])
        numbers = _numbers(series)
        if numbers is None:
            refused.append(f"{name!r} ({series.dtype})")
        else:
            values[:, index] = numbers
    if refused:
        these = "This column holds" if len(refused) == 1 else "These columns hold"
        listed = ", ".join(refused[:8]) + (f" and {len(refused) - 8} more" if len(refused) > 8 else "")
        raise DataError(
            f"{these} something other than numbers: {listed}",
            expected="numbers or true/false in every column",
            received=", ".join(sorted({text.rsplit(" (", 1)[1].rstrip(")") for text in refused})),
            do="drop it, encode it as numbers, or name it as the label with label=",
        )
    return values


def take_column(frame: Any, name: str) -> tuple[Any, np.ndarray]:
    """Take one column out of a frame, as labels.

    Parameters
    ----------
    frame : pandas, polars or Arrow table
    name : str
        The column's name.

    Returns
    -------
    rest : same kind of frame
        The frame without that column.
    values : numpy.ndarray
        One value per row: numbers as they are (float64 with NaN where one is missing), dates as dates, everything
        else as text, where a missing label is the empty text.

    Raises
    ------
    ParameterError
        If there is no such column.
    DataError
        If the column holds lists or other nested values, or two columns have the same name.

    Examples
    --------
    >>> import pyarrow as pa
    >>> rest, y = take_column(pa.table({"a": [1, 2], "kind": ["x", None]}), "kind")
    >>> rest.column_names, y.tolist()
    (['a'], ['x', ''])
    """
    names, table = columns(frame), _wrapped(frame)
    if str(name) not in names:
        raise unknown_name("column", name, names)
    chosen = table.columns[names.index(str(name))]
    rest = table.drop([chosen])
    # A frame that came wrapped goes back wrapped; every other one as the library the user knows.
    return (rest if isinstance(frame, narwhals.DataFrame) else rest.to_native()), _labels(table.get_column(chosen))


def _labels(series: nw.Series[Any]) -> np.ndarray:
    raw = series.to_numpy()
    if (series.null_count() == 0 and raw.dtype.kind in NUMBERS) or raw.dtype.kind in "mM":
        return np.array(raw)  # a copy, here and below: Arrow and pandas hand out read-only views
    numbers = _numbers(series)
    if numbers is not None:
        return np.array(numbers)
    missing = series.is_null().to_numpy()
    if any(isinstance(value, (bytes, list, dict, tuple, np.ndarray)) for value in raw[~missing]):
        raise DataError(
            f"The column {series.name!r} cannot serve as labels",
            expected="one number, date or piece of text per row",
            received=str(series.dtype),
            do="name another column with label=",
        )
    return np.array(["" if gone else str(value) for value, gone in zip(raw, missing, strict=True)], dtype=str)


# ---------------------------------------------------------------- reading


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever a library says about a file it cannot read into one clear error.

    Keep only library calls under it: everything they raise counts as the file's fault.

    Parameters
    ----------
    path : Path
        The file or folder that is being read, to name it.

    Raises
    ------
    DataError
        Instead of any error that is not hyotan's own.

    Examples
    --------
    >>> with reading(Path("gone.txt")):  # doctest: +ELLIPSIS
    ...     text = Path("gone.txt").read_text()
    Traceback (most recent call last):
    ...
    hyotan._errors.DataError: gone.txt cannot be read · received: FileNotFoundError: No such file or directory · ...
    """
    try:
        yield
    except HyotanError:
        raise
    except Exception as err:  # numpy, zipfile, zlib, gzip and Arrow share no base class narrower than this
        told = err.strerror if isinstance(err, OSError) and err.strerror else str(err)
        told = f"{type(err).__name__}: {' '.join(told.split())}".removesuffix(": ")
        if isinstance(err, PermissionError):
            raise DataError(f"{path} may not be read", received=told, do="check its permissions") from err
        if isinstance(err, MemoryError):
            raise DataError(f"{path} does not fit in memory", received=told, do="load a part of it") from err
        if isinstance(err, UnicodeError):
            raise _not_utf8(path, told) from err
        if isinstance(err, ValueError) and "allow_pickle" in told:  # numpy's words for "this is a pickle"
            raise DataError(
                f"{path} holds Python objects, which are not loaded because that could run code",
                expected="arrays of numbers",
                received="an array of objects (a pickle)",
                do="convert them to numbers, such as array.astype(float), and save them again",
            ) from err
        raise DataError(
            f"{path} cannot be read",
            received=told if len(told) < 300 else told[:299] + "…",
            do="check that the file is complete and really of the kind its name says",
        ) from err


def _not_utf8(path: Path, received: str) -> DataError:
    return DataError(f"{path} is not UTF-8 text", expected="UTF-8", received=received, do="save it again as UTF-8")


def read_table(path: Path) -> tuple[pa.Table, str]:
    r"""Read a .csv, .tsv or .parquet file.

    In text files, blanks around cells and names are dropped; an empty cell, ``?``, ``NA``, ``NaN``, ``null`` and the
    like are missing; ``;`` and tabs are recognised as separators. A first row of nothing but numbers (neither
    0, 1, 2, ... nor otherwise increasing, as years or wavelengths are) is data, and the columns are then called f0,
    f1, ... Row numbers that pandas or R wrote as a column without a name are left out.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    table : pyarrow.Table
    remark : str
        What was done that the reader of a report should know; often empty.

    Raises
    ------
    DataError
        If the file cannot be read, has no rows, is not UTF-8, or repeats a column name.

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
    columns(table)  # refuses repeated names
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
        table = csv.read_csv(
            path,
            read_options=csv.ReadOptions(autogenerate_column_names=headless),
            parse_options=csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=convert,
        )
    if any(pa.types.is_binary(kind) for kind in table.schema.types):  # Arrow's answer to text it cannot decode
        raise _not_utf8(path, "other bytes")
    table = table.rename_columns([name.strip() for name in table.column_names])
    trimmed = {
        index: pc.utf8_trim_whitespace(column)
        for index, column in enumerate(table.columns)
        if pa.types.is_string(column.type)
    }
    padded = {index: column for index, column in trimmed.items() if not column.equals(table.column(index))}
    if padded:
        # Blanks hid missing cells and numbers (" ?", " 5") from Arrow: show it the bare text, let it decide again.
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


def _is_data(cells: Sequence[str]) -> bool:
    """Say whether a file's first row is numbers measured rather than the names of columns."""
    try:
        numbers = [float(cell) for cell in cells]
    except ValueError:
        return False
    if not numbers or cells == [str(index) for index in range(len(cells))]:
        return False
    return len(cells) == 1 or any(a >= b for a, b in pairwise(numbers))


# ---------------------------------------------------------------- writing


def to_table(array: Any, names: Sequence[str] | None = None) -> pa.Table:
    """Return an array as an Arrow table, one column per value of a row.

    Parameters
    ----------
    array : array of shape (rows, ...)
        With more than two dimensions, each row is flattened.
    names : sequence of str, optional
        One name per column; ``value_0``, ``value_1``, ... by default.

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    ParameterError
        If the names are not one per column, or repeat.
    DataError
        If the array has no rows' axis, or holds what a table cannot.

    Examples
    --------
    >>> to_table(np.arange(8).reshape(2, 2, 2)).to_pydict()
    {'value_0': [0, 4], 'value_1': [1, 5], 'value_2': [2, 6], 'value_3': [3, 7]}
    """
    import pyarrow as pa

    array = np.asarray(array)
    if array.ndim == 0:
        raise DataError("A single value makes no table", expected="an array of rows", received=shown(array))
    flat = array.reshape(len(array), int(np.prod(array.shape[1:])))
    names = [f"value_{index}" for index in range(flat.shape[1])] if names is None else [str(name) for name in names]
    if len(names) != flat.shape[1] or len(set(names)) < len(names):
        raise ParameterError(
            "The names do not fit the columns",
            expected=f"{flat.shape[1]} different names, one per column",
            received=f"{len(names)}, {len(set(names))} of them different",
        )
    try:
        return pa.table([pa.array(np.ascontiguousarray(flat[:, index])) for index in range(flat.shape[1])], names=names)
    except pa.ArrowException as err:
        raise DataError("These values cannot be put in a table", received=str(array.dtype)) from err


def _write_npy(file: Any, array: np.ndarray, names: Sequence[str] | None) -> None:
    np.save(file, array, allow_pickle=False)


def _write_npz(file: Any, array: np.ndarray, names: Sequence[str] | None) -> None:
    if array.dtype.kind == "O":  # older numpy would pickle them, and no one could load the file
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
    """Write an array of rows to a file of the kind its name ends in: .npy, .npz, .csv, .tsv or .parquet.

    The file appears whole or not at all: it is written beside its place under another name, then moved there.

    Parameters
    ----------
    path : str or Path
        Where to. A file already there is replaced.
    array : array of shape (rows, ...)
        The rows. Text and Parquet files hold flat rows; .npy and .npz (under the name ``X``) keep the shape.
    names : sequence of str, optional
        One name per column of a flat row; .npz keeps them as ``columns``, .npy cannot.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    ParameterError
        If the ending is not one of these, or the names do not fit.
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
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise ParameterError(
            f"Rows cannot be written to {path.name!r}",
            expected=f"a name ending in {', '.join(WRITERS)}",
            received=repr(path.suffix) if path.suffix else "no ending",
        )
    array = np.asarray(array)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            write(file, array, names)
        os.replace(unfinished, path)
    except HyotanError:
        raise
    except Exception as err:  # the disk, numpy and Arrow share no base class narrower than this
        told = err.strerror if isinstance(err, OSError) and err.strerror else str(err)
        raise DataError(
            f"{path} cannot be written",
            received=f"{type(err).__name__}: {' '.join(told.split())}",
            do="check that the folder exists, may be written to and has room" if isinstance(err, OSError) else "",
        ) from err
    finally:
        unfinished.unlink(missing_ok=True)  # there only if something went wrong
    return path
