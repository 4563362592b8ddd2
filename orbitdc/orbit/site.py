"""Ground sites: stations or coordinates → places and local axes on the WGS84 ellipsoid."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..constants import EARTH_FLATTENING, EARTH_RADIUS_KM
from ..errors import InputError, Problem
from .time import Floats

if TYPE_CHECKING:
    from ..scenario.models import Station

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_BOUNDS = (
    ("latitude", -90.0, 90.0, "deg"),
    ("longitude", -180.0, 360.0, "deg"),
    ("height", -500.0, 9000.0, "m"),
)


@dataclass(frozen=True)
class Site:
    """One place: name as given, geodetic latitude and longitude [deg], height above the ellipsoid [m]."""

    name: str
    lat_deg: float
    lon_deg: float
    alt_m: float


@dataclass(frozen=True)
class Sites:
    """Places on the rotating Earth with their local axes.

    Shapes: `lat_deg`, `lon_deg`, `alt_m` (g,); `r_itrs_km`, `up`, `east`, `north` (g, 3). `up` is the normal
    of the ellipsoid, from which elevation is counted; east at a pole is that of the given longitude.
    """

    names: tuple[str, ...]
    lat_deg: Floats
    lon_deg: Floats
    alt_m: Floats
    r_itrs_km: Floats
    up: Floats
    east: Floats
    north: Floats

    @classmethod
    def of(cls, stations: Mapping[str, Station]) -> Sites:
        """Return the sites of catalogue stations, named by their keys."""
        return cls.at(
            Site(key, station.lat_deg, station.lon_deg, station.altitude_m)
            for key, station in stations.items()
        )

    @classmethod
    def at(cls, sites: Iterable[Site]) -> Sites:
        """Return the arrays of single sites.

        Source: WGS84, NIMA TR8350.2, section 4 (geodetic to Cartesian).

        >>> Sites.at([Site("pole", 90.0, 0.0, 0.0)]).r_itrs_km.round(3).tolist()
        [[0.0, 0.0, 6356.752]]
        """
        places = tuple(sites)
        lat_deg = np.array([place.lat_deg for place in places], dtype=np.float64)
        lon_deg = np.array([place.lon_deg for place in places], dtype=np.float64)
        alt_m = np.array([place.alt_m for place in places], dtype=np.float64)
        lat, lon = np.radians(lat_deg), np.radians(lon_deg)
        zero = np.zeros_like(lat)
        up = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
        east = np.stack([-np.sin(lon), np.cos(lon), zero], axis=-1)
        north = np.stack([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)], axis=-1)
        flat = (1.0 - EARTH_FLATTENING) ** 2
        curvature_km = EARTH_RADIUS_KM / np.sqrt(np.cos(lat) ** 2 + flat * np.sin(lat) ** 2)
        height_km = alt_m / 1e3
        across_km, along_km = curvature_km + height_km, curvature_km * flat + height_km
        r_itrs_km = up * np.stack([across_km, across_km, along_km], axis=-1)
        for array in (lat_deg, lon_deg, alt_m, r_itrs_km, up, east, north):
            array.flags.writeable = False
        return cls(tuple(place.name for place in places), lat_deg, lon_deg, alt_m, r_itrs_km, up, east, north)

    def __len__(self) -> int:
        """Return the number of sites."""
        return len(self.names)


def site_from_text(text: str, place: str = "--station") -> Site:
    """Return the site written `LAT,LON[,ALT]` in degrees and metres; its name is the text as given.

    Parameters
    ----------
    text : str
        Like `67.8833,21.0667,340` or `-33.45,-70.67`.
    place : str
        Where it was given, for messages.

    Returns
    -------
    Site

    Raises
    ------
    InputError
        Not two or three numbers, or out of range.

    Examples
    --------
    >>> site_from_text("-33.45,-70.67").lat_deg
    -33.45
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (2, 3) or not all(_NUMBER.fullmatch(part) for part in parts):
        raise InputError(
            Problem(
                place,
                repr(text),
                "LAT,LON or LAT,LON,ALT in degrees and metres",
                "write it like 67.8833,21.0667,340",
            )
        )
    numbers = [float(part) for part in parts] + [0.0] * (3 - len(parts))
    problems = [
        Problem(f"{place} {text}", f"{name} {number:g}", f"{low:g} to {high:g} {unit}")
        for number, (name, low, high, unit) in zip(numbers, _BOUNDS, strict=True)
        if not (math.isfinite(number) and low <= number <= high)
    ]
    if problems:
        raise InputError(*problems)
    return Site(text.strip(), *numbers)
