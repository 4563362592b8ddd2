"""The Sun: time grid → its apparent place in TEME of date, beta angle and irradiance.

The ephemeris beside this file is an excerpt of JPL's DE421 (Folkner, Williams and Boggs 2009, IPN Progress
Report 42-178) with the Sun, the Earth and their barycentres, made from the public `de421.bsp` by

    python -m jplephem excerpt --targets 3,10,399 2019/11/1 2047/3/1 de421.bsp de421-sun-earth.bsp
"""

from __future__ import annotations

import functools
import pathlib
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from ..constants import AU_KM, DAY_S, SOLAR_CONSTANT_W_PER_M2
from ..errors import InputError, Problem
from .time import Floats, TimeGrid, format_utc

FIRST = datetime(2020, 1, 1, tzinfo=UTC)
LAST = datetime(2047, 1, 1, tzinfo=UTC)

_FIRST_JD = 2458849.5
_BLOCK_D = 32
# Six daily nodes around each instant: the Moon's 4,670 km pull on the Earth and the fortnightly nutation,
# the fastest motions here, are then followed to 0.02 km, or 1e-8 deg.
_ABSCISSAE_D = np.arange(-2.0, 4.0)


def sun_teme_km(grid: TimeGrid) -> Floats:
    """Return where the Sun is seen from the Earth's centre: light time and aberration included.

    Parameters
    ----------
    grid : TimeGrid
        Instants (t,), inside 2020-2046.

    Returns
    -------
    ndarray
        Position (t, 3) in TEME of date [km].

    Raises
    ------
    InputError
        The grid leaves the years of the shipped ephemeris.

    Assumptions
    -----------
    No light deflection (under 2e-6 deg away from the limb). Skyfield gives one place a day; between those
    days a six-point Lagrange polynomial on nodes fixed in absolute time, so that an instant has the same Sun
    (to rounding) in whatever grid it lies.

    Source
    ------
    DE421; Skyfield `observe().apparent()`; TEME as in Vallado et al., AIAA 2006-6753, appendix C.

    Examples
    --------
    >>> grid = TimeGrid(datetime(2026, 3, 20, 12, tzinfo=UTC), 60.0, 2)
    >>> [round(float(x) / AU_KM, 4) for x in sun_teme_km(grid)[0]]
    [0.9959, -0.0019, -0.0008]
    """
    if grid.start < FIRST or grid.end > LAST:
        raise InputError(
            Problem(
                "time span",
                f"{format_utc(grid.start)} to {format_utc(grid.end)}",
                "2020-01-01 to 2047-01-01, the years of the shipped Sun",
            )
        )
    whole_jd, fraction_d = grid.jd_utc
    day = (whole_jd - _FIRST_JD).astype(np.int64)
    first = int(day[0]) - 2
    places_km = _daily_km(first, int(day[-1]) + 4)
    sun_km = np.zeros((grid.n, 3))
    for k, abscissa_d in enumerate(_ABSCISSAE_D):
        others_d = np.delete(_ABSCISSAE_D, k)
        weight = np.prod((fraction_d[:, None] - others_d) / (abscissa_d - others_d), axis=1)
        sun_km += weight[:, None] * places_km[day - first - 2 + k]
    return sun_km


def beta_rad(r_km: Floats, v_km_s: Floats, sun_km: Floats) -> Floats:
    """Return the angle of the Sun above the orbit plane, positive on the side of the orbital momentum.

    Parameters
    ----------
    r_km, v_km_s : ndarray
        Position and velocity (..., 3) [km], [km/s].
    sun_km : ndarray
        Sun (..., 3) in the same frame [km].

    Returns
    -------
    ndarray
        Beta (...) in [-pi/2, pi/2] [rad].

    Assumptions
    -----------
    The Sun's direction is that from the Earth's centre.

    Source
    ------
    Vallado, Fundamentals of Astrodynamics and Applications, 4th ed., section 5.3.

    Examples
    --------
    >>> x, y, z = np.eye(3)
    >>> round(float(np.degrees(beta_rad(7000.0 * x, 7.5 * y, 1.5e8 * (x + z)))), 6)
    45.0
    """
    momentum = np.cross(r_km, v_km_s)
    along = np.sum(momentum * sun_km, axis=-1)
    scale = np.linalg.norm(momentum, axis=-1) * np.linalg.norm(sun_km, axis=-1)
    beta: Floats = np.arcsin(np.clip(along / scale, -1.0, 1.0))
    return beta


def solar_flux_w_per_m2(sun_km: Floats) -> Floats:
    """Return the irradiance on a plane facing the Sun: 1361 W/m2 at 1 au, over the square of distance.

    Parameters
    ----------
    sun_km : ndarray
        Sun (..., 3) from the Earth's centre [km].

    Returns
    -------
    ndarray
        Irradiance (...) [W/m2].

    Assumptions
    -----------
    No solar cycle (0.1 %); the distance is that from the Earth's centre (0.01 %).

    Source
    ------
    Kopp and Lean 2011, doi 10.1029/2010GL045777.

    Examples
    --------
    >>> float(solar_flux_w_per_m2(np.array([AU_KM, 0.0, 0.0])))
    1361.0
    """
    flux: Floats = SOLAR_CONSTANT_W_PER_M2 * AU_KM**2 / np.sum(np.square(sun_km), axis=-1)
    return flux


def _daily_km(first: int, stop: int) -> Floats:
    """Return the Sun at 0h UTC of days `first` .. `stop - 1` since 2020, shape (stop - first, 3)."""
    blocks = range(first // _BLOCK_D, (stop - 1) // _BLOCK_D + 1)
    places_km = np.concatenate([_block_km(block) for block in blocks])
    offset = first - blocks.start * _BLOCK_D
    return places_km[offset : offset + stop - first]


@functools.cache
def _block_km(block: int) -> Floats:
    from skyfield.sgp4lib import TEME

    ephemeris = _ephemeris()
    time = TimeGrid(FIRST + timedelta(days=block * _BLOCK_D), DAY_S, _BLOCK_D).skyfield
    # The excerpt has no Jupiter or Saturn to deflect light.
    apparent = ephemeris["earth"].at(time).observe(ephemeris["sun"]).apparent(deflectors=())
    places_km: Floats = np.ascontiguousarray(apparent.frame_xyz(TEME).km.T)
    places_km.flags.writeable = False
    return places_km


_OPENING = threading.Lock()


def _ephemeris() -> Any:
    """Return the shipped places of Sun and Earth, opened once whatever thread comes first."""
    with _OPENING:
        return _opened()


@functools.cache
def _opened() -> Any:
    from skyfield.api import load_file

    return load_file(str(pathlib.Path(__file__).with_name("de421-sun-earth.bsp")))
