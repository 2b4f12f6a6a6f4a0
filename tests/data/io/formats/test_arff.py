"""ARFF: each kind of column, quoting, sparse rows, and errors with the line; compared with SciPy where it can read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy.io import arff

from hyotan.core.errors import DataError
from hyotan.data.io.load import load

HEAD = "% by hand\n@RELATION 'two words'\n\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_every_kind_of_column(tmp_path: Path) -> None:
    text = (
        HEAD + "@ATTRIBUTE petal REAL\n@attribute 'two words' {'b, c', a,\"it's\"}\n@attribute \"it's\" string\n"
        "@attribute at date 'yyyy-MM-dd HH:mm'\n@attribute then date\n@attribute n integer [0,9]\n@attribute m{x , y}\n"
        "@DATA\n% a comment\n1,'b, c','so, it\\'s',\"2024-01-02 03:04\",2024-01-02T03:04:05,3,x\n"
        "?, a ,?,?,?,?,?\n-2.5e3,'it\\'s',plain,\"2024-01-02 03:05\",2024-01-02T03:04:06,4,y,{2.5}\n"
    )
    source = load(write(tmp_path / "a.arff", text), label=False)
    assert source.X.to_pydict() == {
        "petal": [1.0, None, -2500.0],
        "two words": ["b, c", "a", "it's"],
        "it's": ["so, it's", None, "plain"],
        "at": [dt.datetime(2024, 1, 2, 3, 4), None, dt.datetime(2024, 1, 2, 3, 5)],
        "then": [dt.datetime(2024, 1, 2, 3, 4, 5), None, dt.datetime(2024, 1, 2, 3, 4, 6)],
        "n": [3, None, 4],
        "m": ["x", None, "y"],
    }
    category = source.X.column("two words").chunk(0)
    assert isinstance(category, pa.DictionaryArray)
    assert category.dictionary.to_pylist() == ["b, c", "a", "it's"]  # as declared
    assert source.X.schema.field("n").type == pa.int64()


def test_sparse_rows(tmp_path: Path) -> None:
    text = HEAD + "@attribute a numeric\n@attribute b {x,'y z'}\n@attribute c numeric\n@data\n"
    source = load(write(tmp_path / "a.arff", text + "{0 1.5, 1 'y z'}\n{2 3}\n{ }\n{0 ?, 2 1}\n"))
    assert source.X.to_pydict() == {"a": [1.5, 0, 0, None], "b": ["y z", "x", "x", "x"], "c": [0, 3, 0, 1]}


def test_blanks_between_cells(tmp_path: Path) -> None:
    text = HEAD + "@attribute a numeric\n@attribute b {x,'y z'}\n@data\n1 x\n2\t'y z'\n"
    assert load(write(tmp_path / "a.arff", text)).X.to_pydict() == {"a": [1, 2], "b": ["x", "y z"]}


def test_a_label_in_it(tmp_path: Path) -> None:
    text = HEAD + "@attribute a numeric\n@attribute b numeric\n@attribute outlier {'no','yes'}\n@data\n"
    source = load(write(tmp_path / "a.arff", text + "1,2.5,'no'\n2,3.5,'yes'\n3,1.5,'no'\n"))
    assert source.y.tolist() == ["no", "yes", "no"]
    assert source.X.column_names == ["a", "b"]


def test_it_is_what_scipy_reads(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    rows = [f"{a},{b},{random.choice([*'xyz'])}" for a, b in random.normal(size=(500, 2)).tolist()]
    text = "@relation r\n@attribute a real\n@attribute b real\n@attribute c {x,y,z}\n@data\n"
    path = write(tmp_path / "a.arff", text + "\n".join(rows))
    theirs, _ = arff.loadarff(path)
    ours = load(path, label=False).X
    np.testing.assert_array_equal(ours.column("a").to_numpy(), theirs["a"])
    np.testing.assert_array_equal(ours.column("b").to_numpy(), theirs["b"])
    assert ours.column("c").to_pylist() == [value.decode() for value in theirs["c"]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@attribute a numeric\n@attribute b {x,y}\n@data\n1,z\n", r"line 7: the cell of 'b' .*\['x', 'y'\].*'z'"),
        ("@attribute a numeric\n@data\n1\nhello\n", "line 7: the cell of 'a' .*a number.*'hello'"),
        ("@attribute a date\n@data\nhello\n", "line 6: the cell of 'a' .*a date"),
        ("@attribute a numeric\n@attribute b numeric\n@data\n1,2,3\n", "line 7 has another number of cells.*2.*3"),
        ("@attribute a numeric\n@data\n{0 1\n", "line 6 cannot be read"),
        ("@attribute a numeric\n@data\n{7 1}\n", "line 6 cannot be read"),
        ("@attribute a relational\n@data\n1\n", "line 4: columns of this type are not read.*relational"),
        ("@attribute a numeric\n", "holds no rows"),
        ("@attribute a numeric\n@data\n", "has no rows"),
        ("@data\n1\n", "declares no columns"),
        ("hello\n@data\n1\n", "line 4 is not an ARFF file's header"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=rf"a\.arff.*{words}"):
        load(write(tmp_path / "a.arff", HEAD + text))
