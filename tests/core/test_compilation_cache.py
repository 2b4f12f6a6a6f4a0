"""Compiled programs are kept for the next process: the same bits, found again, bounded, and never in the way."""

import json
import os
import subprocess
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from hyotan.core import compilation_cache
from hyotan.core.compilation_cache import tidy, usable, whole

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
# Where it does not matter what is compiled: few programs and small ones.
SMALL = FIT.replace("hy.VAE(2, net=hy.nets.Dense((8,)), epochs=2,", "hy.AE(1, net=hy.nets.Dense(()), epochs=1,")
SMALL = SMALL.replace(", model.score_samples(X), model.reconstruct(X)", "")


def process(code=SMALL, *, cache, **environment):
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
    first = process(FIT, cache=tmp_path)
    assert first["cache_misses"] > 10
    second = process(FIT, cache=tmp_path)
    assert second["cache_misses"] == 0
    assert second["cache_hits"] == first["cache_misses"] + first["cache_hits"]
    assert second["answers"] == first["answers"]
    # Half of it is gone and the other half is garbage: it is compiled again.
    for i, path in enumerate(files(tmp_path)):
        if i % 2:
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[: 20 * (i % 5)])
    third = process(FIT, cache=tmp_path)
    assert third["cache_misses"] == first["cache_misses"]
    assert third["answers"] == first["answers"]
    assert process(FIT, cache=tmp_path)["cache_misses"] == 0  # what was garbage has been replaced
    off = process(FIT, cache="off")
    assert (off["cache_hits"], off["cache_misses"]) == (0, 0)
    assert off["answers"] == first["answers"]


def test_two_processes_at_once(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: process(FIT, cache=tmp_path), range(2))
    assert one["answers"] == two["answers"]
    assert process(FIT, cache=tmp_path)["cache_misses"] == 0


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
    process(SMALL.replace("answers =", late + "answers ="), cache=ours)
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


def test_programs_lie_under_the_name_of_compiler_and_processor(tmp_path):
    first = process(cache=tmp_path)
    programs = list(tmp_path.glob(f"{compilation_cache.machine()}/*-cache"))
    assert len(programs) == first["cache_misses"]
    assert len(files(tmp_path)) == len(programs) + 1  # and the mark
    assert all(whole(path.read_bytes()) for path in programs)


@pytest.mark.parametrize("garbage", [b"", b"hyotan", b"x" * 1000, bytes(40), zlib.compress(b"program")[:-1]])
def test_garbage_is_not_a_program(tmp_path, garbage):
    place = kept(tmp_path, "jaxlib-1", "f", garbage)
    good = kept(tmp_path, "jaxlib-1", "g", zlib.compress(b"program"))
    tidy(tmp_path, place.parent)
    assert not place.exists()
    assert good.exists()


def test_deleted_while_it_runs(tmp_path):
    code = """
import pathlib, shutil
folder = pathlib.Path(r"{}")
shutil.rmtree(folder)
model.transform(X[:7])
hy.VAE(3, net=hy.nets.Dense((8,)), epochs=1, verbose=0).fit(X)
counts["again"] = len(list(folder.rglob("*-cache")))
""".format(tmp_path / "cache")
    assert process(SMALL.replace("answers =", code + "answers ="), cache=tmp_path / "cache")["again"] > 5


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process as Unix knows them")
def test_a_full_disk_stops_nothing(tmp_path):
    """Past a size of file that every program exceeds, writing fails half way, as it does on a full disk."""
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
    first = process(full + SMALL, cache=tmp_path)
    assert max(path.stat().st_size for path in files(tmp_path)) == 1000
    second = process(cache=tmp_path)
    assert second["answers"] == first["answers"]
    assert second["cache_misses"] > 10
    assert process(cache=tmp_path)["cache_misses"] == 0


def kept(root, machine, name, entry):
    """Where an entry was written."""
    (root / machine).mkdir(exist_ok=True)
    place = root / machine / f"{name}-cache"
    place.write_bytes(entry)
    return place


def test_what_was_not_used_for_longest_goes_first(tmp_path):
    other = kept(tmp_path, "jaxlib-0", "old compiler", bytes(1000))
    os.utime(other, (time.time() - 1000,) * 2)
    for i in range(30):
        last = kept(tmp_path, "jaxlib-1", f"f{i}", zlib.compress(bytes([i]), 0) + bytes(960))
        os.utime(last, (time.time() - 100 + i,) * 2)
        first = last.parent / "f0-cache"
        os.utime(first, (time.time(), first.stat().st_mtime))  # in use
        tidy(tmp_path, last.parent, limit=10_000)
        assert sum(path.stat().st_size for path in files(tmp_path)) <= 10_000 * 1.25
    assert first.exists()
    assert last.exists()
    assert not (last.parent / "f3-cache").exists()
    assert not other.exists()


def test_a_folder_without_news_is_not_looked_at_again(tmp_path):
    place = kept(tmp_path, "jaxlib-1", "f", zlib.compress(b"program"))
    past = time.time() - 100
    os.utime(place.parent, (past,) * 2)
    tidy(tmp_path, place.parent)
    os.utime(place.parent, (past,) * 2)
    place.write_bytes(b"")
    tidy(tmp_path, place.parent)
    assert place.exists()
    kept(tmp_path, "jaxlib-1", "g", zlib.compress(b"program"))
    tidy(tmp_path, place.parent)
    assert not place.exists()


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="rights of a file as Unix knows them")
def test_a_folder_others_can_write_to_is_not_trusted(tmp_path):
    folder = tmp_path / "jaxlib-1"
    assert usable(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o777)
    assert not usable(folder)
    own = tmp_path / compilation_cache.machine()
    own.mkdir()
    own.chmod(0o777)
    assert process(cache=tmp_path)["cache_misses"] == 0
    assert not files(own)


@pytest.mark.parametrize("name", ["~nosuchuser/x", "~nosuchuser"])
def test_a_home_of_nobodys_stops_nothing(monkeypatch, name):
    monkeypatch.setenv("HYOTAN_CACHE", name)
    monkeypatch.setattr(compilation_cache, "_installed", None)
    compilation_cache.keep()
    assert compilation_cache._installed is None


def test_a_program_larger_than_a_good_part_of_the_folder_pushes_nothing_out(tmp_path):
    small = kept(tmp_path, "jaxlib-x", "small", zlib.compress(b"1" * 60))
    large = kept(tmp_path, "jaxlib-x", "large", zlib.compress(b"2" * 200, 0))
    tidy(tmp_path, small.parent, limit=800)
    assert small.exists()
    assert not large.exists()


def test_what_was_compiled_before_the_first_model_stops_nothing(tmp_path):
    before = "import jax; assert float(jax.jit(lambda x: x * 3)(2.0)) == 6.0\n"
    assert process(before + SMALL, cache=tmp_path)["cache_misses"] > 10


def test_another_backend_touches_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("HYOTAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(compilation_cache.keras.backend, "backend", lambda: "torch")
    compilation_cache.keep()
    assert not (tmp_path / "cache").exists()
