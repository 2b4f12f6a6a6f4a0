"""Encodings: every text comes back as it was written, or the file is refused."""

from __future__ import annotations

import pytest

from hyotan.core.errors import DataError, ParameterError
from hyotan.data.io.encoding import decoded

PATH = "a.csv"
GERMAN = "name,größe (µm),preis €\nMüller,1.5,2\nWeiß,2.5,3\n"
JAPANESE = "日付,気温(℃),場所,カタカナ\n2024-01-01,3.5,東京,テスト\n"


@pytest.mark.parametrize("text", ["a,b\n1,2\n", GERMAN, JAPANESE], ids=["ascii", "german", "japanese"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode(text, encoding):
    assert decoded(text.encode(encoding), PATH) == (text, "")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_a_mark(encoding):
    assert decoded("time;value\n1;2\n".encode(encoding), PATH) == ("time;value\n1;2\n", "")


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        (GERMAN, "cp1252", "Windows-1252"),
        ("Temp (°C),v\n1,2\n", "latin1", "Windows-1252"),
        ("x (µm),y (±1)\n1,2\n", "latin1", "Windows-1252"),
        ("année;température\n2019;3,5\n", "latin1", "Windows-1252"),
        ("año,niño\n1,España\n", "cp1252", "Windows-1252"),
        (JAPANESE, "cp932", "Shift-JIS"),
        ("温度,湿度\n1,2\n", "shift_jis", "Shift-JIS"),
        (JAPANESE, "euc_jp", "EUC-JP"),
        ("温度,湿度\n1,2\n", "euc_jp", "EUC-JP"),
    ],
)
def test_older_encodings_are_guessed_and_said(text, encoding, told):
    found, words = decoded(text.encode(encoding), PATH)
    assert found == text and told in words and "encoding=" in words


def test_a_named_encoding_is_used():
    text = "Zażółć,gęś\n1,2\n"
    assert decoded(text.encode("cp1250"), PATH, "cp1250") == (text, "")


def test_an_unknown_encoding(refused):
    with refused(ParameterError, "no encoding 'latin-99'"):
        decoded(b"a", PATH, "latin-99")


def test_a_named_encoding_that_does_not_fit(refused):
    with refused(DataError, "not text in one encoding", "line 2"):
        decoded("a\nä\n".encode("latin1"), PATH, "utf-8")


def test_lines_in_two_encodings_are_refused_with_both_lines(refused):
    data = "größe,b\n".encode() + b"1,2\n" + "größe,2\n".encode("latin1")
    with refused(DataError, "several encodings", "UTF-8 in line 1", "another in line 3"):
        decoded(data, PATH)
    assert decoded(data, PATH, "latin-1")[0].endswith("größe,2\n")  # what the error advises works


def test_bytes_of_no_encoding(refused):
    with refused(DataError, "not text in one encoding", "encoding='latin-1'"):
        decoded(b"a,b\n\x81\x8d,1\n\xff\xff,2\n", PATH)
    assert decoded(b"a,b\n\x81\x8d,1\n", PATH, "latin-1")[0].startswith("a,b\n")
