"""The dialect of a text table: what stands between its cells, where its rows begin, and what its columns are called.

The separator is CleverCSV's, which weighs how alike the rows are and how many cells are of a known type. Reference: van
den Burg, Nazábal and Sutton, "Wrangling messy CSV files by detecting row and type patterns", Data Mining and Knowledge
Discovery (2019).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from hyotan.data.tables.cells import MISSING

JOINED = 30  # lines that a quoted cell may go over
LINES = 200  # of the sample in which rows are looked at
SNIFFED = 60, 20_000  # lines and characters that CleverCSV sees: its time grows quickly with them
SEPARATORS = ",;\t|"
NUMBER = re.compile(
    r"[-+−(]?\s*[$€£¥]?\s*(\d[\d.,'’\s]*|\.\d+)([eE][-+]?\d+)?\s*(%|[$€£¥])?\)?|[-+]?(nan|inf)", re.IGNORECASE
)
CLOCK = r"\d{1,2}:\d{2}(:\d{2})?([.,]\d+)?"
DATE = re.compile(rf"\d{{1,4}}[-./]\d{{1,2}}[-./]\d{{1,4}}([T ]+{CLOCK}.*)?|\d{{4}}[-/]\d{{1,2}}|{CLOCK}")
DECIMAL = re.compile(r"[-+]?\d+(,\d+)?")
MANY = 6  # steps up that are no accident
UNITS_AT_MOST = 3  # lines between the names and the data


@dataclass(frozen=True)
class Dialect:
    r"""How a text table is written.

    Parameters
    ----------
    separator : str
        One character; a blank means any number of blanks or tabs.
    skip : tuple of int
        Numbers of the lines, from 0, that are no rows of the table: those before it, the names, and units.
    names : tuple of str or None
        Names of the columns; None if the file has none.
    width : int
        How many cells a row has.
    comment : str
        What a line to leave out begins with, such as "#"; empty if there are none.
    words : tuple of str
        What was recognised, for people.

    Examples
    --------
    >>> dialect("a;b\n1,5;2\n").separator
    ';'
    """

    separator: str
    skip: tuple[int, ...]
    names: tuple[str, ...] | None
    width: int
    comment: str = ""
    words: tuple[str, ...] = ()


def dialect(text: str, *, tabs: bool = False) -> Dialect:
    r"""Return the dialect of a text table.

    Parameters
    ----------
    text : str
        The beginning of the file, whole lines.
    tabs : bool
        Whether the file says by its ending that tabs separate its cells.

    Examples
    --------
    >>> found = dialect("# logger v1\n# unit: mV\na,b\n1,2\n3,4\n")
    >>> found.skip, found.names, found.comment
    ((2,), ('a', 'b'), '#')
    >>> dialect("1 5 3  \n4 5 6  \n").names is None
    True
    """
    lines = whole_lines(text.split("\n")[: 2 * LINES], '"')[:LINES]
    words: list[str] = []
    told = re.fullmatch(r"sep=(.)", lines[0].strip('\ufeff" '), re.IGNORECASE) if lines else None
    start = 1 if told else 0
    marked = [line for line in lines if line.startswith("#")]
    # A # in a later line only is a cell, such as #ff0000; one in front of the table marks comments everywhere.
    ahead = next((line for line in lines[start:] if line.strip()), "").startswith("#")
    comment = "#" if ahead and not _is_named(marked, lines) else ""
    kept = [
        (number, line)
        for number, line in enumerate(lines)
        if number >= start and line.strip() and not (comment and line.startswith(comment))
    ]
    body = [line for _, line in kept]
    separator = told[1] if told else "\t" if tabs else _separator(body)
    rows = [(number, cells(line, separator)) for number, line in kept]
    first, width = _table(rows)
    before = [number for number, _ in kept[:first]]
    if before:
        words.append(f"{_lines(len(before))} before the table left out")
    if comment:
        words.append("lines that begin with # left out")
    rows = rows[first:]
    names: tuple[str, ...] | None = None
    skip = [*range(start), *before]
    if rows and is_header([row for _, row in rows]):
        number, named = rows.pop(0)
        skip.append(number)
        names = _widened(named, rows, width)
        if len(names) > len(named) and not names[0]:
            words.append("one name too few: the first column has none")
        units = _units([row for _, row in rows])
        if units:
            words.append(f"{_lines(units)} below the names left out: {', '.join(filter(None, rows[0][1]))[:60]}")
            skip += [number for number, _ in rows[:units]]
    elif comment:
        names = _commented(marked, separator, width)
    return Dialect(separator, tuple(skip), names, width, comment, tuple(words))


def whole_lines(lines: Sequence[Any], quote: Any) -> list[Any]:
    r"""Return lines with those joined that a quoted cell goes over; a quote that is not closed soon is a character.

    Examples
    --------
    >>> whole_lines(["a", '"b', 'c",d', '5" pipe', "e"], '"')
    ['a', '"b\nc",d', '5" pipe', 'e']
    """
    found: list[Any] = []
    place = 0
    while place < len(lines):
        end, odd = place, lines[place].count(quote) % 2
        while odd and end + 1 < len(lines) and end - place < JOINED:
            end += 1
            odd = (odd + lines[end].count(quote)) % 2
        end = place if odd else end
        newline = "\n" if isinstance(quote, str) else b"\n"
        found.append(newline.join(lines[place : end + 1]))
        place = end + 1
    return found


def cells(line: str, separator: str) -> list[str]:
    """Return the cells of a line, without the blanks around them.

    Examples
    --------
    >>> cells('1, "a, b" ,2', ","), cells(" 1   2 ", " ")
    (['1', 'a, b', '2'], ['1', '2'])
    """
    if separator == " ":
        line = " ".join(line.split())
    try:
        found = next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a cell of more than 131,072 characters
        found = line.split(separator)
    return [cell.strip() for cell in found]


def is_header(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the first of some rows holds the names of the columns.

    Numbers are names if they count the columns (0, 1, 2, …), or increase evenly, as years and wavelengths do, where the
    rows below do not; other numbers are data. A row of texts is one of names, unless it has a number or a date where
    the rows below have them, too.

    Examples
    --------
    >>> is_header([["a", "b"], ["1", "x"]]), is_header([["1.5", "x"], ["2.5", "y"]])
    (True, False)
    >>> is_header([["2019", "2020"], ["3", "1"]])
    True
    """
    first, *others = rows
    kinds = [_kind(cell) for cell in first]
    if all(kind == "number" for kind in kinds):
        counted = list(first) == [str(index) for index in range(len(first))]
        full = [row for row in others if len(row) == len(first)]
        return counted or (_evenly(first) and not (full and all(map(_evenly, full))))
    numeric = [place for place, kind in enumerate(kinds) if kind == "number"]
    full = [row for row in others if len(row) == len(first)]
    if full and len(numeric) > 1 and len(numeric) >= len(first) - 2:
        named, under = [first[place] for place in numeric], [[row[place] for place in numeric] for row in full]
        if named == [str(index) for index in range(len(named))] and named not in under:  # as pandas writes an array
            return True
        if _steps_up(named) and not all(_are_years(row) if _are_years(named) else _steps_up(row) for row in under):
            return True  # country,1990,1991,1992
    for place, kind in enumerate(kinds):
        below = {_kind(row[place]) for row in others if place < len(row)} - {"empty"}
        if (kind == "text" and below and "text" not in below) or (kind == "date" and below == {"number"}):
            return True
    for place, kind in enumerate(kinds):
        below = {_kind(row[place]) for row in others if place < len(row)} - {"empty"}
        if kind in ("number", "date") and below and "text" not in below:
            return False
    return True


def _kind(cell: str) -> str:
    cell = cell.strip()
    if cell.lower() in MISSING:
        return "empty"
    if DATE.fullmatch(cell):
        return "date"
    return "number" if NUMBER.fullmatch(cell) else "text"


def _steps_up(row: Sequence[str]) -> bool:
    """Return whether cells are whole or other numbers with one and the same step up."""
    try:
        numbers = [float(cell) for cell in row]
    except ValueError:
        return False
    steps = [b - a for a, b in pairwise(numbers)]
    return min(steps) > 0 and max(steps) - min(steps) <= 1e-6 * max(map(abs, numbers))


def _are_years(row: Sequence[str]) -> bool:
    return all(re.fullmatch(r"(19|20)\d\d", cell) for cell in row)


def _evenly(row: Sequence[str]) -> bool:
    """Return whether cells are numbers that increase as names do: evenly, or many; of two, if they are years."""
    try:
        numbers = [float(cell) for cell in row]
    except ValueError:
        return False
    steps = [b - a for a, b in pairwise(numbers)]
    if not steps or min(steps) <= 0:
        return False
    if len(steps) == 1:
        return all(number == int(number) and 1900 <= number <= 2100 for number in numbers)
    return len(steps) >= MANY or max(steps) - min(steps) <= 1e-6 * max(map(abs, numbers))


def _separator(lines: Sequence[str]) -> str:
    """Return the separator of the cells; a comma if nothing separates anything."""
    sample: list[str] = []
    for line in lines[: SNIFFED[0]]:
        if sum(map(len, sample)) + len(line) > SNIFFED[1] and len(sample) > 2:
            break
        sample.append(line.strip(" "))
    plain = {mark: {len(cells(line, mark)) for line in sample} for mark in (*SEPARATORS, " ")}
    steady = [mark for mark, widths in plain.items() if len(widths) == 1 and widths != {1}]
    if len(steady) == 1 and steady != [" "]:  # every line says so, and no other way of reading does
        return steady[0]
    if len(sample) > 1 and "," not in sample[0] and all(DECIMAL.fullmatch(line) for line in sample[1:]):
        return "\t"  # one column of numbers with a decimal comma
    from clevercsv.detect import Detector

    found = Detector().detect("\n".join(sample), delimiters=[*SEPARATORS, " ", "^", "~"], verbose=False)
    mark = found.delimiter if found is not None else ""
    return mark if mark else ","


def _table(rows: Sequence[tuple[int, list[str]]]) -> tuple[int, int]:
    """Return at which row the table begins, and how many cells its rows have."""
    widths = Counter(len(row) for _, row in rows[len(rows) // 3 :])
    if not widths:
        return 0, 0
    width = max(widths, key=lambda each: (widths[each], each))
    for place, (_, row) in enumerate(rows):
        filled = sum(bool(cell) for cell in row)
        rest = [row for _, row in rows[place + 1 :]]
        one_less = len(row) == width - 1 and rest and len(rest[0]) == width and not is_header(rest)
        if (len(row) == width or one_less) and (width < 3 or 2 * filled > width or place == len(rows) - 1):
            return place, width
    return 0, width


def _widened(names: list[str], rows: Sequence[tuple[int, list[str]]], width: int) -> tuple[str, ...]:
    """Return one name for each cell: rows may have one cell more, row names in front (R) or nothing behind."""
    if len(names) == width - 1:
        trailing = all(not row[-1] for _, row in rows if len(row) == width)
        names = [*names, ""] if trailing else ["", *names]
    return tuple(name.strip() for name in names)


def _units(rows: Sequence[Sequence[str]]) -> int:
    """Return how many rows below the names tell units: only text or nothing, where the rows below have numbers."""
    for count in range(min(UNITS_AT_MOST, len(rows) - 2), 0, -1):
        above, below = rows[:count], rows[count:]
        wide = range(min(map(len, rows)))
        numeric = [place for place in wide if {_kind(row[place]) for row in below} <= {"number", "date", "empty"}]
        numeric = [place for place in numeric if any(_kind(row[place]) != "empty" for row in below)]
        others = [place for place in wide if place not in numeric]
        texts = all(_kind(row[place]) == "text" for row in above for place in numeric if row[place])
        texts = texts and not any(row[place] for row in above for place in others)
        told = all(any(row[place] for place in numeric) for row in above)
        if 2 * len(numeric) >= len(wide) and numeric and texts and told:
            return count
    return 0


def _is_named(marked: Sequence[str], lines: Sequence[str]) -> bool:
    """Return whether # is the name of the first column, not the mark of a comment: "#,a,b"."""
    return len(marked) == 1 and lines[0] == marked[0] and re.match(r"#\s*[,;\t|]", marked[0]) is not None


def _commented(marked: Sequence[str], separator: str, width: int) -> tuple[str, ...] | None:
    """Return the names that the last comment line gives, as NumPy writes them."""
    named = cells(marked[-1].lstrip("# "), separator)
    return tuple(named) if len(named) == width and all(_kind(name) == "text" for name in named) else None


def _lines(count: int) -> str:
    return f"{count:,} line{'s' if count > 1 else ''}"
