"""Ephemeris: where every satellite is on one time grid. Element sets + TimeGrid → positions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    """States in TEME of date on a grid; rows of a dead satellite are NaN from `first_dead` on.

    Shapes: `r_teme_km`, `v_teme_km_per_s` (s, t, 3); `first_dead` (s,): the index of the first sample with
    an SGP4 error, latched (n where none); `error_code` (s,): that SGP4 error, 0 where none;
    `skyfield_difference_m`: largest distance from Skyfield's positions where they were compared.
    """

    satellites: tuple[Satellite, ...]
    grid: TimeGrid
    r_teme_km: Floats
    v_teme_km_per_s: Floats
    first_dead: NDArray[np.int64]
    error_code: NDArray[np.int64]
    skyfield_difference_m: float = 0.0

    def first(self, n: int) -> Ephemeris:
        """Return the first `n` instants."""
        return Ephemeris(
            self.satellites,
            self.grid.part(0, n),
            self.r_teme_km[:, :n],
            self.v_teme_km_per_s[:, :n],
            np.minimum(self.first_dead, n),
            self.error_code,
            self.skyfield_difference_m,
        )
