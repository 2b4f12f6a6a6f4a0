"""Workbooks: Excel's and OpenDocument's, read by calamine."""

from __future__ import annotations

import datetime as dt
import zipfile
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hyotan.core.errors import DataError, shown, unknown_name
from hyotan.core.files import reading
from hyotan.data.io.formats._format import TableFormat
from hyotan.data.io.opening import Opened
from hyotan.data.io.values import column, distinct, is_missing

if TYPE_CHECKING:
    import pyarrow as pa

Rows = list[list[Any]]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Spreadsheet(TableFormat):
    """One sheet of a workbook: a row of names, and rows of values below it.

    Empty rows and columns around the table are left out, and so are a title and notes: rows above the names and below
    the table with one cell each.
    Whole floats are whole numbers, since a workbook knows no others.

    Examples
    --------
    >>> Spreadsheet().named("a.xlsx")
    True
    """

    name = "an Excel or OpenDocument workbook"
    endings = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
    options = ("sheet",)
    rank = 6

    def recognises(self, opened: Opened) -> bool:
        if opened.head.startswith(OLE):
            return True
        if not opened.head.startswith(b"PK"):
            return False
        try:
            with opened.open() as raw, zipfile.ZipFile(raw) as archive:
                names = {*archive.namelist()}
        except (OSError, zipfile.BadZipFile):
            return False
        return any(name.startswith("xl/workbook") for name in names) or {"mimetype", "content.xml"} <= names

    def read(self, opened: Opened, sheet: str | None = None, **options: Any) -> tuple[pa.Table, str]:
        import pyarrow as pa

        rows, merged, where, remark = _sheet(opened, sheet)
        rows, across = _framed(rows, merged)
        if not rows:
            raise DataError(f"{where} is empty", expected="a row of names, and rows below it", received="no cells")
        rows, across, above = _below_the_title(rows, across)
        names, rows, headless = _names(rows, across, where)
        rows, below = _above_the_notes(rows)
        kept = [
            index for index, name in enumerate(names) if name or not all(_empty(row[index]) for row in rows)
        ]  # a column without name and values only sets others apart
        own, changed = distinct([names[index] for index in kept])
        nameless = [index for index, name in enumerate(own) if not name]
        cells = [
            column([_cell(row[index]) for row in rows], f"{where}, {names[index]!r}", whole=True) for index in kept
        ]
        if nameless and not (nameless == [0] and _counts(cells[0])):  # row numbers: read_table leaves them out
            own = [name or f"column_{index + 1}" for index, name in enumerate(own)]
            changed = [*changed, *(own[index] for index in nameless)]
        told = (
            remark,
            f"{above} {'row' if above == 1 else 'rows'} above the names left out" if above else "",
            f"{below} {'row' if below == 1 else 'rows'} below the table left out" if below else "",
            "no row of names, so columns are called f0, f1, ..." if headless else "",
            f"columns without a name of their own are called {', '.join(changed[:5])}" if changed else "",
        )
        return pa.table(cells, names=own), ", ".join(filter(None, told))


def _sheet(opened: Opened, name: str | None) -> tuple[Rows, list[Any], str, str]:
    """Return the cells of a sheet, its merged cells in the same coordinates, its name for errors, and what to say."""
    with reading(opened), opened.open() as raw:
        import python_calamine as calamine

        if opened.head.lstrip()[:1] == b"<":
            raise DataError(
                f"{opened} is a page of HTML or XML, whatever its name says",
                expected="a workbook",
                received=shown(opened.head[:30].decode(errors="replace")),
                do="open it in a spreadsheet program, and save it as .xlsx or .csv",
            )
        if b"\0" not in opened.head:
            raise DataError(
                f"{opened} is text, whatever its name says",
                expected="a workbook",
                received=shown(opened.head[:30].decode(errors="replace")),
                do="rename it to end in .csv, or .tsv if tabs are between its cells",
            )
        try:
            book = calamine.CalamineWorkbook.from_filelike(raw)
        except calamine.PasswordError as err:
            raise DataError(
                f"{opened} is protected by a password", expected="a workbook without one", do="save it without one"
            ) from err
        hidden = {each.name for each in book.sheets_metadata if each.visible != calamine.SheetVisibleEnum.Visible}
        known = [
            each.name
            for each in book.sheets_metadata
            if str(each.typ).endswith(("WorkSheet", "Vba")) or each.name == name
        ]
        if name is not None and name not in known:
            raise unknown_name("sheet", name, known)
        remark = ""
        if name is None:
            filled = [each for each in known if book.get_sheet_by_name(each).height]
            shown_ones = [each for each in filled if each not in hidden] or filled
            if not shown_ones:
                raise DataError(f"{opened} has no cells", expected="a sheet with a table", received="empty sheets only")
            name = shown_ones[0]
            remark = f"sheet {name!r} of {', '.join(map(repr, shown_ones[:8]))}" if len(shown_ones) > 1 else ""
        sheet = book.get_sheet_by_name(name)
        rows = sheet.to_python(skip_empty_area=False)
        return rows, list(sheet.merged_cell_ranges or ()), f"The sheet {name!r} of {opened}", remark


def _empty(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _cell(cell: Any) -> Any:
    """Return a cell without blanks around text; None if it is empty."""
    return cell.strip() or None if isinstance(cell, str) else cell


def _framed(rows: Rows, merged: list[Any]) -> tuple[Rows, list[tuple[int, int, int, int]]]:
    """Return the cells without empty rows and columns around them, and the merged cells moved likewise."""
    full = [index for index, row in enumerate(rows) if not all(map(_empty, row))]
    if not full:
        return [], []
    top, rows = full[0], rows[full[0] : full[-1] + 1]
    width = max(map(len, rows))
    rows = [[*row, *[None] * (width - len(row))] for row in rows]
    used = [index for index in range(width) if not all(_empty(row[index]) for row in rows)]
    left, right = used[0], used[-1] + 1
    across = [
        (first[0] - top, first[1] - left, last[0] - top, last[1] - left) for first, last in merged if first != last
    ]
    return [row[left:right] for row in rows], across


def _below_the_title(rows: Rows, across: list[Any]) -> tuple[Rows, list[Any], int]:
    """Return the rows from the first that has more than one cell, where the table has more than one column."""
    filled = [sum(not _empty(cell) for cell in row) for row in rows]
    start = next((index for index, count in enumerate(filled) if count > 1), 0)
    if start and max(filled[:start]) <= 1 and len(rows) > start + 1:
        across = [(a - start, b, c - start, d) for a, b, c, d in across]
        return rows[start:], across, sum(count > 0 for count in filled[:start])
    return rows, across, 0


def _above_the_notes(rows: Rows) -> tuple[Rows, int]:
    """Return the rows without notes below them, which are one text each in a column of something else."""
    end, places = len(rows), set()
    while end > 1:
        filled = [index for index, cell in enumerate(rows[end - 1]) if not _empty(cell)]
        cells = [rows[end - 1][index] for index in filled]
        if len(filled) > 1 or any(not isinstance(cell, str) or is_missing(cell) for cell in cells):
            break
        places |= {*filled}
        end -= 1
    if not places or len(rows[0]) == 1 or any(isinstance(row[index], str) for row in rows[:end] for index in places):
        return rows, 0
    return rows[:end], sum(not all(map(_empty, row)) for row in rows[end:])


def _names(rows: Rows, across: list[Any], where: str) -> tuple[list[str], Rows, bool]:
    """Return the names of the columns, the rows below them, and whether there were no names; raise for several rows."""
    first, below = rows[0], rows[1:]
    if any(a <= 0 <= c for a, _, c, _ in across):
        raise _several(where, "merged cells in the row of names", first)
    known = [cell for cell in first if not _empty(cell)]
    numbers = [cell for cell in known if isinstance(cell, (int, float)) and not isinstance(cell, bool)]
    steps = [b - a for a, b in pairwise(numbers)]
    # Years and wavelengths are names: numbers that rise, and are whole or evenly spaced.
    even = len(steps) > 1 and max(steps) - min(steps) < 1e-6 * max(steps)
    rising = bool(steps) and min(steps) > 0 and (even or all(float(number).is_integer() for number in numbers))
    dates = any(isinstance(cell, (bool, dt.date, dt.time, dt.timedelta)) for cell in known)
    if (numbers and not rising) or (dates and not all(isinstance(cell, dt.date) for cell in known[1:])):
        return [f"f{index}" for index in range(len(first))], rows, True
    if len(below) > 1:
        # A second row of names or of units stands in columns that hold numbers from there on.
        later = {index: [row[index] for row in below[1:] if not is_missing(row[index])] for index in range(len(first))}
        of_numbers = [index for index, cells in later.items() if cells and not any(isinstance(c, str) for c in cells)]
        second = [below[0][index] for index in of_numbers]
        words = [cell for cell in second if isinstance(cell, str) and not is_missing(cell)]
        if words and len(words) == sum(not _empty(cell) for cell in second):
            raise _several(where, "two rows of names", below[0])
    return [_named(cell) for cell in first], below, False


def _named(cell: Any) -> str:
    if _empty(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return " ".join(str(cell).split())


def _several(where: str, received: str, row: list[Any]) -> DataError:
    return DataError(
        f"{where} does not begin with one row of names",
        expected="one row with a name for every column, and values below it",
        received=f"{received}: {shown([cell for cell in row if not _empty(cell)])}",
        do="write one name above each column, in one row, and save it again",
    )


def _counts(cells: Any) -> bool:
    found = cells.to_pylist()
    return all(isinstance(cell, int) for cell in found) and all(b - a == 1 for a, b in pairwise(found))
