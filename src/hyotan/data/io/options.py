"""The options of ``load``, the data each option applies to, and the files that can be read."""

from __future__ import annotations

from typing import Any

from hyotan.core.errors import ParameterError, shown
from hyotan.data.io.formats import listed, with_option

FILES = listed()
APPLIES = {
    "label": f"a table, or {with_option('label')}",
    "resize": "a folder of images",
    "key": with_option("key"),
    "sheet": with_option("sheet"),
    "time": "a table, together with window= or id=",
    "id": "a table of many series (without window=)",
    "window": "a table or an array that is one long series",
    "stride": "window=",
    "gaps": "times, together with window= or id=",
    "sort": "times, together with window= or id=",
    "duplicates": "times, together with window= or id=",
    "time_zone": "times, together with window= or id=",
    "columns": "a table",
    "drop": "a table",
    "missing_values": "a table",
    "keep_values": "a table",
    "encoding": with_option("encoding"),
    "skip_bad_lines": with_option("skip_bad_lines"),
}


READING = ("sheet", "encoding", "skip_bad_lines")  # of formats of tables
TIMING = ("gaps", "sort", "duplicates", "time_zone")
SENTINELS = ("missing_values", "keep_values")
OF_TABLES = ("label", "time", "id", "window", "stride", *TIMING, "columns", "drop", *SENTINELS)
OF_ARRAYS = ("window", "stride")


OF = {"table": OF_TABLES, "arrays": OF_ARRAYS, "series": ()}  # by what a format gives


def _refuse(kind: str, given: dict[str, Any], *allowed: str) -> None:
    """Raise if an option is given that would have no effect on this kind of data."""
    for name, value in given.items():
        if name not in allowed:
            raise ParameterError(
                f"The '{name}' parameter has no meaning for {kind}",
                expected=f"{name}= only with {APPLIES[name]}",
                received=f"{name}={shown(value)}",
                do=f"leave {name}= out",
            )
