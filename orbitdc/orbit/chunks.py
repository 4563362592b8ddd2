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


def chunk_of(ephemeris: Ephemeris, first: int = 0, alive: NDArray[np.bool_] | None = None) -> Chunk:
    """Return an ephemeris packed for the kernels, the satellites that are no longer alive taken out."""
    r_km, v_km_per_s = ephemeris.r_teme_km, ephemeris.v_teme_km_per_s
    if alive is not None and not alive.all():
        r_km = np.where(alive[:, None, None], r_km, np.nan)
    return Chunk(
        ephemeris.grid,
        first,
        ephemeris,
        pack(r_km),
        pack(v_km_per_s),
        np.ascontiguousarray(sun_teme_km(ephemeris.grid)),
    )


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
