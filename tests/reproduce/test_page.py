"""What is written: whole, in order, with nothing of an earlier run left behind, and nothing fetched."""

from __future__ import annotations

import base64
import csv
import json
import struct

import pytest

import hyotan as hy
from hyotan.reproduce import _page, names

EVIL = "<script>alert(1)</script>"


def test_the_page(bench, parsed, tmp_path):
    _page.write_all(bench, tmp_path)
    page = parsed(tmp_path / "index.html")
    assert EVIL not in (tmp_path / "index.html").read_text() and EVIL in page.text
    assert "1 of 2 bars met. Missed: a figure that is missed." in page.text
    assert "A paragraph in two lines." in page.text and "What was" in page.text and "a head" not in page.text
    for shown in ("41.50", "42.00", "43.25", "≤ 42.00", "met", "missed", "1,000", "0.1 → 0.2"):
        assert shown in page.text
    assert "hyotan reproduce dense-ae --seed 3" in page.text
    (picture,) = page.all("img")
    data = base64.b64decode(picture["src"].split(",", 1)[1], validate=True)
    assert data == (tmp_path / "pictures" / "waves.png").read_bytes() and data.endswith(b"IEND\xaeB`\x82")
    width, height = struct.unpack(">II", data[16:24])
    assert int(picture["width"]) / int(picture["height"]) == pytest.approx(width / height, rel=0.02)
    assert picture["alt"].startswith("Two waves")


def test_the_table_and_the_result(bench, tmp_path):
    result = _page.write_all(bench, tmp_path)
    with (tmp_path / "table.csv").open(newline="") as file:
        head, first, second, third = csv.reader(file)
    assert tuple(head) == _page.HEAD
    assert first == ["a figure that is met", "42.0", "43.25", "41.5", "1.2", "≤ 42.00", "True"]
    assert second[3:] == ["7", "", "≥ 8", "False"] and third[3] == "0.1 → 0.2"
    kept = json.loads((tmp_path / "result.json").read_text())
    assert kept == result and kept["seed"] == 3 and kept["rows"][0]["published"] == 42.0
    assert kept["versions"]["keras"] and kept["machine"]["processors"] >= 1
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")} == {
        "index.html", "table.csv", "result.json", "numbers.csv", "pictures/waves.png",
    }  # fmt: skip
    assert _page.load(tmp_path)["rows"] == bench.rows


def test_what_an_earlier_run_left_goes_and_nothing_else(bench, tmp_path):
    _page.write_all(bench, tmp_path)
    (tmp_path / "notes.txt").write_text("the user's own")
    del bench.files["pictures/waves.png"]
    _page.write_all(bench, tmp_path)
    assert not (tmp_path / "pictures" / "waves.png").exists() and (tmp_path / "notes.txt").exists()


def test_the_index_lists_all_there_are(bench, parsed, tmp_path):
    for name, quick in (("sparse-ae", True), ("dense-ae", False)):
        bench.name, bench.quick = name, quick
        _page.write_all(bench, tmp_path / name)
    (tmp_path / "unknown").mkdir()
    page = parsed(_page.write_index(tmp_path, names()))
    links = [attrs["href"] for attrs in page.all("a") if not attrs["href"].startswith("#")]
    assert links == ["dense-ae/index.html", "sparse-ae/index.html"]
    assert "1 of 2 bars met" in page.text and "A quick run" in page.text and page.text.count("41.50") == 2
    assert EVIL not in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "other", "version": 1}', '{"format": "hyotan reproduction", "version": 99}']
)
def test_a_foreign_result_is_refused(text, tmp_path, refused):
    (tmp_path / "dense-ae").mkdir()
    (tmp_path / "dense-ae" / "result.json").write_text(text)
    with refused(hy.ArtifactError, "is not the result of a reproduction"):
        _page.write_index(tmp_path, names())


def test_a_result_cannot_delete_what_is_not_its_own(bench, tmp_path):
    folder, outside = tmp_path / "run", tmp_path / "outside.txt"
    outside.write_text("keep")
    _page.write_all(bench, folder)
    result = json.loads((folder / "result.json").read_text())
    (folder / "result.json").write_text(json.dumps({**result, "files": ["../outside.txt", str(outside)]}))
    _page.write_all(bench, folder)
    assert outside.exists()


@pytest.mark.parametrize(
    ("quick", "keras", "seed", "shown"),
    [
        (False, False, 0, "hyotan reproduce dense-ae"),
        (True, True, 2, "hyotan reproduce dense-ae --quick --keras --seed 2"),
    ],
)
def test_the_command(quick, keras, seed, shown):
    assert _page.command({"name": "dense-ae", "quick": quick, "keras": keras, "seed": seed}) == shown
