"""A window in groups: neither the number of threads nor the size of a group changes a bit of it."""

from __future__ import annotations

import functools
from typing import Any

import mini
import numba
import numpy as np
import pytest

from orbitdc import simulate, stream
from orbitdc.chunk import ChunkResult
from orbitdc.errors import LimitError
from orbitdc.kernels import LANES

N = 150  # three blocks


@functools.cache
def plan(n: int = N) -> simulate.Plan:
    return simulate.prepare(mini.scenario().replace({"phase.one.batch.ring.count": n}))


def window(n_at_once: int = stream.GROUP) -> ChunkResult:
    return simulate.simulate_window(plan(), 0, n_at_once)


def same(one: ChunkResult, other: ChunkResult) -> bool:
    return all(one[name].tobytes() == other[name].tobytes() for name in one.to_arrays())


def test_one_thread_or_two() -> None:
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("this machine runs one thread")
    before = numba.get_num_threads()
    try:
        found = []
        for n in (1, 2):
            numba.set_num_threads(n)
            found.append(window(LANES))
    finally:
        numba.set_num_threads(before)
    assert same(*found)


@pytest.mark.parametrize("n_blocks", [1, 2, 3])
def test_small_groups_or_large(n_blocks: int) -> None:
    assert len(window()["place_entity"]) >= N
    assert same(window(LANES * n_blocks), window())


def test_passes_are_those_of_the_whole_fleet() -> None:
    found = window(LANES)
    assert np.all(np.diff(found["pass_rise_s"]) >= 0.0)
    assert len(np.unique(found["pass_satellite"])) > 2 * LANES


def test_the_first_group_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Any, group: stream.Group) -> None:
        raise LimitError(f"group {group.first}")

    monkeypatch.setattr(simulate, "meet", fail)
    with pytest.raises(LimitError, match="group 0"):
        window(LANES)
