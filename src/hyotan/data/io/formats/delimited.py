"""Text tables: cells with separators between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hyotan.data.io.delimited import read_delimited
from hyotan.data.io.formats._format import TableFormat
from hyotan.data.io.opening import Opened

if TYPE_CHECKING:
    import pyarrow as pa


class Delimited(TableFormat):
    """Text with a row a line; written with commas or, as .tsv, with tabs.

    Examples
    --------
    >>> Delimited().named("a.CSV")
    True
    """

    name = "a text table"
    endings = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data")
    rank = 3
    text = True
    options = ("encoding", "skip_bad_lines")
    writes = (".csv", ".tsv")

    def read(self, opened: Opened, **options: Any) -> tuple[pa.Table, str]:
        return read_delimited(opened, **options)

    def write_table(self, file: Any, table: pa.Table, ending: str) -> None:
        from pyarrow import csv

        csv.write_csv(table, file, csv.WriteOptions(delimiter="\t" if ending == ".tsv" else ","))
