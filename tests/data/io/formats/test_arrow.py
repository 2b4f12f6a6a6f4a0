"""Feather and Arrow IPC: files and streams, with every type that Arrow keeps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import feather, ipc

from hyotan.core.errors import DataError
from hyotan.data.io.load import load

TABLE = pa.table(
    {
        "a": [1, None, 3],
        "b": pa.array(["x", "y", "x"]).dictionary_encode(),
        "c": [True, None, False],
        "d": [dt.datetime(2024, 1, 1), None, dt.datetime(2024, 1, 3)],
    }
)


def stream(table: pa.Table, path: Path) -> None:
    with ipc.new_stream(path, table.schema) as sink:
        sink.write_table(table)


@pytest.mark.parametrize(
    ("write", "name"),
    [
        (feather.write_feather, "a.feather"),
        (lambda table, path: feather.write_feather(table, path, compression="zstd"), "a.arrow"),
        (stream, "a.arrow"),
        (stream, "a.arrows"),
        (lambda table, path: table.to_pandas().to_feather(path), "a.feather"),
        (lambda table, path: pl.from_arrow(table).write_ipc(path), "a.ipc"),
    ],
    ids=["feather", "zstd", "stream", "arrows", "pandas", "polars"],
)
def test_it_is_the_table_that_was_written(tmp_path: Path, write: object, name: str) -> None:
    write(TABLE, tmp_path / name)
    found = load(tmp_path / name).X
    assert {n: ["" if pd.isna(v) else v for v in c] for n, c in found.to_pydict().items()} == {
        n: ["" if v is None else v for v in c] for n, c in TABLE.to_pydict().items()
    }
    assert pa.types.is_dictionary(found.schema.field("b").type)


@pytest.mark.parametrize("write", [feather.write_feather, stream])
def test_cut_off(tmp_path: Path, write: object) -> None:
    path = tmp_path / "a.feather"
    write(TABLE, path)
    for size in (50, path.stat().st_size // 2):
        write(TABLE, path)
        path.write_bytes(path.read_bytes()[:size])
        with pytest.raises(DataError, match=r"a\.feather cannot be read.*complete"):
            load(path)
