"""File formats: each is one file of this package, found and registered when the package is imported."""

import importlib
import pkgutil

from hyotan.data.io.formats._format import ArrayFormat, Format, TableFormat, registered
from hyotan.data.io.opening import PACKINGS, Opened, unpacked_name

__all__ = [
    "ArrayFormat",
    "Format",
    "TableFormat",
    "format_named",
    "format_of",
    "is_readable",
    "listed",
    "registered",
    "with_option",
    "writer_of",
    "writers",
]

# Not by core.part.discover, whose module imports scikit-learn: tables are read without it.
for _module in pkgutil.iter_modules(__path__):
    if not _module.name.startswith("_"):
        importlib.import_module(f"{__name__}.{_module.name}")


def format_named(name: str) -> Format | None:
    """Return the format that a file's name, without packings, tells; None if no format has such names.

    Examples
    --------
    >>> format_named("a.csv").name, format_named("t10k-images-idx3-ubyte").name, format_named("a.docx")
    ('a text table', 'an IDX file', None)
    """
    return next((each for each in registered() if each.named(name)), None)


def format_of(opened: Opened) -> Format | None:
    r"""Return the format that the content of a file tells for certain; None if it could be anything.

    Examples
    --------
    >>> format_of(Opened("a", "a", None, b"PAR1...")).name, format_of(Opened("a", "a", None, b"a,b\n"))
    ('a Parquet file', None)
    """
    return next((each for each in registered() if each.recognises(opened)), None)


def is_readable(name: str) -> bool:
    """Return whether a file of this name, which may be packed, can be read.

    Examples
    --------
    >>> [is_readable(name) for name in ("a.csv.gz", "a-ubyte", "a.zip", "a.docx")]
    [True, True, True, False]
    """
    bare = unpacked_name(name)
    return format_named(bare) is not None or (name.lower().endswith(".zip") and "." not in bare)


def listed() -> str:
    """Return what can be read, for errors and help."""
    known = [each.listed or ", ".join(each.endings) for each in registered()]
    return f"{', '.join(known)} (also with {' '.join(PACKINGS)})"


def with_option(option: str) -> str:
    """Return the formats that an option of ``load`` applies to, in words.

    Examples
    --------
    >>> with_option("sheet")
    'a file .xlsx, .xls, .xlsm, .xlsb or .ods'
    """
    endings = [ending for each in registered() if option in each.options for ending in each.endings]
    return f"a file {' or '.join(filter(None, (', '.join(endings[:-1]), endings[-1])))}"


def writers() -> list[str]:
    """Return the endings of files that rows can be written to, sorted.

    Examples
    --------
    >>> writers()
    ['.csv', '.npy', '.npz', '.parquet', '.tsv']
    """
    return sorted(ending for each in registered() for ending in each.writes)


def writer_of(ending: str) -> Format | None:
    """Return the format that writes files of this ending; None if rows cannot be written to them.

    Examples
    --------
    >>> writer_of(".csv").gives, writer_of(".xlsx")
    ('table', None)
    """
    return next((each for each in registered() if ending in each.writes), None)
