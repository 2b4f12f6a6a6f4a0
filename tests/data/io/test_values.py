"""Columns from Python values: one type for each, nothing lost that was not a sign for missing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from hyotan.core.errors import DataError
from hyotan.data.io.values import column, distinct

DAY, MOMENT = dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 3)


@pytest.mark.parametrize(
    ("values", "whole", "kind", "found"),
    [
        ([1, None, 3], False, "int64", [1, None, 3]),
        ([1, 2.0], False, "double", [1.0, 2.0]),
        ([1.0, float("nan"), 2.0], True, "int64", [1, None, 2]),
        ([1.0, 2.5], True, "double", [1.0, 2.5]),
        ([1e300, 2.0], True, "double", [1e300, 2.0]),
        ([1, "n/a", " - ", "#DIV/0!"], False, "int64", [1, None, None, None]),
        ([1.0, "x"], False, "string", ["1", "x"]),
        (["1", "2"], True, "string", ["1", "2"]),
        ([True, None], False, "bool", [True, None]),
        ([DAY, None], False, "date32[day]", [DAY, None]),
        ([DAY, MOMENT], False, "timestamp[us]", [dt.datetime(2024, 1, 2), MOMENT]),
        ([DAY, "later"], False, "string", ["2024-01-02", "later"]),
        ([None, None], False, "null", [None, None]),
        ([], False, "null", []),
    ],
)
def test_types(values: list[Any], whole: bool, kind: str, found: list[Any]) -> None:
    made = column(values, "it", whole=whole)
    assert (str(made.type), made.to_pylist()) == (kind, found)


def test_nested_values_are_refused() -> None:
    with pytest.raises(DataError, match="The column 'a' holds lists in its cells"):
        column([1, [2]], "The column 'a'")


def test_names_of_their_own() -> None:
    assert distinct(["x", "x", "x_2", "x"])[0] == ["x", "x_3", "x_2", "x_4"]
