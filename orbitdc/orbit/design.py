"""Sun-synchronous design: altitude and local time → inclination, node and near-frozen shape, for SGP4."""

from __future__ import annotations

import functools
import math
from datetime import UTC, datetime, timedelta

from ..constants import EARTH_RADIUS_KM, TAU, TROPICAL_YEAR_D
from ..errors import InputError, Problem
from .ephemeris import Satellite
from .mean import drag_free_satrec

NEAR_FROZEN_ECCENTRICITY = 1e-4
NEAR_FROZEN_ARGP_RAD = math.pi / 2.0
"""SGP4 adds the J3 long-period term to its mean eccentricity vector, so that mean zero *is* the frozen orbit;
1e-4 keeps the perigee defined and moves the height above a place by 0.7 km at most."""

MEAN_SUN_RATE_RAD_PER_D = TAU / TROPICAL_YEAR_D
"""Node rate of a sun-synchronous orbit."""

_J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def semi_major_axis_m(altitude_m: float) -> float:
    """Return SGP4's mean semi-major axis of an altitude, which is counted from 6378.137 km.

    >>> semi_major_axis_m(750e3)
    7128137.0
    """
    return EARTH_RADIUS_KM * 1e3 + altitude_m


def altitude_m(satellite: Satellite) -> float:
    """Return SGP4's mean (Brouwer) semi-major axis minus 6378.137 km [m]."""
    axis_km: float = satellite.satrec.a * satellite.satrec.radiusearthkm
    return (axis_km - EARTH_RADIUS_KM) * 1e3


@functools.lru_cache(maxsize=4096)
def sun_synchronous_inclination_rad(
    semi_major_axis_m: float, eccentricity: float = NEAR_FROZEN_ECCENTRICITY
) -> float:
    """Return the inclination at which SGP4's own node follows the mean Sun.

    Parameters
    ----------
    semi_major_axis_m : float [m]
        SGP4's mean semi-major axis.
    eccentricity : float [-]

    Returns
    -------
    float
        Inclination [rad].

    Raises
    ------
    InputError
        No inclination does it: too high (above some 5,970 km), or a perigee below the surface.

    Assumptions
    -----------
    The secular node rate of SGP4 (J2, J2 squared, J4), no drag and no luni-solar terms.

    Source
    ------
    Vallado 4th ed., section 11.4.1, with the root found on SGP4's node rate instead of J2's alone.

    Examples
    --------
    >>> round(math.degrees(sun_synchronous_inclination_rad(7128137.0)), 3)
    98.419
    """
    from scipy.optimize import brentq

    epoch = datetime(2026, 1, 1, tzinfo=UTC)

    def excess_rad_per_d(inclination_rad: float) -> float:
        record = drag_free_satrec(
            epoch, semi_major_axis_m, eccentricity, inclination_rad, 0.0, NEAR_FROZEN_ARGP_RAD, 0.0
        )
        rate_rad_per_d: float = record.nodedot * 1440.0
        return rate_rad_per_d - MEAN_SUN_RATE_RAD_PER_D

    low_rad, high_rad = math.radians(90.0), math.radians(179.0)
    perigee_km = semi_major_axis_m / 1e3 * (1.0 - eccentricity)
    if not (EARTH_RADIUS_KM < perigee_km < 50_000.0) or excess_rad_per_d(high_rad) < 0.0:
        raise InputError(
            Problem(
                "orbit.altitude",
                f"{semi_major_axis_m / 1e3 - EARTH_RADIUS_KM:.1f} km",
                "an altitude with a sun-synchronous inclination, 0 to about 5,970 km",
            )
        )
    root_rad: float = brentq(excess_rad_per_d, low_rad, high_rad, xtol=1e-13, rtol=1e-14)
    return root_rad


def mean_sun_rad(when: datetime) -> float:
    """Return the right ascension of the mean Sun, which is its mean longitude [rad], in [0, 2 pi).

    Assumptions
    -----------
    UTC stands for the theory's time (0.2 s of local time); geometric longitude, so that local mean time
    differs from the one of sidereal time by the constant of aberration, 1.4 s.

    Source
    ------
    Meeus, Astronomical Algorithms, 2nd ed., equation 25.2.

    Examples
    --------
    >>> round(math.degrees(mean_sun_rad(datetime(2026, 3, 20, tzinfo=UTC))), 3)
    357.547
    """
    century = (when - _J2000) / timedelta(days=36525)
    return math.radians(280.46646 + 36000.76983 * century + 0.0003032 * century**2) % TAU


def raan_rad(ltan_h: float, epoch: datetime) -> float:
    """Return the right ascension of the node that is crossed northwards at a mean local time.

    Parameters
    ----------
    ltan_h : float [h]
        Mean local time of the ascending node.
    epoch : datetime
        UTC.

    Returns
    -------
    float
        Right ascension [rad], in [0, 2 pi).

    Assumptions
    -----------
    The mean Sun: the true one runs up to 16 minutes before or after it (equation of time).

    Source
    ------
    Vallado 4th ed., section 2.5 and 11.4.1.

    Examples
    --------
    >>> epoch = datetime(2026, 3, 20, tzinfo=UTC)
    >>> round(math.degrees(raan_rad(18.0, epoch) - mean_sun_rad(epoch)) % 360.0, 9)
    90.0
    """
    return (mean_sun_rad(epoch) + (ltan_h - 12.0) * TAU / 24.0) % TAU


def ltan_h(satellite: Satellite, when: datetime) -> float:
    """Return the mean local time of the ascending node, the node moved from its epoch by SGP4's secular rate.

    Parameters
    ----------
    satellite : Satellite
    when : datetime
        UTC.

    Returns
    -------
    float
        Local time [h], in [0, 24).

    Assumptions
    -----------
    Secular node rate only: no drag, no luni-solar terms.

    Source
    ------
    AIAA 2006-6753, `nodedot`.

    Examples
    --------
    >>> from .elements import synthetic
    >>> epoch = datetime(2026, 1, 1, tzinfo=UTC)
    >>> node_rad = raan_rad(18.0, epoch)
    >>> satellite = synthetic("a", epoch, 7128137.0, sun_synchronous_inclination_rad(7128137.0), node_rad)
    >>> round(ltan_h(satellite, datetime(2036, 1, 1, tzinfo=UTC)), 4)
    18.0
    """
    minutes = (when - satellite.epoch) / timedelta(minutes=1)
    node_rad = satellite.satrec.nodeo + satellite.satrec.nodedot * minutes
    hours = 12.0 + (node_rad - mean_sun_rad(when)) * 24.0 / TAU
    return float(hours % 24.0)
