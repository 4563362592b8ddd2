"""Warm-up: nothing → every kernel compiled and kept on this machine, so that no later run waits for it.

Kernels are compiled when they are first called, and kept in a folder of the user's. A cold folder costs the
first run on a machine half a minute; here a tiny plan and two tiny searches go through every kernel.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

Tell = Callable[[str], None]

_START = datetime(2026, 8, 23, tzinfo=UTC)
_AXIS_M = 7128137.0
_HOUR_S = 3600.0


@dataclass(frozen=True)
class Warmth:
    """What a warm-up found and did."""

    n_kernels: int
    n_compiled: int
    seconds: float
    folder: Path

    def __str__(self) -> str:
        if not self.n_compiled:
            return f"nothing to do: {self.n_kernels} kernels are compiled, in {self.folder}"
        return f"compiled {self.n_compiled} kernels in {self.seconds:.0f} s, kept in {self.folder}"


def n_kept() -> int:
    """Return how many kernels of this version this machine keeps."""
    from .kernels import CACHE_FOLDER

    return sum(1 for _ in CACHE_FOLDER.rglob("*.nbi"))


def is_cold() -> bool:
    """Say whether this machine keeps no compiled kernel yet; never so where the compiler is switched off."""
    import numba

    return not numba.config.DISABLE_JIT and n_kept() == 0


def say_if_cold(tell: Tell) -> None:
    """Say that the kernels are about to be compiled, if they are."""
    if is_cold():
        tell("compiling (once): the kernels of this version, for this processor; half a minute or so")


def warm_up() -> Warmth:
    """Compile every kernel that is not yet, by calling each on something tiny.

    Returns
    -------
    Warmth
        How many there are, how many were compiled now, and where they are kept.

    Assumptions
    -----------
    A kernel has one signature, so one call compiles all there is of it.
    """
    from .kernels import CACHE_FOLDER
    from .spacecraft.operate import n_swings

    n_before, begin = n_kept(), time.perf_counter()
    _search()
    _share_out()
    _relay()
    _take_turns()
    n_swings(np.array([[1.0, 0.5, 1.0]]), 0.2)
    _survey()
    for policy in ("shed", "ride-through", "deplete"):
        _simulate(policy)
    n = n_kept()
    return Warmth(n, n - n_before, time.perf_counter() - begin, CACHE_FOLDER)


def _search() -> None:
    """Find passes and eclipses of an orbit near a circle and of one that is not."""
    from .orbit.access import find_passes
    from .orbit.eclipse import find_eclipses
    from .orbit.elements import synthetic
    from .orbit.site import Site, Sites

    pole = Sites.at([Site("pole", 90.0, 0.0, 0.0)])
    bodies = [
        synthetic(f"e{eccentricity:g}", _START, _AXIS_M / (1.0 - eccentricity), 1.7, 1.6,
                  eccentricity=eccentricity)
        for eccentricity in (0.001, 0.1)
    ]  # fmt: skip
    find_passes(bodies, pole, _START, 2.0 * _HOUR_S, 0.1)
    find_eclipses(bodies, _START, 2.0 * _HOUR_S)


def _share_out() -> None:
    """Share out one pass as a crowd too large for a linear programme is, and as one that is not."""
    from scipy.sparse import csc_matrix

    from .network.planner import Intervals, Machines, antenna_by_antenna, made_whole

    first, one = np.zeros(1, dtype=np.int64), np.ones(1)
    made_whole(0.5 * one, one, csc_matrix(np.ones((1, 1))), one, first + 1)
    antenna_by_antenna(Intervals(first, first, one, 2.0 * one, one), Machines.of(first + 1, first + 1))


def _survey() -> None:
    """Survey a day of the first scenario."""
    from .scenario.reader import load
    from .survey import survey

    survey(load("coverage-demo"), _START)


def _relay() -> None:
    """Give the only beam of a relay to its only user."""
    from .network.relays import Users, relayed

    user = Users(np.array([[[7000.0, 0.0, 0.0]]]), np.zeros((1, 1), dtype=np.int64), np.ones(1))
    relayed(user, np.array([[[42164.0, 0.0, 0.0]]]), np.array([1]), n_per_group=1)


def _take_turns() -> None:
    """Let one owner charge once."""
    from .scheduler.fairness import decayed_usage

    first, one = np.zeros(1, dtype=np.int64), np.ones(1)
    decayed_usage(first, first, one, 1, one)


def _simulate(policy: str) -> None:
    """Run a day of the first scenario in memory, with more work than there is room for."""
    from . import simulate
    from .scenario.reader import load

    day = ["time.sampling=representative", "time.window=6 h", "phase.week.end=2026-08-24T00:00:00Z"]
    day += ["phase.week.demand.imagery=9 Pop/s"]
    plan = simulate.prepare(load("coverage-demo", [*day, f"operations.envelope={policy}"]))
    simulate.simulate_window(plan, 0)
