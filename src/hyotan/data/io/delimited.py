"""Tables in text files, with separators between the cells."""

from __future__ import annotations

import codecs
import csv as plain_csv
import io
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hyotan.core.files import _not_utf8, reading
from hyotan.data.io.opening import Opened

if TYPE_CHECKING:
    import pyarrow as pa


def _read_text(path: Opened) -> tuple[pa.Table, str]:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import csv

    with reading(path):
        with path.open() as file:
            start = next((line for line in file if line.strip()), b"")
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise _not_utf8(path, "UTF-16")
        first = start.decode("utf-8-sig")
        separator = "\t" if path.ending == ".tsv" else max(",;\t", key=first.count)
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


def _parsed(path: Opened, headless: bool, how: dict[str, Any]) -> pa.Table:
    """Read a text file; a line that is longer than what Arrow reads at once is tried again with all at once."""
    import pyarrow as pa
    from pyarrow import csv

    blocks = sorted({2**20, max(2**20, min(path.size + 1, 2**31 - 1))})
    for size in blocks:
        options = csv.ReadOptions(autogenerate_column_names=headless, block_size=size)
        try:
            return csv.read_csv(path.open(), read_options=options, **how)
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
