"""Opening: packed files are unpacked, whatever they hold; what is cut off or ambiguous is refused in one line."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from hyotan.core.errors import DataError
from hyotan.data.io.load import load
from hyotan.data.io.opening import open_file

TEXT = b"a,b\n" + b"1,2.5\n" * 5000
TABLE = pa.table({"a": list(range(3)), "b": [0.5, None, 1.5]})


def zst(raw: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as file:
        file.write(raw)
    return sink.getvalue().to_pybytes()


PACK = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zst}


def write(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return path


@pytest.mark.parametrize("ending", PACK)
def test_packed_text(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"rows.csv{ending}", PACK[ending](TEXT))
    source = load(path)
    assert (source.name, source.note) == ("rows", f"rows from {path}: 5,000 rows x 2 columns")
    assert source.X.to_pydict() == {"a": [1] * 5000, "b": [2.5] * 5000}
    opened = open_file(path)
    assert (opened.name, opened.size) == ("rows.csv", len(TEXT))
    with opened.open() as one, opened.open() as other:
        one.seek(4)
        assert (one.readline(), other.readline()) == (b"1,2.5\n", b"a,b\n")


@pytest.mark.parametrize("ending", PACK)
def test_packed_parquet(tmp_path: Path, ending: str) -> None:
    parquet.write_table(TABLE, tmp_path / "a.parquet")
    path = write(tmp_path / f"a.parquet{ending}", PACK[ending]((tmp_path / "a.parquet").read_bytes()))
    assert load(path).X.equals(TABLE)


@pytest.mark.parametrize("ending", PACK)
def test_a_packed_file_that_is_cut_off(tmp_path: Path, ending: str) -> None:
    path = write(tmp_path / f"rows.csv{ending}", PACK[ending](os.urandom(5000))[:2000])
    with pytest.raises(DataError, match=rf"rows\.csv\{ending} cannot be read.*complete") as caught:
        load(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("ending", [*PACK, ".zip"])
def test_a_file_that_is_not_packed_as_its_name_says(tmp_path: Path, ending: str) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        load(write(tmp_path / f"rows.csv{ending}", TEXT))
    with pytest.raises(DataError, match="is empty.*0 bytes"):
        load(write(tmp_path / f"rows.csv{ending}", b""))


@pytest.mark.parametrize("ending", PACK)
def test_nothing_packed(tmp_path: Path, ending: str) -> None:
    with pytest.raises(DataError, match="is empty.*0 bytes"):
        load(write(tmp_path / f"rows.csv{ending}", PACK[ending](b"")))


def test_a_file_of_a_packing_without_its_ending(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"rows\.csv is packed as \.gz, whatever.*rename it to rows\.csv\.gz"):
        load(write(tmp_path / "rows.csv", gzip.compress(TEXT)))


def test_two_packings(tmp_path: Path) -> None:
    assert load(write(tmp_path / "rows.csv.gz.xz", lzma.compress(gzip.compress(TEXT)))).X.num_rows == 5000


def test_a_zip_with_one_file(tmp_path: Path) -> None:
    more = {"__MACOSX/._a.csv": b"x", "data/": b"", "data/.DS_Store": b"x"}
    source = load(zipped(tmp_path / "packed.zip", **{"data/rows.csv": TEXT}, **more))
    assert (source.name, source.X.num_rows) == ("rows", 5000)
    parquet.write_table(TABLE, tmp_path / "a.parquet")
    assert load(zipped(tmp_path / "b.csv.zip", **{"a.parquet": (tmp_path / "a.parquet").read_bytes()})).X.equals(TABLE)


def test_a_zip_with_several_files_or_none(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.zip holds 2 files.*one file in a \.zip.*'a\.csv', 'b\.csv'.*unpack it"):
        load(zipped(tmp_path / "a.zip", **{"a.csv": TEXT, "b.csv": TEXT}))
    with pytest.raises(DataError, match="holds no file"):
        load(zipped(tmp_path / "a.zip", **{"__MACOSX/a.csv": TEXT}))
    with pytest.raises(DataError, match=r"a\.docx in .*a\.zip is not a kind of file"):
        load(zipped(tmp_path / "a.zip", **{"a.docx": TEXT}))


def test_a_damaged_zip(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", **{"a.csv": os.urandom(3000)})
    whole = path.read_bytes()
    for raw in (whole[:1000], whole[:500] + b"?" * 9 + whole[509:]):
        with pytest.raises(DataError, match=r"a\.zip cannot be read"):
            load(write(path, raw))


def test_what_does_not_fit_in_memory_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "zeros.csv.gz", gzip.compress(b"0\n" * 5_000_000))
    monkeypatch.setattr("hyotan.data.io.opening.free_memory", lambda: 4_000_000)
    with pytest.raises(DataError, match="does not fit in memory.*GiB when unpacked"):
        load(path)


def test_series_of_two_parts_may_be_packed(tmp_path: Path) -> None:
    for part in ("TRAIN", "TEST"):
        write(tmp_path / f"a_{part}.ts.gz", gzip.compress(b"@univariate true\n@data\n1,2,3\n4,5,6\n"))
    source = load(tmp_path / "a_TRAIN.ts.gz")
    assert (source.X.shape, source.X_test.shape) == ((2, 3, 1), (2, 3, 1))
