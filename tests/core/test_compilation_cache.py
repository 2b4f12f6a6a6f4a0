"""Compiled programs are kept for the next process: the same bits, found again, bounded, and never in the way."""

import hashlib
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hyotan.core import compilation_cache
from hyotan.core.compilation_cache import Programs

FIT = """
import json, hashlib
import numpy as np
from jax import monitoring
import hyotan as hy

counts = dict(cache_hits=0, cache_misses=0)
def count(event, **_):
    name = event.rpartition("/")[2]
    counts[name] = counts.get(name, 0) + 1
monitoring.register_event_listener(count)
X = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
model = hy.VAE(2, net=hy.nets.Dense((8,)), epochs=2, random_state=0, verbose=0).fit(X)
answers = [*model._fitted.network.get_weights(), model.transform(X), model.score_samples(X), model.reconstruct(X)]
counts["answers"] = hashlib.sha256(b"".join(a.tobytes() for a in answers)).hexdigest()
print(json.dumps(counts))
"""


def process(code=FIT, *, cache, **environment):
    """What a process prints that fits a model, and nothing else: neither a warning nor a word."""
    told = {k: v for k, v in os.environ.items() if not k.startswith(("JAX_", "HYOTAN_"))}
    told |= {"HYOTAN_CACHE": str(cache), "KERAS_BACKEND": "jax", **environment}
    command = [sys.executable, "-W", "error::UserWarning", "-c", code]
    done = subprocess.run(command, env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def files(folder):
    return sorted(path for path in Path(folder).rglob("*") if path.is_file())


def test_a_second_process_compiles_nothing_and_gives_the_same_bits(tmp_path):
    first = process(cache=tmp_path)
    assert first["cache_misses"] > 10
    second = process(cache=tmp_path)
    assert second["cache_misses"] == 0
    assert second["cache_hits"] == first["cache_misses"] + first["cache_hits"]
    assert second["answers"] == first["answers"]
    # Half of it is gone and the other half is garbage: it is compiled again.
    for i, path in enumerate(files(tmp_path)):
        if i % 2:
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[: 20 * (i % 5)])
    third = process(cache=tmp_path)
    assert third["cache_misses"] == first["cache_misses"]
    assert third["answers"] == first["answers"]
    off = process(cache="off")
    assert (off["cache_hits"], off["cache_misses"]) == (0, 0)
    assert off["answers"] == first["answers"]


def test_two_processes_at_once(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: process(cache=tmp_path), range(2))
    assert one["answers"] == two["answers"]
    assert process(cache=tmp_path)["cache_misses"] == 0


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    assert process(cache=tmp_path / "file" / "below")["cache_hits"] == 0


def test_jaxs_own_settings_go_before(tmp_path):
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    process(cache=ours, JAX_COMPILATION_CACHE_DIR=str(theirs), JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS="0")
    assert files(theirs)
    assert not ours.exists()
    process(cache=ours, JAX_ENABLE_COMPILATION_CACHE="false")
    assert not ours.exists()
    # Set up after a fit: from then on it is theirs.
    late = """
import jax
from jax import numpy as jnp
jax.config.update("jax_compilation_cache_dir", r"{}")
least = jax.config.jax_persistent_cache_min_compile_time_secs
model.fit(X)
assert (least, jax.config.jax_persistent_cache_min_compile_time_secs) == (0.0, 1.0)
jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
jax.jit(lambda x: jnp.sin(x) * 17)(2.0)
""".format(tmp_path / "late")
    process(FIT.replace("answers =", late + "answers ="), cache=ours)
    assert files(ours)
    assert any("lambda" in path.name for path in files(tmp_path / "late"))


def test_importing_hyotan_touches_nothing(tmp_path):
    code = "import hyotan, json, sys; print(json.dumps('jax' in sys.modules))"
    assert process(code, cache=tmp_path / "cache") is False
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({"HYOTAN_CACHE": "/a/b"}, "/a/b"),
        ({"HYOTAN_CACHE": "~/mine", "HOME": "/home/me"}, "/home/me/mine"),
        ({"HYOTAN_CACHE": "0"}, None),
        ({"HYOTAN_CACHE": "OFF"}, None),
        ({"XDG_CACHE_HOME": "/x", "HYOTAN_CACHE": ""}, "/x/hyotan"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/home/me"}, "/home/me/.cache/hyotan"),
        ({"HOME": "/home/me"}, "/home/me/.cache/hyotan"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="where Linux keeps caches")
def test_where_programs_are_kept(environment, wanted, monkeypatch):
    for name in ("HYOTAN_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert compilation_cache.folder() == (None if wanted is None else Path(wanted))


def test_the_name_tells_compiler_and_processor():
    assert compilation_cache.machine() == compilation_cache.machine()
    assert compilation_cache.machine().startswith("jaxlib-")


def test_a_folder_keeps_what_it_is_given(tmp_path):
    folder = Programs(tmp_path, "jaxlib-1")
    assert folder.usable()
    assert folder.get("jit_f-1") is None
    folder.put("jit_f-1", b"program")
    folder.put("../../jit <lambda>" * 50, b"other")  # a name is no path
    assert folder.get("jit_f-1") == b"program"
    assert len(files(tmp_path)) == 2
    assert all(path.parent == tmp_path / "jaxlib-1" for path in files(tmp_path))
    assert Programs(tmp_path, "jaxlib-2").get("jit_f-1") is None


@pytest.mark.parametrize("garbage", [b"", b"hyotan", b"x" * 1000, b"hyotan program 1\n" + bytes(40)])
def test_garbage_is_not_a_program(tmp_path, garbage):
    folder = Programs(tmp_path, "jaxlib-1")
    folder.put("f", b"program")
    (path,) = files(tmp_path)
    path.write_bytes(garbage)
    assert folder.get("f") is None
    folder.put("f", b"program")
    assert folder.get("f") == b"program"
    path.write_bytes(path.read_bytes()[:-1])
    assert folder.get("f") is None


def test_deleted_while_it_runs(tmp_path):
    folder = Programs(tmp_path / "cache", "jaxlib-1")
    folder.put("f", b"program")
    (file,) = files(tmp_path)
    file.unlink()
    file.parent.rmdir()
    file.parent.parent.rmdir()
    assert folder.get("f") is None
    folder.put("f", b"program")
    assert folder.get("f") == b"program"


def test_what_was_not_used_for_longest_goes_first(tmp_path):
    folder = Programs(tmp_path, "jaxlib-1", limit=10_000)
    other = Programs(tmp_path, "jaxlib-0", limit=10_000)
    other.put("old compiler", bytes(1000))
    for i in range(30):
        folder.put(f"f{i}", hashlib.sha256(bytes([i])).digest() * 30)
        for age, path in enumerate(sorted(files(tmp_path), key=lambda p: -p.stat().st_mtime_ns)):
            os.utime(path, (time.time() - 100 - age,) * 2)
        assert folder.get("f0") is not None  # in use
        assert sum(path.stat().st_size for path in files(tmp_path)) <= 10_000 * 1.25
    assert folder.get("f29") is not None
    assert folder.get("f3") is None
    assert other.get("old compiler") is None


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="rights of a file as Unix knows them")
def test_a_folder_others_can_write_to_is_not_trusted(tmp_path):
    folder = Programs(tmp_path, "jaxlib-1")
    assert folder.usable()
    assert (tmp_path / "jaxlib-1").stat().st_mode & 0o777 == 0o700
    (tmp_path / "jaxlib-1").chmod(0o777)
    assert not folder.usable()


@pytest.mark.parametrize("name", ["~nosuchuser/x", "~nosuchuser"])
def test_a_home_of_nobodys_stops_nothing(monkeypatch, name):
    monkeypatch.setenv("HYOTAN_CACHE", name)
    monkeypatch.setattr(compilation_cache, "_installed", None)
    compilation_cache.keep()
    assert compilation_cache._installed is None


def test_a_program_larger_than_a_good_part_of_the_folder_pushes_nothing_out(tmp_path):
    programs = compilation_cache.Programs(tmp_path, "jaxlib-x", limit=800)
    assert programs.usable()
    programs.put("small", b"1" * 60)
    programs.put("large", b"2" * 200)
    assert programs.get("small") == b"1" * 60
    assert programs.get("large") is None
