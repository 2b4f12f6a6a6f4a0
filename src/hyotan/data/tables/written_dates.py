"""Dates as they are written in a country, read as times: the order of day and month is told by the whole column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

CLOCK = (
    r"(?:[T ,]+(?P<hour>\d{1,2})[:hH](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
YEAR_FIRST = r"^(?P<year>\d{4})[-./](?P<month>\d{1,2})[-./](?P<day>\d{1,2})" + CLOCK + "$"
JAPANESE = r"^(?P<year>\d{4})年(?P<month>\d{1,2})月(?P<day>\d{1,2})日" + CLOCK + "$"
YEAR_LAST = r"^(?P<a>\d{1,2})(?P<mark>[-./])(?P<b>\d{1,2})[-./](?P<year>\d{4}|\d{2})" + CLOCK + "$"
DAY_NAMED = (
    r"^(?:[A-Za-z]{3,9},?\s+)?(?P<day>\d{1,2})(?:st|nd|rd|th)?[-. /]+"
    r"(?P<name>[A-Za-zäûéÄ]{3,9})\.?[-. /,]+(?P<year>\d{4}|\d{2})" + CLOCK + "$"
)
NAME_FIRST = (
    r"^(?:[A-Za-z]{3,9},\s+)?(?P<name>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})"
    + CLOCK
    + "$"
)
TIME = r"^(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
TIME += r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?$"
MONTHS = {
    name: month
    for month, names in enumerate(
        (
            "jan january januar janvier enero",
            "feb february februar fév fev février",
            "mar march mär mrz märz mars",
            "apr april avr avril",
            "may mai",
            "jun june juni juin",
            "jul july juli juil juillet",
            "aug august aoû aou août",
            "sep sept september septembre",
            "oct october okt oktober octobre",
            "nov november novembre",
            "dec december dez dezember déc décembre",
        ),
        start=1,
    )
    for name in names.split()
}


def read_dates(column: Any) -> tuple[pa.Array, str] | None:
    """Return a column of text as times, and what was guessed, in words; None if some cell is not a date.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Text; missing cells are null.

    Returns
    -------
    (pyarrow.Array, str) or None
        Timestamps (in UTC if the texts have a zone), or times of day.

    Examples
    --------
    >>> import pyarrow as pa
    >>> times, words = read_dates(pa.chunked_array([["25.03.2024 13:00", "1.4.2024 00:30"]]))
    >>> times.to_pylist()[1].isoformat(), words
    ('2024-04-01T00:30:00', '')
    >>> read_dates(pa.chunked_array([["03/04/2024", "05/06/2024"]]))[1]
    'read with the month first: the days would fit, too'
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    known = column.drop_null()
    if not len(known):
        return None
    for pattern in (YEAR_FIRST, JAPANESE, YEAR_LAST, DAY_NAMED, NAME_FIRST, TIME):
        if pc.all(pc.match_substring_regex(known[:1], pattern)).as_py() and (
            pc.all(pc.match_substring_regex(known, pattern)).as_py()
        ):
            break
    else:
        return None
    parts = pc.extract_regex(known, pattern)
    names = [parts.type.field(index).name for index in range(parts.type.num_fields)]
    texts = {name: np.asarray(pc.fill_null(pc.struct_field(parts, name), ""), dtype="U") for name in names}
    clock = _clock(texts)
    if clock is None:
        return None
    offset, zoned = clock
    words = ""
    if pattern is TIME:
        seconds = offset // np.timedelta64(1, "us")
        return _spread(column, pa.array(seconds, pa.int64()).cast(pa.time64("us"))), ""
    year = _whole(texts["year"])
    year = np.where(year >= 100, year, np.where(year < 50, 2000 + year, 1900 + year))
    if "name" in texts:
        month = np.array([MONTHS.get(name.lower(), 0) for name in texts["name"]])
        day = _whole(texts["day"])
    elif "a" in texts:
        short = texts["year"][np.char.str_len(texts["year"]) == 2]
        if len(short) and texts["mark"][0] != "/" and not _padded(texts):
            return None  # 1.2.10 is a version
        ordered = _ordered(_whole(texts["a"]), _whole(texts["b"]), year, offset, set(texts["mark"].tolist()))
        if ordered is None:
            return None
        day, month, words = ordered
    else:
        month, day = _whole(texts["month"]), _whole(texts["day"])
    dates = _dates(year, month, day)
    if dates is None:
        return None
    times = dates.astype("datetime64[us]") + offset
    made = pa.array(times, pa.timestamp("us", tz="UTC" if zoned else None))
    if not zoned and not offset.any():
        made = made.cast(pa.timestamp("s"))
    return _spread(column, made), words


def _padded(texts: dict[str, np.ndarray]) -> bool:
    return bool((np.char.str_len(texts["a"]) == 2).all() and (np.char.str_len(texts["b"]) == 2).all())


def _whole(texts: np.ndarray) -> np.ndarray:
    return np.where(texts == "", "0", texts).astype(np.int64)


def _clock(texts: dict[str, np.ndarray]) -> tuple[np.ndarray, bool] | None:
    """Return the time of day, less the offset of its zone, and whether there are zones; None for 25:00 and the like."""
    hour, minute, second = (_whole(texts[name]) for name in ("hour", "minute", "second"))
    half = np.char.lower(texts["half"])
    if (half != "").any():
        if (half == "").any() or hour.max() > 12 or hour.min() < 1:
            return None
        hour = hour % 12 + 12 * (half == "p")
    if hour.max() > 23 or minute.max() > 59 or second.max() > 59:
        return None
    fraction = np.array([text.ljust(6, "0")[:6] for text in texts["fraction"].tolist()], dtype="U")
    micros = ((hour * 60 + minute) * 60 + second) * 1_000_000 + _whole(np.where(fraction == "000000", "", fraction))
    zones = texts.get("zone", np.array([""]))
    zoned = bool((zones != "").any())
    if zoned:
        if (zones == "").any():
            return None
        offsets = {zone: _offset(zone) for zone in np.unique(zones).tolist()}
        micros = micros - np.array([offsets[zone] for zone in zones.tolist()], np.int64)
    return micros.astype("timedelta64[us]"), zoned


def _offset(zone: str) -> int:
    """Return the offset of a zone from UTC in microseconds."""
    if zone in ("Z", "UTC"):
        return 0
    digits = zone[1:].replace(":", "")
    return (-1 if zone[0] == "-" else 1) * (int(digits[:2]) * 60 + int(digits[2:])) * 60_000_000


def _ordered(
    a: np.ndarray, b: np.ndarray, year: np.ndarray, offset: np.ndarray, marks: set[str]
) -> tuple[np.ndarray, np.ndarray, str] | None:
    """Return days and months, told apart by the whole column; None if no order fits."""
    day_first, month_first = _dates(year, b, a), _dates(year, a, b)
    if day_first is None and month_first is None:
        return None
    if month_first is None:
        return a, b, ""
    if day_first is None:
        return b, a, ""
    if (a == b).all():
        return a, b, ""
    for steady in (_goes_on_evenly, _goes_on):  # as a logger's times do
        told = [len(a) > 2 and steady(dates + offset) for dates in (day_first, month_first)]
        if told[0] != told[1]:
            first = "day" if told[0] else "month"
            words = f"read with the {first} first: its times go on{' evenly' * (steady is _goes_on_evenly)}"
            return (a, b, words) if told[0] else (b, a, words)
    if marks == {"/"}:
        return b, a, "read with the month first: the days would fit, too"
    return a, b, "read with the day first: the months would fit, too"


def _goes_on(times: np.ndarray) -> bool:
    return bool((np.diff(times) >= np.timedelta64(0)).all())


def _goes_on_evenly(times: np.ndarray) -> bool:
    steps = np.diff(times)
    return bool(steps[0] > np.timedelta64(0) and (steps == steps[0]).all())


def _dates(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray | None:
    """Return dates, or None if one of them does not exist."""
    if month.min() < 1 or month.max() > 12 or day.min() < 1:
        return None
    starts = (
        (year - 1970).astype("timedelta64[Y]").astype("timedelta64[M]") + np.datetime64("1970-01", "M") + (month - 1)
    )
    dates = starts.astype("datetime64[D]") + (day - 1)
    return dates if (dates.astype("datetime64[M]") == starts).all() else None


def _spread(column: Any, known: Any) -> Any:
    """Return the values of the known cells in their places, the others null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not column.null_count:
        return known
    valid = np.asarray(pc.is_valid(column))
    places = np.where(valid, np.cumsum(valid) - 1, 0)
    return known.take(pa.array(places, mask=~valid))
