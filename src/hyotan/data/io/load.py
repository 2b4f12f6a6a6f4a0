"""Loading data from a name, a file, a folder, an array or a table, with labels and a one-line description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from hyotan.core.errors import DataError, unknown_parameter
from hyotan.data.io.builtin import BUILTIN, Parts
from hyotan.data.io.finding import made_of, open_source
from hyotan.data.io.image_folders import load_folder
from hyotan.data.io.opening import Opened
from hyotan.data.io.options import APPLIES, OF, OF_ARRAYS, OF_TABLES, READING, SENTINELS, TIMING, _refuse
from hyotan.data.io.table_files import read_table
from hyotan.data.io.table_layout import only, series_of, windows_of
from hyotan.data.io.ucr import is_ucr, load_ucr
from hyotan.data.series.grid import every, gaps_in
from hyotan.data.series.ragged import is_ragged
from hyotan.data.series.steps import Timing
from hyotan.data.series.windows import Windows, windows
from hyotan.data.tables.dates import index_times
from hyotan.data.tables.frames import columns, is_frame, row_count, take_column
from hyotan.data.tables.roles import Roles, check_no_epochs, roles_of
from hyotan.data.tables.sentinels import settled
from hyotan.data.tables.telling import untold

MEMORY = "from memory"  # where data are from that are no file


@dataclass(frozen=True, eq=False)  # == on arrays does not return one boolean
class Source:
    """Data as loaded, before any training.

    Parameters
    ----------
    X : array, table, Windows or list of arrays
        The rows to train on.
    y : numpy.ndarray or None
        Labels for colouring plots and for probes; models are never trained on them.
    X_test, y_test : as X, numpy.ndarray, or None
        The test part, if the source has one.
    name : str
        A short name, such as ``mnist`` or a file's name without its extension.
    note : str
        One line that says where the data came from, and their shape and type.
    reading : dict
        The options by which a table or an array was read as series, so that other data can be read in the same way.
    ids : numpy.ndarray or None
        The id of each row or series, if a table has a column of ids; the file of each image.
    kind : {"auto", "series"}
        "series" if the source is known to contain series, which the shape (n, steps, channels) alone does not show.
    key : {"id", "file"}
        What ``ids`` are.

    Examples
    --------
    >>> Source(np.zeros((3, 2)), None, None, None, "zeros", "zeros from memory: 3 x 2 float64").name
    'zeros'
    """

    X: Any
    y: np.ndarray | None
    X_test: Any | None
    y_test: np.ndarray | None
    name: str
    note: str
    reading: dict[str, Any] = field(default_factory=dict)
    ids: np.ndarray | None = None
    kind: str = "auto"
    key: str = "id"

    def __repr__(self) -> str:
        """Return the note, in one line: the arrays may be large."""
        return f"<Source {self.note}>"


def load(
    source: Any,
    *,
    label: str | Literal[False] | None = None,
    resize: tuple[int, int] | int | None = None,
    key: str | None = None,
    sheet: str | None = None,
    time: str | None = None,
    id: str | None = None,
    window: int | None = None,
    stride: int | None = None,
    gaps: str | None = None,
    sort: bool | None = None,
    duplicates: str | None = None,
    time_zone: str | None = None,
    columns: str | Sequence[str] | None = None,
    drop: str | Sequence[str] | None = None,
    missing_values: float | Sequence[float] | None = None,
    keep_values: float | Sequence[float] | None = None,
    encoding: str | None = None,
    skip_bad_lines: bool | None = None,
    **unknown: Any,
) -> Source:
    """Load data to train on from a name, a file, a folder, an array or a table.

    Parameters
    ----------
    source : str, Path, array or table
        A built-in data set: ``"digits"``, ``"mnist"`` or ``"sines"``; a file with a table (text, Excel and
        OpenDocument, JSON, Parquet, Feather, ARFF), with arrays (NumPy, MATLAB, HDF5) or with series (.ts, IDX), which
        may be packed (.gz, .bz2, .xz, .zst, .zip); ``"-"``, standard input, whose first bytes tell what it is; a folder
        of images, whose sub-folders are labels, or with two such folders ``train`` and ``test``; an array; a list of
        series; or a pandas, polars or Arrow table. Built-in names come first: write ``"./digits"`` for a file or folder
        called ``digits``.
    label : str or False, optional
        The column of a table (or the array of a file of arrays) with the labels. With ``window``, they are labels of
        the steps (see :attr:`hyotan.data.Windows.y`). By default a column of a table is taken whose name says that it
        is one, such as ``label``, ``class`` or ``is_anomaly``, and whose values do not contradict; False takes none.
    resize : int or (int, int), optional
        Height and width to resize the images of a folder to.
    key : str, optional
        The array to use of a file that holds several (.npz, .mat, .h5). By default it is ``X`` or ``x_train`` (with
        labels and a test part if the file has them), ``data``, or the only array in the file.
    sheet : str, optional
        The sheet of a workbook. By default it is the first that is not empty.
    time : str, optional
        The column of a table with the times of its rows; only with ``window`` or ``id``. By default it is the only
        column with dates or, if there is none, the column that tells the time in numbers or counts the steps. Further
        columns that do are left out. If there is none either, it is the index of a pandas table if it contains dates.
    id : str, optional
        The column of a table with the id of the series that each row is a step of. ``X`` is then a list of arrays
        (steps, channels), or one array if all series have the same length.
    window, stride, gaps : optional
        Read the rows of a table or an array as the steps of one long series, and cut it into windows as
        :func:`hyotan.data.windows` does; these are then ``X``. With ``id``, only ``gaps`` applies: it says what to do
        with gaps in the times of a series, "refuse" (raise), "split" (each piece becomes a series) or "mask" (fill in
        missing steps).
    columns, drop : str or sequence of str, optional
        The columns of a table to train on, in this order, and the columns to leave out.
    missing_values, keep_values : number or sequence of numbers, optional
        Numbers of a table that stand for missing cells, such as -9999, and numbers that only look as if they did. A
        number that looks so and is in neither of them is an error.
    encoding : str, optional
        The encoding of a text file, instead of a guess.
    skip_bad_lines : bool, optional
        Leave out lines of a text file with too many or too few cells, and say how many, instead of raising.

    Returns
    -------
    Source

    Raises
    ------
    DataError
        If the file does not exist, cannot be read, or contains nothing to train on.
    ParameterError
        If a label, column or key does not exist, or an option does not apply to this kind of source.

    Examples
    --------
    >>> load("digits").note
    'digits from scikit-learn: 1,797 x 8 x 8 float32 in [0, 1], labelled'
    >>> load(np.zeros((3, 2))).note
    'array from memory: 3 x 2 float64'
    >>> load(np.zeros(1000), window=48, stride=48).note
    'array from memory: 1,000 steps x 1 channel, 20 windows of 48 with stride 48'
    """
    for name in unknown:
        raise unknown_parameter("load()", name, APPLIES)
    names = (*APPLIES,)
    values = (
        *(label, resize, key, sheet, time, id, window, stride, gaps, sort, duplicates, time_zone, columns, drop),
        *(missing_values, keep_values, encoding, skip_bad_lines),
    )
    given: dict[str, Any] = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    given |= {name: [given[name]] for name in ("columns", "drop") if isinstance(given.get(name), str)}
    if isinstance(source, str) and source in BUILTIN:
        _refuse(f"the built-in {source!r}", given)
        return _source(source, BUILTIN[source]())
    found = open_source(source)
    if isinstance(found, Path):
        _refuse("a folder of images", given, "resize")
        X, y, X_test, y_test, files, remark = load_folder(found, resize)
        made = _source(found.resolve().name, Parts(X, y, X_test, y_test, f"from {found}", "images", remark))
        return replace(made, ids=files, key="file")
    return _in_memory(source, given) if found is None else _file(found, given)


def _file(opened: Opened, given: dict[str, Any]) -> Source:
    """Read a file as its format says."""
    made = made_of(opened)
    _refuse(f"the file {opened.name}", given, *(name for name in given if name != "resize"))
    _refuse(made.name, given, *OF[made.gives], *made.options)
    own = {option: given[option] for option in made.options if option in given}
    try:
        if made.gives != "table":
            parts = made.read(opened, **own)
            return _windowed(opened.stem, parts, given) if made.gives == "arrays" else _source(opened.stem, parts)
        table, remark = read_table(opened, made, **own)
    except ImportError as err:
        if made.extra is None:
            raise
        raise DataError(
            f"{opened} needs a library that is not installed",
            expected=f"the extra {made.extra}",
            received=str(err),
            do=f"pip install 'hyotan[{made.extra}]'",
        ) from err
    path = opened.path
    if not given and path is not None and is_ucr(path, table):
        parts = Parts(*load_ucr(path, table), f"from {opened}", "series", "the label first, as in the UCR archive")
        return _source(opened.stem, parts)
    return _table(opened.stem, table, f"from {opened}", remark, given)


def _in_memory(data: Any, given: dict[str, Any]) -> Source:
    if data is None:
        raise DataError("There are no data", expected="a file, a folder, an array or a table", received="None")
    if is_frame(data):
        _refuse("a table", given, *OF_TABLES)
        return _table("table", data, MEMORY, "", given)
    if isinstance(data, Windows):
        _refuse("windows", given)
        return _source("windows", Parts(data, None, None, None, MEMORY, "windows"))
    if is_ragged(data):
        _refuse("a list of series", given)
    if "window" in given and index_times(data) is not None:  # a pandas Series with times as its index
        return _table("table", data.to_frame(data.name or "value"), MEMORY, "", given)
    _refuse("an array", given, *OF_ARRAYS)
    return _windowed("array", Parts(data, None, None, None, MEMORY, "rows"), given)


def _table(name: str, table: Any, where: str, remark: str, given: dict[str, Any]) -> Source:
    """Read the rows of a table as rows, as the steps of one long series, or as the steps of many series."""
    if row_count(table) == 0:
        raise DataError("The table has no rows", expected="at least one row", received="0 rows")
    named = {option: given[option] for option in ("label", "time", "id") if option in given}
    series, keep = "window" in given or "id" in given, given.get("columns")
    if "window" in given:
        _refuse("a table that is one long series", given, *READING, *(name for name in OF_TABLES if name != "id"))
    else:
        of_id = () if "id" not in given else ("time", *TIMING)
        _refuse("a table without window=", given, *READING, "label", "id", "columns", "drop", *SENTINELS, *of_id)
    table = only(table, None, given.get("drop"), ())
    roles = roles_of(table, series=series, keep=keep or (), **named)
    table = only(table, keep, roles.beside, (roles.label, roles.id, roles.time))
    apart = (roles.label, roles.id, roles.time)
    table, blanked = settled(table, given.get("missing_values"), given.get("keep_values"), apart)
    kept = (*READING, *SENTINELS, "id", "window", "stride", *TIMING)
    options: dict[str, Any] = {option: given[option] for option in kept if option in given}
    # What the user made is left as it is; of files, columns that tell nothing are left out.
    silent, told = untold(table, apart) if keep is None and where != MEMORY else ([], [])
    if silent:
        table = only(table, None, silent, ())
        options["columns"] = [name for name in columns(table) if name not in apart]
    remark = ", ".join(filter(None, (remark, *roles.words, blanked, *told)))
    if not series:
        check_no_epochs(table, () if keep is None else keep)
        return _rows(name, table, where, remark, roles, options)
    timing = Timing(**{option: given[option] for option in TIMING if option in given})
    found: Any
    if "window" in given:
        found = windows_of(table, given["window"], given.get("stride"), roles.time, roles.label, timing)
        X, y, channels, ids = found, found.y, found.channels, None
        remark, rows = _joined(remark, len(found.series) - row_count(table)), "windows"
    else:
        found = series_of(table, given["id"], roles.time, roles.label, timing)
        X, y, channels, ids = found.X, found.y, found.channels, found.ids
        cuts = len(found.ids) - len(np.unique(found.ids))
        remark, rows = _joined(remark, sum(map(len, found.X)) - row_count(table), cuts), "series"
    options |= {"time": roles.time, "columns": list(channels or ())}
    return _source(name, Parts(X, y, None, None, where, rows, remark), options, ids)


def _rows(name: str, table: Any, where: str, remark: str, roles: Roles, options: dict[str, Any]) -> Source:
    ids = y = None
    if roles.id is not None:
        table, ids = take_column(table, roles.id)
    X, y = (table, None) if roles.label is None else take_column(table, roles.label)
    if not columns(X):
        raise DataError(
            "The table has no columns to train on",
            expected="at least one column beside the label",
            received=f"the columns {columns(table)}",
            do="name the columns to train on with columns=",
        )
    return _source(name, Parts(X, y, None, None, where, "rows", remark), options, ids)


def _joined(remark: str, filled: int, cuts: int = 0) -> str:
    told = (
        remark,
        f"cut at {_counted(cuts, 'gap')}" * bool(cuts),
        f"{filled:,} missing times filled in" * (filled > 0),
        f"{-filled:,} rows of equal times left out" * (filled < 0),
    )
    return ", ".join(filter(None, told))


def _windowed(name: str, parts: Parts, given: dict[str, Any]) -> Source:
    """Return the source, with its arrays cut into windows if ``window`` is given."""
    if "window" not in given:
        _refuse("an array without window=", given, "label", "key")
        return _source(name, parts, {option: given[option] for option in given if option == "key"})
    _refuse("an array that is one long series", given, "key", *OF_ARRAYS)
    options = {option: given[option] for option in given if option in ("key", *OF_ARRAYS)}
    X, X_test = (
        None if part is None else windows(part, given["window"], given.get("stride", 1))
        for part in (parts.X, parts.X_test)
    )
    return _source(name, Parts(X, None, X_test, None, parts.where, "windows"), options)


def _source(name: str, parts: Parts, options: dict[str, Any] | None = None, ids: np.ndarray | None = None) -> Source:
    """Return the arrays as a Source, with a name and a one-line description."""
    X, y, X_test, y_test, where, rows, remark = parts
    text = _described(X)
    more = [f"{text} {remark}" if remark.startswith("in ") else text]
    more += ["labelled"] if y is not None else []
    more += [f"{len(X_test):,} test {rows}"] if X_test is not None else []
    more += [remark] if remark and not remark.startswith("in ") else []
    kept = {option: value for option, value in (options or {}).items() if value is not None}
    kind = "series" if rows in ("series", "windows") else "auto"
    return Source(X, y, X_test, y_test, name, f"{name} {where}: {', '.join(more)}", kept, ids, kind)


def _described(X: Any) -> str:
    if isinstance(X, Windows):
        steps, channels = X.series.shape
        timed = not np.array_equal(X.time, np.arange(steps))
        gaps = len(gaps_in(X.time)) if timed else 0
        text = f"{steps:,} steps x {_counted(channels, 'channel')}" + (f" {every(X.time)}" if timed else "")
        text += f" with {_counted(gaps, 'gap')}" if gaps else ""
        return f"{text}, {_counted(len(X), 'window')} of {X.length} with stride {X.stride}"
    if is_frame(X):
        return f"{row_count(X):,} rows x {len(columns(X)):,} columns"
    if is_ragged(X):
        lengths = [len(series) for series in X]
        shape = np.shape(X[0])
        channels = shape[1] if len(shape) > 1 else 1
        return f"{len(X):,} series of {min(lengths):,}–{max(lengths):,} steps x {_counted(channels, 'channel')}"
    if hasattr(X, "shape") and hasattr(X, "dtype"):
        return f"{' x '.join(f'{length:,}' for length in X.shape)} {X.dtype}"
    return type(X).__name__


def _counted(count: int, name: str) -> str:
    return f"{count:,} {name}" + ("s" if count != 1 else "")
