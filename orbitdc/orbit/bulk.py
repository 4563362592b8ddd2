"""Bulk: SGP4 compiled for whole blocks of satellites, checked against Skyfield's. Satellites + grid → `Ephemeris`.

Skyfield stays the propagator of record: every call compares the kernel with it at the first instant and once
a day, and a difference above what is allowed is an error. Deep-space orbits, perigees under 220 km and
element sets that fail to start are propagated by Skyfield's SGP4 itself.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sgp4.api import WGS72, SatrecArray
from sgp4.model import Satrec

from ..constants import DAY_S, JULIAN_YEAR_S
from ..errors import InvariantError
from ..kernels import LANES
from ..kernels import sgp4 as kernel
from .ephemeris import Ephemeris, Satellite
from .propagate import failure_before, propagate
from .time import Floats, TimeGrid

Integers = NDArray[np.int64]

_EPOCH_1949_JD = 2433281.5  # sgp4init counts days from 1949 December 31
# What the kernel takes as a rotation by less than pi/4: drag terms up to an age, and Kepler's equation.
_MAX_SHIFT_RAD = 0.5
_OLDEST_MIN = 100 * 1440.0
_MAX_ECCENTRICITY = 0.6

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
    sorted_out = _sort_out(tuple(satellites))
    n = len(satellites)
    r_km = np.empty((n, grid.n, 3))
    v_km_per_s = np.empty((n, grid.n, 3))
    error_code = np.zeros(n, dtype=np.int64)
    first_dead = np.full(n, grid.n, dtype=np.int64)
    for group in sorted_out.groups:
        _run(group, grid, r_km, v_km_per_s)
    whole_jd, fraction_d = grid.jd_utc
    failed = np.isnan(r_km[:, :, 0])
    failed[sorted_out.reference] = False
    for i in np.flatnonzero(failed.any(axis=1)).tolist():
        first_dead[i] = at = int(failed[i].argmax())
        error_code[i] = satellites[i].satrec.sgp4(whole_jd[at], fraction_d[at])[0]
    if sorted_out.reference.size:
        theirs = propagate([satellites[i] for i in sorted_out.reference], grid)
        r_km[sorted_out.reference], v_km_per_s[sorted_out.reference] = theirs.r_teme_km, theirs.v_teme_km_per_s
        first_dead[sorted_out.reference], error_code[sorted_out.reference] = theirs.first_dead, theirs.error_code
    for i, satellite in enumerate(satellites):
        earlier = failure_before(satellite, grid.start)
        if earlier is not None:
            first_dead[i], error_code[i] = 0, earlier[0]
    for i in np.flatnonzero(first_dead < grid.n).tolist():
        r_km[i, first_dead[i] :] = np.nan
        v_km_per_s[i, first_dead[i] :] = np.nan
    found = Ephemeris(tuple(satellites), grid, r_km, v_km_per_s, first_dead, error_code)
    return replace(found, skyfield_difference_m=_checked_m(found, sorted_out))


@dataclass(frozen=True)
class _Group:
    """Satellites that one kernel takes: their numbers, epochs and coefficients in whole blocks."""

    number: Integers
    epoch_jd: Floats
    epoch_part_d: Floats
    coefficients: Floats
    is_eccentric: bool


@dataclass(frozen=True)
class _Sorted:
    groups: tuple[_Group, ...]
    reference: Integers
    """Numbers of the satellites left to Skyfield."""


@functools.lru_cache(maxsize=16)
def _sort_out(satellites: tuple[Satellite, ...]) -> _Sorted:
    rows = [coefficients(satellite) for satellite in satellites]
    fits = np.array([row is not None for row in rows], dtype=np.bool_)
    eccentricity = np.array([0.0 if row is None else _largest_eccentricity(row) for row in rows])
    groups = []
    for is_eccentric in (False, True):
        number = np.flatnonzero(fits & ((eccentricity > kernel.NEAR_CIRCULAR) == is_eccentric))
        if number.size:
            chosen = np.array([rows[i] for i in number])
            groups.append(
                _Group(
                    number,
                    _in_blocks(np.array([satellites[i].satrec.jdsatepoch for i in number])[:, None])[:, 0],
                    _in_blocks(np.array([satellites[i].satrec.jdsatepochF for i in number])[:, None])[:, 0],
                    _in_blocks(chosen).reshape(-1, kernel.N_ROWS * LANES),
                    is_eccentric,
                )
            )
    return _Sorted(tuple(groups), np.flatnonzero(~fits))


def _in_blocks(rows: Floats) -> Floats:
    """Return (s, c) as (block, c, LANES); lanes without a satellite repeat the last one."""
    padded = np.concatenate([rows, np.repeat(rows[-1:], -len(rows) % LANES, axis=0)])
    return np.ascontiguousarray(padded.reshape(-1, LANES, rows.shape[1]).transpose(0, 2, 1))


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
    is_simple = record.method == "n" and record.isimp == 0 and record.error == 0
    swing = 6.0 * record.eta + 2.0 * record.eta**3  # of (1 + eta cos M)^3
    shift_rad = abs(record.omgcof) * _OLDEST_MIN + swing * abs(record.xmcof)
    if not is_simple or record.ecco > _MAX_ECCENTRICITY or shift_rad > _MAX_SHIFT_RAD:
        return None
    axis = (kernel.XKE / record.no_unkozai) ** (2.0 / 3.0)
    row = [getattr(record, name) for name in kernel.FIELDS]
    return np.array([*row, axis, math.sin(record.inclo), math.cos(record.inclo)])


def _largest_eccentricity(row: Floats) -> float:
    """Return the eccentricity that drag can lead to within the oldest age."""
    at = {name: row[i] for i, name in enumerate(kernel.FIELDS)}
    return float(at["ecco"] + abs(at["bstar"] * at["cc4"]) * _OLDEST_MIN)


def _run(group: _Group, grid: TimeGrid, r_km: Floats, v_km_per_s: Floats) -> None:
    n_block = group.coefficients.shape[0]
    whole_jd, fraction_d = grid.jd_utc
    minute = ((whole_jd[0] - group.epoch_jd) + (fraction_d[0] - group.epoch_part_d)) * 1440.0
    r = np.empty((n_block, grid.n, 3 * LANES))
    v = np.empty_like(r)
    run = kernel.grid_eccentric if group.is_eccentric else kernel.grid_near_circular
    run(group.coefficients, np.ascontiguousarray(minute), grid.step_s / 60.0, r, v)
    for packed, out in ((r, r_km), (v, v_km_per_s)):
        rows = packed.reshape(n_block, grid.n, 3, LANES).transpose(0, 3, 1, 2).reshape(-1, grid.n, 3)
        out[group.number] = rows[: group.number.size]


def _checked_m(found: Ephemeris, sorted_out: _Sorted) -> float:
    """Return the largest distance from Skyfield's SGP4 at the first instant and once a day [m]."""
    grid = found.grid
    anchors = np.arange(0, grid.n, max(1, round(DAY_S / grid.step_s)))
    whole_jd, fraction_d = (part[anchors] for part in grid.jd_utc)
    worst_m = 0.0
    for group in sorted_out.groups:
        chosen = [found.satellites[i] for i in group.number]
        _, theirs_km, _ = SatrecArray([satellite.satrec for satellite in chosen]).sgp4(whole_jd, fraction_d)
        apart_m = 1e3 * np.linalg.norm(found.r_teme_km[group.number][:, anchors] - theirs_km, axis=-1)
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
        worst_m = max(worst_m, float(np.nanmax(apart_m, initial=0.0)))
    return worst_m
