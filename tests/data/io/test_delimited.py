"""Text tables of many dialects, written by other programs, hold the same values."""

from __future__ import annotations

import csv
import datetime as dt
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyotan.core.errors import DataError
from hyotan.data.io.delimited import read_delimited
from hyotan.data.io.opening import Opened


def read(text, encoding="utf-8", **how):
    return read_delimited(Opened("rows.csv", "rows.csv", None, text.encode(encoding)), **how)


FRAME = pd.DataFrame(
    {
        "Temp (°C)": np.round(20 + np.sin(np.arange(40.0)), 3),
        "Feuchte": np.round(1036.907 + np.cos(np.arange(40.0)), 3),
        "n": np.arange(40) * 37,
    }
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "pipe"])
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize("ends", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_what_pandas_writes_is_read(encoding, decimal, separator, quoted, ends):
    if separator == decimal and not quoted:
        pytest.skip("pandas quotes such cells itself")
    quoting = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    text = FRAME.to_csv(None, sep=separator, decimal=decimal, index=False, quoting=quoting, lineterminator=ends)
    table, _ = read(text.replace("\r\n", ends), encoding)
    assert table.column_names == [*FRAME.columns]
    for name in FRAME.columns:
        np.testing.assert_array_equal(table[name].to_numpy(), FRAME[name], err_msg=name)


cells = st.one_of(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), st.integers(-(10**9), 10**9), st.none())


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(-1e4, 1e4).map(lambda x: round(x, 2)), cells), min_size=4, max_size=30),
    st.sampled_from(",;\t|"),
    st.sampled_from(["", "NA", "null", "?", "N/A"]),
)
def test_any_numbers_come_back(rows, separator, missing):
    file = io.StringIO()
    writer = csv.writer(file, delimiter=separator)
    writer.writerow(["first", "second"])
    writer.writerows([a, missing if b is None else b] for a, b in rows)
    table, _ = read(file.getvalue())
    assert table["first"].to_pylist() == [a for a, _ in rows]
    assert table["second"].to_pylist() == [b for _, b in rows]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab10.,;:|'\"\t\n\r# -%$é", max_size=60))
def test_any_text_is_read_or_refused_in_our_words(text):
    try:
        table, _ = read(text)
    except DataError as error:
        assert error.what and error.expected
    else:
        assert table.num_rows and len(set(table.column_names)) == table.num_columns


def test_a_file_of_a_european_program():
    table, words = read("Datum;Betrag;Anteil\n25.03.2024;1.234,50 €;3,5 %\n26.03.2024;-12,00 €;12,0 %\n")
    assert table["Betrag"].to_pylist() == [1234.5, -12.0] and table["Anteil"].to_pylist() == [3.5, 12.0]
    assert [day.isoformat() for day in table["Datum"].to_pylist()] == ["2024-03-25T00:00:00", "2024-03-26T00:00:00"]
    assert "€" in words and "%" in words


def test_one_decimal_mark_for_a_file():
    table, _ = read("a;b\n1,5;1.234\n2,5;2.345\n")  # 1.234 is above a thousand where 1,5 is one and a half
    assert table["b"].to_pylist() == [1234, 2345]
    table, _ = read("a;b\n1.5;1.234\n2.5;2.345\n")
    assert table["b"].to_pylist() == [1.234, 2.345]


def test_codes_keep_their_zeros():
    table, _ = read("zip,n\n01234,1\n99999,2\n")
    assert table["zip"].to_pylist() == ["01234", "99999"] and table["n"].to_pylist() == [1, 2]


def test_repeated_names_are_told_apart_and_said():
    table, words = read("x,x,y,x_2\n1,2,3,4\n5,6,7,9\n")
    assert table.column_names == ["x", "x_3", "y", "x_2"] and "repeated names told apart: x_3" in words


def test_a_bad_line_is_named_by_its_number(refused):
    text = "a,b\n1,2\n3,4,5\n6,7\n"
    with refused(DataError, "line 3", "3 cells", "skip_bad_lines=True"):
        read(text)
    table, words = read(text, skip_bad_lines=True)
    assert table["a"].to_pylist() == [1, 6] and "1 line with another number of cells left out" in words


def test_a_bad_line_below_a_preamble_is_named_by_its_number(refused):
    body = "".join(f"{i},{i},{i}\n" for i in range(20))
    with refused(DataError, "line 24", "2 cells"):
        read(f"made by a logger\nin May\na,b,c\n{body}7,7\n")


@pytest.mark.parametrize("text", ["", "\n\n", "a,b\n", "# only\n# comments\n"])
def test_a_file_without_rows(text, refused):
    with refused(DataError, "has no rows"):
        read(text)


def test_names_are_found_again_in_the_middle():
    table, words = read("#datatype,x\na,b\n1,2\n3,4\n\n#datatype,x\na,b\n5,6\n")
    assert table["a"].to_pylist() == [1, 3, 5] and "1 repeated line of names left out" in words


def test_cells_may_hold_separators_and_lines():
    table, _ = read('n,note\n1,"a, b\nc"\n2,"d ""e"""\n')
    assert table["note"].to_pylist() == ["a, b\nc", 'd "e"']


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("\x0cReport\na,b\n1,2\n3,4\n", {"a": [1, 3], "b": [2, 4]}),
        ("Rep\u2028ort\na,b\n1,2\n3,4\n5,6\n", {"a": [1, 3, 5], "b": [2, 4, 6]}),
        ('"Temp\n(C)","Hum\n(%)"\n1.5,2\n2.5,3\n', {"Temp\n(C)": [1.5, 2.5], "Hum\n(%)": [2, 3]}),
        ('a,b\n1,"x\n#1 choice"\n2,y\n3,z\n', {"a": [1, 2, 3], "b": ["x\n#1 choice", "y", "z"]}),
        ('# x\na,b\n1,"x\n\ny"\n2,y\n', {"a": [1, 2], "b": ["x\n\ny", "y"]}),
        ("id,tag\n1,#a\n#2,b\n3,#c\n", {"id": ["1", "#2", "3"], "tag": ["#a", "b", "#c"]}),
        ("color,v\n#ff0000,1\n#00ff00,2\n", {"color": ["#ff0000", "#00ff00"], "v": [1, 2]}),
        ("a,b\r1,2\r3,4\r", {"a": [1, 3], "b": [2, 4]}),
        ("a,b\n1,2\n3,4\n\x1a", {"a": [1, 3], "b": [2, 4]}),
        ("country,1990,1991,1992\nDE,1,2,3\nFR,4,5,6\n",
         {"country": ["DE", "FR"], "1990": [1, 4], "1991": [2, 5], "1992": [3, 6]}),
        ("city,2024-01-01,2024-01-02\nA,1,2\nB,3,4\n",
         {"city": ["A", "B"], "2024-01-01": [1, 3], "2024-01-02": [2, 4]}),
        (",0,1,2\n0,1.5,2.5,3.5\n1,4.5,2.5,0.5\n", {"": [0, 1], "0": [1.5, 4.5], "1": [2.5, 2.5], "2": [3.5, 0.5]}),
        ("a,b\n1,2\na,b\n3,4\n", {"a": [1, 3], "b": [2, 4]}),
        ("c,v\n-01,1\n-02,2\n", {"c": ["-01", "-02"], "v": [1, 2]}),
        ("sensor,a,b\ns1,err,err\ns2,1,2\ns3,2,3\n",
         {"sensor": ["s1", "s2", "s3"], "a": ["err", "1", "2"], "b": ["err", "2", "3"]}),
        ("id,v\n12345678901234567890,1\n12345678901234567891,2\n",
         {"id": ["12345678901234567890", "12345678901234567891"], "v": [1, 2]}),
        ("x\ty\n1,234\t1\n0,345\t2\n", {"x": [1.234, 0.345], "y": [1, 2]}),
        ("10:00\n10:15\n10:30\n", {"f0": [dt.time(10), dt.time(10, 15), dt.time(10, 30)]}),
    ],
    ids=range(18),
)  # fmt: skip
def test_rows_and_names_are_not_lost(text, columns):
    table, _ = read(text)
    assert table.to_pydict() == columns


def test_a_page_is_no_table(refused):
    with refused(DataError, "page of HTML", "download the file itself"):
        read("<!DOCTYPE html>\n<html><body>404</body></html>\n")


def test_two_decimal_marks_are_said():
    table, words = read("a;b\n1,5;1.25\n2,5;2.25\n3,75;2.1\n")
    assert table["a"].to_pylist() == [1.5, 2.5, 3.75] and table["b"].to_pylist() == [1.25, 2.25, 2.1]
    assert "'a' ',' read as the decimal mark" in words


def test_infinities_beside_decimal_commas_stay_numbers():
    table, _ = read("a;b\n1,5;inf\n2,5;1.25\n3,75;2.5\n")
    assert table["b"].to_pylist() == [float("inf"), 1.25, 2.5]


def test_a_name_too_few_is_said():
    table, words = read("a,b\nx,2.5,3\ny,5.5,6\n")
    assert table.column_names == ["", "a", "b"] and "one name too few" in words


def test_days_of_one_month_are_days():
    days = [f"{day:02}/03/2024" for day in range(1, 29)]
    table, _ = read("date,v\n" + "".join(f"{day},{i}\n" for i, day in enumerate(days)))
    assert [each.day for each in table["date"].to_pylist()] == list(range(1, 29))


def test_thousands_are_said_wherever_they_are_read():
    table, words = read("lat;x;y\n48.137;1,5;1\n48.138;2,25;2\n")
    assert table["lat"].to_pylist() == [48137, 48138] and "'lat' '.' read as a mark of thousands" in words


def test_lines_before_a_table_without_names():
    rows = "".join(f"{1985 + i},{9 - i},{i},{i * 2},5\n" for i in range(9))
    table, words = read("LOCATION,x\nDESIGN,0\n" + rows)
    assert table.num_rows == 9 and "2 lines before the table" in words


def test_what_a_guess_was_is_said():
    _, words = read("größe,v\n1,2\n3,1\n", "cp1252")
    assert "Windows-1252" in words
    _, words = read("5,1.5\n3,1.5\n")
    assert "no row of names" in words
