"""The way in: a name, a file, a folder or something in memory becomes arrays, labels and one sentence about them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hyotan._errors import DataError, ParameterError, shown, unknown_name
from hyotan.data.builtin import BUILTIN, Parts
from hyotan.data.files import read_table, reading
from hyotan.data.folders import read_folder
from hyotan.data.frames import NUMBERS, columns, is_frame, row_count, take_column
from hyotan.data.idx import is_idx, load_idx

__all__ = ["Source", "load"]

FILES = ".npy, .npz, .csv, .tsv, .parquet, IDX files (-ubyte, .idx, also with .gz)"
APPLIES = {"label": "a table or an .npz file", "resize": "a folder of images", "key": "an .npz file"}


@dataclass(frozen=True, eq=False)  # arrays do not answer == with yes or no
class Source:
    """Data as they came in, before anything is learned from them.

    Parameters
    ----------
    X : array or table
        What is trained on.
    y : numpy.ndarray or None
        Labels for colouring and probes; never trained on.
    X_test, y_test : array or table, numpy.ndarray, or None
        The test part, where the source has one of its own.
    name : str
        A short name, such as ``mnist`` or a file's name without its ending.
    note : str
        One sentence: where the data came from, their shape and type.

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


def load(
    source: Any, *, label: str | None = None, resize: tuple[int, int] | int | None = None, key: str | None = None
) -> Source:
    """Turn a name, a file, a folder, an array or a table into data to train on.

    Parameters
    ----------
    source : str, Path, array or table
        ``"digits"``, ``"mnist"`` or ``"sines"``; a file (.npy, .npz, .csv, .tsv, .parquet, IDX); a folder of images,
        where sub-folders are labels; or an array or a pandas, polars or Arrow table, which is passed through.
        A name wins over a file or folder called the same; write ``"./digits"`` for those.
    label : str, optional
        The column of a table (or the array of an .npz file) that holds the labels.
    resize : int or (int, int), optional
        Height and width to bring the images of a folder to.
    key : str, optional
        The array of an .npz file to use. By default ``X`` or ``x_train`` (with ``y`` and a test part beside it),
        ``data``, or the only array there is.

    Returns
    -------
    Source

    Raises
    ------
    DataError
        If there is no such file, it cannot be read, or it holds nothing to train on.
    ParameterError
        If there is no such label or key, or an option does not apply to this kind of source.

    Examples
    --------
    >>> load("digits").note
    'digits from scikit-learn: 1,797 x 8 x 8 float32 in [0, 1], labelled'
    >>> load(np.zeros((3, 2))).note
    'array from memory: 3 x 2 float64'
    """
    if isinstance(source, str) and source in BUILTIN:
        _refuse(f"the built-in {source!r}", label=label, resize=resize, key=key)
        return _source(source, BUILTIN[source]())
    if not isinstance(source, (str, os.PathLike)):
        return _in_memory(source, label, resize, key)
    path = _existing(source)
    with reading(path):
        folder, size = path.is_dir(), path.stat().st_size
    if folder:
        _refuse("a folder of images", label=label, key=key)
        X, y = read_folder(path, resize)
        return _source(path.resolve().name, Parts(X, y, None, None, f"from {path}", "images"))
    if not is_idx(path) and path.suffix.lower() not in (".npy", ".npz", ".csv", ".tsv", ".parquet"):
        raise DataError(
            f"{path} is not a kind of file that can be read",
            expected=f"one of {FILES}, or a folder of images",
            received=f"a file ending in {path.suffix!r}" if path.suffix else "a file without an ending",
        )
    _refuse(f"the file {path.name}", resize=resize)
    if size == 0:
        raise DataError(f"{path} is empty", expected="data", received="0 bytes", do="write or download it again")
    if is_idx(path):
        _refuse("an IDX file", label=label, key=key)
        parts = _idx(path)
    elif path.suffix.lower() in (".npy", ".npz"):
        parts = _arrays(path, label, key)
    else:
        _refuse("a table", key=key)
        table, remark = read_table(path)
        X, y = _labelled(table, label)
        parts = Parts(X, y, None, None, f"from {path}", "rows", remark)
    return _source(path.name.removesuffix(".gz").removesuffix(path.suffix), parts)


def _refuse(kind: str, **options: object) -> None:
    """Refuse options that would have no effect, so that nobody believes they had one."""
    for name, value in options.items():
        if value is not None:
            raise ParameterError(
                f"The '{name}' parameter has no meaning for {kind}",
                expected=f"{name}= only with {APPLIES[name]}",
                received=f"{name}={shown(value)}",
                do=f"leave {name}= out",
            )


def _existing(source: str | os.PathLike[str]) -> Path:
    if not os.fspath(source):
        raise DataError("The source is an empty text", expected=f"a file, a folder, or one of {', '.join(BUILTIN)}")
    path = Path(source)
    with reading(path):
        path = path.expanduser()
        if path.exists():
            return path
    try:
        nearby = [entry.name for entry in os.scandir(path.parent)]
        folder = ""
    except OSError:  # then the folder is what is missing
        nearby, folder = [], f" (and no folder {str(path.parent)!r})"
    raise DataError(
        f"There is no file or folder {str(path)!r}{folder}",
        expected=f"{FILES}, a folder of images, or one of {', '.join(BUILTIN)}",
        received=shown(str(source)),
        do=unknown_name("source", path.name, [*BUILTIN, *nearby]).do,  # only its hint: the folder may hold thousands
    )


def _in_memory(data: Any, label: str | None, resize: object, key: str | None) -> Source:
    if data is None:
        raise DataError("There are no data", expected="a file, a folder, an array or a table", received="None")
    if is_frame(data):
        _refuse("a table", resize=resize, key=key)
        X, y = _labelled(data, label)
        return _source("table", Parts(X, y, None, None, "from memory", "rows"))
    _refuse("an array", label=label, resize=resize, key=key)
    return _source("array", Parts(data, None, None, None, "from memory", "rows"))


def _labelled(table: Any, label: str | None) -> tuple[Any, np.ndarray | None]:
    names = columns(table)
    if row_count(table) == 0:
        raise DataError("The table has no rows", expected="at least one row", received="0 rows")
    X, y = (table, None) if label is None else take_column(table, label)
    if len(names) <= (y is not None):
        raise DataError(
            "The table has no columns to train on",
            expected="at least one column beside the label",
            received=f"the columns {names}",
        )
    return X, y


def _idx(path: Path) -> Parts:
    X, y, X_test, y_test = load_idx(path)
    _checked(X, path, "")
    return Parts(X, y, X_test, y_test, f"from {path}", "images" if X.ndim > 2 else "rows")


def _arrays(path: Path, label: str | None, key: str | None) -> Parts:
    """Read a .npy or .npz file; numpy tells by their first bytes which it is."""
    with reading(path):
        raw = path.open("rb")  # numpy would leave a broken file open if it opened it itself
    with raw:
        with reading(path):
            file = np.load(raw, allow_pickle=False)
        if isinstance(file, np.ndarray):
            _refuse("a single array", label=label, key=key)
            return Parts(_checked(file, path, ""), None, None, None, f"from {path}", "rows")
        with file:
            main, others = _choose(list(file.files), path, label, key)
            with reading(path):
                X = file[main]
                y, X_test, y_test = (None if name is None else file[name] for name in others)
    X = _checked(X, path, main)
    y = _per_row(y, X, path, others[0])
    if X_test is None:
        return Parts(X, y, None, None, f"from {path}", "rows")
    X_test = _checked(X_test, path, others[1])
    if X_test.shape[1:] != X.shape[1:]:
        raise DataError(
            f"The test part in {path} has another shape",
            expected=f"{others[1]} with rows of shape {X.shape[1:]} as in {main}",
            received=f"rows of shape {X_test.shape[1:]}",
            do="choose the arrays with key= and label=",
        )
    return Parts(X, y, X_test, _per_row(y_test, X_test, path, others[2]), f"from {path}", "rows")


def _choose(names: list[str], path: Path, label: str | None, key: str | None) -> tuple[str, list[str | None]]:
    """Return which array of an .npz file is X, and which are y, X_test and y_test."""

    def first(*wanted: str) -> str | None:
        return next((name for name in wanted if name in names), None)

    for wanted in (key, label):
        if wanted is not None and wanted not in names:
            raise unknown_name("array", wanted, names)
    if key is not None:  # a key asks for that array alone
        return key, [label, None, None]
    main = first("X", "x", "x_train", "X_train", "data") or (names[0] if len(names) == 1 else None)
    if main is None:
        raise DataError(
            f"{path} holds several arrays, and none is called X, x_train or data" if names else f"{path} is empty",
            expected="X (and y), or x_train, y_train, x_test, y_test, or data, or a single array",
            received=", ".join(names[:20]) or "no arrays",
            do=f"name one with key=, such as key={names[0]!r}" if names else "",
        )
    labels = label or first("y_train" if main in ("x_train", "X_train") else "y")
    return main, [labels, first("x_test", "X_test"), first("y_test")]


def _checked(array: np.ndarray, path: Path, name: str | None) -> np.ndarray:
    """Return numbers in this machine's byte order, the only one JAX takes."""
    what = f"{name!r} in {path}" if name else str(path)
    if array.dtype.kind not in NUMBERS:
        raise DataError(f"{what} does not hold numbers", expected="integers or real numbers", received=str(array.dtype))
    if array.ndim == 0 or array.size == 0:
        raise DataError(f"{what} holds no rows", expected="at least one row", received=f"shape {array.shape}")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _per_row(labels: np.ndarray | None, X: np.ndarray, path: Path, name: str | None) -> np.ndarray | None:
    if labels is None:
        return None
    if labels.shape not in (X.shape[:1], (len(X), 1)):
        raise DataError(
            f"{name!r} in {path} is not one label per row",
            expected=f"shape {X.shape[:1]}",
            received=f"shape {labels.shape}",
            do="choose the arrays with key= and label=",
        )
    return labels.reshape(len(X))


def _source(name: str, parts: Parts) -> Source:
    """Add the name and the sentence about where the data came from."""
    X, y, X_test, y_test, where, rows, remark = parts
    if is_frame(X):
        text = f"{row_count(X):,} rows x {len(columns(X)):,} columns"
    elif hasattr(X, "shape") and hasattr(X, "dtype"):
        text = f"{' x '.join(f'{length:,}' for length in X.shape)} {X.dtype}"
    else:
        text = type(X).__name__
    more = [f"{text} {remark}" if remark.startswith("in ") else text]
    more += ["labelled"] if y is not None else []
    more += [f"{len(X_test):,} test {rows}"] if X_test is not None else []
    more += [remark] if remark and not remark.startswith("in ") else []
    return Source(X, y, X_test, y_test, name, f"{name} {where}: {', '.join(more)}")
