"""SGP4 mean elements: an initialised `Satrec` or six numbers → a `Satellite` that is plausible.

sgp4 and Skyfield propagate anything: an orbit inside the Earth, an eccentricity of nonsense. Whatever makes
a satellite here passes through `satellite_of`, which refuses such sets with one message.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from sgp4.api import SGP4_ERRORS, WGS72, Satrec

from ..constants import DAY_S, EARTH_RADIUS_KM, TAU
from ..errors import InputError, Problem
from .ephemeris import Satellite

MAX_SGP4_NUMBER = 339_999
"""Largest catalogue number sgp4 takes (Alpha-5 Z9999); larger ones live in `Satellite.norad_id` only."""

MIN_REV_PER_DAY, MAX_REV_PER_DAY = 0.001, 17.5  # a circular orbit at the Earth's surface makes 17.07

MAX_PERIGEE_DEPTH_KM = 100.0
"""Real sets of objects about to come down (Cluster II, 2026) have mean perigees 36 km below the surface."""

_SGP4_EPOCH = datetime(1949, 12, 31, tzinfo=UTC)
_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)
_J2000_JD = 2451545.0


def drag_free_satrec(
    epoch: datetime,
    semi_major_axis_m: float,
    eccentricity: float,
    inclination_rad: float,
    raan_rad: float,
    argp_rad: float,
    mean_anomaly_rad: float,
) -> Satrec:
    """Return SGP4 without drag whose Brouwer mean semi-major axis is the one given.

    Parameters
    ----------
    epoch : datetime
        UTC.
    semi_major_axis_m : float [m]
        SGP4's own mean semi-major axis, after it has undone Kozai's definition of the mean motion.
    eccentricity, inclination_rad, raan_rad, argp_rad, mean_anomaly_rad : float [rad]
        Mean elements in TEME.

    Returns
    -------
    Satrec
        WGS72 constants, never written as text: the four decimals of a TLE inclination would let the local
        time of the node drift by up to 0.1 min in ten years.

    Assumptions
    -----------
    No drag: the orbit is maintained, and the propellant for it is accounted elsewhere.

    Source
    ------
    Hoots and Roehrich 1980, Spacetrack Report 3; Vallado et al., AIAA 2006-6753 (`sgp4init`, `initl`).

    Examples
    --------
    >>> satrec = drag_free_satrec(datetime(2026, 1, 1, tzinfo=UTC), 7128137.0, 1e-4, 1.7177, 0.0, 0.0, 0.0)
    >>> round(satrec.a * satrec.radiusearthkm, 6)
    7128.137
    """
    target_km = semi_major_axis_m / 1e3
    mean_motion_rad_per_min = math.sqrt(398600.8 / target_km**3) * 60.0  # WGS72 GM
    satrec = Satrec()
    for _ in range(8):
        satrec.sgp4init(
            WGS72,
            "i",
            0,
            (epoch - _SGP4_EPOCH) / timedelta(days=1),
            0.0,
            0.0,
            0.0,
            eccentricity,
            argp_rad % TAU,
            inclination_rad,
            mean_anomaly_rad % TAU,
            mean_motion_rad_per_min,
            raan_rad % TAU,
        )
        # Kozai's and Brouwer's mean motions differ by a nearly constant factor: this converges in 3 rounds.
        correction = (satrec.a * satrec.radiusearthkm / target_km) ** 1.5
        if abs(correction - 1.0) < 1e-14:
            break
        mean_motion_rad_per_min *= correction
    return satrec


def epoch_of(satrec: Satrec) -> datetime:
    """Return the epoch in UTC, to the microsecond.

    >>> line_1 = "1 25544U 98067A   18184.80969102  .00001614  00000-0  31745-4 0  9993"
    >>> line_2 = "2 25544  51.6414 295.8524 0003435 262.6267 204.2868 15.54005638121106"
    >>> epoch_of(Satrec.twoline2rv(line_1, line_2)).isoformat()
    '2018-07-03T19:25:57.304128+00:00'
    """
    whole = timedelta(days=satrec.jdsatepoch - _J2000_JD)
    return _J2000 + whole + timedelta(microseconds=round(satrec.jdsatepochF * DAY_S * 1e6))


def satellite_of(
    satrec: Satrec, name: str, norad_id: int, source: str, place: str, *, maintained: bool = False
) -> Satellite:
    """Return the satellite of an initialised SGP4, or raise with what is impossible about its orbit.

    Parameters
    ----------
    satrec : Satrec
        Initialised elements.
    name, norad_id, source
        As in `Satellite`.
    place : str
        Where the elements were read, for the message.
    maintained : bool
        Drag-free elements, which do not age.

    Returns
    -------
    Satellite

    Raises
    ------
    InputError
        Mean motion out of range, eccentricity not in [0, 1), perigee deep below the surface, or an SGP4 error
        at epoch.

    Examples
    --------
    >>> satrec = drag_free_satrec(datetime(2026, 1, 1, tzinfo=UTC), 7128137.0, 0.2, 1.7177, 0.0, 0.0, 0.0)
    >>> satellite_of(satrec, "low", 0, "", "here")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    orbitdc.errors.InputError: here: found a perigee 675.6 km below ...
    """
    problem = _implausible(satrec, place)
    if problem is not None:
        raise InputError(problem)
    return Satellite(name, norad_id, epoch_of(satrec), satrec, maintained, source)


def _implausible(satrec: Any, place: str) -> Problem | None:
    if not 0.0 <= satrec.ecco < 1.0:
        return Problem(place, f"an eccentricity of {satrec.ecco:g}", "0 <= eccentricity < 1")
    rev_per_day = satrec.no_kozai * 1440.0 / TAU
    if not MIN_REV_PER_DAY <= rev_per_day <= MAX_REV_PER_DAY:
        return Problem(
            place,
            f"a mean motion of {rev_per_day:.8g} revolutions a day",
            f"{MIN_REV_PER_DAY:g} to {MAX_REV_PER_DAY:g}",
        )
    perigee_km = satrec.a * (1.0 - satrec.ecco) * satrec.radiusearthkm - EARTH_RADIUS_KM
    if not perigee_km > -MAX_PERIGEE_DEPTH_KM:
        return Problem(
            place,
            f"a perigee {-perigee_km:.1f} km below the surface",
            f"a mean perigee above -{MAX_PERIGEE_DEPTH_KM:g} km",
        )
    code, position_km, _ = satrec.sgp4_tsince(0.0)
    if code:
        return Problem(
            place, f"SGP4 error {code} at epoch: {SGP4_ERRORS[code]}", "an orbit that SGP4 can fly"
        )
    if not all(math.isfinite(x_km) for x_km in position_km):
        return Problem(place, "no finite position at epoch", "an orbit that SGP4 can fly")
    return None
