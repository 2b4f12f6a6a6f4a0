"""The registry: what every format must state, and that nothing else knows an ending."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import hyotan
from hyotan.cli import options as command_line
from hyotan.core.errors import DataError
from hyotan.data.io import formats
from hyotan.data.io.formats import Format, format_named, format_of, listed, registered, writer_of, writers
from hyotan.data.io.load import load
from hyotan.data.io.opening import PACKINGS, Opened
from hyotan.data.io.options import APPLIES, FILES

SOURCE = Path(hyotan.__file__).parent
ROOT = SOURCE.parents[1]
each = pytest.mark.parametrize("made", registered(), ids=lambda made: type(made).__name__)


def test_there_is_one_format_a_file() -> None:
    files = [path.stem for path in (SOURCE / "data/io/formats").glob("*.py") if not path.stem.startswith("_")]
    assert sorted(type(made).__module__.rpartition(".")[2] for made in registered()) == sorted(files)


@each
def test_a_format_states_what_it_is(made: Format) -> None:
    assert re.match(r"an? ", made.name)
    assert made.gives in ("table", "arrays", "series")
    assert made.endings and all(ending == ending.lower() for ending in made.endings)
    assert {*made.options} <= {*APPLIES}
    assert {*made.writes} <= {*made.endings}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert made.extra is None or made.extra in extras
    assert type(made).__doc__


@each
def test_its_names_are_its_own(made: Format) -> None:
    for ending in made.endings:
        assert format_named(f"A{ending.upper()}") is made
        assert formats.is_readable(f"a{ending}")
        assert all(formats.is_readable(f"a{ending}{packing}") for packing in PACKINGS)


@each
def test_errors_and_help_name_it(made: Format) -> None:
    for ending in made.endings:
        assert ending in FILES
        assert all(ending in APPLIES[option] for option in made.options)


@each
@pytest.mark.parametrize("raw", [b"", b"\0", b"hello", b"a,b\n1,2\n", b"PK", b"\xd0", bytes(range(256)) * 300])
def test_it_recognises_no_rubbish(made: Format, raw: bytes) -> None:
    assert not made.recognises(Opened("a", "a", None, raw))


@each
@pytest.mark.parametrize("raw", [b"\0", b"hello", bytes(range(256)) * 9])
def test_rubbish_is_refused_or_read(made: Format, raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"a{made.endings[0]}"
    path.write_bytes(raw)
    if made.name != "a text table":  # where a line of text is names without rows
        with pytest.raises(DataError, match=re.escape(path.name)):
            load(path)


def test_no_other_module_knows_an_ending() -> None:
    endings = {ending for made in registered() for ending in made.endings if len(ending) > 3}
    allowed = ("data/io/formats", "cli/options.py", "reproduce", "runs/interrupt.py")
    for path in SOURCE.rglob("*.py"):
        place = path.relative_to(SOURCE).as_posix()
        if place.startswith(allowed):
            continue
        code = re.sub(r'"""(.|\n)*?"""', "", path.read_text())
        found = {ending for ending in endings if re.search(rf'"\{ending}"', code)}
        known = {  # what these modules themselves are about
            "data/io/delimited.py": {".tsv"},
            "data/io/ucr.py": {".tsv"},
            "data/io/long_format.py": {".npz"},
            "data/io/idx.py": {".idx", "-ubyte"},
            "cli/output.py": {".csv"},
        }
        assert found <= known.get(place, set()), (place, found)


def test_what_is_written_is_told() -> None:
    told = command_line.Out.__metadata__[0].help
    assert {*re.findall(r"\.\w+", told)} == {*writers()}
    assert writer_of(".xlsx") is None


def test_the_readme_names_every_ending() -> None:
    text = (ROOT / "README.md").read_text()
    for made in registered():
        assert made.endings[0] in text or made.listed, made.endings


def test_lists_are_in_order() -> None:
    assert listed().startswith(".npy, .npz, .csv, .tsv")
    assert listed().endswith("(also with .gz .bz2 .xz .zst .zip)")


def test_a_format_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry = dict(formats._format._REGISTRY)
    monkeypatch.setattr(formats._format, "_REGISTRY", registry)

    class Pairs(formats.TableFormat):
        """Two numbers a line."""

        name = "a file of pairs"
        endings = (".pairs",)
        extra = "torch"

        def read(self, opened: Opened, **options: Any) -> tuple[pa.Table, str]:
            if opened.size > 100:
                raise ImportError("No module named 'pairs'")
            rows = [line.split() for line in opened.read().splitlines()]
            return pa.table({"a": [int(row[0]) for row in rows], "b": [int(row[1]) for row in rows]}), "pairs"

    (tmp_path / "x.pairs").write_text("1 2\n3 4\n")
    source = load(tmp_path / "x.pairs")
    assert source.X.to_pydict() == {"a": [1, 3], "b": [2, 4]}
    assert source.note.endswith("2 rows x 2 columns, pairs")
    (tmp_path / "x.pairs").write_text("1 2\n" * 100)
    with pytest.raises(DataError, match=r"x\.pairs needs a library.*the extra torch.*pip install 'hyotan\[torch\]'"):
        load(tmp_path / "x.pairs")


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"PAR1", "a Parquet file"),
        (b"ARROW1", "a Feather or Arrow file"),
        (b"\x93NUMPY", "an .npy file"),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file"),
        (b"MATLAB 5.0 MAT-file", "a .mat file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel or OpenDocument workbook"),
        (b'\xef\xbb\xbf [ {"a": 1}]', "a JSON file"),
        (b'{\n  "a": [1]}', "a JSON file"),
        (b"% by hand\n@RELATION x\n", "an ARFF file"),
        (b"# by hand\n@problemName x\n", "a .ts file"),
        (b"[mm],{a}\n1,2\n", None),
    ],
)
def test_content_tells(raw: bytes, name: str | None) -> None:
    found = format_of(Opened("a", "a", None, raw))
    assert (found and found.name) == name
