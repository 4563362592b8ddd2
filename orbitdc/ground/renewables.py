"""Wind and Sun of a place: position, instants, mean yield + a seed → output over nameplate, slot by slot.

No hourly record of the sites is public. Both are processes with the published yearly mean: the Sun by
geometry and a clearness drawn for each day, wind by a season, a distribution and a memory of half a day.
"""

from __future__ import annotations

import functools
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from ..constants import DAY_S, DEG, TAU
from .climate import year_frac

Floats = NDArray[np.float64]

CLEARNESS_SPREAD = 3.0
"""Sum of the two parameters of the Beta distribution of a day's clearness: overcast and clear days are common
(estimate; Suehrcke and McCormick, Solar Energy 40 (1988) 413: two peaks)."""

WIND_SPREAD = 2.5
"""The same of wind output (estimate within the fits of Louie 2010, doi 10.1109/PES.2010.5589504)."""

WIND_MEMORY_S = 0.5 * DAY_S
"""Time in which the correlation of wind falls to 1/e (estimate: weather passes in one to three days)."""

WIND_SEASON = np.array([1.05, 1.05, 1.20, 1.25, 1.20, 0.95, 0.75, 0.75, 0.85, 0.95, 1.00, 1.00])
"""Output of each month over the mean of the year: most in spring, least in summer (estimate; the first
quarter has 1.06 of the mean in Inner Mongolia, chinapower.com.cn 20200302/9016 and nengapp.com 485edbe0)."""

_MID_MONTH = (np.arange(12) + 0.5) / 12.0


def clear_sky_frac(lat_deg: float, lon_deg: float, when_frac: Floats, day_frac: Floats) -> Floats:
    """Return what a panel facing the equator, tilted by its latitude, gives under a clear sky, of nameplate.

    Parameters
    ----------
    lat_deg, lon_deg : float [deg]
    when_frac : ndarray (k,)
        Parts of the year.
    day_frac : ndarray (k,)
        Parts of the UTC day.

    Returns
    -------
    ndarray (k,)

    Assumptions
    -----------
    Output in proportion to the irradiance on the panel, 1 at 1 kW/m2; no temperature, no horizon.

    Source
    ------
    Declination and equation of time: Spencer, Search 2 (1971) 172. Clear sky: Haurwitz, J. Meteorology 2
    (1945) 154, 1098 W/m2 x exp(-0.057 / cos z), along the beam.

    Examples
    --------
    Noon at the equator on 20 March:

    >>> noon = clear_sky_frac(0.0, 0.0, np.array([79.0 / 365.0]), np.array([0.505]))
    >>> round(float(noon[0]), 2)
    1.04
    """
    turn = TAU * when_frac
    declination = (
        0.006918 - 0.399912 * np.cos(turn) + 0.070257 * np.sin(turn) - 0.006758 * np.cos(2 * turn)
        + 0.000907 * np.sin(2 * turn) - 0.002697 * np.cos(3 * turn) + 0.00148 * np.sin(3 * turn)
    )  # fmt: skip
    equation_of_time = (
        0.0000075 + 0.001868 * np.cos(turn) - 0.032077 * np.sin(turn) - 0.014615 * np.cos(2 * turn)
        - 0.040849 * np.sin(2 * turn)
    )  # fmt: skip
    hour_angle = TAU * (day_frac - 0.5) + lon_deg * DEG + equation_of_time
    height = np.sin(lat_deg * DEG) * np.sin(declination)
    height = height + np.cos(lat_deg * DEG) * np.cos(declination) * np.cos(hour_angle)
    facing = np.maximum(np.cos(declination) * np.cos(hour_angle), 0.0)
    beam = 1.098 * np.exp(-0.057 / np.maximum(height, 1e-3))
    return np.where(height > 0.0, beam * facing, 0.0)


@functools.cache
def clear_sky_mean_frac(lat_deg: float) -> float:
    """Return the mean of `clear_sky_frac` over a year."""
    day, hour = np.meshgrid((np.arange(365) + 0.5) / 365.0, (np.arange(96) + 0.5) / 96.0)
    return float(clear_sky_frac(lat_deg, 0.0, day.ravel(), hour.ravel()).mean())


def solar_frac(
    lat_deg: float,
    lon_deg: float,
    mean_frac: float,
    start: datetime,
    offset_s: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Return solar output over nameplate in each slot.

    Parameters
    ----------
    lat_deg, lon_deg : float [deg]
    mean_frac : float
        Mean of a year: the capacity factor.
    start : datetime
        UTC; offset_s : ndarray (k,) [s], middles of the slots.
    rng : numpy Generator
        Draws one clearness for each day.

    Returns
    -------
    ndarray (k,)
        Its mean over many years is `mean_frac`, or that of a sky always clear if this is less.

    Examples
    --------
    `solar_frac(37.5, 105.2, 0.22, start, offset_s, rng)` has nothing at night.
    """
    if mean_frac == 0.0:
        return np.zeros(len(offset_s))
    day = (start.hour * 3600 + start.minute * 60 + start.second + offset_s) / DAY_S + lon_deg / 360.0
    clear = clear_sky_frac(lat_deg, lon_deg, year_frac(start, offset_s), (day - lon_deg / 360.0) % 1.0)
    clearness = min(mean_frac / clear_sky_mean_frac(lat_deg), 1.0)
    number = np.floor(day).astype(np.int64)
    number -= number[0]
    if clearness == 1.0:
        return clear
    drawn = rng.beta(clearness * CLEARNESS_SPREAD, (1.0 - clearness) * CLEARNESS_SPREAD, number[-1] + 1)
    return np.asarray(clear * drawn[number])


def wind_frac(mean_frac: float, start: datetime, offset_s: Floats, rng: np.random.Generator) -> Floats:
    """Return wind output over nameplate in each slot.

    Parameters
    ----------
    mean_frac : float
        Mean of a year: the capacity factor.
    start : datetime
        UTC; offset_s : ndarray (k,) [s], middles of the slots.
    rng : numpy Generator
        Draws the weather.

    Returns
    -------
    ndarray (k,)
        Beta-distributed with the month's mean; its mean over many years is `mean_frac`.

    Assumptions
    -----------
    A Gaussian process of first order decides the rank of each slot; no time of day.

    Source
    ------
    Copula of an AR(1) process: Papaefthymiou and Klockl, IEEE Trans. Energy Conversion 23 (2008) 234.

    Examples
    --------
    `wind_frac(0.26, start, offset_s, rng).mean()` comes near 0.26 over a year.
    """
    from scipy.special import betaincinv, ndtr

    if mean_frac == 0.0:
        return np.zeros(len(offset_s))
    keep = np.exp(-np.diff(offset_s) / WIND_MEMORY_S)
    shocks = rng.standard_normal(len(offset_s))
    rank = np.empty(len(offset_s))
    rank[0] = shocks[0]
    for k, kept in enumerate(keep, start=1):
        rank[k] = kept * rank[k - 1] + np.sqrt(1.0 - kept * kept) * shocks[k]
    season = np.interp(year_frac(start, offset_s), _MID_MONTH, WIND_SEASON, period=1.0)
    mean = np.minimum(mean_frac * season, 1.0 - 1e-6)
    return np.asarray(betaincinv(mean * WIND_SPREAD, (1.0 - mean) * WIND_SPREAD, ndtr(rank)))
