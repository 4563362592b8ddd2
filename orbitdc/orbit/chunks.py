"""Long spans in pieces that fit in memory: satellites + span → packed states and Sun, piece by piece."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..kernels.vector import pack
from .ephemeris import Ephemeris, Satellite
from .sun import sun_teme_km
from .time import Floats, TimeGrid

Propagator = Callable[[Sequence[Satellite], TimeGrid], Ephemeris]

_NEAR_CIRCULAR = 0.02
_LOW_KM = 350.0
_TOGETHER = 256  # so many states of a day stay in the processor's cache
_LONG_STEP_S = 90.0
_SHORT_STEP_S = 60.0
_STATES = 1_500_000  # about 150 MB with the packed copy
_LONGEST_S = 86400.0


@dataclass(frozen=True)
class Chunk:
    """States of all satellites on a stretch of the grid, packed for the kernels.

    `first` is the number of its first node in the whole grid; neighbouring chunks share one node.
    `r_km`, `v_km_per_s` (n_block, t, 3, LANES); `sun_km` (t, 3). A dead satellite is NaN.
    """

    grid: TimeGrid
    first: int
    ephemeris: Ephemeris
    r_km: Floats
    v_km_per_s: Floats
    sun_km: Floats

    @property
    def first_s(self) -> float:
        """Seconds from the start of the whole span to the first node."""
        return self.first * self.grid.step_s


def span_grid(start: datetime, duration_s: float, step_s: float) -> TimeGrid:
    """Return the grid that ends exactly at the end of the span, its step at most `step_s`.

    Parameters
    ----------
    start : datetime
        First instant, UTC.
    duration_s, step_s : float [s]
        Length of the span and longest step.

    Returns
    -------
    TimeGrid

    Raises
    ------
    InputError
        A span or a step that is not positive.

    Examples
    --------
    >>> from datetime import UTC
    >>> grid = span_grid(datetime(2026, 1, 1, tzinfo=UTC), 90.0, 60.0)
    >>> grid.n, grid.step_s
    (3, 45.0)
    """
    if not (0.0 < duration_s < math.inf):
        raise InputError(Problem("length of the span", f"{duration_s:g} s", "more than 0 s"))
    if not (0.0 < step_s < math.inf):
        raise InputError(Problem("step", f"{step_s:g} s", "more than 0 s"))
    n_step = max(1, math.ceil(duration_s / step_s - 1e-9))
    return TimeGrid(start, duration_s / n_step, n_step + 1)


def by_step(
    satellites: Sequence[Satellite], step_s: float | None = None
) -> list[tuple[NDArray[np.int64], float]]:
    """Return satellites to be searched together, as indices (n,), and the longest step of their grid [s].

    Parameters
    ----------
    satellites : sequence of Satellite (s,)
    step_s : float, optional [s]
        One step for all; by default each orbit has the longest that keeps edges within a millisecond.

    Returns
    -------
    list of (ndarray, float)
        90 s for near-circular orbits, 60 s for eccentric ones and for perigees so low that the satellite may
        decay, because a death is known to within one step.

    Source
    ------
    benchmarks/decisions/005.

    Examples
    --------
    >>> from datetime import UTC
    >>> from .elements import synthetic
    >>> body = synthetic("a", datetime(2026, 1, 1, tzinfo=UTC), 7128137.0, 1.7177, 0.0)
    >>> [(which.tolist(), step_s) for which, step_s in by_step([body, body])]
    [([0, 1], 90.0)]
    """
    takes_long = np.array([_takes_long_step(satellite) for satellite in satellites], dtype=np.bool_)
    kinds = [(takes_long, _LONG_STEP_S), (~takes_long, _SHORT_STEP_S)]
    if step_s is not None:
        kinds = [(np.ones(len(satellites), dtype=np.bool_), step_s)]
    return [
        (np.flatnonzero(which)[first : first + _TOGETHER], longest_s)
        for which, longest_s in kinds
        for first in range(0, np.count_nonzero(which), _TOGETHER)
    ]


def _takes_long_step(satellite: Satellite) -> bool:
    record = satellite.satrec
    return bool(record.ecco < _NEAR_CIRCULAR and record.altp * record.radiusearthkm > _LOW_KM)


def chunk_of(ephemeris: Ephemeris, first: int = 0, alive: NDArray[np.bool_] | None = None) -> Chunk:
    """Return an ephemeris with its Sun, the satellites that are no longer alive taken out."""
    r_km = ephemeris.r_packed_km
    if alive is not None and not alive.all():
        lane_alive = pack(alive[:, None].astype(np.float64), 0.0)
        r_km = np.where(lane_alive[:, :, None, :] > 0.0, r_km, np.nan)
    sun_km = np.ascontiguousarray(sun_teme_km(ephemeris.grid))
    return Chunk(ephemeris.grid, first, ephemeris, r_km, ephemeris.v_packed_km_per_s, sun_km)


def chunks(satellites: Sequence[Satellite], grid: TimeGrid, propagate: Propagator) -> Iterator[Chunk]:
    """Yield the whole grid in chunks of at most a day; a satellite once dead stays dead."""
    per_chunk = min(_STATES // max(1, len(satellites)), math.ceil(_LONGEST_S / grid.step_s))
    per_chunk = max(2, per_chunk)
    alive = np.ones(len(satellites), dtype=np.bool_)
    for first in range(0, grid.n - 1, per_chunk):
        part = grid.part(first, min(per_chunk, grid.n - 1 - first) + 1)
        ephemeris = propagate(satellites, part)
        yield chunk_of(ephemeris, first, alive)
        alive &= ephemeris.first_dead >= part.n
