"""The encoding of text files: Unicode by its marks and its validity, else the one that fits the bytes."""

from __future__ import annotations

import codecs
import re

from hyotan.core.errors import DataError, ParameterError, shown

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}  # the marks of UTF-32 begin with those of UTF-16, so they are looked for first
GUESSED = {"cp1252": "Windows-1252", "cp932": "Shift-JIS", "euc_jp": "EUC-JP"}
KATAKANA = re.compile(r"[\x20-\x7e][｡-ﾟ](?=[\x20-\x7e])")  # alone between ASCII: a sign such as ° or µ of cp1252
SAMPLE = 200_000  # bytes from which the encoding is told


def decoded(data: bytes, file: object, encoding: str | None = None) -> tuple[str, str]:
    """Return the bytes of a text file as text, and which encoding was guessed, in words.

    Parameters
    ----------
    data : bytes
    file : object
        Its text is its name in messages.
    encoding : str, optional
        The encoding, instead of a guess.

    Returns
    -------
    text : str
    words : str
        Such as "read as Windows-1252"; empty for Unicode.

    Raises
    ------
    DataError
        If some lines are UTF-8 and others are not, or no encoding fits.
    ParameterError
        If there is no such encoding.

    Examples
    --------
    >>> decoded("温度".encode("shift_jis"), "a.csv")
    ('温度', 'read as Shift-JIS (encoding= names another)')
    >>> decoded("Temp (°C)".encode("utf-16"), "a.csv")
    ('Temp (°C)', '')
    """
    if encoding is not None:
        return _as_told(data, file, encoding), ""
    for mark, name in MARKS.items():
        if data.startswith(mark):
            return _as_told(data, file, name), ""
    if (wide := _wide(data)) is not None:
        return _as_told(data, file, wide), ""
    try:
        return data.decode("utf-8"), ""
    except UnicodeDecodeError:
        _refuse_mixed(data, file)
    name = _guessed(data)
    try:
        return data.decode(name), f"read as {GUESSED[name]} (encoding= names another)"
    except UnicodeDecodeError as err:
        raise _undecodable(data, file, GUESSED[name], err.start) from err


def _as_told(data: bytes, file: object, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError as err:
        raise ParameterError(
            f"There is no encoding {shown(encoding)}",
            expected="a name that Python knows, such as 'utf-8', 'cp1252' or 'shift_jis'",
            received=shown(encoding),
        ) from err
    except UnicodeDecodeError as err:
        raise _undecodable(data, file, encoding, err.start) from err


def _undecodable(data: bytes, file: object, encoding: str, start: int) -> DataError:
    line = data.count(b"\n", 0, start) + 1
    return DataError(
        f"{file} is not text in one encoding",
        expected=f"text in {encoding}",
        received=f"the byte {data[start]:#04x} in line {line:,}",
        do="name the encoding with encoding=, such as encoding='latin-1', which fits any bytes, or write the file "
        "again as UTF-8",
    )


def _wide(data: bytes) -> str | None:
    """Return UTF-16 without a mark: of ASCII text every other byte is 0."""
    head = data[: SAMPLE // 2 * 2]
    if b"\0" not in head or len(head) < 4:
        return None
    zeros = [head[start::2].count(0) / (len(head) // 2) for start in (0, 1)]
    return "utf-16-le" if zeros[1] > 0.4 > zeros[0] else "utf-16-be" if zeros[0] > 0.4 > zeros[1] else None


def _refuse_mixed(data: bytes, file: object) -> None:
    """Raise if some lines beyond ASCII are UTF-8 and others are not: any one encoding would spoil some of them."""
    unicode = other = 0
    for number, line in enumerate(data.splitlines(), start=1):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            unicode = unicode or number
        except UnicodeDecodeError:
            other = other or number
        if unicode and other:
            raise DataError(
                f"{file} has lines in several encodings",
                expected="one encoding",
                received=f"UTF-8 in line {unicode:,}, another in line {other:,}",
                do="write the file again in one encoding; encoding='latin-1' reads all as Western European",
            )


def _guessed(data: bytes) -> str:
    from charset_normalizer import from_bytes

    lines = [line for line in data.splitlines() if not line.isascii()]
    sample = b"\n".join(dict.fromkeys(lines))[:SAMPLE]  # a line that occurs often tells no more than once
    sample = sample[: sample.rfind(b"\n")] if len(sample) == SAMPLE and b"\n" in sample else sample
    best = from_bytes(sample, cp_isolation=[*GUESSED]).best()
    name = best.encoding if best is not None and best.encoding in GUESSED else "cp1252"
    if name == "cp932":
        text = sample.decode(name, errors="replace")
        wide = sum(char > "\u2e80" and not "｡" <= char <= "ﾟ" for char in text)
        if not wide and KATAKANA.search(f" {text} "):
            return "cp1252"
    return name
