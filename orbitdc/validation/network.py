"""Networks: cases → our round trips through a constellation beside another simulator's."""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Iterator

import numpy as np

from ..constants import TAU
from ..network.space import SpaceWays, space_graph, space_ways
from ..network.topology import Mesh, mesh
from ..orbit.ephemeris import Ephemeris, Satellite
from ..orbit.mean import epoch_of
from ..orbit.propagate import propagate
from ..orbit.site import Site, Sites
from ..orbit.time import Floats, TimeGrid
from .cases import Case, Check

_STEP_S = 2.0
_N_STEPS = 100
_PLANES = 34
_PER_PLANE = 34
_ALTITUDE_KM = 630.0
_CONE_RAD = math.radians(30.0)
_EARTH_KM = 6378.135  # WGS72, as Hypatia has it
_CLEARANCE_KM = 80.0


def network(case: Case) -> Iterator[Check]:
    """Route between cities over Kuiper-630, with Hypatia's rules for who links to whom.

    Its rules: +grid; links on the ground by distance, within a cone of 30 deg; no delay but light's.
    """
    names = [words.rsplit(" ", 1)[0] for words in case.inputs["stations"].split("; ")[:3]]
    one, other = (names.index(city) for city in case.inputs["pair"])
    round_trip_ms = _round_trips_ms(case.inputs["stations"])[:, one, other]
    allowed_ms = case.tolerance["ms"]
    for second, theirs in case.expected["expected_at_t_s"].items():
        ours_ms = float(round_trip_ms[round(float(second) / _STEP_S)])
        reached = theirs["hypatia_ms"] is not None
        yield Check(f"reachable_at_{second}_s", math.isfinite(ours_ms), reached, 0.0)
        if reached:
            yield Check(f"round_trip_at_{second}_s_ms", ours_ms, theirs["hypatia_ms"], allowed_ms)
    n_reached = int(np.isfinite(round_trip_ms).sum())
    yield Check("n_reachable_steps", n_reached, case.expected["compared_steps"], 0.0)


def kuiper_ways(stations: str, k: int) -> SpaceWays:
    """Return the quickest ways between the stations of a case, k steps of 2 s after the epoch."""
    states, lasers, turn_rad = _kuiper_states()
    sites = _sites(stations)
    r_km = states.r_teme_km[:, k]
    edges = lasers.at(r_km, max_range_km=_longest_km(_ALTITUDE_KM))
    cosine, sine = math.cos(turn_rad[k]), math.sin(turn_rad[k])
    x, y, z = sites.r_itrs_km.T
    places_km = np.stack([cosine * x - sine * y, sine * x + cosine * y, z], axis=-1)
    apart_km = np.linalg.norm(r_km[None] - places_km[:, None], axis=-1)
    station, satellite = np.nonzero(apart_km < math.hypot(_ALTITUDE_KM / math.tan(_CONE_RAD), _ALTITUDE_KM))
    links = (np.zeros_like(edges.a), edges.a, edges.b, edges.length_km, np.ones(len(edges)))
    here = np.zeros_like(station)
    access = (here, station, satellite, apart_km[station, satellite], np.zeros(len(station)))
    return space_ways(space_graph(len(r_km), len(sites), links, access, hop_s=0.0))


@functools.cache
def _round_trips_ms(stations: str) -> Floats:
    """Return the round trips between the stations (t, g, g) [ms]."""
    return np.array([2e3 * kuiper_ways(stations, k).to_station_s[0] for k in range(_N_STEPS)])


@functools.cache
def _kuiper_states() -> tuple[Ephemeris, Mesh, Floats]:
    """Return Kuiper-630 in flight, its lasers, and how far the Earth has turned at each step [rad]."""
    satellites = _kuiper()
    states = propagate(satellites, TimeGrid(satellites[0].epoch, _STEP_S, _N_STEPS))
    # Hypatia takes UT1 as UTC: 0.36 s of rotation, or 150 m on the ground, is more than its 0.001 ms
    turn_rad = states.grid.gmst_rad - _ut1_ahead_rad(states.grid)
    return states, mesh("grid", satellites), turn_rad


def _longest_km(altitude_km: float) -> float:
    """Return the longest link between satellites of one altitude that clears the air."""
    return 2.0 * math.sqrt((_EARTH_KM + altitude_km) ** 2 - (_EARTH_KM + _CLEARANCE_KM) ** 2)


def _ut1_ahead_rad(grid: TimeGrid) -> Floats:
    """Return how far the Earth has turned in UT1 - UTC [rad]."""
    turns_per_day = 1.00273790935  # sidereal over mean solar day, Aoki et al. 1982
    ahead_d: Floats = np.asarray(grid.skyfield.dut1) / 86400.0
    return ahead_d * turns_per_day * TAU


def _sites(text: str) -> Sites:
    found = re.findall(r"([A-Z][^;]*?) (-?[\d.]+),(-?[\d.]+)", text)
    return Sites.at(Site(name, float(lat), float(lon), 0.0) for name, lat, lon in found)


def _kuiper() -> list[Satellite]:
    """Return Kuiper-630: 34 planes of 34, 51.9 deg, 14.80 rev/day, odd planes shifted by half a slot."""
    from sgp4.api import WGS72, Satrec

    satellites: list[Satellite] = []
    for plane in range(_PLANES):
        for k in range(_PER_PLANE):
            number = len(satellites) + 1
            anomaly_rad = TAU * (k + 0.5 * (plane % 2)) / _PER_PLANE
            record = Satrec()
            record.sgp4init(
                WGS72, "i", number, 18263.0, 0.0, 0.0, 0.0, 1e-7, 0.0, math.radians(51.9), anomaly_rad,
                14.80 * TAU / 1440.0, TAU * plane / _PLANES,
            )  # fmt: skip
            satellites.append(Satellite(f"k{number}", number, epoch_of(record), record, True, "Kuiper-630"))
    return satellites
