"""Reading text tables: bytes to text, text to cells, cells to typed columns.

Arrow parses the cells and recognises plain types. What it leaves as text, and numbers that it would take wrongly (codes
with leading zeros, thousands marks), is read by :mod:`hyotan.data.tables.cells`.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

from hyotan.core.errors import DataError, shown
from hyotan.data.io.dialect import Dialect, dialect, whole_lines
from hyotan.data.io.encoding import decoded
from hyotan.data.io.opening import Opened
from hyotan.data.io.values import distinct
from hyotan.data.tables.cells import EMPTY, WORDS, typed

if TYPE_CHECKING:
    import pyarrow as pa

HEAD = 2**18  # bytes from which the dialect is told
FEW = 4  # lines, at least, from which it is told
ROW_NUMBERS = ""  # the name of a column without one


def read_delimited(
    opened: Opened, *, encoding: str | None = None, skip_bad_lines: bool = False
) -> tuple[pa.Table, str]:
    r"""Read a text table of any dialect.

    Parameters
    ----------
    opened : Opened
        The file; the ending .tsv says that tabs separate the cells.
    encoding : str, optional
        The encoding of the file, instead of a guess.
    skip_bad_lines : bool
        Leave out lines with too many or too few cells, and say how many, instead of raising.

    Returns
    -------
    table : pyarrow.Table
    remark : str
        What was recognised and left out; often empty.

    Raises
    ------
    DataError
        If the file has no rows, cannot be decoded, or a line has another number of cells.

    Examples
    --------
    >>> file = Opened("a.csv", "a.csv", None, b"Temp;Feuchte\n20,5;1.036,5\n21,0;998,1\n")
    >>> read_delimited(file)[0].to_pydict()
    {'Temp': [20.5, 21.0], 'Feuchte': [1036.5, 998.1]}
    """
    data = opened.read()
    text, guessed = decoded(data, opened, encoding) if encoding or not _is_plain(data) else ("", "")
    if text or not data:
        data = text.encode("utf-8")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.rstrip(b"\x1a\0")  # what old systems end a file with
    head = _head(data)
    if b"\0" in head:
        raise DataError(f"{opened} is not text", expected="a text table", received="bytes that are 0")
    if head.lstrip()[:200].lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        raise DataError(
            f"{opened} is a page of HTML or XML, whatever its name says",
            expected="a text table",
            received=shown(head.lstrip()[:30].decode(errors="replace")),
            do="download the file itself, not the page that shows it",
        )
    found = dialect(head.decode("utf-8", errors="ignore"), tabs=opened.ending == ".tsv")
    data, repeated = _rows(data, found)
    if not data.strip():
        raise DataError(f"{opened} has no rows", expected="at least one row under the names", received="0 rows")
    names, renamed = _names(found.names)
    bad: list[int] = []
    how = _Parser(opened, found, names, skip_bad_lines, bad)
    table = how.read(data)
    table, told = _typed(table, data, how)
    nameless = [
        f"column {place + 1}" if place else ROW_NUMBERS for place, name in enumerate(found.names or ()) if not name
    ]
    blank = [name for name in nameless if table[name].null_count == table.num_rows]
    table = table.drop_columns(blank) if len(blank) < table.num_columns else table
    words = [guessed, *found.words, *renamed, *told]
    if found.names is None:
        words.append("no row of names, so columns are called f0, f1, ...")
    if repeated:
        words.append(f"{repeated:,} repeated line{'s' * (repeated > 1)} of names left out")
    if bad:
        words.append(f"{len(bad):,} line{'s' * (len(bad) > 1)} with another number of cells left out")
    return table, ", ".join(filter(None, words))


def _head(data: bytes) -> bytes:
    """Return the first lines, whole, and at least a few of them however long they are."""
    end = data.rfind(b"\n", 0, HEAD) + 1 if len(data) > HEAD else len(data)
    if data.count(b"\n", 0, end) < FEW:
        for _ in range(FEW):
            end = data.find(b"\n", end) + 1 or len(data)
    return data[:end]


def _is_plain(data: bytes) -> bool:
    """Return whether bytes are UTF-8 without a mark, without copying them."""
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:4096]:
        return False
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _rows(data: bytes, found: Dialect) -> tuple[bytes, int]:
    """Return the lines that are rows of the table, and how often the line of names stood among them."""
    skip, repeated = set(found.skip), 0
    last = max(skip, default=-1)
    head = whole_lines(data[: len(_head(data))].split(b"\n"), b'"')[: last + 1]
    names = [line.strip() for number, line in enumerate(head) if number in skip and found.names is not None]
    rest = data[sum(len(line) + 1 for line in head) :]
    again = any(name and b"\n" + name + b"\n" in rest for name in names)
    if not found.comment and found.separator != " " and not again:
        return rest, 0  # the rows are what comes after the lines to leave out
    kept = []
    for line in whole_lines(rest.split(b"\n"), b'"'):
        if not line.strip() or (found.comment and line.startswith(found.comment.encode())):
            continue
        if line.strip() in names:
            repeated += 1
        else:
            kept.append(b" ".join(line.split()) if found.separator == " " else line)
    return b"\n".join([*kept, b""]), repeated


def _names(given: tuple[str, ...] | None) -> tuple[list[str] | None, list[str]]:
    """Return names that all differ, and what was done for it; a first column without a name may hold row numbers."""
    if given is None:
        return None, []
    bare = [name or (ROW_NUMBERS if place == 0 else f"column {place + 1}") for place, name in enumerate(given)]
    found, changed = distinct(bare)
    return found, [f"repeated names told apart: {', '.join(changed[:5])}"] if changed else []


class _Parser:
    """Arrow's reader with the options of a dialect."""

    def __init__(self, opened: Opened, found: Dialect, names: list[str] | None, skip_bad: bool, bad: list[int]) -> None:
        self.opened, self.found, self.names, self.skip_bad, self.bad = opened, found, names, skip_bad, bad

    def read(self, data: bytes, texts: bool = False, only: list[int] | None = None) -> pa.Table:
        """Return the table with the types that Arrow recognises or, with ``texts``, with text alone.

        The columns are called 0, 1, … here, because the file may give two of them one name, or none.
        """
        import pyarrow as pa
        from pyarrow import csv as arrow_csv

        width = self.found.width if self.names is None else len(self.names)
        keys = [str(place) for place in range(width)]
        convert = arrow_csv.ConvertOptions(
            null_values=[word for word in EMPTY if word not in WORDS],
            strings_can_be_null=True,
            column_types={key: pa.string() for key in keys} if texts else None,
            include_columns=None if only is None else [str(place) for place in only],
        )
        blocks = sorted({2**20, max(2**20, min(len(data) + 1, 2**31 - 1))})
        for size in blocks:
            self.bad.clear()
            options = arrow_csv.ReadOptions(column_names=keys, block_size=size)
            try:
                return arrow_csv.read_csv(io.BytesIO(data), options, self._parse(), convert)
            except pa.ArrowInvalid as err:
                long = "straddl" in str(err) or "cannot infer number of columns" in str(err)
                if not long or size == blocks[-1]:
                    raise self._told(err, data) from err
        raise AssertionError  # the last try returns or raises

    def _parse(self) -> Any:
        from pyarrow import csv as arrow_csv

        def left_out(row: Any) -> str:
            self.bad.append(row.number or 0)
            return "skip"

        handler = left_out if self.skip_bad else None
        return arrow_csv.ParseOptions(
            delimiter=self.found.separator, newlines_in_values=True, invalid_row_handler=handler
        )

    def _told(self, err: Exception, data: bytes) -> DataError:
        """Return the error for a line with another number of cells, with its number in the file."""
        found = re.search(r"Expected (\d+) columns, got (\d+): (.*)", str(err), re.DOTALL)
        if found is None:
            return DataError(
                f"{self.opened} cannot be read", expected="a text table", received=" ".join(str(err).split())
            )
        text = found[3].strip().split("\n")[0]
        before = max(self.found.skip, default=-1) + 1
        reader = csv.reader(io.TextIOWrapper(io.BytesIO(data), "utf-8", newline=""), delimiter=self.found.separator)
        bad = next((reader.line_num for row in reader if row and len(row) != int(found[1])), 0)
        known = bad and not self.found.comment and self.found.separator != " "  # else lines were left out in between
        where = f"line {before + bad:,}" if known else f"a line of the table (its row {bad:,})"
        return DataError(
            f"{self.opened} has another number of cells in {where}",
            expected=f"{found[1]} cells, as in the lines before",
            received=f"{found[2]} cell{'s' * (found[2] != '1')}: {text[:60]}",
            do="mend the line; skip_bad_lines=True leaves such lines out and counts them",
        )


def _typed(table: pa.Table, data: bytes, how: _Parser) -> tuple[pa.Table, list[str]]:
    """Return the columns by their names, with what Arrow took for text, or wrongly for numbers, read again."""
    import pyarrow as pa

    places = range(table.num_columns)
    texts = [place for place in places if pa.types.is_string(table.column(place).type)]
    whole = [place for place in places if pa.types.is_integer(table.column(place).type)]
    reals = [place for place in places if pa.types.is_floating(table.column(place).type)]
    # Whole numbers that a float cannot tell apart are codes.
    long = [place for place in reals if _is_long(table.column(place))]
    again = [*texts, *long, *(whole if _has_leading_zeros(data, how.found.separator) else ())]
    names = how.names if how.names is not None else [f"f{place}" for place in places]
    columns = {place: table.column(place) for place in places}
    told: dict[str, list[str]] = {}
    if again:
        plain = how.read(data, texts=True, only=sorted(again))
        given = {place: plain.column(str(place)) for place in sorted(again)}
        read, comma = typed({names[place] or f"column {place + 1}": column for place, column in given.items()},
                            semicolons=how.found.separator == ";")  # fmt: skip
        for (place, _), (column, word) in zip(given.items(), read.values(), strict=True):
            columns[place] = column if place in texts or pa.types.is_string(column.type) else columns[place]
            if word and columns[place] is column:
                told.setdefault(word, []).append(repr(names[place]))
        if comma and reals:  # 1.234 in a file with decimal commas is a number above a thousand
            plain = how.read(data, texts=True, only=reals)
            for place in reals:
                column, word = typed({"": plain.column(str(place))}, comma=True)[0][""]
                if pa.types.is_string(column.type):  # such as inf, which is no number in any country, or a code
                    continue
                columns[place] = column
                if word:
                    told.setdefault(word, []).append(repr(names[place]))
    return pa.table([columns[place] for place in places], names=list(names)), [
        f"{_listed(each)} {word}" for word, each in told.items()
    ]


def _is_long(column: pa.ChunkedArray) -> bool:
    import pyarrow.compute as pc

    least = pc.min(pc.abs(column)).as_py()
    return least is not None and least >= 2**53


def _listed(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3:,} more" if len(names) > 3 else "")


def _has_leading_zeros(data: bytes, separator: str) -> bool:
    """Return whether some cell is a whole number that begins with 0, such as 01234: a code, not a number."""
    mark = re.escape(separator.encode())
    return re.search(rb"(?:^|" + mark + rb"|\n)[\"' ]*[-+]?0\d+[\"' ]*(?:" + mark + rb"|[\r\n]|$)", data) is not None
