"""Settings: what a scenario says of its network. Scenario + flying fleet + day → `Network` of a window."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, Problem
from ..orbit.site import Sites
from .fibre import fibre_graph, places_of, shortest
from .fibre_table import FibreTable, shipped_table
from .latency import Delays
from .moments import Network
from .relays import Relay
from .topology import CLEARANCE_KM, mesh

if TYPE_CHECKING:
    from ..fleet import Fleet
    from ..scenario.models import Scenario


@dataclass(frozen=True)
class Settings:
    """How satellites are linked, and what equipment adds.

    `topology` one of `topology.TOPOLOGIES`; `counter_rotating` also across the seam of a grid;
    `max_range_km` what a terminal reaches; `relay_beams` satellites that each relay of the fleet serves at
    once; `relays` geostationary ones beside the fleet; `fibre` exchange points and lines.
    """

    topology: str = "ring"
    counter_rotating: bool = False
    max_range_km: float = math.inf
    clearance_km: float = CLEARANCE_KM
    relay_beams: int = 0
    relays: tuple[Relay, ...] = ()
    delays: Delays = field(default_factory=Delays)
    fibre: FibreTable = field(default_factory=shipped_table)

    def __post_init__(self) -> None:
        problems = []
        if not self.max_range_km > 0.0:
            problems.append(Problem("network.max_range", f"{self.max_range_km:g} km", "above 0 km"))
        if not 0.0 <= self.clearance_km < math.inf:
            problems.append(Problem("network.clearance", f"{self.clearance_km:g} km", "0 km or more"))
        if self.relay_beams < 0:
            problems.append(Problem("network.relay_beams", str(self.relay_beams), "0 or more"))
        names = [relay.name for relay in self.relays]
        for name in sorted({name for name in names if names.count(name) > 1}):
            problems.append(Problem("network.relays", f"{name} twice", "a name of its own for each"))
        if problems:
            raise InputError(*problems)


def network_of(scenario: Scenario, fleet: Fleet, when: datetime, settings: Settings) -> Network:
    """Return the network of a window.

    Parameters
    ----------
    scenario : Scenario
        Cities, clusters and stations.
    fleet : Fleet
        Entities flying in the window, axis s.
    when : datetime
        Start of the window: the fibre of that day, the formation of that instant.
    settings : Settings

    Returns
    -------
    Network
        Requests come from the scenario's cities; every entity that is no relay computes.

    Raises
    ------
    InputError
        A network on the ground in two pieces on that day; a topology that does not fit the fleet.
    """
    places = places_of(scenario)
    n_cities, n_stations = len(scenario.city), len(scenario.ground.stations)
    # real element sets drift, so their formation is that of the window; maintained fleets keep their own
    keeps = all(satellite.maintained for satellite in fleet.satellites)
    return Network(
        paths=shortest(fibre_graph(places, when, settings.fibre), settings.delays.fibre_hop_s),
        demand=np.arange(n_cities),
        station=np.arange(len(places) - n_stations, len(places)),
        sites=Sites.of({name: scenario.station[name] for name in scenario.ground.stations}),
        mesh=mesh(
            settings.topology,
            fleet.satellites,
            counter_rotating=settings.counter_rotating,
            when=None if keeps else when,
        ),
        computes=~fleet.relay,
        n_beams=np.where(fleet.relay, settings.relay_beams, 0).astype(np.int64),
        relays=settings.relays,
        delays=settings.delays,
        min_elevation_rad=scenario.ground.min_elevation_rad,
        clearance_km=settings.clearance_km,
        max_range_km=settings.max_range_km,
    )
