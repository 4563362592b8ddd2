"""Bulk: SGP4 compiled for whole blocks of satellites, checked against Skyfield's. Satellites → `Ephemeris`.

Skyfield stays the propagator of record: every call compares the kernel with it at the first instant and once
a day, and a difference above what is allowed is an error. Deep-space orbits, perigees under 220 km and
element sets that fail to start are propagated by Skyfield's SGP4 itself.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sgp4.api import WGS72, SatrecArray
from sgp4.model import Satrec

from ..constants import DAY_S, JULIAN_YEAR_S
from ..errors import InvariantError
from ..kernels import LANES
from ..kernels import sgp4 as kernel
from ..kernels.lanes import blank
from ..kernels.vector import pack
from .ephemeris import Ephemeris, Satellite
from .propagate import failure_before, propagate
from .time import Floats, TimeGrid

Integers = NDArray[np.int64]

_EPOCH_1949_JD = 2433281.5  # sgp4init counts days from 1949 December 31
_MAX_SHIFT_RAD = 0.5  # what drag turns the anomaly by, taken as a rotation by less than pi/4
_MAX_ECCENTRICITY = 0.6
_YOUNG_MIN = 100 * 1440.0

ALLOWED_M = ((1.0, 1e-3), (11.0, 20e-3))
"""Largest difference from Skyfield [m] up to so many years from the epoch."""


def propagate_bulk(satellites: Sequence[Satellite], grid: TimeGrid) -> Ephemeris:
    """Return positions and velocities in TEME of date by the compiled SGP4, checked against Skyfield's.

    Parameters
    ----------
    satellites : sequence of Satellite
    grid : TimeGrid
        Instants (t,).

    Returns
    -------
    Ephemeris
        As `propagate` gives it; `skyfield_difference_m` is the largest found at the instants compared.

    Raises
    ------
    InvariantError
        The kernel is further from Skyfield than `ALLOWED_M`.

    Assumptions
    -----------
    UTC as the time of the elements; WGS72.

    Source
    ------
    AIAA 2006-6753; `kernels.sgp4` says how it is arranged.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from .elements import synthetic
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> ephemeris = propagate_bulk([synthetic("a", start, 7128137.0, 1.7177, 0.0)], TimeGrid(start, 60.0, 3))
    >>> ephemeris.skyfield_difference_m < 1e-3
    True
    """
    satellites = tuple(satellites)
    n = len(satellites)
    lots = _sort_out(satellites, _oldest_min(satellites, grid))
    shape = (-(-n // LANES), grid.n, 3, LANES)
    states = r_km, v_km_per_s = _room(shape), _room(shape)
    if lots.in_place is not None:
        _run(kernel.grid_near_circular, lots.in_place, grid, states)
    first_dead = np.full(n, grid.n, dtype=np.int64)
    error_code = np.zeros(n, dtype=np.int64)
    if lots.apart is not None:
        shape = (len(lots.apart.coefficients), *shape[1:])
        theirs = _room(shape), _room(shape)
        _run(kernel.grid_eccentric, lots.apart, grid, theirs)
        _scatter(theirs, lots.eccentric, states)
    # The shape of an orbit without drag is constant: it fails at once or never.
    n_looked_at = 1 if all(satellite.maintained for satellite in satellites) else grid.n
    failed = np.isnan(r_km[:, :n_looked_at, 0].sum(axis=1)).reshape(-1)[:n]
    failed[lots.reference] = False
    for i in np.flatnonzero(failed).tolist():
        first_dead[i], error_code[i] = _failure(satellites[i], grid, r_km[i // LANES, :, 0, i % LANES])
    if lots.reference.size:
        exact = propagate([satellites[i] for i in lots.reference], grid)
        _scatter((exact.r_packed_km, exact.v_packed_km_per_s), lots.reference, states)
        first_dead[lots.reference], error_code[lots.reference] = exact.first_dead, exact.error_code
    for i, satellite in enumerate(satellites):
        earlier = None if satellite.maintained else failure_before(satellite, grid.start)
        if earlier is not None:
            first_dead[i], error_code[i] = 0, earlier[0]
    for i in np.flatnonzero(first_dead < grid.n).tolist():
        for packed in states:
            packed[i // LANES, first_dead[i] :, :, i % LANES] = np.nan
    if n % LANES:
        r_km[-1, ..., n % LANES :] = v_km_per_s[-1, ..., n % LANES :] = np.nan
    difference_m = _checked_m(satellites, lots.reference, grid, r_km)
    return Ephemeris(satellites, grid, r_km, v_km_per_s, first_dead, error_code, difference_m)


def _room(shape: tuple[int, ...]) -> Floats:
    """Return an array to be filled, whose rows of lanes begin where the kernels are fastest."""
    room: Floats = blank(math.prod(shape) // LANES).reshape(shape)
    return room


@dataclass(frozen=True)
class Blocks:
    """Epochs (block, LANES) and coefficients (block, N_ROWS x LANES) that one kernel takes."""

    epoch_jd: Floats
    epoch_part_d: Floats
    coefficients: Floats

    def minutes(self, grid: TimeGrid) -> Floats:
        """Return minutes from each epoch to the first instant of a grid (block, LANES)."""
        whole_jd, fraction_d = grid.jd_utc
        after_d: Floats = (whole_jd[0] - self.epoch_jd) + (fraction_d[0] - self.epoch_part_d)
        return after_d * 1440.0

    @classmethod
    def of(cls, satellites: Sequence[Satellite], rows: Floats) -> Blocks:
        """Pack; lanes without a satellite repeat the last one."""
        epochs = [(each.satrec.jdsatepoch, each.satrec.jdsatepochF) for each in satellites]
        both = np.hstack([np.array(epochs).reshape(-1, 2), rows])
        packed = pack(np.pad(both, ((0, -len(both) % LANES), (0, 0)), "edge"))
        return cls(
            np.ascontiguousarray(packed[:, 0]),
            np.ascontiguousarray(packed[:, 1]),
            np.ascontiguousarray(packed[:, 2:]).reshape(-1, kernel.N_ROWS * LANES),
        )


@dataclass(frozen=True)
class _Lots:
    """Who propagates whom.

    `in_place` holds all satellites in their order, for the near-circular kernel; those that it does not suit
    have a neighbour's coefficients there, and their states are written over. `eccentric`: numbers of the
    satellites in `apart`; `reference`: of those left to Skyfield.
    """

    in_place: Blocks | None
    apart: Blocks | None
    eccentric: Integers
    reference: Integers


def _oldest_min(satellites: Sequence[Satellite], grid: TimeGrid) -> float:
    """Return an age no satellite passes on the grid: 100 d, or that times a power of two."""
    ends = (grid.start, grid.end)
    age_min = max(
        (
            abs((end - each.epoch).total_seconds()) / 60.0
            for each in satellites
            if not each.maintained
            for end in ends
        ),
        default=0.0,
    )
    return _YOUNG_MIN * 2.0 ** max(0, math.ceil(math.log2(max(age_min, 1.0) / _YOUNG_MIN)))


def near_circular_blocks(satellites: Sequence[Satellite], start: datetime) -> tuple[Blocks, Integers]:
    """Return satellites for the near-circular kernel, and the numbers of those that it does not suit.

    Parameters
    ----------
    satellites : sequence of Satellite (s,)
    start : datetime
        An instant near which they are wanted.

    Returns
    -------
    blocks : Blocks
        In the order given; a satellite that does not fit has a neighbour's coefficients.
    left_out : ndarray
        Their numbers; empty where all fit.
    """
    lots = _sort_out(tuple(satellites), _oldest_min(satellites, TimeGrid(start, DAY_S, 2)))
    left_out = np.union1d(lots.eccentric, lots.reference)
    if lots.in_place is None:
        return Blocks.of(satellites, np.full((len(satellites), kernel.N_ROWS), np.nan)), left_out
    return lots.in_place, left_out


@functools.lru_cache(maxsize=256)
def _sort_out(satellites: tuple[Satellite, ...], oldest_min: float) -> _Lots:
    found = [coefficients(satellite) for satellite in satellites]
    nothing = np.full(kernel.N_ROWS, np.nan)
    rows = np.array([nothing if row is None else row for row in found]).reshape(-1, kernel.N_ROWS)
    ecco, bstar, cc4, eta, omgcof, xmcof = (
        rows[:, kernel.FIELDS.index(name)] for name in ("ecco", "bstar", "cc4", "eta", "omgcof", "xmcof")
    )
    swing = 6.0 * eta + 2.0 * eta**3  # of (1 + eta cos M)^3
    shift_rad = np.abs(omgcof) * oldest_min + swing * np.abs(xmcof)
    eccentricity = ecco + np.abs(bstar * cc4) * oldest_min  # the largest that drag can lead to
    fits = (ecco <= _MAX_ECCENTRICITY) & (shift_rad <= _MAX_SHIFT_RAD)  # NaN: not for these kernels
    is_round = fits & (eccentricity <= kernel.NEAR_CIRCULAR)
    eccentric = np.flatnonzero(fits & ~is_round)
    in_place = None
    if is_round.any():
        neighbour = np.maximum.accumulate(np.where(is_round, np.arange(len(rows)), np.argmax(is_round)))
        in_place = Blocks.of([satellites[i] for i in neighbour], rows[neighbour])
    apart = Blocks.of([satellites[i] for i in eccentric], rows[eccentric]) if eccentric.size else None
    return _Lots(in_place, apart, eccentric, np.flatnonzero(~fits))


@functools.lru_cache(maxsize=65536)
def coefficients(satellite: Satellite) -> Floats | None:
    """Return the kernel's row for one satellite, or None if its orbit is left to Skyfield.

    Parameters
    ----------
    satellite : Satellite

    Returns
    -------
    ndarray (N_ROWS,) or None
        Attributes of `sgp4.model.Satrec` after its initialisation, in the order of the kernel's rows.
    """
    given = satellite.satrec
    record = Satrec()
    epoch_d = (given.jdsatepoch - _EPOCH_1949_JD) + given.jdsatepochF
    record.sgp4init(
        WGS72, "i", 1, epoch_d, given.bstar, given.ndot, given.nddot, given.ecco, given.argpo, given.inclo,
        given.mo, given.no_kozai, given.nodeo,
    )  # fmt: skip
    if record.method != "n" or record.isimp != 0 or record.error != 0:
        return None
    axis = (kernel.XKE / record.no_unkozai) ** (2.0 / 3.0)
    row = [getattr(record, name) for name in kernel.FIELDS]
    return np.array([*row, axis, math.sin(record.inclo), math.cos(record.inclo)])


def _run(run: Callable[..., None], blocks: Blocks, grid: TimeGrid, states: tuple[Floats, Floats]) -> None:
    """Fill positions and velocities of whole blocks (block, t, 3, LANES)."""
    flat = [packed.reshape(len(packed), grid.n, 3 * LANES) for packed in states]
    run(blocks.coefficients, blocks.minutes(grid), grid.step_s / 60.0, *flat)


def _scatter(states: tuple[Floats, Floats], number: Integers, out: tuple[Floats, Floats]) -> None:
    """Copy the satellites of some blocks to the lanes of their numbers."""
    for i, at in enumerate(number.tolist()):
        for packed, into in zip(states, out, strict=True):
            into[at // LANES, ..., at % LANES] = packed[i // LANES, ..., i % LANES]


def _failure(satellite: Satellite, grid: TimeGrid, track: Floats) -> tuple[int, int]:
    """Return the first instant at which a track is not a number, and Skyfield's error there."""
    at = int(np.isnan(track).argmax())
    whole_jd, fraction_d = grid.jd_utc
    return at, satellite.satrec.sgp4(whole_jd[at], fraction_d[at])[0]


def _checked_m(satellites: Sequence[Satellite], reference: Integers, grid: TimeGrid, r_km: Floats) -> float:
    """Return the largest distance from Skyfield's SGP4 at the first instant and once a day [m]."""
    anchors = np.arange(0, grid.n, max(1, round(DAY_S / grid.step_s)))
    whole_jd, fraction_d = (part[anchors] for part in grid.jd_utc)
    number = np.setdiff1d(np.arange(len(satellites)), reference)
    if not number.size:
        return 0.0
    chosen = [satellites[i] for i in number]
    _, theirs_km, _ = SatrecArray([satellite.satrec for satellite in chosen]).sgp4(whole_jd, fraction_d)
    ours_km = r_km[number[:, None] // LANES, anchors, :, number[:, None] % LANES]
    apart_m = 1e3 * np.linalg.norm(ours_km - theirs_km, axis=-1)
    epoch = np.array([satellite.satrec.jdsatepoch for satellite in chosen])
    age_yr = np.abs(whole_jd[None, :] - epoch[:, None]) * DAY_S / JULIAN_YEAR_S
    allowed_m = np.select([age_yr <= years for years, _ in ALLOWED_M], [limit for _, limit in ALLOWED_M], 0.0)
    wrong = apart_m > allowed_m  # NaN, a dead satellite, compares as right
    if wrong.any():
        s, k = np.argwhere(wrong)[0]
        raise InvariantError(
            f"{chosen[s].name}: the compiled SGP4 is {apart_m[s, k]:.3g} m from Skyfield's, "
            f"{age_yr[s, k]:.2f} years from the epoch; allowed {allowed_m[s, k]:g} m; "
            "run with --propagator skyfield"
        )
    return float(np.nanmax(apart_m, initial=0.0))
