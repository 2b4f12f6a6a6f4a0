"""Columns of text, as people and programs write numbers, truth values, dates and missing cells, read as typed columns.

Arrow recognises plain numbers and ISO dates. Here are the others: decimal commas, thousands marks, currencies, percent,
units; yes and no; dates in the order of a country. A column is read as a whole: a single cell that does not fit leaves
it text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hyotan.data.tables.written_dates import read_dates

if TYPE_CHECKING:
    import pyarrow as pa

# What people and programs write where there is no value, in lower case.
MISSING = frozenset(
    "- -- --- – — ? . .. ... na n/a nan -nan nat null none nil <na> (null) \\n #n/a #na #null! #div/0! #value! #ref! "
    "#name? #num! #getting_data 1.#ind -1.#ind 1.#qnan -1.#qnan".split()
) | {""}
# The same as Arrow compares them: letter by letter.
EMPTY = sorted(
    {form(word) for word in MISSING for form in (str, str.upper, str.capitalize)} | {"NaN", "-NaN", "NaT", "N/a"}
)
WORDS = {"none", "nil", "na", "nan", "nat", "null"}  # in small letters they are missing among numbers only
TRUTHS = (("true", "false"), ("yes", "no"), ("y", "n"), ("t", "f"), ("ja", "nein"), ("oui", "non"), ("si", "no"),
          ("sí", "no"), ("on", "off"), ("はい", "いいえ"), ("wahr", "falsch"), ("vrai", "faux"))  # fmt: skip
MONEY = r"(?:[$€£¥₹₽₩₺]|US\$|USD|EUR|GBP|JPY|CHF|CAD|AUD|CNY|INR|kr\.?|zł|Fr\.|円)"
# A unit: letters with ° µ Ω ² ³ and / between them, or a sign of percent. Attached to the digits only if it is known.
UNIT = r"[%‰]|[°µμΩ]?[A-Za-zÅΩµμäöüéèНА-яァ-ヶ一-龠]{1,12}[²³]?(?:/[A-Za-zµμ]{1,4}[²³]?)?|°[CF]?"
ATTACHED = (
    r"%|‰|°|°[CF]|[kmnµμ]?g|t|[kcmnµμ]?m|[mnµμ]?s|ms|us|min|h|[hkM]?Pa|m?bar|[mk]?V|mA|[mkMG]?W|[kMG]?Wh|[kMG]?Hz|[mµμ]?[lL]|"
    r"pp[mb]|px|dB[mA]?|rpm|lx|lux|mol|k?N|k?J|[kM]?Ω|m/s|km/h|mph|W/m²|m[²³]|円|人|台|枚|件"
)
MARKED = rf"^(?P<open>\()?\s*(?P<sign>[-+−–]?)\s*(?P<front>{MONEY})?\s*(?P<sign2>[-+−–]?)"
MARKED += r"(?P<digits>\d(?:[\d.,'’ \x{00a0}\x{202f}]*[\d.,])?|[.,]\d+)(?P<power>[eE][-+]?\d+)?"
MARKED += rf"(?P<blank>\s*)(?P<back>{MONEY}|{UNIT})?\s*(?P<close>\))?$"
POINT = r"^(\d+|[1-9]\d{0,2}(,\d{3})+)?(\.\d*)?$"  # of digits, blanks taken out: 1,234.5
COMMA = r"^(\d+|[1-9]\d{0,2}(\.\d{3})+)?(,\d*)?$"  # 1.234,5
GROUPED = r"^\d{1,3}([.,]\d{3})+$"  # fits both
CODES = r"^[-+]?0\d+$"


def typed(
    columns: Mapping[str, Any], *, semicolons: bool = False, comma: bool | None = None
) -> tuple[dict[str, tuple[pa.ChunkedArray, str]], bool]:
    """Return columns of text as columns of numbers, truth values or dates where all their cells are such.

    Parameters
    ----------
    columns : mapping of str to pyarrow.ChunkedArray
        Text; missing cells are null.
    semicolons : bool
        Whether semicolons separate the cells, as where commas separate decimals.
    comma : bool, optional
        Whether commas separate decimals; told by the columns otherwise: a file has one decimal mark.

    Returns
    -------
    columns : dict of str to (pyarrow.ChunkedArray, str)
        The columns, each with what was recognised in words, or an empty text.
    comma : bool
        Whether commas separate decimals.

    Examples
    --------
    >>> import pyarrow as pa
    >>> given = {"price": pa.chunked_array([["$1,234.50", None]]), "ok": pa.chunked_array([["yes", "no"]])}
    >>> {name: (column.to_pylist(), word) for name, (column, word) in typed(given)[0].items()}
    {'price': ([1234.5, None], 'without $'), 'ok': ([True, False], '')}
    """
    bare = {name: _trimmed(column) for name, column in columns.items()}
    # Dates first: 01/03/2024 could be a number with a unit.
    dates = {name: found for name, column in bare.items() if (found := read_dates(column)) is not None}
    numbers = {name: _digits(column) for name, column in bare.items() if name not in dates}
    marked = {name: found for name, found in numbers.items() if found is not None}
    if comma is None:
        comma = _decimal_comma(marked, semicolons)
    read: dict[str, tuple[Any, str]] = {}
    for name, column in bare.items():
        number = _number(marked[name], comma) if name in marked else None
        read[name] = dates.get(name) or number or _truth(column) or (_words(columns[name]), "")
    return read, comma


def _trimmed(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = pc.utf8_trim_whitespace(column)
    return _without(bare, pc.is_in(pc.utf8_lower(bare), value_set=pa.array([*MISSING])))


def _words(column: Any) -> Any:
    """Return a column of words: among them, "none" is one, too."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = pc.utf8_trim_whitespace(column)
    return _without(bare, pc.is_in(bare, value_set=pa.array([word for word in EMPTY if word not in WORDS])))


def _without(bare: Any, empty: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pc.equal(bare, "") if _are_countries(bare) else empty, pa.scalar(None, pa.string()), bare)


def _are_countries(column: Any) -> bool:
    """Return whether a column holds codes of two capitals, among which NA is Namibia, not a missing cell."""
    import pyarrow.compute as pc

    some = pc.unique(column).drop_null()
    return 20 <= len(some) < 400 and bool(pc.all(pc.match_substring_regex(some, "^[A-Z]{2}$")).as_py())


def _digits(column: Any) -> Any:
    """Return the parts of the cells of a column of numbers as a struct array, or None if it has other cells."""
    import pyarrow.compute as pc

    known = column.drop_null()
    if not len(known) or not _match(known, MARKED) or _match(known, CODES, any=True):
        return None
    parts = pc.extract_regex(column, MARKED)
    names = ("open", "sign", "front", "sign2", "power", "blank", "back", "close")
    found = {name: pc.struct_field(parts, name) for name in names}
    bare = pc.replace_substring_regex(pc.struct_field(parts, "digits"), r"['’ \x{00a0}\x{202f}]", "")
    # A blank, as a mark of thousands, stands between groups of three digits and nowhere else.
    spaced = pc.struct_field(parts, "digits")
    blanks = pc.match_substring_regex(pc.utf8_trim_whitespace(spaced), r"\d['’ \x{00a0}\x{202f}]")
    groups = pc.match_substring_regex(
        pc.utf8_trim_whitespace(spaced), r"^\d{1,3}(['’ \x{00a0}\x{202f}]\d{3})+([.,]\d*)?$"
    )
    if bool(pc.any(pc.and_not(blanks, groups)).as_py()):
        return None
    units = [unit for name in ("front", "back") for unit in pc.unique(found[name]).drop_null().to_pylist()]
    units = list(dict.fromkeys(filter(None, units)))
    if len(units) > 1 or (units and not _are_units(found, units[0])):
        return None
    brackets = pc.drop_null(found["open"])
    if pc.all(pc.equal(brackets, "(")).as_py() and not _match(known, "[.,]", any=True):
        return None  # (1), (2), …: numbers of a list
    return {**found, "digits": bare, "units": units}


def _are_units(parts: Mapping[str, Any], unit: str) -> bool:
    """Return whether what stands beside the digits is a unit: in every cell, and known if no blank is in between."""
    import pyarrow.compute as pc

    if re.fullmatch(MONEY, unit):
        return True  # some leave it out where it is plain
    back = parts["back"].drop_null()
    if not bool(pc.all(pc.equal(back, unit)).as_py()):
        return False
    blank = parts["blank"].drop_null()
    return re.fullmatch(ATTACHED, unit) is not None or bool(pc.all(pc.not_equal(blank, "")).as_py())


def _decimal_comma(marked: Mapping[str, Any], semicolons: bool) -> bool:
    """Return whether commas separate decimals: a column that can only be read so tells it for all."""
    points = commas = grouped = False
    for parts in marked.values():
        known = parts["digits"].drop_null()
        as_point, as_comma = _match(known, POINT), _match(known, COMMA)
        if as_comma and not as_point:
            commas = True
        elif as_point and not as_comma:
            points = True
        elif as_point and as_comma and _match(known, ",", any=True):
            grouped = True
    if commas != points:
        return commas
    return semicolons and grouped


def _number(parts: Any, comma: bool) -> tuple[Any, str] | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    digits = parts["digits"]
    known = digits.drop_null()
    decimal, group = (",", ".") if comma else (".", ",")
    other = False
    if not _match(known, COMMA if comma else POINT):
        comma, decimal, group, other = not comma, group, decimal, True
        if not _match(known, COMMA if comma else POINT):
            return None
    thousands = _match(known, re.escape(group), any=True)
    bare = pc.replace_substring(pc.replace_substring(digits, group, ""), decimal, ".")
    longest = pc.max(pc.utf8_length(bare)).as_py() or 0
    if longest > 15 and not _match(known, re.escape(decimal), any=True):
        return None  # too long for a float to tell apart: codes
    power = pc.fill_null(parts["power"], "")
    values = pc.cast(pc.binary_join_element_wise(bare, power, ""), pa.float64())
    minus = [pc.is_in(pc.fill_null(parts[sign], ""), value_set=pa.array(["-", "−", "–"])) for sign in ("sign", "sign2")]
    negative = pc.or_(pc.or_(*minus), pc.equal(pc.fill_null(parts["open"], ""), "("))
    values = pc.if_else(negative, pc.negate(values), values)
    whole = not _match(known, re.escape(decimal), any=True) and not _match(power, "[eE]", any=True)
    if whole:
        values = pc.cast(values, pa.int64())
    told = [f"without {parts['units'][0]}"] if parts["units"] else []
    if thousands and _match(known.filter(pc.match_substring(known, group)), GROUPED):
        told.append(f"{group!r} read as a mark of thousands")
    elif (comma or other) and _match(known, re.escape(decimal), any=True):
        told.append(f"{decimal!r} read as the decimal mark")
    return values, ", ".join(told)


def _truth(column: Any) -> tuple[Any, str] | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    low = pc.utf8_lower(column)
    some = set(pc.unique(low).drop_null().to_pylist())
    for pair in TRUTHS:
        if some == set(pair) or (some and pair == TRUTHS[0] and some <= set(pair)):
            values = pc.equal(low, pair[0])
            return pc.cast(values, pa.bool_()), ""
    return None


def _match(column: Any, pattern: str, any: bool = False) -> bool:
    """Return whether all cells match a pattern, or any of them; null cells do not count."""
    import pyarrow.compute as pc

    found = (pc.any if any else pc.all)(pc.match_substring_regex(column, pattern)).as_py()
    return bool(found) if found is not None else not any
