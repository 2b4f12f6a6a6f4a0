"""Experiments side by side: what is told, what fails, and which processors are used."""

from __future__ import annotations

import json
import os
import time
import warnings

import pytest

import hyotan as hy
from hyotan import reproduce
from hyotan.core.errors import DataError, HyotanWarning
from hyotan.reproduce import _apart


def work(name, out, given):
    """Stand in for an experiment; it has to be a function of a module, because another process calls it."""
    if given["say"] is not None:
        given["say"](f"{name}: began, seed {given['seed']}")
    if name == "slow":  # still runs when the bad one has failed
        for _ in range(600):
            if (out / "failing").exists():
                break
            time.sleep(0.1)
        time.sleep(1)
    if name.startswith("bad"):
        (out / "failing").touch()
        raise DataError(f"{name} is bad", expected="good data", received="bad")
    if name.startswith("stopped"):
        os._exit(9)
    if name.startswith("warns"):
        warnings.warn("be careful", HyotanWarning, stacklevel=1)
    used = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    (out / name).write_text(repr((used, os.getpid())))
    return name


def started(names, out, jobs=2, say=None):
    return list(_apart.run(work, names, out, {"say": say, "seed": 5}, jobs))


def test_every_experiment_runs_in_another_process_on_its_share(tmp_path):
    told = []
    names = ["a", "b", "c", "d"]
    assert sorted(started(names, tmp_path, say=told.append)) == names
    assert sorted(told) == [f"{name}: began, seed 5" for name in names]
    ran = [eval((tmp_path / name).read_text()) for name in names]
    assert {pid for _, pid in ran}.isdisjoint({os.getpid()})
    if hasattr(os, "sched_getaffinity"):
        shares = {tuple(used) for used, _ in ran}
        all_used = os.sched_getaffinity(0)
        assert set().union(*shares) <= all_used and all(shares)
        assert len(all_used) == 1 or all(len(share) < len(all_used) for share in shares)


def test_shares_are_of_equal_size_and_apart():
    if not hasattr(os, "sched_getaffinity"):
        assert _apart.shares(2) == [set(), set()]
        return
    processors = os.sched_getaffinity(0)
    for jobs in range(1, 2 * len(processors) + 1):
        shares = _apart.shares(jobs)
        assert len(shares) == jobs and all(shares) and set().union(*shares) == processors
        if jobs <= len(processors):
            assert sum(map(len, shares)) == len(processors)


def test_a_warning_of_an_experiment_is_one_of_this_process(tmp_path):
    with pytest.warns(HyotanWarning, match="be careful"):
        started(["warns", "a"], tmp_path)


def test_after_a_failure_what_runs_is_finished(tmp_path, refused):
    with refused(hy.DataError, "bad is bad", "good data"):
        started(["slow", "bad", *"abcdefgh"], tmp_path)
    assert (tmp_path / "slow").exists()
    assert not (tmp_path / "h").exists()


def test_a_process_that_is_stopped_is_told(tmp_path, refused):
    with refused(hy.TrainingError, "stopped from outside", "jobs=1"):
        started(["stopped", "a"], tmp_path)


@pytest.mark.parametrize("jobs", [0, -2, 1.5, True, "2", None])
def test_a_wrong_number_of_jobs(jobs, tmp_path, refused):
    with refused(hy.ParameterError, "jobs is out of range", "or -1"):
        reproduce.run(["lstm-ae"], out=tmp_path / "out", jobs=jobs)
    assert not (tmp_path / "out").exists()


def test_two_at_a_time_give_the_figures_of_one(tmp_path, mnist):
    names = ["sparse-ae", "dense-ae"]
    reproduce.run(names, out=tmp_path, quick=True, jobs=2)
    both = {name: json.loads((tmp_path / name / "result.json").read_text()) for name in names}
    assert all(result["at_a_time"] == 2 for result in both.values())
    assert [name in (tmp_path / "index.html").read_text() for name in names] == [True, True]
    reproduce.run(["sparse-ae"], out=tmp_path, quick=True)
    alone = json.loads((tmp_path / "sparse-ae" / "result.json").read_text())
    assert alone["at_a_time"] == 1
    for row, beside in zip(alone["rows"], both["sparse-ae"]["rows"], strict=True):
        assert row["what"] == beside["what"] and row["value"] == pytest.approx(beside["value"], rel=1e-3)
