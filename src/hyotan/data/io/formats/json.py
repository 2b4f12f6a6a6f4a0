"""JSON: a list of records, columns, or a record a line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from hyotan.core.errors import DataError, shown
from hyotan.core.files import reading
from hyotan.data.io.formats._format import TableFormat
from hyotan.data.io.opening import Opened
from hyotan.data.io.values import column

if TYPE_CHECKING:
    import pyarrow as pa

LINES = (".jsonl", ".ndjson")


class Json(TableFormat):
    """Records, or columns, in the layouts that pandas writes, and a record a line.

    Values keep their types: numbers that are written as text stay text.

    Examples
    --------
    >>> Json().named("a.jsonl")
    True
    """

    name = "a JSON file"
    endings = (".json", *LINES)
    rank = 7
    text = True

    def recognises(self, opened: Opened) -> bool:
        # With the first token after the bracket: the cells of a text table may begin with a bracket, too.
        begun = opened.head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return (begun[:1] + begun[1:].lstrip()[:1]) in (b'{"', b"{}", b"[{", b"[[", b"[]")

    def read(self, opened: Opened, **options: Any) -> tuple[pa.Table, str]:
        import pyarrow as pa

        with reading(opened):
            raw = opened.read()
            text = raw.decode(json.detect_encoding(raw))
        columns, remark = _lines(text, opened) if opened.ending in LINES else _document(text, opened)
        if not columns:
            raise DataError(f"{opened} has no rows", expected="at least one record", received="none")
        lengths = {name: len(cells) for name, cells in columns.items()}
        if len({*lengths.values()}) > 1:
            raise DataError(
                f"The columns of {opened} are not of one length",
                expected="a value for every row in every column",
                received=shown(lengths),
            )
        arrays = [column(cells, f"The column {name!r} of {opened}") for name, cells in columns.items()]
        return pa.table(arrays, names=[*columns]), remark


def _document(text: str, opened: Opened) -> tuple[dict[str, list[Any]], str]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as err:
        if err.msg == "Extra data" and err.pos > 1:  # several documents: a record a line
            return _lines(text, opened)
        raise DataError(
            f"{opened} line {err.lineno} is not JSON",
            expected="one JSON document",
            received=f"{err.msg} at column {err.colno}",
            do="check that the file is complete and really of the kind its name says",
        ) from err
    return _table(found, opened)


def _lines(text: str, opened: Opened) -> tuple[dict[str, list[Any]], str]:
    records = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except json.JSONDecodeError as err:
            raise DataError(
                f"{opened} line {number} is not JSON",
                expected="a JSON object a line",
                received=shown(line.strip()),
                do="check that the file is complete and really of the kind its name says",
            ) from err
        if not isinstance(record, dict):
            raise DataError(
                f"{opened} line {number} is not a record",
                expected="a JSON object a line, such as {" + '"a": 1}',
                received=shown(line.strip()),
            )
        records.append(record)
    return _of_records(records), ""


def _of_records(records: list[dict[str, Any]]) -> dict[str, list[Any]]:
    names = dict.fromkeys(name for record in records for name in record)
    return {name: [record.get(name) for record in records] for name in names}


def _table(found: Any, opened: Opened) -> tuple[dict[str, list[Any]], str]:
    """Return the columns of a document, and what is to be said."""
    if isinstance(found, list) and found and all(isinstance(each, dict) for each in found):
        return _of_records(found), ""
    if isinstance(found, list) and found and all(isinstance(each, list) for each in found):
        width = max(map(len, found))
        rows = [[*each, *[None] * (width - len(each))] for each in found]
        names = [f"f{index}" for index in range(width)]
        return {name: [row[index] for row in rows] for index, name in enumerate(names)}, (
            "no names, so columns are called f0, f1, ..."
        )
    if isinstance(found, dict) and found:
        if {"columns", "data"} <= {*found} and isinstance(found["columns"], list) and isinstance(found["data"], list):
            names = [str(name) for name in found["columns"]]
            return {name: [row[index] for row in found["data"]] for index, name in enumerate(names)}, ""
        values = [*found.values()]
        if all(isinstance(each, list) for each in values) and not any(
            isinstance(cell, dict) for each in values for cell in each
        ):
            return {str(name): cells for name, cells in found.items()}, ""
        if all(isinstance(each, dict) for each in values):
            return _of_objects(found)
        lists = {
            name: each
            for name, each in found.items()
            if isinstance(each, list) and each and all(isinstance(record, dict) for record in each)
        }
        if len(lists) == 1:
            name, records = next(iter(lists.items()))
            return _of_records(records), f"the records in {name!r}"
        if len(lists) > 1:
            raise DataError(
                f"{opened} holds several lists of records",
                expected="one list of records",
                received=", ".join(map(repr, lists)),
                do="write the one to read to a file of its own",
            )
    raise DataError(
        f"{opened} holds no table",
        expected="a list of records, an object of columns, or a record a line",
        received=shown(found),
    )


def _of_objects(found: dict[str, dict[str, Any]]) -> tuple[dict[str, list[Any]], str]:
    """Read an object of objects: columns with rows by number, which is pandas's default, or records by key."""
    rows = dict.fromkeys(row for each in found.values() for row in each)
    if all(row.isdecimal() for row in rows) and not all(name.isdecimal() for name in found):
        return {name: [each.get(row) for row in rows] for name, each in found.items()}, ""
    dates = sum(":" in row or row.count("-") == 2 for row in rows) == len(rows)
    if dates:  # times are the rows of a series, not the names of columns
        return {name: [each.get(row) for row in rows] for name, each in found.items()}, "without the index"
    keyed = not all(key.isdecimal() for key in found)
    return _of_records([*found.values()]), "without the keys of the records" if keyed else ""
