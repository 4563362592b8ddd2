"""Closed forms of Earth-satellite geometry: altitudes, elevations, places → ranges, angles, sight lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ..constants import EARTH_FLATTENING, EARTH_RADIUS_KM, SPEED_OF_LIGHT_M_PER_S, TAU
from ..errors import InputError, Problem
from .time import Floats

EARTH_RADIUS_M = EARTH_RADIUS_KM * 1e3
EARTH_GM_M3_PER_S2 = 3.986004418e14  # WGS84, NIMA TR8350.2


def slant_range_m(altitude_m: ArrayLike, elevation_rad: ArrayLike) -> Floats:
    """Return the distance from a point at sea level to a satellite seen at an elevation.

    Parameters
    ----------
    altitude_m : array_like [m]
        Height above the equatorial radius.
    elevation_rad : array_like [rad]
        Elevation above the horizon; broadcasts against the altitude.

    Returns
    -------
    ndarray [m]

    Assumptions
    -----------
    Spherical Earth of 6378.137 km, no refraction.

    Source
    ------
    Law of cosines in the triangle geocentre, site, satellite; Vallado 4th ed., section 11.4.

    Examples
    --------
    >>> f"{slant_range_m(750e3, np.radians(10.0)) / 1e3:.1f} km"
    '2262.4 km'
    """
    orbit_over_earth = 1.0 + np.asarray(altitude_m, dtype=np.float64) / EARTH_RADIUS_M
    sine, cosine = np.sin(elevation_rad), np.cos(elevation_rad)
    range_m: Floats = EARTH_RADIUS_M * (np.sqrt(orbit_over_earth**2 - cosine**2) - sine)
    return range_m


def central_angle_rad(altitude_m: ArrayLike, elevation_rad: ArrayLike) -> Floats:
    """Return the angle at the geocentre between a site and a satellite seen at an elevation.

    Parameters
    ----------
    altitude_m : array_like [m]
        Height above the equatorial radius.
    elevation_rad : array_like [rad]
        Elevation above the horizon; broadcasts against the altitude.

    Returns
    -------
    ndarray [rad]

    Assumptions
    -----------
    Spherical Earth of 6378.137 km, no refraction.

    Source
    ------
    Law of sines in the triangle geocentre, site, satellite; Vallado 4th ed., section 11.4.

    Examples
    --------
    >>> f"{np.degrees(central_angle_rad(700e3, 0.0)):.5f} deg"
    '25.69645 deg'
    """
    elevation = np.asarray(elevation_rad, dtype=np.float64)
    orbit_over_earth = 1.0 + np.asarray(altitude_m, dtype=np.float64) / EARTH_RADIUS_M
    angle_rad: Floats = np.arccos(np.cos(elevation) / orbit_over_earth) - elevation
    return angle_rad


def light_time_s(range_m: ArrayLike) -> Floats:
    """Return the time light takes over a distance in vacuum.

    Parameters
    ----------
    range_m : array_like [m]

    Returns
    -------
    ndarray [s]

    Examples
    --------
    >>> f"{light_time_s(299_792.458) * 1e3:.6f} ms"
    '1.000000 ms'
    """
    return np.asarray(np.asarray(range_m, dtype=np.float64) / SPEED_OF_LIGHT_M_PER_S)


def kepler_period_s(semi_major_axis_m: ArrayLike) -> Floats:
    """Return the two-body period of an orbit; SGP4's own nodal period differs by some seconds.

    Parameters
    ----------
    semi_major_axis_m : array_like [m]

    Returns
    -------
    ndarray [s]

    Source
    ------
    Kepler's third law with the WGS84 gravitational parameter.

    Examples
    --------
    >>> f"{kepler_period_s(6378.137e3 + 750e3) / 60.0:.2f} min"
    '99.82 min'
    """
    axis_m = np.asarray(semi_major_axis_m, dtype=np.float64)
    return np.asarray(TAU * np.sqrt(axis_m**3 / EARTH_GM_M3_PER_S2))


def horizon_dip_rad(altitude_m: ArrayLike) -> Floats:
    """Return how far below the local horizontal a satellite sees the limb of the Earth.

    Parameters
    ----------
    altitude_m : array_like [m]

    Returns
    -------
    ndarray [rad]

    Assumptions
    -----------
    Spherical Earth of 6378.137 km.

    Examples
    --------
    >>> f"{np.degrees(horizon_dip_rad(400e3)):.3f} deg"
    '19.782 deg'
    """
    return np.arccos(EARTH_RADIUS_M / (EARTH_RADIUS_M + np.asarray(altitude_m, dtype=np.float64)))


def max_eclipse_beta_rad(altitude_m: ArrayLike) -> Floats:
    """Return the largest |beta| at which a circular orbit still meets the Earth's cylindrical shadow.

    Parameters
    ----------
    altitude_m : array_like [m]

    Returns
    -------
    ndarray [rad]

    Assumptions
    -----------
    Spherical Earth of 6378.137 km, parallel sunlight: the cone reaches 0.27 deg further.

    Examples
    --------
    >>> f"{np.degrees(max_eclipse_beta_rad(400e3)):.3f} deg"
    '70.218 deg'
    """
    return np.arcsin(EARTH_RADIUS_M / (EARTH_RADIUS_M + np.asarray(altitude_m, dtype=np.float64)))


def grazing_altitude_km(r1_km: Floats, r2_km: Floats, *, flattening: float = EARTH_FLATTENING) -> Floats:
    """Return how low the straight lines between points pass over the Earth.

    The flattened Earth becomes a sphere when the polar axis is stretched by 1 / (1 - f).

    Parameters
    ----------
    r1_km, r2_km : arrays (..., 3) [km]
        Ends of each line in one frame whose z axis is the polar axis; broadcast against each other.
    flattening : float
        0 for a spherical Earth of 6378.137 km.

    Returns
    -------
    ndarray (...) [km]
        Of the lowest point between the ends, over the stretched sphere; NaN where an end is.

    Assumptions
    -----------
    No refraction; heights are within 0.4 % of themselves.

    Source
    ------
    Vallado 4th ed., algorithm 35 (SIGHT).

    Examples
    --------
    >>> ahead = 7128.137 * np.array([np.cos(0.5), np.sin(0.5), 0.0])
    >>> f"{grazing_altitude_km(np.array([7128.137, 0.0, 0.0]), ahead):.1f} km"
    '528.4 km'
    """
    stretch = (1.0, 1.0, 1.0 / (1.0 - flattening))
    # axis by axis: sums along an axis of three are four times slower
    first = [r1_km[..., axis] * stretch[axis] for axis in range(3)]
    along = [r2_km[..., axis] * stretch[axis] - first[axis] for axis in range(3)]
    length_2 = sum(step * step for step in along)
    with np.errstate(invalid="ignore", divide="ignore"):
        back = sum(start * step for start, step in zip(first, along, strict=True))
        frac = np.clip(np.where(length_2 > 0.0, -back / length_2, 0.0), 0.0, 1.0)
    lowest_2 = sum((start + frac * step) ** 2 for start, step in zip(first, along, strict=True))
    return np.asarray(np.sqrt(lowest_2) - EARTH_RADIUS_KM)


@dataclass(frozen=True)
class Sight:
    """The straight line between two points and the Earth in its way."""

    visible: bool
    """The line clears the Earth, with the margin asked for."""
    closest_frac: float
    """Where on the infinite line it comes nearest to the Earth: 0 at the first point, 1 at the second."""
    grazing_altitude_km: float
    """Height of the lowest point of the segment over the sphere (on the flattened Earth: of its equator)."""


def line_of_sight(
    r1_km: ArrayLike, r2_km: ArrayLike, *, clearance_km: float = 0.0, flattening: float = EARTH_FLATTENING
) -> Sight:
    """Tell whether two points see each other past the Earth, and how low the line passes.

    The flattened Earth becomes a sphere when the polar axis is stretched by 1 / (1 - f).

    Parameters
    ----------
    r1_km, r2_km : array_like (3,) [km]
        Positions in one frame whose z axis is the polar axis.
    clearance_km : float [km]
        Height the line must keep (80 km for lasers that must not touch the atmosphere).
    flattening : float
        0 for a spherical Earth of 6378.137 km.

    Returns
    -------
    Sight

    Raises
    ------
    InputError
        A position is not finite or has not three components.

    Assumptions
    -----------
    No refraction; the clearance is measured from the stretched sphere (within 0.4 % of itself).

    Source
    ------
    Vallado 4th ed., algorithm 35 (SIGHT) and example 5-6.

    Examples
    --------
    >>> line_of_sight((10000.0, 0.0, 0.0), (0.0, 10000.0, 0.0)).visible
    True
    >>> line_of_sight((0.0, 10000.0, 0.0), (0.0, -10000.0, 0.0)).visible
    False
    """
    points = []
    for name, position in (("r1_km", r1_km), ("r2_km", r2_km)):
        point = np.array(position, dtype=np.float64)
        if point.shape != (3,) or not np.isfinite(point).all():
            raise InputError(Problem(name, str(position), "three finite coordinates in km"))
        points.append(point)
    grazing_km = float(grazing_altitude_km(points[0], points[1], flattening=flattening))
    first, second = (point / (1.0, 1.0, 1.0 - flattening) for point in points)
    along = second - first
    length_2 = float(along @ along)
    closest_frac = float(-(first @ along) / length_2) if length_2 > 0.0 else 0.0
    return Sight(grazing_km >= clearance_km, closest_frac, grazing_km)
