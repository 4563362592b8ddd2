"""Propagation: satellites + time grid → `Ephemeris`, by the SGP4 that Skyfield uses, with latched errors."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from sgp4.api import SatrecArray

from .ephemeris import Ephemeris, Satellite
from .time import Floats, TimeGrid

# SGP4's drag is a polynomial in time: after decay the orbit it describes can grow again and its error code
# return to 0. Times spaced by 5 % of the age, from one minute to 30 years, find the gap in between; an error
# that first shows at perigees only is then looked for minute by minute in the time before.
_PROBE_MIN = np.concatenate([[0.0], np.geomspace(1.0, 30 * 525960.0, 340)])
_SEARCH_BACK_FRAC = 0.25
_MAX_SEARCH_MIN = 30 * 1440.0
_SATELLITES_AT_ONCE = 256


def propagate(satellites: Sequence[Satellite], grid: TimeGrid) -> Ephemeris:
    """Return positions and velocities in TEME of date; a satellite is dead from its first SGP4 error on.

    Parameters
    ----------
    satellites : sequence of Satellite
    grid : TimeGrid
        Instants (t,).

    Returns
    -------
    Ephemeris
        Rows of a dead satellite are NaN from its first error; an error between its epoch and the start of the
        grid counts, so that nothing rises from the dead.

    Assumptions
    -----------
    UTC as the time of the elements; WGS72.

    Source
    ------
    AIAA 2006-6753, as in the package sgp4; the same numbers as Skyfield's `EarthSatellite`.

    Examples
    --------
    >>> from datetime import UTC
    >>> from .elements import synthetic
    >>> start = datetime(2026, 1, 1, tzinfo=UTC)
    >>> ephemeris = propagate([synthetic("a", start, 7128137.0, 1.7177, 0.0)], TimeGrid(start, 60.0, 3))
    >>> ephemeris.r_teme_km.shape, ephemeris.first_dead.tolist()
    ((1, 3, 3), [3])
    """
    n = len(satellites)
    r_km = np.empty((n, grid.n, 3))
    v_km_per_s = np.empty((n, grid.n, 3))
    first_dead = np.full(n, grid.n, dtype=np.int64)
    error_code = np.zeros(n, dtype=np.int64)
    whole_jd, fraction_d = grid.jd_utc
    for low in range(0, n, _SATELLITES_AT_ONCE):
        part = slice(low, low + _SATELLITES_AT_ONCE)
        records = SatrecArray([satellite.satrec for satellite in satellites[part]])
        codes, r_km[part], v_km_per_s[part] = records.sgp4(whole_jd, fraction_d)
        failed = codes != 0
        for i in np.flatnonzero(failed.any(axis=1)).tolist():
            first_dead[low + i] = np.argmax(failed[i])
            error_code[low + i] = codes[i, first_dead[low + i]]
    for i, satellite in enumerate(satellites):
        earlier = failure_before(satellite, grid.start)
        if earlier is not None:
            first_dead[i], error_code[i] = 0, earlier[0]
        if first_dead[i] < grid.n:
            r_km[i, first_dead[i] :] = np.nan
            v_km_per_s[i, first_dead[i] :] = np.nan
    return Ephemeris.of(satellites, grid, r_km, v_km_per_s, first_dead, error_code)


def death_utc(ephemeris: Ephemeris) -> tuple[datetime | None, ...]:
    """Return the instant of each satellite's first SGP4 error on the grid, None for those that live.

    A satellite that had failed before the grid begins is given the date found then.
    """
    deaths: list[datetime | None] = []
    for satellite, first_dead in zip(ephemeris.satellites, ephemeris.first_dead.tolist(), strict=True):
        if first_dead == ephemeris.grid.n:
            deaths.append(None)
            continue
        death = ephemeris.grid.at(first_dead * ephemeris.grid.step_s)
        earlier = failure_before(satellite, death) if first_dead == 0 else None
        deaths.append(earlier[1] if earlier is not None else death)
    return tuple(deaths)


def failure_before(satellite: Satellite, instant: datetime) -> tuple[int, datetime] | None:
    """Return the SGP4 error between epoch and instant, and when it came; None if there was none."""
    if satellite.maintained or satellite.epoch >= instant:
        return None
    age_min = (instant - satellite.epoch) / timedelta(minutes=1)
    _, latest_min = _probe(satellite)
    if latest_min - _search_back_min(latest_min) > age_min:
        return None
    code, failed_min = _first_failure(satellite)
    if failed_min > age_min:
        return None
    return code, satellite.epoch + timedelta(minutes=failed_min)


@functools.lru_cache(maxsize=65536)
def _probe(satellite: Satellite) -> tuple[int, float]:
    """Return the SGP4 error at the first of the spaced times that has one, and that time; never: infinity."""
    return _first_error(satellite, _PROBE_MIN)


@functools.lru_cache(maxsize=65536)
def _first_failure(satellite: Satellite) -> tuple[int, float]:
    """Return the first SGP4 error after the epoch, and when [min]."""
    code, latest_min = _probe(satellite)
    earliest_min = latest_min - _search_back_min(latest_min)
    earlier = _first_error(satellite, np.arange(earliest_min, latest_min))
    return earlier if earlier[0] else (code, latest_min)


def _search_back_min(latest_min: float) -> float:
    return min(latest_min * _SEARCH_BACK_FRAC, _MAX_SEARCH_MIN)


def _first_error(satellite: Satellite, age_min: Floats) -> tuple[int, float]:
    satrec = satellite.satrec
    whole_jd = np.full(age_min.size, satrec.jdsatepoch)
    codes, _, _ = satrec.sgp4_array(whole_jd, satrec.jdsatepochF + age_min / 1440.0)
    failed = np.flatnonzero(codes)
    return (int(codes[failed[0]]), float(age_min[failed[0]])) if failed.size else (0, math.inf)
