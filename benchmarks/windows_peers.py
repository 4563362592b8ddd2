"""Access windows by every other library: a case → a function that returns its windows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import objects
from numpy.typing import NDArray
from windows_case import Case, Floats, Window

from orbitdc.orbit.time import timescale


def find_events(case: Case) -> Callable[[], list[Window]]:
    """Skyfield's own search, a loop over pairs."""
    from skyfield.api import EarthSatellite, wgs84

    scale = timescale()
    first, last = scale.from_datetime(case.start), scale.from_datetime(case.end)
    places = [
        wgs84.latlon(place.lat_deg, place.lon_deg, place.alt_m) for place in objects.places(case.n_stations)
    ]
    tracks = [EarthSatellite(*pair, None, scale) for pair in case.lines]

    def run() -> list[Window]:
        found: list[Window] = []
        for s, track in enumerate(tracks):
            for g, place in enumerate(places):
                when, event = track.find_events(place, first, last, altitude_degrees=case.mask_deg)
                found += _paired(s, g, (when.tt - first.tt) * 86400.0, event, case.days * 86400.0)
        return found

    return run


def _paired(s: int, g: int, at_s: Floats, event: NDArray[np.int64], end_s: float) -> list[Window]:
    found: list[Window] = []
    rise_s = 0.0
    is_open = bool(len(event) and event[0] != 0)
    for when_s, kind in zip(at_s.tolist(), event.tolist(), strict=True):
        if kind == 0:
            rise_s, is_open = when_s, True
        elif kind == 2:
            found.append((s, g, rise_s, when_s))
            is_open = False
    return [*found, (s, g, rise_s, end_s)] if is_open else found


def altaz_grid(case: Case) -> Callable[[], list[Window]]:
    """Skyfield at its best: altaz on one shared grid of minutes, edges by linear interpolation."""
    from skyfield.api import EarthSatellite, wgs84

    scale = timescale()
    minutes = np.arange(round(case.days * 1440) + 1)
    shared = scale.utc(case.start.year, case.start.month, case.start.day, 0, minutes)
    places = [
        wgs84.latlon(place.lat_deg, place.lon_deg, place.alt_m) for place in objects.places(case.n_stations)
    ]
    tracks = [EarthSatellite(*pair, None, scale) for pair in case.lines]

    def run() -> list[Window]:
        found: list[Window] = []
        for s, track in enumerate(tracks):
            for g, place in enumerate(places):
                above = (track - place).at(shared).altaz()[0].degrees - case.mask_deg
                k = np.flatnonzero((above[1:] > 0.0) != (above[:-1] > 0.0))
                at_s = 60.0 * (k + above[k] / (above[k] - above[k + 1]))
                found += _paired(s, g, at_s, np.where(above[k + 1] > 0.0, 0, 2), case.days * 86400.0)
        return found

    return run


def _brahe(case: Case) -> Callable[[], list[Window]]:
    import brahe

    brahe.set_global_eop_provider(brahe.StaticEOPProvider.from_zero())
    first = brahe.Epoch.from_datetime(
        case.start.year, case.start.month, case.start.day, 0, 0, 0.0, 0.0, brahe.TimeSystem.UTC
    )
    places = [
        brahe.PointLocation(place.lon_deg, place.lat_deg, place.alt_m).with_name(str(g))
        for g, place in enumerate(objects.places(case.n_stations))
    ]
    mask = brahe.ElevationConstraint(min_elevation_deg=case.mask_deg, max_elevation_deg=None)
    settings = brahe.AccessSearchConfig(
        initial_time_step=60.0, time_tolerance=0.001, parallel=False, num_threads=1
    )

    def run() -> list[Window]:
        orbits = [
            brahe.SGPPropagator.from_tle(*pair, 60.0).with_name(str(s)) for s, pair in enumerate(case.lines)
        ]
        found = brahe.location_accesses(
            places, orbits, first, first + case.days * 86400.0, mask, config=settings
        )
        return [
            (
                int(one.satellite_name),
                int(one.location_name),
                one.window_open - first,
                one.window_close - first,
            )
            for one in found
        ]

    return run


def _pyorbital(case: Case) -> Callable[[], list[Window]]:
    from pyorbital.orbital import Orbital

    start = case.start.replace(tzinfo=None)
    orbits = [Orbital(f"s{s}", line1=one, line2=two) for s, (one, two) in enumerate(case.lines)]

    def run() -> list[Window]:
        found: list[Window] = []
        for s, orbit in enumerate(orbits):
            for g, place in enumerate(objects.places(case.n_stations)):
                where = place.lon_deg, place.lat_deg, place.alt_m / 1e3
                for rise, fall, _ in orbit.get_next_passes(
                    start, round(case.days * 24), *where, tol=0.001, horizon=case.mask_deg
                ):
                    found.append((s, g, (rise - start).total_seconds(), (fall - start).total_seconds()))
        return found

    return run


def _orbit_predictor(case: Case) -> Callable[[], list[Window]]:
    from orbit_predictor.locations import Location
    from orbit_predictor.sources import get_predictor_from_tle_lines

    start, end = case.start.replace(tzinfo=None), case.end.replace(tzinfo=None)
    predictors = [get_predictor_from_tle_lines(pair) for pair in case.lines]
    places = [
        Location(place.name, place.lat_deg, place.lon_deg, place.alt_m)
        for place in objects.places(case.n_stations)
    ]

    def run() -> list[Window]:
        found: list[Window] = []
        for s, predictor in enumerate(predictors):
            for g, place in enumerate(places):
                for one in predictor.passes_over(place, start, end, aos_at_dg=case.mask_deg):
                    found.append((s, g, (one.aos - start).total_seconds(), (one.los - start).total_seconds()))
        return found

    return run


def _tatc(case: Case) -> Callable[[], list[Window]]:
    from tatc.analysis import collect_downlinks
    from tatc.schemas import GeneralPerturbationsOrbit, GroundStation, Instrument, Satellite

    places = [
        GroundStation(
            name=str(g), latitude=place.lat_deg, longitude=place.lon_deg, elevation=place.alt_m,
            min_elevation_angle=case.mask_deg,
        )
        for g, place in enumerate(objects.places(case.n_stations))
    ]  # fmt: skip

    def run() -> list[Window]:
        found: list[Window] = []
        for s, pair in enumerate(case.lines):
            orbit = GeneralPerturbationsOrbit.from_tle(list(pair))
            satellite = Satellite(
                name=str(s), orbit=orbit, instruments=[Instrument(name="all", field_of_regard=180.0)]
            )
            table = collect_downlinks(places, satellite, case.start, case.end)
            rise_s = (table.start - case.start).dt.total_seconds()
            set_s = (table.end - case.start).dt.total_seconds()
            found += [(s, int(g), a, b) for g, a, b in zip(table.station, rise_s, set_s, strict=True)]
        return found

    return run


PEERS: dict[str, Callable[[Case], Callable[[], list[Window]]]] = {
    "Skyfield find_events": find_events,
    "Skyfield altaz, shared Time": altaz_grid,
    "brahe": _brahe,
    "pyorbital": _pyorbital,
    "orbit-predictor": _orbit_predictor,
    "TAT-C": _tatc,
}
