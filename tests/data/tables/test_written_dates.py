"""Dates as they are written, against those of the standard library."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hyotan.data.tables.written_dates import read_dates

FORMATS = [
    "%d.%m.%Y",
    "%d.%m.%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%y",
    "%Y/%m/%d %H:%M",
    "%Y.%m.%d",
    "%d %B %Y",
    "%d-%b-%Y %H:%M",
    "%b %d, %Y",
    "%A, %B %d, %Y",
    "%Y年%m月%d日",
    "%Y-%m-%dT%H:%M:%S",
]


def read(*texts):
    found = read_dates(pa.chunked_array([pa.array(texts, pa.string())]))
    return None if found is None else (found[0].to_pylist(), found[1])


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.datetimes(dt.datetime(1970, 1, 1), dt.datetime(2049, 12, 31)), min_size=1, max_size=10),
    st.sampled_from(FORMATS),
)
def test_every_format_comes_back(moments, form):
    # The 23rd settles which number is the day; the order of the others says nothing.
    moments = [dt.datetime(2024, 3, 23), *moments, dt.datetime(2001, 3, 23)]
    texts = [moment.strftime(form) for moment in moments]
    wanted = [dt.datetime.strptime(text, form) for text in texts]
    assert read(*texts, None) == ([*wanted, None], "")


def test_day_and_month_are_told_by_the_whole_column():
    assert read("03/04/2024", "23/05/2024")[0][0] == dt.datetime(2024, 4, 3)
    assert read("03/04/2024", "05/23/2024")[0][0] == dt.datetime(2024, 3, 4)


def test_a_guess_is_said():
    assert read("03/04/2024", "05/06/2024", "01/02/2024") == (
        [dt.datetime(2024, 3, 4), dt.datetime(2024, 5, 6), dt.datetime(2024, 1, 2)],
        "read with the month first: the days would fit, too",
    )
    assert "day first" in read("03.04.2024", "05.06.2024", "01.02.2024")[1]


def test_a_logger_goes_on():
    texts = [f"{day:02}/01/2024 00:00" for day in range(1, 13)]
    times, words = read(*texts)
    assert [moment.day for moment in times] == list(range(1, 13)) and "day first: its times go on evenly" in words
    texts = [f"01/{day:02}/2024 00:00" for day in range(1, 13)]
    assert [(moment.month, moment.day) for moment in read(*texts)[0]] == [(1, day) for day in range(1, 13)]


@pytest.mark.parametrize(
    "texts",
    [
        ("31.02.2024",),
        ("25.13.2024",),
        ("13/13/2024",),
        ("23/05/2024", "05/23/2024"),
        ("25.03.2024 25:00",),
        ("25.03.2024 13:00 PM",),
        ("25.03.2024", "soon"),
        ("25.03.2024 10:00", "26.03.2024 10:00+02:00"),
        ("3 Foo 2024",),
        ("12-34-567",),
    ],
    ids=str,
)
def test_what_is_no_date_stays_text(texts):
    assert read(*texts) is None


def test_zones_are_turned_to_utc():
    times, words = read("25.03.2024 13:00+02:00", "25.03.2024 13:00Z")
    assert times == [dt.datetime(2024, 3, 25, 11, tzinfo=dt.UTC), dt.datetime(2024, 3, 25, 13, tzinfo=dt.UTC)]
    assert words == ""


def test_years_of_two_digits():
    assert [moment.year for moment in read("13/02/65", "14/02/71", "15/02/24")[0]] == [1965, 1971, 2024]


def test_times_of_day():
    assert read("00:10", "23:59")[0] == [dt.time(0, 10), dt.time(23, 59)]
    assert read("1:10:05 PM", "12:00:00 am")[0] == [dt.time(13, 10, 5), dt.time(0)]


def test_fractions_of_a_second():
    assert read("25.03.2024 13:00:01.5", "25.03.2024 13:00:02,25")[0] == [
        dt.datetime(2024, 3, 25, 13, 0, 1, 500_000),
        dt.datetime(2024, 3, 25, 13, 0, 2, 250_000),
    ]
