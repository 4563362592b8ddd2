"""How much of its view a radiator loses to the Earth: attitude and altitude → view factor."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..constants import EARTH_RADIUS_KM

Floats = NDArray[np.float64]


def nadir_view_frac(altitude_m: ArrayLike) -> Floats:
    """Return how much of what a flat plate facing the Earth's centre sees is Earth: (R / r)^2.

    Parameters
    ----------
    altitude_m : array_like [m]
        Height above the sphere of the equatorial radius.

    Returns
    -------
    ndarray
        View factor, 0.80 at 750 km.

    Source
    ------
    Howell, A Catalog of Radiation Heat Transfer Configuration Factors, plane element to sphere, facing it.

    Examples
    --------
    >>> round(float(nadir_view_frac(700e3)), 6)
    0.811988
    """
    ratio = EARTH_RADIUS_KM * 1e3 / _radius_m(altitude_m)
    factor: Floats = ratio * ratio
    return factor


def edge_view_frac(altitude_m: ArrayLike) -> Floats:
    """Return how much of what each side of a plate edge-on to the Earth sees is Earth.

    (1 / pi) (atan(1 / sqrt(h^2 - 1)) - sqrt(h^2 - 1) / h^2) with h = r / R.

    Parameters
    ----------
    altitude_m : array_like [m]
        Height above the sphere of the equatorial radius.

    Returns
    -------
    ndarray
        View factor, 0.226 at 750 km.

    Source
    ------
    Howell, A Catalog of Radiation Heat Transfer Configuration Factors, plane element to sphere, edge-on.

    Examples
    --------
    >>> round(float(edge_view_frac(750e3)), 4)
    0.2255
    """
    h2 = (_radius_m(altitude_m) / (EARTH_RADIUS_KM * 1e3)) ** 2
    root = np.sqrt(h2 - 1.0)
    factor: Floats = (np.arctan2(1.0, root) - root / h2) / np.pi
    return factor


def _radius_m(altitude_m: ArrayLike) -> Floats:
    radius: Floats = EARTH_RADIUS_KM * 1e3 + np.asarray(altitude_m, dtype=np.float64)
    return radius
