"""Dialects: separators, names, lines around the table."""

from __future__ import annotations

import pytest

from hyotan.data.io.dialect import cells, dialect, is_header


def rows(count, line):
    return "\n".join(line(i) for i in range(count)) + "\n"


NUMBERS = {
    ",": "a,b,c\n" + rows(20, lambda i: f"{i},{i * 0.5},{-i}"),
    ";": "a;b;c\n" + rows(20, lambda i: f"{i};{i},5;{-i}"),
    "\t": "a\tb\tc\n" + rows(20, lambda i: f"{i}\tx y, z\t{-i}"),
    "|": "a|b|c\n" + rows(20, lambda i: f"{i}|one, two; three|{-i}"),
    " ": "a b c\n" + rows(20, lambda i: f" {i}   {i * 0.5}  {-i}  "),
}


@pytest.mark.parametrize("separator", NUMBERS, ids=["comma", "semicolon", "tab", "pipe", "blank"])
def test_separators(separator):
    found = dialect(NUMBERS[separator])
    assert found.separator == separator and found.names == ("a", "b", "c") and found.skip == (0,)


@pytest.mark.parametrize(
    ("text", "separator", "skip", "names"),
    [
        ("sep=;\na;b\n1;2\n", ";", (0, 1), ("a", "b")),
        ('"sep=,"\na,b\n1,2\n', ",", (0, 1), ("a", "b")),
        ("# logger\n# mV\na,b\n" + rows(9, lambda i: f"{i},2.5"), ",", (2,), ("a", "b")),
        ("# x y\n" + rows(9, lambda i: f"{i * 0.5} {i * 0.25}"), " ", (), ("x", "y")),
        ("#,a\n" + rows(9, lambda i: f"{i},{i * 0.5}"), ",", (0,), ("#", "a")),
        ("Station: Kiel;;\nmade 3.4.2020\n\nt;T;H\n" + rows(30, lambda i: f"2020-01-01 00:{i:02};{i},5;2,25"), ";",
         (0, 1, 3), ("t", "T", "H")),
        ("t,T,H\ns,°C,%\n" + rows(20, lambda i: f"{i},{i * 0.5},{i * 0.25}"), ",", (0, 1), ("t", "T", "H")),
        ('"TOA5","CR1000","x"\n"TIMESTAMP","RECORD","T","H"\n"TS","RN","degC","%"\n"","","Avg","Smp"\n'
         + rows(20, lambda i: f'"2020-01-01 00:{i:02}:00",{i},{i * 0.5},{i + 0.25}'), ",", (0, 1, 2, 3),
         ("TIMESTAMP", "RECORD", "T", "H")),
        ('"x" "y"\n' + rows(9, lambda i: f'"{i + 1}" {i * 0.5} {i}'), " ", (0,), ("", "x", "y")),
        ("a;b\n" + rows(9, lambda i: f"{i};{i * 2};"), ";", (0,), ("a", "b", "")),
        (rows(9, lambda i: f"2020-01-0{i + 1},{i * 0.5}"), ",", (), None),
        (rows(9, lambda i: f"{9 - i}.5,{i}"), ",", (), None),
        ("1.5\n2.5\n", ",", (), None),
        ("x\n1.5\n2.5\n", ",", (0,), ("x",)),
        ("x\n1,5\n2,25\n", "\t", (0,), ("x",)),
        ("name,kind\nann,x\nbob,y\n", ",", (0,), ("name", "kind")),
        ("2019,2020\n5,3\n1,4\n", ",", (0,), ("2019", "2020")),
        ('note,v\n"well; he said, it is",1\n"no; never, ever",2\n', ",", (0,), ("note", "v")),
    ],
    ids=str,
)  # fmt: skip
def test_lines_around_the_table(text, separator, skip, names):
    found = dialect(text)
    assert (found.separator, found.skip, found.names) == (separator, skip, names)


def test_what_is_left_out_is_said():
    units = dialect("t,T\ns,°C\n1,2\n2,3\n")
    assert any("1 line below the names left out: s, °C" in word for word in units.words)
    before = dialect("Report of May\nt,T,H\n" + rows(9, lambda i: f"{i},{i},{i}"))
    assert any("1 line before the table left out" in word for word in before.words)


def test_the_ending_says_tabs():
    assert dialect("a b\tc\n1 2\t3\n", tabs=True).names == ("a b", "c")


def test_cells_are_bare():
    assert cells('  1 ;" a;b ";', ";") == ["1", "a;b", ""]


@pytest.mark.parametrize(
    ("given", "is_one"),
    [
        ([["a", "b"], ["1", "2"]], True),
        ([["1.5", "2.5"], ["1", "2"]], False),
        ([["1", "5"], ["9", "2"]], False),
        ([["1", "2", "3"], ["4", "5", "6"]], False),
        ([["400.5", "401.0", "401.5"], ["9", "9", "9"]], True),
        ([["2019", "2020"], ["5", "3"]], True),
        ([["0", "1", "2"], ["5", "1", "2"]], True),
        ([["2024-01-01", "ok"], ["2024-01-02", "bad"]], False),
        ([["x", "12"], ["1", "13"], ["2", "14"]], True),
        ([["ann", "x"], ["bob", "y"]], True),
        ([["5", "x"], ["6", "y"]], False),
        ([["-", "a"], ["1", "2"]], True),
    ],
)
def test_is_header(given, is_one):
    assert is_header(given) is is_one
