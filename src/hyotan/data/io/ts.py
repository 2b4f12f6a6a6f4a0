"""The .ts files of the UEA and UCR archives: one series per line, channels separated by colons, the label last."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from hyotan.core.errors import DataError, shown
from hyotan.core.files import reading
from hyotan.data.io.opening import Opened, opened_from

__all__ = ["load_ts", "part_beside", "read_ts", "stacked"]


def load_ts(path: Path | Opened) -> tuple[Any, np.ndarray | None, Any | None, np.ndarray | None]:
    r"""Read a .ts file; for ``name_TRAIN.ts``, ``name_TEST.ts`` in the same folder is read as the test part.

    Parameters
    ----------
    path : Path or Opened

    Returns
    -------
    X : ndarray of shape (n, steps, channels), or list of ndarray (steps, channels)
        A list if the series of both parts together do not all have the same length.
    y : ndarray or None
        Whole numbers if all labels are whole numbers, floats for a regression target, else text.
    X_test, y_test
        The same for the test part, or None.

    Raises
    ------
    DataError
        If a file cannot be read, or the test part has another number of channels.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a_TRAIN.ts")
    >>> _ = path.write_text("@classLabel true up down\n@data\n1,2,3:0,0,?:up\n4,5:1,1:down\n")
    >>> X, y, X_test, y_test = load_ts(path)
    >>> [series.shape for series in X], y.tolist(), X_test
    ([(3, 2), (2, 2)], ['up', 'down'], None)
    """
    X, y = read_ts(path)
    own = path.path if isinstance(path, Opened) else path
    beside = None if own is None else part_beside(own)
    if beside is None:
        return stacked([X])[0], y, None, None
    X_test, y_test = read_ts(beside)
    if X_test[0].shape[1] != X[0].shape[1]:
        raise DataError(
            f"{beside} does not fit {(own or beside).name}",
            expected=f"series of {X[0].shape[1]} channels",
            received=f"series of {X_test[0].shape[1]} channels",
            do="put files of the same set side by side",
        )
    X, X_test = stacked([X, X_test])
    return X, y, X_test, y_test


def part_beside(path: Path) -> Path | None:
    """Return the file ``name_TEST`` beside ``name_TRAIN`` with the same endings; None if there is none.

    Examples
    --------
    >>> part_beside(Path("alone_TRAIN.ts")) is None
    True
    """
    other = re.sub(r"_train(?=(\.\w+)+$)", _test_name, path.name, flags=re.IGNORECASE)
    beside = path.with_name(other)
    return beside if other != path.name and beside.is_file() else None


def _test_name(found: re.Match[str]) -> str:
    return "_test" if found[0].islower() else "_TEST"


def stacked(parts: list[list[np.ndarray]]) -> list[Any]:
    """Return lists of series as arrays if all series in all lists have the same length.

    Examples
    --------
    >>> stacked([[np.zeros((3, 1))], [np.zeros((3, 1))]])[0].shape
    (1, 3, 1)
    """
    if len({len(series) for part in parts for series in part}) > 1:
        return list(parts)
    return [np.stack(part) for part in parts]


def read_ts(path: Path | Opened) -> tuple[list[np.ndarray], np.ndarray | None]:
    r"""Read one .ts file.

    Only part of the header is used: whether the last field is a label, the names of the labels, the number of
    channels, and whether there are time stamps, which are not supported.

    Parameters
    ----------
    path : Path or Opened

    Returns
    -------
    series : list of ndarray (steps, channels), float64
        With NaN for ``?``.
    labels : ndarray or None

    Raises
    ------
    DataError
        If a line cannot be read; the message has its number.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "a.ts")
    >>> _ = path.write_text("@univariate true\n@classLabel false\n@data\n1.5,?\n")
    >>> read_ts(path)
    ([array([[1.5],
           [nan]])], None)
    """
    path = opened_from(path)
    with reading(path):
        # The numbers are ASCII, so the encoding of comments does not matter.
        lines = path.read().decode("utf-8-sig", errors="replace").splitlines()
    header: dict[str, str] = {}
    series: list[np.ndarray] = []
    labels: list[str] = []
    begun = False
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if not line or line.startswith(("#", "%")):
            continue
        if begun:
            found, label = _row(line, header, series[0].shape[1] if series else None, f"{path} line {number}")
            series.append(found)
            labels += label
        elif line.lower() == "@data":
            begun = True
        elif line.startswith("@"):
            key, value = [*line[1:].split(None, 1), "", ""][:2]
            header[key.lower()] = value.strip()
            if key.lower() == "timestamps" and value.strip().lower() == "true":
                _no_stamps(f"{path} line {number}", line)
        else:
            raise DataError(
                f"{path} line {number} is not a .ts file's header",
                expected="lines that begin with #, % or @ up to @data",
                received=shown(line),
            )
    if not series:
        raise DataError(
            f"{path} holds no series",
            expected="a series a line under a line @data",
            received="nothing under @data" if begun else f"{len(lines):,} lines without @data",
            do="check that the file is complete and really of the kind its name says",
        )
    return series, _labels(labels, header) if labels else None


def _row(line: str, header: dict[str, str], channels: int | None, where: str) -> tuple[np.ndarray, list[str]]:
    """Return one line as a series (steps, channels), and a list with its label, which is empty without labels."""
    fields = [field.strip() for field in line.split(":")]
    if fields[0].startswith("("):
        _no_stamps(where, line)
    label: list[str] = []
    if _labelled(header):
        label = [fields.pop()]
        known = header.get("classlabel", "").split()[1:]
        spelt = {name.casefold(): name for name in known}
        if known and label[0] not in known and label[0].casefold() in spelt:
            label = [spelt[label[0].casefold()]]  # as the header spells it
        if known and label[0] not in known:
            raise DataError(
                f"{where}: the label is not one that the header names",
                expected=f"one of {shown(known)} after the last colon",
                received=shown(label[0]),
            )
    declared = header.get("dimensions", header.get("dimension", ""))
    wanted = int(declared) if declared.isdigit() else 1 if header.get("univariate", "").lower() == "true" else channels
    if not fields or (wanted is not None and len(fields) != wanted):
        raise DataError(
            f"{where}: not the number of channels that the {'header' if declared else 'file'} has",
            expected=f"{wanted or 1} between colons" + (", then the label" if label else ""),
            received=f"{len(fields)}",
            do="" if label else "if the last field is a label, the header must say @classLabel true and its names",
        )
    columns = [_numbers(field, f"{where}, channel {index}") for index, field in enumerate(fields)]
    lengths = [len(column) for column in columns]
    if len(set(lengths)) > 1:
        other = next(index for index, length in enumerate(lengths) if length != lengths[0])
        raise DataError(
            f"{where}: the channels of this series are not of one length",
            expected=f"{lengths[0]} steps in every channel, as in channel 0",
            received=f"{lengths[other]} steps in channel {other}",
            do="write ? where a step of a channel is missing",
        )
    return np.stack(columns, axis=1), label


def _labelled(header: dict[str, str]) -> bool:
    return any(header.get(key, "").lower().split()[:1] == ["true"] for key in ("classlabel", "targetlabel"))


def _numbers(field: str, where: str) -> np.ndarray:
    cells = [cell.strip() for cell in field.split(",")]
    try:
        return np.array([np.nan if cell == "?" else float(cell) for cell in cells])
    except ValueError as err:
        wrong = next(step for step, cell in enumerate(cells) if cell != "?" and not _is_number(cell))
        raise DataError(
            f"{where}, step {wrong} is not a number",
            expected="numbers between commas, ? for a missing one",
            received=shown(cells[wrong]),
        ) from err


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _labels(labels: list[str], header: dict[str, str]) -> np.ndarray:
    """Return labels as numbers if all are numbers, so that 10 sorts after 2, else as text."""
    if all(re.fullmatch(r"-?\d{1,18}", label) for label in labels):
        return np.array([int(label) for label in labels])
    if "targetlabel" in header and all(_is_number(label) for label in labels):
        return np.array([float(label) for label in labels])
    return np.array(labels)


def _no_stamps(where: str, line: str) -> NoReturn:
    raise DataError(
        f"{where}: time stamps are not read by this version",
        expected="numbers between commas",
        received=shown(line),
        do="write the values alone at even times, or a table with a column of ids and load it with id= and time=",
    )
