"""Compiled functions that owners of one signature share."""

import gc
import threading
import weakref

import numpy as np

from hyotan.core import programs


class Owner:
    def __init__(self, factor):
        self.factor, self.traced = factor, 0


def double(owner, x):
    owner.traced += 1
    return 2 * x


def test_the_second_owner_traces_nothing():
    one, two = Owner(1), Owner(1)
    program = programs.shared(("double", 1), double)
    assert float(program(one, np.float32(3))) == float(programs.shared(("double", 1), double)(two, np.float32(3))) == 6
    assert (one.traced, two.traced) == (1, 0)
    program(two, np.ones(3, np.float32))  # another shape is traced from whoever calls
    assert (one.traced, two.traced) == (1, 1)


def test_no_program_keeps_an_owner_alive():
    owner = Owner(1)
    programs.shared(("double", 2), double)(owner, np.float32(3))
    gone = weakref.ref(owner)
    del owner
    gc.collect()
    assert gone() is None


def test_owners_in_threads_are_not_mixed():
    """All wait for each other while they are traced."""
    together = threading.Barrier(3)
    found = {}

    def scaled(owner, x):
        together.wait(timeout=60)
        return owner.factor * x

    def call(factor):
        found[factor] = float(programs.shared(("scaled", factor), scaled)(Owner(factor), np.float32(1)))

    threads = [threading.Thread(target=call, args=(factor,)) for factor in (1, 2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {1: 1, 2: 2, 3: 3}


def test_without_a_signature_nothing_is_shared():
    one, two = Owner(1), Owner(1)
    for owner in (one, two):
        programs.shared(None, double)(owner, np.float32(3))
    assert (one.traced, two.traced) == (1, 1)


def test_those_not_used_for_longest_go_first(monkeypatch):
    monkeypatch.setattr(programs, "LIMIT", 2)
    monkeypatch.setattr(programs, "_KEPT", type(programs._KEPT)())
    first, second = programs.shared("a", double), programs.shared("b", double)
    assert programs.shared("a", double) is first
    programs.shared("c", double)
    assert programs.shared("a", double) is first
    assert programs.shared("b", double) is not second
    programs.forget()
    assert programs.shared("a", double) is not first
