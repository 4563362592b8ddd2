"""Lasers between satellites: positions, velocities, terminals → who sees whom, range and bit rate."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..orbit.geometry import grazing_altitude_km
from .optical import Terminal, level_at_1_m_dbw, photons_per_s, required_photons_per_s

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

CLEARANCE_KM = 80.0
"""Height that a laser must keep over the Earth: below, the air bends and absorbs it."""


def clear_of_earth(r1_km: ArrayLike, r2_km: ArrayLike, clearance_km: float = CLEARANCE_KM) -> Mask:
    """Tell which pairs of satellites see each other over the air.

    Parameters
    ----------
    r1_km, r2_km : array_like (..., 3) [km]
        Positions in one frame whose z axis is the polar axis, broadcast together.
    clearance_km : float [km]
        Height the straight line must keep.

    Returns
    -------
    ndarray (...) of bool

    Assumptions
    -----------
    As in `orbit.geometry.grazing_altitude_km`.

    Examples
    --------
    >>> bool(clear_of_earth([7128.0, 0.0, 0.0], [0.0, 7128.0, 0.0]))
    False
    """
    ends = (np.asarray(r1_km, dtype=np.float64), np.asarray(r2_km, dtype=np.float64))
    return np.asarray(grazing_altitude_km(*ends) >= clearance_km)


def counter_rotating(
    r1_km: ArrayLike, v1_km_per_s: ArrayLike, r2_km: ArrayLike, v2_km_per_s: ArrayLike
) -> Mask:
    """Tell which pairs fly round the Earth against each other; their links stay off unless asked for.

    Parameters
    ----------
    r1_km, v1_km_per_s, r2_km, v2_km_per_s : array_like (..., 3)
        States in one frame, broadcast together.

    Returns
    -------
    ndarray (...) of bool
        The angular momenta point more than 90 deg apart: they pass at up to 15 km/s.

    Examples
    --------
    >>> bool(counter_rotating([7128.0, 0, 0], [0, 7.5, 0], [7128.0, 0, 0], [0, -7.5, 0]))
    True
    """
    first = np.cross(np.asarray(r1_km, dtype=np.float64), np.asarray(v1_km_per_s, dtype=np.float64))
    second = np.cross(np.asarray(r2_km, dtype=np.float64), np.asarray(v2_km_per_s, dtype=np.float64))
    return np.asarray(np.sum(first * second, axis=-1) < 0.0)


def crosslink_rate_bit_per_s(range_m: ArrayLike, sender: Terminal, receiver: Terminal) -> Floats:
    """Return the bit rate between two satellites: the fastest of the modem's that closes.

    Parameters
    ----------
    range_m : array_like [m]
    sender, receiver : Terminal

    Returns
    -------
    ndarray [bit/s]
        0 beyond the reach of the slowest rate.

    Assumptions
    -----------
    As in `optical.laser_budget`, without air and in front of a dark sky.

    Examples
    --------
    >>> from orbitdc.links.lasers import CROSSLINK
    >>> (crosslink_rate_bit_per_s([1e6, 5e6, 9e6, 1e8], CROSSLINK, CROSSLINK) / 1e9).tolist()
    [100.0, 100.0, 50.0, 0.0]
    """
    reach_m = np.array([max_range_m(rate, sender, receiver) for rate in sender.rates_bit_per_s])
    rates = np.concatenate([[0.0], sender.rates_bit_per_s])
    # reaches fall as rates rise: count the rates whose reach covers the range
    n_closing = np.sum(np.asarray(range_m, dtype=np.float64)[..., None] <= reach_m, axis=-1)
    return np.asarray(rates[n_closing])


def max_range_m(rate_bit_per_s: float, sender: Terminal, receiver: Terminal) -> float:
    """Return the distance to which a bit rate closes in vacuum.

    >>> from orbitdc.links.lasers import CROSSLINK
    >>> max_range_m(25e9, CROSSLINK, CROSSLINK) / max_range_m(100e9, CROSSLINK, CROSSLINK)
    2.0
    """
    needed = float(required_photons_per_s(rate_bit_per_s, receiver.photons_per_bit, 0.0))
    at_1_m = float(photons_per_s(10.0 ** (level_at_1_m_dbw(sender, receiver) / 10.0), sender.wavelength_m))
    return math.sqrt(at_1_m / needed)
