"""Finding: standard input is read by its content, and a name that lies is told."""

from __future__ import annotations

import gzip
import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.io.finding import open_source
from hyotan.data.io.load import load

ROWS = {"a": [1, 2, 3], "b": [0.5, 1.5, 2.5]}
TABLE = pa.table(ROWS)


class Stream(io.TextIOWrapper):
    terminal = False

    def isatty(self) -> bool:
        return self.terminal


def piped(monkeypatch: pytest.MonkeyPatch, raw: bytes, terminal: bool = False) -> None:
    stream = Stream(io.BytesIO(raw))
    stream.terminal = terminal
    monkeypatch.setattr(sys, "stdin", stream)


def written(kind: str, folder: Path) -> bytes:
    path = folder / f"x.{kind}"
    if kind == "parquet":
        parquet.write_table(TABLE, path)
    elif kind == "feather":
        feather.write_feather(TABLE, path)
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        for row in zip(*([name, *cells] for name, cells in ROWS.items()), strict=True):
            book.active.append(row)
        book.save(path)
    elif kind == "csv":
        path.write_text("a,b\n1,0.5\n2,1.5\n3,2.5\n")
    elif kind == "csv.gz":
        path.write_bytes(gzip.compress(written("csv", folder)))
    elif kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("rows.csv", written("csv", folder))
    elif kind == "json":
        path.write_text(json.dumps([dict(zip(ROWS, row, strict=True)) for row in zip(*ROWS.values(), strict=True)]))
    elif kind == "jsonl":
        path.write_text("\n".join(json.dumps({"a": a, "b": b}) for a, b in zip(*ROWS.values(), strict=True)))
    elif kind == "arff":
        path.write_text("@relation x\n@attribute a integer\n@attribute b real\n@data\n1,0.5\n2,1.5\n3,2.5\n")
    return path.read_bytes()


@pytest.mark.parametrize("kind", ["csv", "parquet", "feather", "xlsx", "csv.gz", "zip", "json", "jsonl", "arff"])
def test_a_table_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    piped(monkeypatch, written(kind, tmp_path))
    source = load("-")
    assert source.X.to_pydict() == ROWS
    assert source.name == ("rows" if kind == "zip" else "stdin")
    assert source.note == f"{source.name} from standard input: 3 rows x 2 columns"


@pytest.mark.parametrize("save", [np.save, lambda file, X: np.savez(file, X=X)], ids=["npy", "npz"])
def test_arrays_from_standard_input(monkeypatch: pytest.MonkeyPatch, save: object) -> None:
    file = io.BytesIO()
    save(file, np.eye(3))
    piped(monkeypatch, file.getvalue())
    np.testing.assert_array_equal(load("-").X, np.eye(3))


def test_standard_input_with_nothing_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, b"")
    with pytest.raises(DataError, match="standard input is empty"):
        load("-")
    piped(monkeypatch, b"a,b\n", terminal=True)
    with pytest.raises(DataError, match="nothing to read from standard input.*a terminal.*pipe"):
        load("-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="nothing to read from standard input.*closed"):
        load("-")


def test_it_is_opened_once_for_several_readings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    piped(monkeypatch, written("csv", tmp_path))
    opened = open_source("-")
    assert load(opened).X.to_pydict() == load(opened).X.to_pydict() == ROWS


@pytest.mark.parametrize("kind", ["parquet", "feather", "xlsx", "json", "arff"])
@pytest.mark.parametrize("name", ["lies.csv", "lies.txt", "lies.npy", "lies.csv.gz"])
def test_a_name_that_lies_is_told(tmp_path: Path, kind: str, name: str) -> None:
    raw = written(kind, tmp_path)
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    with pytest.raises(DataError, match=rf"{name} is an? .*, whatever its name says.*rename it to end in .*\.{kind}"):
        load(tmp_path / name)


def test_options_apply_to_formats_that_have_them(tmp_path: Path) -> None:
    written("csv", tmp_path)
    with pytest.raises(ParameterError, match=r"'sheet' parameter has no meaning for a text table.*\.xlsx, \.xls"):
        load(tmp_path / "x.csv", sheet="a")
    with pytest.raises(ParameterError, match=r"'sheet'.*the built-in 'digits'"):
        load("digits", sheet="a")
    written("xlsx", tmp_path)
    with pytest.raises(ParameterError, match=r"'key'.*workbook.*\.npz, \.mat"):
        load(tmp_path / "x.xlsx", key="a")
