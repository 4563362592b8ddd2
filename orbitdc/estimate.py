"""Estimate: a scenario and its fleet → memory and time that a run will take, and how to fit into less.

The figures are measured (a test holds the memory within a factor of 1.5); time is of one ordinary core and
tells minutes from hours.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numba
import numpy as np

from .errors import InputError, Problem
from .fleet import Fleet
from .kernels import LANES
from .scenario import sampling
from .scenario.quantities import Kind
from .stream import GROUP
from .workload import most_entries

if TYPE_CHECKING:
    from .scenario.models import Scenario

MEMORY = Kind("amount of memory", "byte", "2 GB", ("GB", "MB"), 0.0, 1e18)
"""Size as `--max-memory` takes it."""

_BASE_BYTES = 2.6e8
"""Of a run of nothing: libraries and compiled kernels."""
_WINDOW_BYTES = 1e8
"""Of a window of next to nothing: solvers and tables; of pictures as well, when no window is left."""
_KEPT_BYTES = 58.0
"""Per satellite and step of a window, for the replay of the plan; passes of the window included."""
_WORK_BYTES = 75.0
"""Per satellite and step of a group, in each thread."""
_ENTRY_BYTES = 700.0
"""Per entry of the jobs of a window: what is asked, planned and kept."""
_ROOM_BYTES = 1e9
"""What a run takes of its own accord for windows side by side; a single one may need more."""
SIDE_BY_SIDE = 2
"""Windows worked on at a time at most: half of the work on one holds the interpreter's lock."""
_SECONDS_PER_STATE = 4.6e-7
"""Per satellite and step of a window, 2.0e-7 of it for links, routes and bits."""
_SECONDS_PER_WINDOW = 0.05
_SECONDS_PER_ENTRY = 1e-5
_SECONDS_PER_LIGHT_YEAR = 0.18
"""Every day of a year in one light plane."""
_BASE_SECONDS = 6.0
"""Start and pictures."""


@dataclass(frozen=True)
class Estimate:
    """What a run will take.

    `n_side_by_side`: windows worked on at a time; `n_flying`: most entities in one window; `n_at_once`: how
    many of them a thread works on at a time.
    """

    n_windows: int
    n_side_by_side: int
    n_flying: int
    n_at_once: int
    memory_bytes: float
    time_s: float

    def __str__(self) -> str:
        return f"{_amount_text(self.memory_bytes)} of memory, {_time_text(self.time_s)}"


def estimate(scenario: Scenario, fleet: Fleet, max_memory_bytes: float | None = None) -> Estimate:
    """Return the memory and the time that a run of a scenario will take.

    Parameters
    ----------
    scenario : Scenario
    fleet : Fleet
        All entities of its plan.
    max_memory_bytes : float, optional [byte]
        What the run may take: fewer windows and satellites are then worked on at once.

    Returns
    -------
    Estimate

    Raises
    ------
    InputError
        Not even one group of satellites fits into `max_memory_bytes`.

    Assumptions
    -----------
    Compiled kernels: a first run takes half a minute more.
    """
    found = sampling.windows(scenario)
    flying = [int(fleet.active(window.middle).sum()) for window in found]
    steps = [round(window.duration_s / scenario.time.step_s) for window in found]
    n_states = np.multiply(flying, steps)
    n_entries = [most_entries(scenario, window) for window in found]
    n_threads = numba.get_num_threads()
    kept_bytes = _WINDOW_BYTES + _KEPT_BYTES * float(n_states.max()) + _ENTRY_BYTES * max(n_entries)
    per_satellite_bytes = _WORK_BYTES * max(steps) * n_threads
    n_at_once = GROUP
    window_bytes = kept_bytes + per_satellite_bytes * min(n_at_once, max(flying))
    room_bytes = (_ROOM_BYTES if max_memory_bytes is None else max_memory_bytes) - _BASE_BYTES
    most = min(SIDE_BY_SIDE, n_threads, len(found))
    n_side_by_side = max(1, min(most, int(room_bytes // window_bytes)))
    if max_memory_bytes is not None and n_side_by_side == 1:
        n_at_once = _that_fit(max_memory_bytes, _BASE_BYTES + kept_bytes, per_satellite_bytes)
        window_bytes = kept_bytes + per_satellite_bytes * min(n_at_once, max(flying))
    years = (scenario.phase[-1].end - scenario.phase[0].start).days / 365.25
    return Estimate(
        n_windows=len(found),
        n_side_by_side=n_side_by_side,
        n_flying=max(flying),
        n_at_once=n_at_once,
        memory_bytes=_BASE_BYTES + n_side_by_side * window_bytes,
        time_s=(
            _BASE_SECONDS
            + _SECONDS_PER_WINDOW * len(found)
            + _SECONDS_PER_STATE * float(n_states.sum())
            + _SECONDS_PER_ENTRY * sum(n_entries)
            + _SECONDS_PER_LIGHT_YEAR * years * len(fleet.plane_representative)
        ),
    )


def _that_fit(max_memory_bytes: float, kept_bytes: float, per_satellite_bytes: float) -> int:
    """Return how many satellites a thread may work on at once, in whole blocks, at most `GROUP`."""
    n = int((max_memory_bytes - kept_bytes) // per_satellite_bytes) // LANES * LANES
    if n < LANES:
        least_bytes = kept_bytes + LANES * per_satellite_bytes
        raise InputError(
            Problem(
                "--max-memory",
                MEMORY.text(max_memory_bytes),
                f"at least {math.ceil(least_bytes / 1e6)} MB, {LANES} satellites at a time",
                "or a coarser time.step, or a shorter time.window",
            )
        )
    return min(n, GROUP)


def _amount_text(n_bytes: float) -> str:
    return f"{n_bytes / 1e6:.0f} MB" if n_bytes < 1e9 else f"{n_bytes / 1e9:.1f} GB"


def _time_text(seconds: float) -> str:
    minutes = max(1, round(seconds / 60.0))
    if seconds < 90.0:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
