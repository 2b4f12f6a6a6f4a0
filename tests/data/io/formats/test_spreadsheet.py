"""Workbooks, written by openpyxl, pandas, xlwt and by hand: what a person sees in the sheet is what is read."""

from __future__ import annotations

import base64
import datetime as dt
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.io.load import load

# Written by xlwt: names in B3:D3, then 1, 2.5, 2024-01-01 12:00 and 2, 3.5, 2024-01-02 13:00.
XLS = (
    b"c-"
    b"rk)O=uHA6#izjX?{r4BqnMrmQb*2Z4cr_gm$Z_Jz1(CiU^vRK%^$sP>|}uYRyRm!IR>pP!C?Jz4(I)dh;Mu^dJaAqTr<`LBT_t^}"
    b"UykrYS-LTByty=FOY;GjB3KZ+GX-"
    b"Y`8c%(^f(q`rty@_Mxdprl|O;jSxt0+ssyLFBMy3Rl(<_g=});Y4d9juOY8@2?idRFNp%5s2s;x436Z|@fE}#8AC$x7<!2++#yL2"
    b"tum^J&{IO!2)!?s&xH1i<hsyavMs7(n6(DGb~?NGsL>(1Ah_R0;`2cy+Y!Sn-o=-0sEVx{yYr_LXI7b_-"
    b"3(v~w4ej&TsqI~81C|s9V7H)vpuO)Jd@d#%@z@*C7;4~I}UuSp6wTLEniu=0?B_YmV5pn_tH|<%WoPcFb?~q9F+nBFiqB&*qazl%"
    b"wrv;b4a0$lAw|#_4!OX=jWU*IUuws2Q<ss2oO!7Mfk9skPwBRzxVa+f#i^NLL}po_bX3_O*{<PxXd2p925(;Xj#)G?QKG@NUs}&Z"
    b"xb3NOR77EVh*!^LTs*zwv*!Q5WKTC*YI12FU%c$++O%>Z6$tspmZTR{oa~H2R*G)<j=nebgOQ4`xfJgRjrkiNj?f~U6NJ2Mo4NCw"
    b"(|&V!2<lwd@w34gIelW%jL`!d%NnqpJP4A*qdiLj5!x)vuo#~$|d&Z68i|X+1@Yq7ilsn0?n*R{X}q>FthPXf1eS-Lk>#W?>GF=("
    b"9qD((9qD(&_Latj^TV7n9jR8znOZRdz}R;WqnQZ-{KHP=r>BAllzdPI*+l2_Rm_lRkbg*OrPp~A>#-"
    b"|&tn)#8OLzL`<K4oRPFy+wqxk;9ic|!mm3-9KaT$sreV~&"
)
ODS = """<?xml version="1.0"?><office:document-content office:version="1.2"
 xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
 <table:table table:name="Data">ROWS</table:table></office:spreadsheet></office:body></office:document-content>"""
MANIFEST = """<?xml version="1.0"?><manifest:manifest
 xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2"/>"""
DAYS = [dt.datetime(2024, 1, day, 6) for day in (1, 2, 3)]
ROWS = [["a", "b", "when"], [1, 2.5, DAYS[0]], [2, 3.5, DAYS[1]], [3, None, DAYS[2]]]
CELLS = {"a": [1, 2, 3], "b": [2.5, 3.5, None], "when": DAYS}


def book(path: Path, rows: list[list[Any]], merged: tuple[str, ...] = (), **more: list[list[Any]]) -> Path:
    made = openpyxl.Workbook()
    made.active.title = "Data"
    for row in rows:
        made.active.append(row)
    for cells in merged:
        made.active.merge_cells(cells)
    for name, others in more.items():
        sheet = made.create_sheet(name)
        for row in others:
            sheet.append(row)
    made.save(path)
    return path


@pytest.mark.parametrize(
    ("rows", "merged", "remark"),
    [
        (ROWS, (), ""),
        ([[], [], *([None, None, *row] for row in ROWS), [None, None, None, "  "]], (), ""),
        ([["Report"], [], *ROWS], (), ", 1 row above the names left out"),
        ([["Report"], ["of 2024"], *ROWS], ("A1:C1",), ", 2 rows above the names left out"),
        ([*ROWS, [], ["Source: a friend"], ["Measured by hand"]], (), ", 2 rows below the table left out"),
        ([[row[0], None, *row[1:]] for row in ROWS], (), ""),
        ([["a ", " b", "when"], *ROWS[1:]], (), ""),
        ([*ROWS[:3], [3, "#N/A", DAYS[2]]], (), ""),
    ],
    ids=["plain", "moved", "title", "titles", "notes", "gap", "blanks", "error"],
)
def test_a_table_in_a_sheet(tmp_path: Path, rows: list[list[Any]], merged: tuple[str, ...], remark: str) -> None:
    source = load(book(tmp_path / "a.xlsx", rows, merged))
    assert source.X.to_pydict() == CELLS
    assert [str(kind) for kind in source.X.schema.types] == ["int64", "double", "timestamp[us]"]
    assert source.note.endswith(f": 3 rows x 3 columns{remark}")


def test_a_sheet_of_pandas_with_its_index(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": [5, 6], "b": ["01", "x"], "c": [True, False], "d": [dt.date(2024, 1, 2)] * 2})
    frame.to_excel(tmp_path / "a.xlsx")
    source = load(tmp_path / "a.xlsx")
    assert source.X.to_pydict() == frame.to_dict("list")
    assert source.note.endswith("row numbers left out")


def test_other_kinds_of_workbooks(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(zlib.decompress(base64.b85decode(XLS)))
    assert load(tmp_path / "a.xls").X.to_pydict() == {
        "a": [1, 2],
        "b": [2.5, 3.5],
        "when": [dt.datetime(2024, 1, 1, 12), dt.datetime(2024, 1, 2, 13)],
    }
    text = '<table:table-cell office:value-type="string"><text:p>{0}</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="{0}"><text:p>{0}</text:p></table:table-cell>'
    cells = [[text.format("a"), text.format("b")], [number.format(1), number.format(2.5)]]
    cells.append([number.format(2), number.format(3.5)])
    rows = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in cells)
    with zipfile.ZipFile(tmp_path / "a.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", MANIFEST)
        archive.writestr("content.xml", ODS.replace("ROWS", rows))
    assert load(tmp_path / "a.ods").X.to_pydict() == {"a": [1, 2], "b": [2.5, 3.5]}


def test_which_sheet(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", [], Empty=[], First=ROWS, Second=[["x"], [1], [2]])
    source = load(path)
    assert source.X.to_pydict() == CELLS
    assert source.note.endswith("3 columns, sheet 'First' of 'First', 'Second'")
    assert source.reading == {}
    source = load(path, sheet="Second")
    assert (source.X.to_pydict(), source.reading) == ({"x": [1, 2]}, {"sheet": "Second"})
    with pytest.raises(ParameterError, match="no sheet named 'Secnd'.*did you mean 'Second'"):
        load(path, sheet="Secnd")
    with pytest.raises(DataError, match="sheet 'Empty' of .* is empty"):
        load(path, sheet="Empty")
    assert load(path, sheet="First", time="when", window=2).reading["sheet"] == "First"


def test_a_hidden_sheet_is_not_chosen(tmp_path: Path) -> None:
    made = openpyxl.load_workbook(book(tmp_path / "a.xlsx", [["secret"], [1]], Shown=ROWS))
    made["Data"].sheet_state = "hidden"
    made.active = 1
    made.save(tmp_path / "a.xlsx")
    assert load(tmp_path / "a.xlsx").note.endswith("3 rows x 3 columns")
    assert load(tmp_path / "a.xlsx", sheet="Data").X.column_names == ["secret"]


@pytest.mark.parametrize(
    ("rows", "merged", "words"),
    [
        ([["am", None, "pm"], ["a", "b", "c"], [1, 2, 3], [2, 3, 4]], ("A1:B1",), "merged cells.*'am', 'pm'"),
        ([["t", "p"], ["degC", "hPa"], [1, 2], [2, 3.5]], (), r"two rows of names: \['degC', 'hPa'\]"),
        ([["who", "p"], [None, "hPa"], ["x", 2], ["y", 3.5]], (), "two rows of names"),
    ],
)
def test_several_rows_of_names(tmp_path: Path, rows: list[list[Any]], merged: tuple[str, ...], words: str) -> None:
    with pytest.raises(DataError, match=f"does not begin with one row of names.*{words}.*in one row"):
        load(book(tmp_path / "a.xlsx", rows, merged))


@pytest.mark.parametrize(
    ("first", "names"),
    [
        ([1, 2.5, 2], ["f0", "f1", "f2"]),
        ([0.2, 1.5, 9], ["f0", "f1", "f2"]),
        ([2019, 2020, 2021], ["2019", "2020", "2021"]),
        ([400, 400.5, 401], ["400", "400.5", "401"]),
        (["x", 2020, 2021], ["x", "2020", "2021"]),
        (["x", "x", None], ["x", "x_2", "column_3"]),
    ],
)
def test_names(tmp_path: Path, first: list[Any], names: list[str]) -> None:
    source = load(book(tmp_path / "a.xlsx", [first, [1, 2, 3], [2, 3, 4]]), label=False)
    assert source.X.column_names == names
    assert source.X.num_rows == (3 if names[0] == "f0" else 2)
    assert ("f0" in source.note) == (names[0] == "f0")
    assert ("are called x_2, column_3" in source.note) == ("x_2" in names)


def test_kinds_of_cells(tmp_path: Path) -> None:
    rows = [
        ["whole", "real", "text", "digits", "mixed", "day", "clock", "took", "flag", "none"],
        [1.0, 0.1, "x", "01", 1.0, dt.date(2024, 1, 1), dt.time(9, 30), dt.timedelta(hours=30), True, None],
        [2.0, "N/A", None, "02", "b", dt.date(2024, 1, 2), None, None, False, None],
    ]
    found = load(book(tmp_path / "a.xlsx", rows), label=False, columns=rows[0]).X.to_pydict()
    assert found == {
        "whole": [1, 2],
        "real": [0.1, None],
        "text": ["x", None],
        "digits": ["01", "02"],
        "mixed": ["1", "b"],
        "day": [dt.date(2024, 1, 1), dt.date(2024, 1, 2)],
        "clock": ["09:30:00", None],
        "took": [108000.0, None],
        "flag": [True, False],
        "none": [None, None],
    }


def test_bad_workbooks(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ROWS)
    whole = path.read_bytes()
    for raw, words in (
        (whole[: len(whole) // 2], "cannot be read.*complete"),
        (whole[:-40], "cannot be read.*complete"),
        (b"", "is empty"),
        (b"a\tb\n1\t2\n", "is text, whatever its name says.*rename"),
        (b"<html><table>", "page of HTML"),
    ):
        path.write_bytes(raw)
        with pytest.raises(DataError, match=rf"a\.xlsx.*{words}"):
            load(path)
    with pytest.raises(DataError, match="has no cells"):
        load(book(path, []))
    with pytest.raises(DataError, match="has no rows"):
        load(book(path, [["a", "b"]]))


def test_a_large_sheet(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(size=(3000, 8))
    source = load(book(tmp_path / "a.xlsx", [list("abcdefgh"), *values.tolist()]))
    found = np.column_stack([column.to_numpy() for column in source.X.columns])
    np.testing.assert_allclose(found, values, rtol=1e-14)  # openpyxl writes 16 digits
