"""Ephemeris: where every satellite is on one time grid. Element sets + TimeGrid → positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.vector import pack, unpack
from .time import Floats, TimeGrid


@dataclass(frozen=True)
class Satellite:
    """One object with SGP4 mean elements, real or synthetic.

    `satrec` is an initialised `sgp4.api.Satrec`; `norad_id` is our own column (0 = none), because sgp4
    refuses numbers above 339999. `maintained` marks drag-free synthetic elements, which do not age.
    """

    name: str
    norad_id: int
    epoch: datetime
    satrec: Any
    maintained: bool
    source: str


@dataclass(frozen=True)
class Ephemeris:
    """States in TEME of date on a grid; those of a dead satellite are NaN from `first_dead` on.

    Kept as the kernels want them, `r_packed_km` and `v_packed_km_per_s` (block, t, 3, LANES), lanes without
    a satellite NaN; `first_dead` (s,): the index of the first sample with an SGP4 error, latched (n where
    none); `error_code` (s,): that SGP4 error, 0 where none; `skyfield_difference_m`: largest distance from
    Skyfield's positions where they were compared.
    """

    satellites: tuple[Satellite, ...]
    grid: TimeGrid
    r_packed_km: Floats
    v_packed_km_per_s: Floats
    first_dead: NDArray[np.int64]
    error_code: NDArray[np.int64]
    skyfield_difference_m: float = 0.0

    def __post_init__(self) -> None:
        for value in (self.first_dead, self.error_code):
            value.flags.writeable = False

    @classmethod
    def of(
        cls,
        satellites: Sequence[Satellite],
        grid: TimeGrid,
        r_teme_km: Floats,
        v_teme_km_per_s: Floats,
        first_dead: NDArray[np.int64],
        error_code: NDArray[np.int64],
    ) -> Ephemeris:
        """Return the ephemeris of states by satellite (s, t, 3)."""
        states = pack(r_teme_km), pack(v_teme_km_per_s)
        return cls(tuple(satellites), grid, *states, first_dead, error_code)

    def first(self, n: int) -> Ephemeris:
        """Return the first `n` instants."""
        return Ephemeris(
            self.satellites,
            self.grid.part(0, n),
            np.ascontiguousarray(self.r_packed_km[:, :n]),
            np.ascontiguousarray(self.v_packed_km_per_s[:, :n]),
            np.minimum(self.first_dead, n),
            self.error_code,
            self.skyfield_difference_m,
        )

    def between(self, satellite: NDArray[np.int64], time_s: Floats) -> Floats:
        """Return positions at any moment (i, 3) [km], by Hermite's cubic through the states around it.

        Parameters
        ----------
        satellite, time_s : arrays (i,)
            Numbers of satellites, and seconds since the start of the grid.
        """
        node = np.clip((time_s / self.grid.step_s).astype(np.int64), 0, self.grid.n - 2)
        x, h = (time_s / self.grid.step_s - node)[:, None], self.grid.step_s
        before, after = self.r_teme_km[satellite, node], self.r_teme_km[satellite, node + 1]
        leaving = self.v_teme_km_per_s[satellite, node] * h
        arriving = self.v_teme_km_per_s[satellite, node + 1] * h
        blend, bend = x * x * (3.0 - 2.0 * x), x * (1.0 - x) * ((1.0 - x) * leaving - x * arriving)
        return np.asarray(before + blend * (after - before) + bend)

    @cached_property
    def r_teme_km(self) -> Floats:
        """Positions by satellite (s, t, 3) [km], unpacked when first asked for."""
        return _rows(self.r_packed_km, len(self.satellites))

    @cached_property
    def v_teme_km_per_s(self) -> Floats:
        """Velocities by satellite (s, t, 3) [km/s], unpacked when first asked for."""
        return _rows(self.v_packed_km_per_s, len(self.satellites))


def _rows(packed: Floats, n: int) -> Floats:
    rows = unpack(packed, n)
    rows.flags.writeable = False
    return rows
