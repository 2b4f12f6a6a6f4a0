"""What is written: whole or not at all, through links, never in the place of a device, as private as it was."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest

import hyotan as hy
from hyotan.core import files
from hyotan.core.files import check_writable, replacing, write
from hyotan.data.io.long_format import Answer, write_answer
from hyotan.data.io.table_files import write_rows

unix = pytest.mark.skipif(os.name != "posix", reason="links, pipes and permissions as Unix knows them")
WRITERS = {
    "write": lambda path: write(path, b"new"),
    "rows": lambda path: write_rows(path, np.zeros((2, 2))),
    "answer": lambda path: write_answer(path, Answer(np.zeros((2, 1)), ["a"], {"id": np.arange(2)})),
    "model": lambda path: hy.AE(1, net=hy.nets.Dense(()), epochs=1, verbose=0).fit(np.eye(4)).save(path),
    "record": lambda path: hy.Record().save(path),
}


def replace(path):
    with replacing(path) as file:
        file.write(b"new")


@unix
def test_a_link_is_written_through(tmp_path):
    (tmp_path / "far").mkdir()
    target, link = tmp_path / "far" / "file.csv", tmp_path / "link.csv"
    target.write_text("old")
    link.symlink_to(target)
    replace(link)
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    dangling = tmp_path / "dangling.csv"
    dangling.symlink_to(tmp_path / "far" / "not there yet.csv")
    replace(dangling)
    assert dangling.is_symlink()
    assert (tmp_path / "far" / "not there yet.csv").read_bytes() == b"new"
    assert sorted(path.name for path in tmp_path.rglob("*.part")) == []


@unix
@pytest.mark.parametrize("name", ["write", "rows", "answer", "model", "record"])
def test_every_writer_goes_through_links_and_refuses_pipes(name, tmp_path):
    target, link, pipe = (tmp_path / f"{kind}.csv" for kind in ("target", "link", "pipe"))
    target.write_text("old")
    link.symlink_to(target)
    WRITERS[name](link)
    assert link.is_symlink()
    assert target.read_bytes() != b"old"
    os.mkfifo(pipe)
    with pytest.raises(hy.HyotanError, match="a device, a pipe or a socket"):
        WRITERS[name](pipe)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


@unix
def test_a_device_stays_one():
    """As root, a file would take its place."""
    before = Path("/dev/null").stat()
    for refuse in (lambda: replace(Path("/dev/null")), lambda: check_writable("/dev/null")):
        with pytest.raises(hy.HyotanError, match="/dev/null cannot be written .* what to do: choose another path"):
            refuse()
    assert Path("/dev/null").stat().st_rdev == before.st_rdev
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


@unix
def test_permissions_stay(tmp_path):
    private = tmp_path / "private.csv"
    private.write_text("old")
    private.chmod(0o600)
    replace(private)
    assert stat.S_IMODE(private.stat().st_mode) == 0o600


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(hy.DataError, match="received: a folder"):
        replace(tmp_path)


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")

    def broken():
        with replacing(path) as file:
            file.write(b"half")
            raise ValueError("no")

    with pytest.raises(hy.DataError):
        broken()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("at_once", [True, False], ids=["one call", "several renames"])
def test_folders_take_each_others_place(at_once, tmp_path, monkeypatch):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / "name").write_text(folder.name)
    if not at_once:
        monkeypatch.setattr(files, "_swapped", lambda *_: False)
    files.exchange(one, other)
    assert [(folder / "name").read_text() for folder in (one, other)] == ["other", "one"]
    replace = os.replace

    def failing(source, target):
        if (source, target) == (one, other):
            raise OSError("no room")
        replace(source, target)

    monkeypatch.setattr(files, "_swapped", lambda *_: False)
    monkeypatch.setattr(files.os, "replace", failing)
    with pytest.raises(OSError, match="no room"):
        files.exchange(one, other)
    assert [(folder / "name").read_text() for folder in (one, other)] == ["other", "one"]
    monkeypatch.setattr(files.os, "replace", replace)
    files.exchange(one, tmp_path / "third")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "third"]


def test_folders_are_made_only_if_they_will_be(tmp_path):
    with pytest.raises(hy.HyotanError, match="cannot be written"):
        check_writable(tmp_path / "new" / "a.csv", make_folders=False)
    assert not (tmp_path / "new").exists()
    check_writable(tmp_path / "new" / "a.html")
    assert (tmp_path / "new").is_dir()
