"""JSON in the layouts that pandas, databases and loggers write; what is no table is refused with the place."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from hyotan.core.errors import DataError
from hyotan.data.io.load import load

FRAME = pd.DataFrame({"a": [1, 2, 3], "b": [1.5, np.nan, 3], "c": ["01", "x", "z"], "d": [True, False, True]})
CELLS = {"a": [1, 2, 3], "b": [1.5, None, 3.0], "c": ["01", "x", "z"], "d": [True, False, True]}


def write(path: Path, document: object) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


@pytest.mark.parametrize("layout", ["records", "columns", "index", "split"])
def test_what_pandas_writes(tmp_path: Path, layout: str) -> None:
    FRAME.to_json(tmp_path / "a.json", orient=layout)
    source = load(tmp_path / "a.json")
    assert source.X.to_pydict() == CELLS
    assert source.note.endswith(": 3 rows x 4 columns")


def test_what_else_pandas_writes(tmp_path: Path) -> None:
    FRAME.to_json(tmp_path / "a.json", orient="table")
    assert load(tmp_path / "a.json").X.to_pydict() == CELLS
    FRAME.to_json(tmp_path / "a.json", orient="values")
    assert [*load(tmp_path / "a.json").X.to_pydict().values()] == [*CELLS.values()]
    FRAME.set_index(pd.date_range("2024", periods=3)).to_json(tmp_path / "a.json", date_format="iso")
    source = load(tmp_path / "a.json")
    assert source.X.to_pydict() == CELLS
    assert "without the index" in source.note


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.json"])
def test_lines(tmp_path: Path, name: str) -> None:
    pl.from_pandas(FRAME).write_ndjson(tmp_path / name)
    assert load(tmp_path / name).X.to_pydict() == CELLS
    write(tmp_path / name, '\ufeff{"a": 1}\r\n\r\n{"b": "2", "a": null}\r\n')
    assert load(tmp_path / name).X.to_pydict() == {"a": [1, None], "b": [None, "2"]}


@pytest.mark.parametrize(
    ("document", "cells"),
    [
        ({"a": [1, 2], "b": [1, 2.5]}, {"a": [1, 2], "b": [1.0, 2.5]}),
        ({"n": 2, "meta": {"by": "x"}, "rows": [{"a": 1}, {"a": "N/A"}]}, {"a": [1, None]}),
        ({"u1": {"a": 1, "b": 2}, "u2": {"a": 3, "b": 4}}, {"a": [1, 3], "b": [2, 4]}),
        ([{"a": 2**60 + 1}, {"a": 2}], {"a": [2**60 + 1, 2]}),
        ([{"a": 2**63 + 1}, {"a": 2}], {"a": [2**63 + 1, 2]}),
        ([{"a": 10**30}, {"a": -2}], {"a": [1e30, -2.0]}),
        ([{"a": 1.0, "b": True}, {"a": 2.0, "b": 1}], {"a": [1.0, 2.0], "b": [1, 1]}),
        ([{"a": 1, "b": "NA"}, {"a": "x", "b": ""}], {"a": ["1", "x"], "b": ["NA", None]}),
    ],
)
def test_documents(tmp_path: Path, document: object, cells: dict[str, list[object]]) -> None:
    found = load(write(tmp_path / "a.json", document), label=False).X.to_pydict()
    assert found == cells
    assert [[type(cell) for cell in column] for column in found.values()] == [
        [type(cell) for cell in column] for column in cells.values()
    ]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.jsonl", '{"a": 1}\n{"a": 2\n', 'line 2 is not JSON.*{"a": 2'),
        ("a.jsonl", '{"a": 1}\n\n[2]\n', "line 3 is not a record"),
        ("a.json", '[{"a": 1},\n {"a"', "line 2 is not JSON.*complete"),
        ("a.json", '[{"a": 1, "b": {"c": 2}}]', "column 'b' of .* holds objects in its cells.*json_normalize"),
        ("a.json", '[{"a": 1, "b": [2]}]', "column 'b' of .* holds lists in its cells"),
        ("a.json", '{"a": [1, 2], "b": [1]}', "not of one length.*'a': 2, 'b': 1"),
        ("a.json", '{"a": [{"x": 1}], "b": [{"x": 1}]}', "several lists of records.*'a', 'b'"),
        ("a.json", "[]", "holds no table"),
        ("a.json", "3", "holds no table.*received: 3"),
        ("a.json", "hello", "line 1 is not JSON"),
        ("a.jsonl", "\n", "has no rows"),
    ],
)
def test_what_is_no_table(tmp_path: Path, name: str, text: str, words: str) -> None:
    with pytest.raises(DataError, match=rf"{re.escape(name)}.*{words}|{words}"):
        load(write(tmp_path / name, text))
