"""Files of the UEA and UCR archive: what they hold, the test part beside them, and errors with a line."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from hyotan.core.errors import DataError
from hyotan.data.io.ts import load_ts, read_ts

SERIES = Path(os.environ.get("HYOTAN_DATA", "nowhere")) / "series"
needs_series = pytest.mark.skipif(not SERIES.is_dir(), reason="HYOTAN_DATA is not set to a folder with series/")
HEADER = "# made by hand\n@problemName a\n@univariate false\n@dimensions 2\n@classLabel true 1 2\n@data\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def slowly(path: Path) -> list[tuple[list[list[float]], str]]:
    """The same file, read with nothing but splits."""
    rows = [line for line in path.read_text().splitlines() if line and line[0] not in "@#"]
    found = []
    for row in rows:
        *channels, label = row.split(":")
        found.append(([[float(cell) for cell in channel.split(",")] for channel in channels], label))
    return found


# Counts as the archive tells them: cases of both parts, channels, lengths, cases of each class in the training part.
KNOWN = {
    "JapaneseVowels": (270, 370, 12, (7, 29), {30}, 9),
    "BasicMotions": (40, 40, 6, (100, 100), {10}, 4),
    "ItalyPowerDemand": (67, 1029, 1, (24, 24), {33, 34}, 2),
}


@needs_series
@pytest.mark.parametrize("name", KNOWN)
def test_the_archive(name: str) -> None:
    train, test, channels, (shortest, longest), per_class, classes = KNOWN[name]
    X, y, X_test, y_test = load_ts(SERIES / f"{name}_TRAIN.ts")
    assert (len(X), len(y), len(X_test), len(y_test)) == (train, train, test, test)
    lengths = [len(series) for series in [*X, *X_test]]
    assert (min(lengths), max(lengths)) == (shortest, longest)
    assert {series.shape[1] for series in [*X, *X_test]} == {channels}
    assert isinstance(X, list) == isinstance(X_test, list) == (shortest < longest)
    labels, counts = np.unique(y, return_counts=True)
    assert (len(labels), set(counts)) == (classes, per_class)
    assert set(y_test) == set(labels)
    for part, found, found_labels in (("TRAIN", X, y), ("TEST", X_test, y_test)):
        for series, label, (expected, word) in zip(
            found, found_labels, slowly(SERIES / f"{name}_{part}.ts"), strict=True
        ):
            np.testing.assert_array_equal(series.T, expected)
            assert str(label) == word


@needs_series
def test_the_test_part_alone() -> None:
    X, _, X_test, y_test = load_ts(SERIES / "BasicMotions_TEST.ts")
    assert (X.shape, X_test, y_test) == ((40, 100, 6), None, None)


def test_missing_cells_blanks_and_comments(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ts", HEADER + "\n# a remark\n 1.5, ? ,-2E-1 : 0,NaN,3 : 2 \n4,5,6:7,8,9:1\n\n")
    X, y = read_ts(path)
    np.testing.assert_array_equal(X, [[[1.5, 0], [np.nan, np.nan], [-0.2, 3]], [[4, 7], [5, 8], [6, 9]]])
    assert y.tolist() == [2, 1]


def test_a_comment_in_any_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_bytes("# Größe\n@data\n1,2\n".encode("latin-1"))
    assert read_ts(tmp_path / "a.ts")[0][0].tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("header", "rows", "expected"),
    [
        ("@classLabel true 10 2 -1", "1:10\n1:2\n1:-1", [10, 2, -1]),
        ("@classLabel true a 2", "1:a\n1:2", ["a", "2"]),
        ("@CLASSLABEL TRUE a b", "1:a\n1:b", ["a", "b"]),
        ("@targetLabel true", "1:0.5\n1:2", [0.5, 2.0]),
        ("@classLabel true", "1:x\n1:y", ["x", "y"]),  # a header that names none
        ("@classLabel false", "1\n2", None),
        ("", "1\n2", None),
    ],
)
def test_labels(tmp_path: Path, header: str, rows: str, expected: list[object] | None) -> None:
    _, y = read_ts(write(tmp_path / "a.ts", f"{header}\n@data\n{rows}\n"))
    assert (None if y is None else y.tolist()) == expected


@pytest.mark.parametrize(("train", "test"), [("a_TRAIN.ts", "a_TEST.ts"), ("a_train.ts", "a_test.ts")])
@pytest.mark.parametrize(("second", "is_list"), [("1,2,3", False), ("1,2", True)])
def test_the_test_part_comes_along(tmp_path: Path, train: str, test: str, second: str, is_list: bool) -> None:
    write(tmp_path / train, "@data\n1,2,3\n4,5,6\n")
    write(tmp_path / test, f"@data\n{second}\n")
    X, y, X_test, y_test = load_ts(tmp_path / train)
    assert isinstance(X, list) == isinstance(X_test, list) == is_list  # of one kind, although the training part is even
    assert (y, y_test) == (None, None)
    assert X_test[0][:, 0].tolist() == [float(cell) for cell in second.split(",")]


def test_a_test_part_of_another_set_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a_TRAIN.ts", "@data\n1,2\n")
    write(tmp_path / "a_TEST.ts", "@data\n1,2:3,4\n")
    with pytest.raises(DataError, match=r"a_TEST\.ts does not fit a_TRAIN\.ts.*1 channels.*2 channels"):
        load_ts(tmp_path / "a_TRAIN.ts")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            HEADER + "1,2:3,4:1\n1,2:1\n",
            r"a\.ts line 8: not the number of channels.*2 between colons, then.*received: 1",
        ),
        (HEADER + "1,2:3,4:5,6:1\n", "line 7: not the number of channels that the header has.*received: 3"),
        (
            "@data\n1:2\n1:2:3\n",
            "line 3: not the number of channels that the file has.*2 .*received: 3.*@classLabel true",
        ),
        ("@univariate true\n@data\n1,2:1\n", "line 3: not the number of channels.*1 between.*received: 2.*@classLabel"),
        ("@classLabel true 1 2\n@data\n1\n", "line 3: not the number of channels|line 3: the label"),
        (HEADER + "1,2:3,4,5:1\n", "line 7: the channels .* not of one length.*2 steps.*3 steps in channel 1.*write ?"),
        (HEADER + "1,2:3,4:3\n", r"line 7: the label is not one that the header names.*\['1', '2'\].*'3'"),
        (HEADER + "1,2:3,x:1\n", "line 7, channel 1, step 1 is not a number.*'x'"),
        (HEADER + "1,,2:3,4,5:1\n", "line 7, channel 0, step 1 is not a number.*''"),
        (HEADER + "(0,1),(1,2):(0,3),(1,4):1\n", "line 7: time stamps are not read.*id= and time="),
        ("@timeStamps true\n@data\n1,2\n", "line 1: time stamps are not read"),
        ("hello\n@data\n1,2\n", "line 1 is not a .ts file's header.*'hello'"),
        ("export const a = 1;\n", "line 1 is not a .ts file's header"),  # TypeScript has the same ending
        (HEADER, "holds no series.*nothing under @data"),
        ("@problemName a\n", "holds no series.*1 lines without @data"),
    ],
)
def test_refusals_name_the_line(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words) as caught:
        read_ts(write(tmp_path / "a.ts", text))
    assert caught.value.expected
    assert caught.value.received


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.ts cannot be read"):
        read_ts(tmp_path / "a.ts")


def test_stated_sizes_are_not_believed(tmp_path: Path) -> None:
    """Files of the archive are not always what their header says."""
    text = "@equalLength true\n@seriesLength 9\n@missing false\n@data\n1,2\n3,?,4\n"
    X, _, _, _ = load_ts(write(tmp_path / "a.ts", text))
    assert [len(series) for series in X] == [2, 3]


def test_dialects_of_the_header(tmp_path: Path) -> None:
    text = (
        "\ufeff% made by hand\n@problemName\ta b\n@Univariate\tTRUE\n@unknownThing yes\n@classLabel\ttrue\tUp  down\n"
        "# more\n@DATA\n1,2,3:up\n% between\n4,5,NaN:DOWN\n\n"
    )
    (tmp_path / "a.ts").write_text(text, encoding="utf-8")
    series, labels = read_ts(tmp_path / "a.ts")
    assert series[0][:, 0].tolist() == [1, 2, 3] and np.isnan(series[1][2, 0])
    assert labels is not None and labels.tolist() == ["Up", "down"]
