"""Parquet files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hyotan.core.files import reading
from hyotan.data.io.formats._format import TableFormat
from hyotan.data.io.opening import Opened

if TYPE_CHECKING:
    import pyarrow as pa


class Parquet(TableFormat):
    """Parquet, read and written by Arrow.

    Examples
    --------
    >>> Parquet().named("a.parquet")
    True
    """

    name = "a Parquet file"
    endings = (".parquet", ".pq")
    rank = 4
    writes = (".parquet",)

    def recognises(self, opened: Opened) -> bool:
        return opened.head.startswith(b"PAR1")

    def read(self, opened: Opened, **options: Any) -> tuple[pa.Table, str]:
        with reading(opened), opened.open() as raw:
            from pyarrow import parquet

            # ParquetFile, because read_table() would make columns out of folder names such as year=2020.
            with parquet.ParquetFile(raw) as file:
                return file.read(), ""

    def write_table(self, file: Any, table: pa.Table, ending: str) -> None:
        from pyarrow import parquet

        parquet.write_table(table, file)
