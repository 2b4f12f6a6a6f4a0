"""ARFF, the format of Weka and OpenML: a header with the types of the columns, then rows, dense or sparse."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hyotan.core.errors import DataError, shown
from hyotan.core.files import reading
from hyotan.data.io.formats._format import TableFormat
from hyotan.data.io.opening import Opened
from hyotan.data.io.values import distinct

if TYPE_CHECKING:
    import pyarrow as pa

QUOTED = r"'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.|\"\")*\""
TOKEN = re.compile(rf"\s*({QUOTED}|[^,]*?)\s*(,|$)")
LOOSE = re.compile(rf"{QUOTED}|[^,\s]+")
ATTRIBUTE = re.compile(rf"@attribute\s+({QUOTED}|\S+?)\s*(?:\s|(?=\{{))\s*(.+)$", re.IGNORECASE)
# Java's letters for parts of a date, with Python's.
LETTERS = {"yyyy": "%Y", "yy": "%y", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d", "HH": "%H", "H": "%H"}
LETTERS |= {"hh": "%I", "h": "%I", "mm": "%M", "m": "%M", "ss": "%S", "s": "%S", "SSS": "%f", "a": "%p", "Z": "%z"}
LETTERS |= {"X": "%z", "XXX": "%z", "EEE": "%a", "z": "%Z"}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True)
class Attribute:
    """A column as the header declares it: numbers, text, dates of a format, or the values of a category.

    Examples
    --------
    >>> Attribute("a", "numeric").kind
    'numeric'
    """

    name: str
    kind: str
    values: tuple[str, ...] = ()
    layout: str = ""


class Arff(TableFormat):
    """Columns with their types: numbers, categories in the order of their declaration, dates and text.

    Examples
    --------
    >>> Arff().named("a.arff")
    True
    """

    name = "an ARFF file"
    endings = (".arff",)
    rank = 8
    text = True

    def recognises(self, opened: Opened) -> bool:
        return re.search(rb"^\s*@(relation|attribute)\s", opened.head, re.IGNORECASE | re.MULTILINE) is not None

    def read(self, opened: Opened, **options: Any) -> tuple[pa.Table, str]:
        import pyarrow as pa

        with reading(opened):
            lines = opened.read().decode("utf-8-sig").splitlines()
        attributes, start = _header(lines, opened)
        columns: list[list[Any]] = [[] for _ in attributes]
        numbers: list[int] = []
        for number, cells in _rows(lines, start, attributes, opened):
            numbers.append(number)
            for cell, values in zip(cells, columns, strict=True):
                values.append(cell)
        names, changed = distinct([each.name for each in attributes])
        arrays = [_array(each, cells, numbers, opened) for each, cells in zip(attributes, columns, strict=True)]
        return pa.table(arrays, names=names), f"repeated names are called {', '.join(changed[:5])}" if changed else ""


def _bare(token: str) -> str:
    """Return a token without its quotes and the escapes in them."""
    if len(token) < 2 or token[0] not in "'\"" or token[-1] != token[0]:
        return token
    text = token[1:-1].replace(token[0] * 2, token[0])
    return re.sub(r"\\(.)", lambda found: ESCAPES.get(found[1], found[1]), text)


def _header(lines: list[str], opened: Opened) -> tuple[list[Attribute], int]:
    attributes: list[Attribute] = []
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        lower = line.lower()
        if not line or line.startswith("%") or lower.startswith("@relation"):
            continue
        if lower.split()[0] == "@data":
            if attributes:
                return attributes, number
            break
        found = ATTRIBUTE.match(line)
        if found is None:
            raise DataError(
                f"{opened} line {number} is not an ARFF file's header",
                expected="lines that begin with @relation, @attribute or %, up to @data",
                received=shown(line),
            )
        attributes.append(_attribute(_bare(found[1]), found[2].strip(), f"{opened} line {number}"))
    raise DataError(
        f"{opened} holds no rows" if attributes else f"{opened} declares no columns",
        expected="lines @attribute, then @data and rows",
        received=f"{len(lines):,} lines",
        do="check that the file is complete and really of the kind its name says",
    )


def _attribute(name: str, kind: str, where: str) -> Attribute:
    word = kind.split(None, 1)[0].lower()
    if kind.startswith("{"):
        inside = kind.partition("{")[2].rpartition("}")[0]
        return Attribute(name, "nominal", tuple(dict.fromkeys(_bare(token) for token in _tokens(inside))))
    if word in ("numeric", "real", "integer"):
        return Attribute(name, "numeric")
    if word == "string":
        return Attribute(name, "string")
    if word == "date":
        layout = _bare(kind[4:].strip()) or "yyyy-MM-dd'T'HH:mm:ss"
        return Attribute(name, "date", layout=_python_layout(layout))
    raise DataError(
        f"{where}: columns of this type are not read",
        expected="numeric, real, integer, string, date, or values in braces",
        received=shown(kind),
        do="leave the column out",
    )


def _python_layout(layout: str) -> str:
    """Return the layout of a date in Python's letters, from Java's.

    Examples
    --------
    >>> _python_layout("yyyy-MM-dd'T'HH:mm:ss.SSS")
    '%Y-%m-%dT%H:%M:%S.%f'
    """
    found = re.finditer(r"'([^']*)'|(([A-Za-z])\3*)|(.)", layout)
    return "".join(
        LETTERS.get(each[2], each[2]) if each[2] else (each[1] or "'" if each[1] is not None else each[4])
        for each in found
    )


def _tokens(line: str) -> list[str]:
    """Return the cells of a line between commas, with their quotes."""
    if "'" not in line and '"' not in line:
        return [cell.strip() for cell in line.split(",")]
    found, at = [], 0
    while True:
        match = TOKEN.match(line, at)
        if match is None:  # a quote within a cell, or one that does not end
            raise ValueError(line[at:])
        found.append(match[1])
        if match[2] != ",":
            return found
        at = match.end()


def _rows(
    lines: list[str], start: int, attributes: list[Attribute], opened: Opened
) -> Iterator[tuple[int, list[str | None]]]:
    """Yield the number of each line with its cells; None is a missing one."""
    filled = [each.values[0] if each.values else "0" if each.kind == "numeric" else None for each in attributes]
    for number, raw in enumerate(lines[start:], start=start + 1):
        line = raw.strip()
        if not line or line.startswith("%"):
            continue
        where = f"{opened} line {number}"
        try:
            if line.startswith("{"):
                yield number, _sparse(line, filled)
                continue
            tokens = _tokens(line)
        except (ValueError, IndexError) as err:
            raise DataError(f"{where} cannot be read", expected="cells between commas", received=shown(line)) from err
        if len(tokens) == len(attributes) + 1 and re.fullmatch(r"\{[^}]*\}", tokens[-1]):
            tokens.pop()  # the weight of the row
        if len(tokens) != len(attributes) and "," not in line:
            tokens = LOOSE.findall(line)
        if len(tokens) != len(attributes):
            raise DataError(
                f"{where} has another number of cells than there are columns",
                expected=f"{len(attributes)}",
                received=f"{len(tokens)}: {shown(line)}",
            )
        yield number, [None if token in ("?", "") else _bare(token) for token in tokens]


def _sparse(line: str, filled: list[str | None]) -> list[str | None]:
    """Return the cells of a line such as ``{1 2.5, 3 x}``: what is not named is 0, or the first value declared."""
    cells = list(filled)
    inside = line[1:].rpartition("}")[0] if "}" in line else None
    if inside is None:
        raise ValueError(line)
    if re.fullmatch(r".*\}\s*,\s*\{.*", line):  # the weight of the row follows
        inside = line[1:].rpartition("}")[0].rpartition("{")[0].rpartition("}")[0]
    for token in _tokens(inside) if inside.strip() else []:
        index, _, value = token.partition(" ")
        value = value.strip()
        cells[int(index)] = None if value == "?" else _bare(value)
    return cells


def _array(attribute: Attribute, cells: list[str | None], lines: list[int], opened: Opened) -> pa.Array:
    import pyarrow as pa

    if attribute.kind == "string":
        return pa.array(cells, pa.string())
    place: dict[str, Any] = {value: index for index, value in enumerate(attribute.values)}
    found: list[Any] = []
    for cell, line in zip(cells, lines, strict=True):
        try:
            if cell is None:
                found.append(None)
            elif attribute.kind == "nominal":
                found.append(place[cell])
            elif attribute.kind == "date":
                found.append(_moment(cell, attribute.layout))
            else:
                found.append(float(cell))
        except (ValueError, KeyError) as err:
            expected = {"nominal": f"one of {shown(list(attribute.values))}", "date": f"a date as {attribute.layout}"}
            raise DataError(
                f"{opened} line {line}: the cell of {attribute.name!r} is not what the header declares",
                expected=expected.get(attribute.kind, "a number, or ? for a missing one"),
                received=shown(cell),
            ) from err
    if attribute.kind == "nominal":
        return pa.DictionaryArray.from_arrays(pa.array(found, pa.int32()), pa.array(attribute.values, pa.string()))
    if attribute.kind == "date":
        return pa.array(found, pa.timestamp("us"))
    if all(cell is None or re.fullmatch(r"[+-]?\d{1,18}", cell) for cell in cells) and any(cells):
        return pa.array([None if cell is None else int(cell) for cell in cells], pa.int64())
    return pa.array(found, pa.float64(), from_pandas=True)


def _moment(cell: str, layout: str) -> dt.datetime:
    found = dt.datetime.strptime(cell, layout)
    return found if found.tzinfo is None else found.astimezone(dt.timezone.utc).replace(tzinfo=None)
