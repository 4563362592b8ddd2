"""Snapshot: the network of a run at one instant. Contact plan and fleet of a run → nodes, links, routes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..fleet import build
from ..network.fibre import places_of, positions
from ..network.moments import BEAM, BUS, LASER, Access, Moments, Network
from ..network.path import ORBIT, Route, find_route, node_names
from ..network.settings import network_of
from ..orbit.propagate import propagate
from ..orbit.time import TimeGrid, format_utc

if TYPE_CHECKING:
    import pandas

    from ..fleet import Fleet
    from ..orbit.ephemeris import Ephemeris
    from ..scenario.models import Scenario
    from .run import Run

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Snapshot:
    """The network at one instant.

    `nodes`: name, kind (satellite, relay, city, hub, station, exchange), latitude and longitude of the place
    or of the point below; `links`: numbers of both ends, kind (fibre, laser, bus, beam, contact, feeder),
    length; `routes` of the requests of each city to orbit, None where there is no way.
    """

    when: datetime
    nodes: pandas.DataFrame
    links: pandas.DataFrame
    routes: dict[str, Route | None]


def snapshot(run: Run, when: datetime) -> Snapshot:
    """Return the network of a run at an instant.

    Parameters
    ----------
    run : Run
    when : datetime
        UTC, inside a sampled window: contacts are those of the plan.

    Returns
    -------
    Snapshot

    Raises
    ------
    InputError
        An instant at which nothing flies.
    """
    import pandas

    scenario = run.scenario
    fleet = build(scenario, allow_stale=True)  # the run took them
    fleet = fleet.subset(fleet.active(when))
    if not len(fleet):
        raise InputError(Problem("at", format_utc(when), "an instant at which a satellite flies"))
    network = network_of(scenario, fleet, when)
    step_s, slot_s = scenario.time.step_s, scenario.time.slot_s
    states = propagate(fleet.satellites, TimeGrid(when, step_s, round(slot_s / step_s) + 1))
    moments = Moments(network, states, _tracked(run, fleet, when), slot_s, 1)
    names = node_names(network, [satellite.name for satellite in fleet.satellites])
    lat_deg, lon_deg, kind = _places(scenario, network, states)
    routes = {
        city: find_route(moments, [satellite.name for satellite in fleet.satellites], city, ORBIT)
        for city in scenario.city
    }
    nodes = pandas.DataFrame({"name": names, "kind": kind, "lat_deg": lat_deg, "lon_deg": lon_deg})
    return Snapshot(when, nodes, _links(moments), routes)


def _tracked(run: Run, fleet: Fleet, when: datetime) -> Access:
    """Return the contacts of the plan that are up at an instant."""
    table = run.contacts
    instant = np.datetime64(when.replace(tzinfo=None), "ns")
    up = table[(table["start_utc"] <= instant) & (table["end_utc"] > instant)]
    number = {satellite.name: i for i, satellite in enumerate(fleet.satellites)}
    since_s = [(up[name].to_numpy() - instant) / np.timedelta64(1, "s") for name in ("start_utc", "end_utc")]
    satellite = np.array([number[name] for name in up["satellite"]], dtype=np.int64)
    return Access(up["station"].cat.codes.to_numpy().astype(np.int64), satellite, *since_s)


def _places(scenario: Scenario, network: Network, states: Ephemeris) -> tuple[Floats, Floats, list[str]]:
    """Return latitude, longitude and kind of all nodes, in the order of `node_names`."""
    r_km = states.r_teme_km[:, 0]
    below_deg = np.degrees(np.arctan2(r_km[:, 2], np.hypot(r_km[:, 0], r_km[:, 1])))
    turned_deg = np.degrees(np.arctan2(r_km[:, 1], r_km[:, 0]) - states.grid.gmst_rad[0])
    places, where = places_of(scenario), positions(scenario)
    exchanges = [where[name] for name in network.paths.graph.names[len(places) :]]
    lat_deg = [*below_deg, *(0.0 for _ in network.relays), *(place.lat_deg for place in places)]
    lon_deg = [*turned_deg, *(one.lon_deg for one in network.relays), *(place.lon_deg for place in places)]
    lat_deg += [lat for lat, _ in exchanges]
    lon_deg += [lon for _, lon in exchanges]
    n_cities, n_stations = len(scenario.city), len(scenario.ground.stations)
    kind = ["satellite"] * len(r_km) + ["relay"] * len(network.relays) + ["city"] * n_cities
    kind += ["hub"] * (len(places) - n_cities - n_stations) + ["station"] * n_stations
    kind += ["exchange"] * len(exchanges)
    return np.array(lat_deg), (np.array(lon_deg) + 180.0) % 360.0 - 180.0, kind


def _links(moments: Moments) -> pandas.DataFrame:
    """Return all links of the first slot."""
    import pandas

    network, fibre = moments.network, moments.network.paths.graph
    links, up = moments.links.at(0), moments.ground.at(0)
    now = up.wait_s <= 0.0
    ground, n_satellites = network.n_space, network.mesh.n_satellites
    in_space = np.array(["laser", "bus", "beam"], dtype=object)[
        np.searchsorted([LASER, BUS, BEAM], links.kind)
    ]
    to_space = np.where(up.node[now] < n_satellites, "contact", "feeder").astype(object)
    return pandas.DataFrame(
        {
            "a": np.concatenate([ground + fibre.a, links.a, ground + network.station[up.station[now]]]),
            "b": np.concatenate([ground + fibre.b, links.b, up.node[now]]),
            "kind": np.concatenate([np.full(len(fibre.a), "fibre", dtype=object), in_space, to_space]),
            "length_km": np.concatenate([fibre.length_km, links.length_km, up.length_km[now]]),
        }
    )
