"""Cells as people write them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from hyotan.data.tables.cells import EMPTY, WORDS, typed


def one(*texts, **how):
    (column, words), *_ = typed({"x": pa.chunked_array([pa.array(texts, pa.string())])}, **how)[0].values()
    return column.to_pylist(), words


@pytest.mark.parametrize(
    ("texts", "values"),
    [
        (["$1,234.50", "$7"], [1234.5, 7.0]),
        (["1.234,50 €", "7,00 €"], [1234.5, 7.0]),
        (["€ 1 234,5", "€ 12"], [1234.5, 12.0]),
        (["1 234", "12 345 678", "7"], [1234, 12345678, 7]),
        (["1'234.5", "7.0"], [1234.5, 7.0]),
        (["11.7%", "24.7 %"], [11.7, 24.7]),
        (["(1,234)", "5"], [-1234, 5]),
        (["−3.5", "+2"], [-3.5, 2.0]),
        (["-$3.50", "$-2"], [-3.5, -2.0]),
        (["12 kg", "7.5 kg"], [12.0, 7.5]),
        (["3.5°C", "4°C"], [3.5, 4.0]),
        (["1e3", "2.5E-2"], [1000.0, 0.025]),
        (["75,531", "29,683"], [75531, 29683]),
        (["1.234.567", "2.345.678"], [1234567, 2345678]),
        ([".5", "1."], [0.5, 1.0]),
        (["¥1,200", "¥800"], [1200, 800]),
    ],
    ids=str,
)
def test_numbers(texts, values):
    found, _ = one(*texts, None)
    assert found == [*values, None] and {type(value) for value in found[:-1]} == {type(values[0])}


@pytest.mark.parametrize(
    "texts",
    [
        ["01234", "99999"],
        ["1st", "2nd"],
        ["3a", "4b"],
        ["12 kg", "7 m"],
        ["10.0.0.1", "10.0.0.2"],
        ["1,23,4", "5"],
        ["+49 171 1234", "+49 30 1"],
        ["12-34", "56-78"],
        ["1 2", "3 4"],
        ["4111111111111111111", "4222222222222222222"],
        ["A1", "B2"],
        ["ann", "bob"],
        ["1.2.3", "1.2.4"],
        ["1.2.10", "1.3.11"],
        ["100-", "50-"],
        ["1.5M", "900"],
        ["5 KB", "10"],
        ["5%", "0.1"],
        ["1/2", "3/2"],
        ["1-2", "3-2"],
        ["120/80", "130/80"],
        ["1.5±0.2", "2.5±0.2"],
        ["12345-6789", "12345-6780"],
        ["123ABC", "124ABC"],
        ["3XL", "4XL"],
        ["4th", "5th"],
        ["15*", "16*"],
        ["(1)", "(2)"],
        ["1_000", "20_000"],
        ["2020-W01", "2021-W01"],
        ["5 Mayfield 2024", "6 Juniper 1999"],
        ["F", "F"],
        ["NO", "NO"],
        ["Si", "Cu"],
        ["12345678901234567890", "12345678901234567891"],
        ["12345678901234567€", "12345678901234568€"],
        ["none", "minor"],
    ],
    ids=str,
)
def test_what_is_no_number_stays_text(texts):
    assert one(*texts)[0] == texts


def test_missing_cells_in_their_spellings():
    for text in EMPTY:
        assert one("1.5", text, "2.5")[0] == [1.5, None, 2.5], text
        assert one("ann", text, " bob ")[0] == ["ann", text if text in WORDS else None, "bob"], text


def test_na_among_countries_is_namibia():
    countries = [f"{a}{b}" for a in "ABCDE" for b in "FGHIJ"]
    assert one("NA", *countries)[0][0] == "NA"
    assert one("NA", "DE", "FR")[0][0] is None


@pytest.mark.parametrize("pair", [("yes", "no"), ("TRUE", "False"), ("Y", "N"), ("ja", "nein"), ("on", "off")])
def test_truth_values(pair):
    assert one(*pair, None, pair[0])[0] == [True, False, None, True]
    assert one(*pair, "maybe")[0] == [*pair, "maybe"]


def test_the_decimal_mark_is_the_same_in_all_columns():
    columns = {"a": ["1,234", "2,345"], "b": ["12,5", "1036,907"]}
    given = {name: pa.chunked_array([texts]) for name, texts in columns.items()}
    read, comma = typed(given)
    assert comma and read["a"][0].to_pylist() == [1.234, 2.345] and read["b"][0].to_pylist() == [12.5, 1036.907]
    read, comma = typed({"a": given["a"]})
    assert not comma and read["a"][0].to_pylist() == [1234, 2345] and "thousands" in read["a"][1]
    read, comma = typed({"a": given["a"]}, semicolons=True)
    assert comma and read["a"][0].to_pylist() == [1.234, 2.345] and "decimal" in read["a"][1]


def test_what_was_taken_off_is_said():
    assert one("$5", "$6")[1] == "without $"
    assert one("5 kg", "6 kg")[1] == "without kg"
    assert one("5.5", "6.5")[1] == ""
