"""ITU-R attenuation through `itur`: a place, carriers, availabilities → the arrays of a table.

Needs the extra `itu` (itur 0.4.0 brings 190 MB of maps); the shipped stations are tabulated beforehand.
"""

from __future__ import annotations

import importlib
import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem

Floats = NDArray[np.float64]

INSTALL = 'pip install "orbitdc[itu]"'
"""The command that brings `itur`."""

DISH_M = 5.0
"""Antenna the scintillation is tabulated for; a larger one averages more of it out."""

DISH_EFFICIENCY_FRAC = 0.5
"""Aperture efficiency that goes with it, the recommendation's conservative value."""


def installed() -> bool:
    """Tell whether `itur` can be imported."""
    return importlib.util.find_spec("itur") is not None


def call(module: str, function: str, *arguments: Any, **options: Any) -> Any:
    """Return what a function of `itur` gives, in plain numbers, leaving NumPy's error state as it was.

    Parameters
    ----------
    module, function : str
        `"models.itu838"`, `"rain_specific_attenuation"`; the empty module is the package itself.
    *arguments, **options
        As the function takes them: degrees, GHz, km, percent of time.

    Returns
    -------
    float, ndarray or tuple of them

    Raises
    ------
    InputError
        `itur` is not installed.
    """
    if not installed():
        raise InputError(Problem("itur", "no such package", "the extra itu", f"run: {INSTALL}"))
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compute: Callable[..., Any] = getattr(importlib.import_module(f"itur.{module}".rstrip(".")), function)
        answer = compute(*arguments, **options)
    if isinstance(answer, tuple):
        return tuple(np.asarray(getattr(part, "value", part), dtype=np.float64) for part in answer)
    return np.asarray(getattr(answer, "value", answer), dtype=np.float64)


def contributions(
    lat_deg: float,
    lon_deg: float,
    altitude_m: float,
    frequency_hz: float,
    elevation_deg: Floats,
    exceeded_frac: float,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return attenuation by gases, cloud, rain and scintillation at some elevations of one place.

    Parameters
    ----------
    lat_deg, lon_deg, altitude_m : float [deg], [deg], [m]
        The place, its height above the sea.
    frequency_hz : float [Hz]
    elevation_deg : array (a,) [deg]
        From 5 to 90.
    exceeded_frac : float
        Share of an average year in which each is exceeded, 1e-5 to 0.5.

    Returns
    -------
    four ndarrays (a,) [dB]

    Raises
    ------
    InputError
        `itur` is not installed.

    Source
    ------
    ITU-R P.618-13, P.676-12, P.838-3, P.840-8 by itur 0.4.0, circular polarisation.
    """
    gas, cloud, rain, scintillation, _ = call(
        "",
        "atmospheric_attenuation_slant_path",
        lat_deg,
        lon_deg,
        frequency_hz / 1e9,
        elevation_deg,
        100.0 * exceeded_frac,
        DISH_M,
        hs=altitude_m / 1e3,
        eta=DISH_EFFICIENCY_FRAC,
        return_contributions=True,
    )
    shape = np.shape(elevation_deg)
    return (
        np.broadcast_to(gas, shape).copy(),
        np.broadcast_to(cloud, shape).copy(),
        np.broadcast_to(rain, shape).copy(),
        np.broadcast_to(scintillation, shape).copy(),
    )
