"""Arrow's own files: Feather and IPC, as a file and as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hyotan.core.files import reading
from hyotan.data.io.formats._format import TableFormat
from hyotan.data.io.opening import Opened

if TYPE_CHECKING:
    import pyarrow as pa


class Arrow(TableFormat):
    """Feather and Arrow IPC, compressed or not.

    Examples
    --------
    >>> Arrow().named("a.feather")
    True
    """

    name = "a Feather or Arrow file"
    endings = (".feather", ".arrow", ".ipc", ".arrows")
    rank = 5

    def recognises(self, opened: Opened) -> bool:
        # A stream begins with the mark of a message, four bytes of length and then its flat buffer.
        return opened.head.startswith((b"ARROW1", b"FEA1", b"\xff\xff\xff\xff"))

    def read(self, opened: Opened, **options: Any) -> tuple[pa.Table, str]:
        with reading(opened), opened.open() as file:
            import pyarrow as pa
            from pyarrow import feather

            if opened.head.startswith(b"\xff\xff\xff\xff"):
                with pa.ipc.open_stream(file) as stream:
                    return stream.read_all(), ""
            return feather.read_table(file), ""
