"""The roles of a table's columns that are not data: times, ids and labels, recognised by their names and values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from hyotan.core.errors import DataError, ParameterError, unknown_name
from hyotan.data.series.times import calendar, epoch_unit, read_times
from hyotan.data.tables.dates import dates, index_times
from hyotan.data.tables.frames import column_of, is_text, values_of

__all__ = ["Roles", "check_no_epochs", "looks_like_labels", "roles_of"]


LABEL = re.compile(
    r"(true|anomaly|class|target|y)?_?labels?|label_?\w{1,2}|class(es|_?id|_?name|_?label)?|targets?|y_true|ground_?truth|gt"
)
FLAG = re.compile(
    r"((is|has|machine|device|system|sensor|unit)_)?"
    r"(anomal(y|ies|ous)|outliers?|abnormal|attacks?|fraud(ulent)?|intrusions?|faults?|faulty|failures?|change_?points?)"
    r"_?(flag|label|class|status)?"
)
TIME = re.compile(
    r"(\w+_)?(time_?stamps?|times?|date_?times?|dates?|ts|epoch)(_?(s|sec|seconds|ms|us|ns|utc|unix|local))?"
    r"|unix(_?(s|ms))?|(created|recorded|measured|logged)_(at|on)|t|yyyymmdd|yyyymm|ymd"
)
COUNT = re.compile(
    r"(\w+_)?(steps?|index|idx|frames?|cycles?|counter|ticks?|seq(uence)?|samples?|rows?)(_?(id|no|nr|num|number|index))?"
    r"|day|month|year|hour|minute|second|period|count|no|nr|num|number|n|id|unnamed(_\d+)?"
)
ID = re.compile(
    r"(\w+_)?(id|ids|uuid|guid)|row_?(id|no|nr|number|index)?|index|idx|no|nr|number|record(_?(id|no|nr|number))?|key"
    r"|unnamed(_\d+)?"
)
CLASSES = 50  # a label has at most as many values
SEVERAL = 3  # rows from which a counting column can be told


@dataclass(frozen=True)
class Roles:
    """Columns that are not data, each with why it was taken as that.

    Parameters
    ----------
    time, id, label : str or None
        The names of columns.
    beside : tuple of str
        Columns that count rows or tell the time, too: neither channels nor needed.
    words : tuple of str
        What was recognised, in words; what the user named is not among them.

    Examples
    --------
    >>> Roles(time="ts").time
    'ts'
    """

    time: str | None = None
    id: str | None = None
    label: str | None = None
    beside: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


def roles_of(
    table: Any,
    *,
    series: bool,
    keep: Sequence[str] = (),
    time: str | None = None,
    id: str | None = None,
    label: str | Literal[False] | None = None,
) -> Roles:
    """Return the roles of a table's columns.

    Parameters
    ----------
    table : pandas, polars or Arrow table
    series : bool
        Whether the rows are steps of series. Then, columns that count steps or tell the time are no channels.
    keep : sequence of str
        Columns that the user trains on: they are data, whatever they look like.
    time, id, label : str or None
        Columns that the user named. ``label=False`` means that no column is one.

    Raises
    ------
    ParameterError
        If several columns contain dates and none is named.

    Examples
    --------
    >>> import pyarrow as pa
    >>> table = pa.table({"n": [1, 2, 3, 4], "value": [5.0, 2.0, 4.0, 1.0], "is_anomaly": [0, 0, 1, 0]})
    >>> found = roles_of(table, series=True)
    >>> found.time, found.label
    ('n', 'is_anomaly')
    """
    table_of = column_of(table)
    for name in (time, id, label):
        if isinstance(name, str) and name not in table_of:
            raise unknown_name("column", name, table_of)
    kept, dated = set(keep), dates(table)
    names = [name for name in table_of if name not in kept]
    words = []
    free = [name for name in names if name not in (time, id, label)]
    answers = [] if label is False else [name for name in free if _is_label(name, table_of[name])]
    if label is None and answers:
        label = answers.pop(0)
        words.append(f"{label!r} taken as the label")
    if answers:  # a model trained on one answer would be tested on the other
        words.append(
            f"{', '.join(map(repr, answers))} left out: {'it looks' if len(answers) == 1 else 'they look'} like "
            "labels, too"
        )
    free = [name for name in free if name not in (label, *answers)]
    label = label if isinstance(label, str) else None
    if not series:
        id = next((name for name in free if _is_id(name, table_of[name])), None)
        if id is not None and len(free) > 1:
            words.append(f"{id!r} taken as the id of each row")
            return Roles(None, id, label, tuple(answers), tuple(words))
        return Roles(None, None, label, tuple(answers), tuple(words))
    of = None if id is None else values_of(table_of[id])
    rising = bool(dated) and all((np.diff(values_of(table_of[name])) > np.timedelta64(0)).all() for name in dated[:1])
    if id is None and time is None and not keep and not rising and (refused := _restarted(table_of, free)):
        raise refused
    found = _times(table_of, free, of, dated, several=time is not None)
    indexed = index_times(table) is not None and not (found and found[0] in dated)
    if time is None and found and set(free) == set(found[:1]) and not keep and found[0] not in dated:
        return Roles(None, id, label, tuple(answers), tuple(words))  # something must be left to train on
    if time is None and found and not indexed:
        time = found[0]
        if time not in dated:
            words.append(f"{time!r} taken as the time")
    beside = tuple(name for name in found if name != time)
    if not set(free) - {time, *beside} and not keep:
        beside = tuple(name for name in beside if name in dated)
    if beside:
        counted = "counts or tells" if len(beside) == 1 else "count or tell"
        words.append(f"{', '.join(map(repr, beside))} left out: {counted} the time, too")
    return Roles(time, id, label, (*beside, *answers), tuple(words))


def check_no_epochs(table: Any, beside: Sequence[str | None] = ()) -> None:
    """Raise if a column counts seconds, or parts of one, since 1970: a time is no measurement of a row.

    Parameters
    ----------
    table : pandas, polars or Arrow table
    beside : sequence of str
        Columns that are not looked at.

    Raises
    ------
    DataError
        If a column has the name of a time, and all its values are such counts.

    Examples
    --------
    >>> import pyarrow as pa
    >>> check_no_epochs(pa.table({"ts": [1711324800, 1711325400, 1711326000], "x": [1.0, 2.0, 3.0]}))
    Traceback (most recent call last):
    ...
    hyotan.core.errors.DataError: The column 'ts' counts s since 1970: it is a time, not a measurement · ...
    """
    for name, column in column_of(table).items():
        if name in beside or not TIME.fullmatch(_plain(name)):
            continue
        values = _numbers_of(column)
        if values is not None and (unit := epoch_unit(values)) is not None:
            raise DataError(
                f"The column {name!r} counts {unit} since 1970: it is a time, not a measurement",
                expected="numbers that tell something of a row",
                received=f"{values[0]}, {values[1]}, …",
                do=f"leave it out with drop=[{name!r}], or read the rows as one long series with window=; if it is a "
                "measurement, name the columns to train on with columns=",
            )


def looks_like_labels(values: np.ndarray) -> bool:
    """Return whether numbers look like labels: whole, few different ones, each several times.

    Examples
    --------
    >>> looks_like_labels(np.array([1.0, -1.0, 1.0, -1.0])), looks_like_labels(np.array([0.5, 0.5, 1.0]))
    (True, False)
    """
    if values.dtype.kind not in "biuf" or not np.isfinite(values).all() or (values != np.rint(values)).any():
        return False
    return len(np.unique(values)) <= min(CLASSES, max(2, len(values) // 2))


def _plain(name: str) -> str:
    """Return a name in lower case with underscores, also between words written as isAnomaly."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^0-9a-z]+", "_", spaced.lower()).strip("_")


def _is_label(name: str, column: Any) -> bool:
    flag, plain = FLAG.fullmatch(_plain(name)), _plain(name)
    if not flag and not LABEL.fullmatch(plain):
        return False
    try:
        values = values_of(column)
    except DataError:  # nested values
        return False
    if values.dtype.kind in "mM":
        return False
    known = values[values != ""] if values.dtype.kind == "U" else values[values == values]
    if values.dtype.kind == "f" and (known != np.rint(known)).any():
        return False  # a number to predict, not a class
    return (
        0 < len(np.unique(known)) <= (3 if flag and values.dtype.kind != "U" else min(CLASSES, max(2, len(known) // 2)))
    )


def _is_id(name: str, column: Any) -> bool:
    """Return whether a column names each row: no value occurs twice, and its name says so."""
    if not ID.fullmatch(_plain(name)):
        return False
    try:
        values = values_of(column)
    except DataError:
        return False
    whole = values.dtype.kind in "iuU"
    return whole and len(values) >= SEVERAL and len(np.unique(values)) == len(values)


def _times(
    table_of: Mapping[str, Any], names: Sequence[str], of: np.ndarray | None, dated: list[str], several: bool
) -> list[str]:
    """Return the columns that tell the time or count steps; the best one first, dates before numbers."""
    dated = [name for name in dated if name in set(names)]
    if len(dated) > 1 and not several:
        named = [name for name in dated if TIME.fullmatch(_plain(name))]
        if len(named) != 1:  # such as "measured" beside "timestamp"
            raise ParameterError(
                "Several columns hold dates",
                expected="the name of the one that holds the times of the steps",
                received=", ".join(map(repr, dated)),
                do=f"name it with time=, such as time={dated[0]!r}",
            )
        dated.sort(key=lambda name: name not in named)
    ranked = []
    for place, name in enumerate(names):
        if name not in dated and (rank := _rank(name, table_of[name], of, place == 0)):
            ranked.append((rank, place, name))
    return [*dated, *(name for _, _, name in sorted(ranked))]


def _rank(name: str, column: Any, of: np.ndarray | None, first: bool) -> int:
    """Return how likely a column without dates is the time: 1 most, 5 least, 0 not at all."""
    plain = _plain(name)
    named = bool(TIME.fullmatch(plain))
    counter = named or bool(COUNT.fullmatch(plain))
    if is_text(column):
        return 1 if _readable(values_of(column)) else 0
    values = _numbers_of(column)
    if values is None:
        return 0
    differences = _differences(values, of)
    if not len(differences):
        return 0
    rising = bool((differences > 0).all())
    dated = epoch_unit(values) is not None or calendar(values) is not None
    if dated and (rising or (named and (differences > 0).mean() > 0.9)):
        return 2
    if not rising:
        return 0
    if values.dtype.kind == "f":
        even = len(differences) >= 10 and np.allclose(differences, differences[0], rtol=1e-6, atol=0)
        return 3 if named else 5 if first and even and (values != np.rint(values)).any() else 0
    return 3 if named else 4 if counter else 5 if (differences == differences[0]).all() else 0


def _numbers_of(column: Any) -> np.ndarray | None:
    """Return the values of a column if they are numbers, all of them known, and enough to tell."""
    try:
        values = values_of(column)
    except DataError:  # nested values
        return None
    numbers = values.dtype.kind in "iuf" and len(values) >= SEVERAL and np.isfinite(values).all()
    if not numbers:
        return None
    return values.astype(np.int64) if values.dtype.kind in "iu" else values


def _restarted(table_of: Mapping[str, Any], names: Sequence[str]) -> ParameterError | None:
    """Return the error for rows of several series: a counter that begins again, with another column that tells why."""
    for name in names:
        plain = _plain(name)
        values = _numbers_of(table_of[name]) if TIME.fullmatch(plain) or COUNT.fullmatch(plain) else None
        if values is None:
            continue
        back = np.flatnonzero(np.diff(values) <= 0) + 1
        if not 0 < len(back) <= len(values) // SEVERAL:
            continue
        for other in names:
            if other != name and _constant_between(values_of(table_of[other]), back):
                return ParameterError(
                    f"The column {name!r} begins again {len(back):,} time{'s' if len(back) > 1 else ''}",
                    expected="the rows of one long series",
                    received=f"the rows of several series, one for each {other!r}, it seems",
                    do=f"read them as series with id={other!r} instead of window=; if they are one series, name the "
                    "columns to train on with columns=",
                )
    return None


def _constant_between(values: np.ndarray, cuts: np.ndarray) -> bool:
    """Return whether values change only at the cuts, and nearly at each of them."""
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    return bool(len(changes) and np.isin(changes, cuts).all() and len(changes) >= 0.9 * len(cuts))


def _differences(values: np.ndarray, of: np.ndarray | None) -> np.ndarray:
    """Return the differences between neighbouring steps of the same series."""
    if of is None:
        return np.diff(values)
    order = np.argsort(of, kind="stable")
    same = of[order][1:] == of[order][:-1]
    return np.diff(values[order])[same]


def _readable(texts: np.ndarray) -> bool:
    """Return whether all texts are times."""
    known = texts[texts != ""]
    if not len(known):
        return False
    try:
        read_times(known[:20], len(known[:20]))
        read_times(known, len(known))
    except DataError:
        return False
    return True
