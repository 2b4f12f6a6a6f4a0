"""Frames of three libraries as numbers, columns taken out, and rows written to files and read by other means."""

from __future__ import annotations

import csv
import os
from decimal import Decimal
from pathlib import Path

import narwhals
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from hyotan.core.errors import DataError, ParameterError
from hyotan.data import windows
from hyotan.data.io import table_files
from hyotan.data.tables import frames, selection

LIBRARIES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "arrow": pa.table}
CELLS = {
    "whole": [1, 2, 3],
    "real": [0.5, None, -1.5],
    "flag": [True, False, True],
    "maybe": [True, None, False],
    "price": [Decimal("1.25"), None, Decimal("2.50")],
    "nothing": [None, None, None],
}
EXPECTED = np.array(
    [[1, 0.5, 1, 1, 1.25, np.nan], [2, np.nan, 0, np.nan, np.nan, np.nan], [3, -1.5, 1, 0, 2.5, np.nan]]
)


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_library_gives_the_same_numbers(library: str) -> None:
    values = frames.numeric(LIBRARIES[library](CELLS))
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, EXPECTED)


def test_unusual_pandas_columns_are_numbers_too() -> None:
    table = pd.DataFrame(
        {
            "nullable": pd.array([1, None], dtype="Int64"),
            "arrow": pd.array([True, None], dtype="bool[pyarrow]"),
            "sparse": pd.arrays.SparseArray([0, 1.5]),
            "half": np.array([1, 2], dtype="float16"),
        }
    )
    np.testing.assert_array_equal(frames.numeric(table), [[1, 1, 0, 1], [np.nan, np.nan, 1.5, 2]])


@pytest.mark.parametrize("library", LIBRARIES)
def test_columns_and_rows_are_counted(library: str) -> None:
    table = LIBRARIES[library](CELLS)
    assert frames.is_frame(table)
    assert frames.columns(table) == list(CELLS)
    assert frames.row_count(table) == 3


@pytest.mark.parametrize("thing", [np.zeros((2, 2)), [[1, 2]], None, "digits", pd.Series([1]), pl.Series([1])])
def test_other_things_are_no_frames(thing: object) -> None:
    assert not frames.is_frame(thing)


def test_frames_wrapped_by_narwhals_count_and_stay_wrapped() -> None:
    wrapped = narwhals.from_native(pl.DataFrame({"a": [1], "b": ["x"]}))
    assert frames.is_frame(wrapped)
    rest, values = frames.take_column(wrapped, "b")
    assert isinstance(rest, narwhals.DataFrame)
    assert values.tolist() == ["x"]


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([3, 1, 2], np.array([3, 1, 2])),
        ([3, None, 2], np.array([3, np.nan, 2])),
        ([True, False, True], np.array([True, False, True])),
        (["a", None, "c"], np.array(["a", "", "c"])),
    ],
)
def test_labels_keep_their_kind(library: str, cells: list[object], expected: np.ndarray) -> None:
    table = LIBRARIES[library]({"a": [1, 2, 3], "label": cells})
    rest, values = frames.take_column(table, "label")
    assert type(rest) is type(table)
    assert frames.columns(rest) == ["a"]
    assert values.dtype.kind == expected.dtype.kind
    np.testing.assert_array_equal(values, expected)
    values[0] = values[1]  # labels are the user's own copy


def test_categories_are_text_and_dates_are_dates() -> None:
    table = pd.DataFrame({"kind": pd.Categorical(["a", "b"]), "day": pd.to_datetime(["2020-01-01", "2020-01-02"])})
    assert frames.take_column(table, "kind")[1].tolist() == ["a", "b"]
    assert frames.take_column(table, "day")[1].dtype.kind == "M"


def test_columns_named_by_numbers_are_found_by_text() -> None:
    rest, values = frames.take_column(pd.DataFrame([[1, 2, 3]]), "1")
    assert values.tolist() == [2]
    assert list(rest.columns) == [0, 2]


@pytest.mark.parametrize("library", LIBRARIES)
def test_text_columns_are_refused_by_name(library: str) -> None:
    table = LIBRARIES[library]({"size": [1, 2], "colour": ["red", None], "shape": ["round", "flat"]})
    with pytest.raises(DataError, match=r"'colour' \(String\), 'shape' \(String\).*drop it, encode it.*label="):
        frames.numeric(table)


@pytest.mark.parametrize(
    "column",
    [
        pd.Categorical(["1", "2"]),
        pd.to_datetime(["2020", "2021"]),
        pd.Series(["1", "2"], dtype=object),
        np.array([1j, 2]),
        pd.Series([[1], [2]]),
    ],
)
def test_columns_that_only_look_like_numbers_are_refused(column: object) -> None:
    with pytest.raises(DataError, match=r"This column holds something other than numbers: 'odd'"):
        frames.numeric(pd.DataFrame({"fine": [1, 2], "odd": column}))


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame([[1, 2]], columns=[1, "1"]),
        pa.table([pa.array([1]), pa.array([2])], names=["a", "a"]),
    ],
)
def test_repeated_names_are_refused(table: object) -> None:
    assert frames.is_frame(table)
    for ask in (frames.columns, frames.numeric, lambda frame: frames.take_column(frame, "a")):
        with pytest.raises(DataError, match=r"same name.*received: \['(a|1)'\].*rename or drop"):
            ask(table)


def test_names_of_series_are_those_of_their_channels() -> None:
    frame = pd.DataFrame({"b": [1.0, 2.0], "a": [3.0, 4.0]})
    assert frames.names([frame, frame.iloc[:1]]) == frames.names((frame,)) == ("b", "a")
    assert frames.names(windows(frame, 1)) == frames.names(windows(frame, 1)[[1]]) == ("b", "a")
    for nameless in (windows(np.ones(3), 2), [np.ones((3, 2))], [], (), [pd.DataFrame([[1]])], "ab", np.ones(3), None):
        assert frames.names(nameless) is None


def test_lazy_frames_are_refused() -> None:
    lazy = pl.LazyFrame({"a": [1]})
    assert frames.is_frame(lazy)
    for frame in (lazy, narwhals.from_native(lazy)):
        with pytest.raises(DataError, match=r"lazy.*\.collect\(\)"):
            frames.numeric(frame)


def test_an_array_is_not_a_table() -> None:
    with pytest.raises(DataError, match="not a table.*ndarray"):
        frames.columns(np.zeros((2, 2)))


def test_a_table_without_columns_is_refused() -> None:
    with pytest.raises(DataError, match="no columns"):
        frames.numeric(pd.DataFrame(index=[0, 1]))


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(ParameterError, match="no column named 'incom'.*did you mean 'income'"):
        frames.take_column(pa.table({"income": [1], "age": [2]}), "incom")


def test_nested_labels_are_refused() -> None:
    with pytest.raises(DataError, match="'tags' cannot serve as labels"):
        frames.take_column(pa.table({"a": [1], "tags": [["x", "y"]]}), "tags")


# ---------------------------------------------------------------- writing


def read_by_other_means(path: Path) -> np.ndarray:
    if path.suffix == ".npy":
        return np.load(path)
    if path.suffix == ".npz":
        return np.load(path)["X"]
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_numpy()
    with path.open(newline="") as file:
        return np.array([*csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ",")][1:], dtype=float)


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv", ".tsv", ".parquet", ".CSV"])
def test_rows_written_are_read_back(tmp_path: Path, suffix: str) -> None:
    array = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    array[0, 1] = np.nan
    path = table_files.write_rows(tmp_path / f"rows{suffix}", array, ["a", "b", "c"])
    np.testing.assert_array_equal(read_by_other_means(path).astype(np.float32), array)
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_array_files_keep_the_shape(tmp_path: Path, suffix: str) -> None:
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    np.testing.assert_array_equal(read_by_other_means(table_files.write_rows(tmp_path / f"a{suffix}", array)), array)


def test_npz_keeps_the_names(tmp_path: Path) -> None:
    path = table_files.write_rows(tmp_path / "a.npz", np.zeros((2, 2)), ["x", "y"])
    assert np.load(path, allow_pickle=False)["columns"].tolist() == ["x", "y"]


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_tables_flatten_more_dimensions(tmp_path: Path, suffix: str) -> None:
    array = np.arange(24).reshape(2, 3, 4)
    path = table_files.write_rows(tmp_path / f"a{suffix}", array)
    read = pd.read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
    assert list(read.columns) == [f"value_{i}" for i in range(12)]
    np.testing.assert_array_equal(read.to_numpy(), array.reshape(2, 12))


def test_one_dimension_and_text_make_one_column() -> None:
    assert selection.to_table(["a", "b"], ["kind"]).to_pydict() == {"kind": ["a", "b"]}
    assert selection.to_table(np.array([1, 2])).to_pydict() == {"value_0": [1, 2]}
    assert selection.to_table(np.zeros((0, 2))).shape == (0, 2)


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"'a\.xlsx'.*\.csv, \.npy, \.npz, \.parquet, \.tsv"):
        table_files.write_rows(tmp_path / "a.xlsx", np.zeros((2, 2)))
    with pytest.raises(ParameterError, match="no ending"):
        table_files.write_rows(tmp_path / "a", np.zeros((2, 2)))


@pytest.mark.parametrize("names", [["a"], ["a", "a"]])
def test_names_that_do_not_fit_are_refused(tmp_path: Path, names: list[str]) -> None:
    with pytest.raises(ParameterError, match="names do not fit.*2 different names"):
        table_files.write_rows(tmp_path / "a.csv", np.zeros((2, 2)), names)
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be written.*No such file.*folder exists"):
        table_files.write_rows(tmp_path / "no" / "a.csv", np.zeros((2, 2)))


@pytest.mark.parametrize("suffix", [".npy", ".npz", ".csv", ".parquet"])
def test_a_failed_write_leaves_the_old_file(tmp_path: Path, suffix: str) -> None:
    path = table_files.write_rows(tmp_path / f"a{suffix}", np.ones((2, 2)))
    before = path.read_bytes()
    with pytest.raises(DataError, match="cannot be"):
        table_files.write_rows(path, np.array([[object(), 1], [2, 3]], dtype=object))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == [path.name]


def test_a_single_value_makes_no_table() -> None:
    with pytest.raises(DataError, match="single value"):
        selection.to_table(3.0)


# ---------------------------------------------------------------- text and Parquet files


def read(path: Path, text: str | bytes) -> tuple[dict[str, list[object]], str]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    table, remark = table_files.read_table(path)
    return table.to_pydict(), remark


def test_missing_cells_and_blanks(tmp_path: Path) -> None:
    text = 'age, job , pay\n 39, clerk, 1.5\n 50,  ?, NA\n ?, driver,\nNaN,"x, y", 2\n'
    cells, remark = read(tmp_path / "a.csv", text)
    assert cells == {
        "age": [39, 50, None, None],
        "job": ["clerk", None, "driver", "x, y"],
        "pay": [1.5, None, None, 2.0],
    }
    assert remark == ""


def test_a_padded_column_that_is_all_numbers_becomes_numbers(tmp_path: Path) -> None:
    cells, _ = read(tmp_path / "a.csv", 'a,b\n 1,"2 "\n   ?, ?\n   3,true\n   4,   \n')
    assert cells == {"a": [1, None, 3, 4], "b": ["2", None, "true", None]}


def test_one_padded_column_keeps_its_empty_rows(tmp_path: Path) -> None:
    cells, _ = read(tmp_path / "a.csv", "a\n x\n ?\n y\n")
    assert cells == {"a": ["x", None, "y"]}


@pytest.mark.parametrize(("suffix", "mark"), [(".csv", ","), (".csv", ";"), (".csv", "\t"), (".tsv", "\t")])
def test_separators(tmp_path: Path, suffix: str, mark: str) -> None:
    cells, _ = read(tmp_path / f"a{suffix}", f"a{mark}b\n1{mark}2\n")
    assert cells == {"a": [1], "b": [2]}


def test_byte_order_mark_and_windows_lines(tmp_path: Path) -> None:
    assert read(tmp_path / "a.csv", b"\xef\xbb\xbfa,b\r\n1,2\r\n")[0] == {"a": [1], "b": [2]}


def test_a_type_that_shows_late_is_found(tmp_path: Path) -> None:
    cells, _ = read(tmp_path / "a.csv", "a,b\n" + "1,2\n" * 600_000 + "1.5,?\n")  # beyond Arrow's first block of 1 MiB
    assert cells["a"][-1] == 1.5
    assert cells["b"][-1] is None


@pytest.mark.parametrize("text", ["5.1,3.5,0\n4.9,3.0,1\n", "5,0,0,0\n3,0,0,1\n", "1.5\n2.5\n"])
def test_a_file_without_names_loses_no_row(tmp_path: Path, text: str) -> None:
    cells, remark = read(tmp_path / "a.csv", text)
    rows = [[float(cell) for cell in line.split(",")] for line in text.split()]
    assert list(cells) == [f"f{index}" for index in range(len(rows[0]))]
    assert [*zip(*cells.values(), strict=True)] == [tuple(row) for row in rows]
    assert "f0" in remark


@pytest.mark.parametrize("names", ["0,1,2", "2019,2020,2021", "400.5,401.0,401.5", "0", "a,1,2"])
def test_names_that_are_numbers_stay_names(tmp_path: Path, names: str) -> None:
    cells, remark = read(tmp_path / "a.csv", names + "\n" + ",".join("9" * len(names.split(","))) + "\n")
    assert list(cells) == names.split(",")
    assert remark == ""


@pytest.mark.parametrize("start", [0, 1])
def test_row_numbers_are_left_out(tmp_path: Path, start: int) -> None:
    path = tmp_path / "a.csv"
    pd.DataFrame({"a": [5, 6]}, index=[start, start + 1]).to_csv(path)
    table, remark = table_files.read_table(path)
    assert table.to_pydict() == {"a": [5, 6]}
    assert remark == "row numbers left out"


def test_parquet_of_pandas_with_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [5, 7]}, index=[9, 4]).to_parquet(path)  # keeps its index as a column
    assert "__index_level_0__" in parquet.read_schema(path).names
    assert table_files.read_table(path)[0].to_pydict() == {"a": [5, 7]}


def test_parquet_takes_no_columns_from_folder_names(tmp_path: Path) -> None:
    folder = tmp_path / "year=2020"
    folder.mkdir()
    parquet.write_table(pa.table({"a": [1]}), folder / "a.parquet")
    assert table_files.read_table(folder / "a.parquet")[0].to_pydict() == {"a": [1]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n1,2\n3\n", "another number of cells in line 3.*2 cells.*1 cell: 3"),
        ("a,b\n", "has no rows"),
        ("\n\n", "has no rows"),
        ("é,b\n1,2\n".encode() + "é,2\n".encode("latin-1"), "lines in several encodings"),
    ],
)
def test_broken_text_is_refused(tmp_path: Path, text: str | bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        read(tmp_path / "a.csv", text)


def test_broken_parquet_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table({"a": list(range(1000))}), path)
    whole = path.read_bytes()
    for text in (whole[:-20], whole[:40], b"not parquet at all"):
        path.write_bytes(text)
        with pytest.raises(DataError, match="a.parquet cannot be read.*complete"):
            table_files.read_table(path)
