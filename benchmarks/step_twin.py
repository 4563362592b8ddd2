"""The whole step as one would write it today: Skyfield's positions, and NumPy or plain loops for the rest.

`best` has one shared Skyfield `Time` and whole arrays over all satellites; `idiomatic` goes through
Skyfield's own `altaz` station by station, and through time in Python. Light and links are the same equations
as in the product, written out again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import objects
from numpy.typing import NDArray
from step_operate import ARRAYS, NUMBERS, Numbers, shed

from orbitdc.links import LinkTable
from orbitdc.orbit.time import timescale

Floats = NDArray[np.float64]

EARTH_KM, FLATTENING, SUN_KM, AU_KM = 6378.137, 1.0 / 298.257223563, 695700.0, 149597870.7
SOLAR_W_PER_M2, INFRARED_W_PER_M2, ALBEDO_FRAC = 1361.0, 237.0, 0.30


@dataclass(frozen=True)
class Totals:
    """What both sides must agree on: sums over satellites and steps."""

    light: float
    array_j: float
    compute_j: float
    link_bit: float


@dataclass(frozen=True)
class Question:
    """Satellites as TLE lines, how many stations, the grid, the mask, the model, the links, the Sun."""

    lines: tuple[tuple[str, str], ...]
    n_stations: int
    start: Any
    step_s: float
    n_steps: int
    mask_rad: float
    model: Numbers
    links: LinkTable
    sun_km: Floats

    @property
    def n_spin(self) -> int:
        """Steps of the start of the day that lead up to it."""
        return min(self.n_steps, math.ceil(8 * 3600.0 / self.step_s))


def best(question: Question) -> Callable[[], Totals]:
    """Skyfield once for positions, NumPy over whole arrays for all else."""
    from skyfield.api import EarthSatellite
    from skyfield.framelib import itrs
    from skyfield.sgp4lib import TEME

    shared = _times(question)
    tracks = [EarthSatellite(*pair, None, timescale()) for pair in question.lines]
    places = objects.sites(question.n_stations)
    for name in ("M", "gast"):  # what Skyfield keeps with a time is not part of the race
        getattr(shared, name)

    def run() -> Totals:
        shape = len(tracks), question.n_steps
        light, array_w, absorbed_w, in_view = (np.empty(shape) for _ in range(4))
        link_bit = 0.0
        for s, track in enumerate(tracks):
            at = track.at(shared)
            r_km = at.frame_xyz(TEME).km.T
            light[s] = visible_frac(r_km, question.sun_km)
            array_w[s], absorbed_w[s] = sunshine(question.model, r_km, question.sun_km)
            reach = at.frame_xyz(itrs).km.T[:, None] - places.r_itrs_km
            range_km = np.sqrt(np.einsum("tgx,tgx->tg", reach, reach))
            sine = np.einsum("tgx,gx->tg", reach, places.up) / range_km
            seen = sine > math.sin(question.mask_rad)
            in_view[s] = seen.any(axis=1)
            link_bit += rates(question.links, range_km[seen], sine[seen]).sum() * question.step_s
        load_w = shed(
            question.model, question.step_s, question.n_spin, array_w * light, absorbed_w, in_view, ARRAYS
        )
        return Totals(
            light.sum(), (array_w * light).sum() * question.step_s, load_w.sum() * question.step_s, link_bit
        )

    return run


def idiomatic(question: Question) -> Callable[[], Totals]:
    """Skyfield's altaz for each pair, plain Python through time."""
    from skyfield.api import EarthSatellite, wgs84
    from skyfield.sgp4lib import TEME

    shared = _times(question)
    tracks = [EarthSatellite(*pair, None, timescale()) for pair in question.lines]
    places = [
        wgs84.latlon(place.lat_deg, place.lon_deg, place.alt_m)
        for place in objects.places(question.n_stations)
    ]

    def run() -> Totals:
        sums = np.zeros(4)
        for track in tracks:
            r_km = track.at(shared).frame_xyz(TEME).km.T
            light = visible_frac(r_km, question.sun_km)
            array_w, absorbed_w = sunshine(question.model, r_km, question.sun_km)
            in_view = np.zeros(question.n_steps)
            for place in places:
                elevation, _, distance = (track - place).at(shared).altaz()
                seen = elevation.radians > question.mask_rad
                in_view[seen] = 1.0
                sums[3] += (
                    rates(question.links, distance.km[seen], np.sin(elevation.radians[seen])).sum()
                    * question.step_s
                )
            here = [row.tolist() for row in (array_w * light, absorbed_w, in_view)]
            load_w = shed(question.model, question.step_s, question.n_spin, *here, NUMBERS)
            sums[:3] += (
                light.sum(),
                (array_w * light).sum() * question.step_s,
                np.sum(load_w) * question.step_s,
            )
        return Totals(*sums.tolist())

    return run


def _times(question: Question) -> Any:
    start = question.start
    seconds = start.hour * 3600.0 + question.step_s * np.arange(question.n_steps)
    return timescale().utc(start.year, start.month, start.day, 0, 0, seconds)


# --- light, array, heat of the Earth -----------------------------------------------------------------------


def visible_frac(r_km: Floats, sun_km: Floats) -> Floats:
    """Return the visible share of the Sun's disc past the stretched Earth (t,)."""
    stretch = np.array([1.0, 1.0, 1.0 / (1.0 - FLATTENING)])
    r, sun = r_km * stretch, sun_km * stretch
    to_sun = sun - r
    r_norm, sun_norm = np.linalg.norm(r, axis=1), np.linalg.norm(to_sun, axis=1)
    a, b = np.arcsin(SUN_KM / sun_norm), np.arcsin(EARTH_KM / r_norm)
    c = np.arccos(np.clip(-np.einsum("ij,ij->i", r, to_sun) / (r_norm * sun_norm), -1.0, 1.0))
    share = np.where(c >= a + b, 1.0, 0.0)
    partly = (c < a + b) & (c > b - a)
    a, b, c = a[partly], b[partly], c[partly]
    x = (c**2 + a**2 - b**2) / (2.0 * c)
    y = np.sqrt(np.maximum(a**2 - x**2, 0.0))
    hidden = (
        a**2 * np.arccos(np.clip(x / a, -1.0, 1.0))
        + b**2 * np.arccos(np.clip((c - x) / b, -1.0, 1.0))
        - c * y
    )
    share[partly] = 1.0 - hidden / (np.pi * a**2)
    return share


def sunshine(model: Numbers, r_km: Floats, sun_km: Floats) -> tuple[Floats, Floats]:
    """Return the array's power in full sunlight and the Earth's heat on an edge-on radiator (t,)."""
    distance = np.linalg.norm(sun_km, axis=1)
    flux = SOLAR_W_PER_M2 * (AU_KM / distance) ** 2
    r = np.linalg.norm(r_km, axis=1)
    rho = np.arcsin(EARTH_KM / r)
    view = (rho - np.sin(rho) * np.cos(rho)) / np.pi
    zenith = np.maximum(np.einsum("ij,ij->i", r_km, sun_km) / (r * distance), 0.0)
    heat = view * (model.infrared_m2 * INFRARED_W_PER_M2 + model.albedo_m2 * ALBEDO_FRAC * flux * zenith)
    return model.array_m2 * flux, heat


def rates(links: LinkTable, range_km: Floats, sine: Floats) -> Floats:
    """Return the bit rate of each sight: Es/N0, then the highest rung that it reaches."""
    level_db = (
        links.constant_db[0, 0]
        - 20.0 * np.log10(1e3 * range_km)
        - np.interp(1.0 / sine, links.cosecant, links.attenuation_db[0, 0])
    )
    rung = np.searchsorted(links.threshold_db[0], level_db, side="right") - 1
    found: Floats = np.where(rung >= 0, links.rate_bit_per_s[0][np.maximum(rung, 0)], 0.0)
    return found
