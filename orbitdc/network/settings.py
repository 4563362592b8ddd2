"""Settings: what a scenario says of its network. Scenario + flying fleet + day → `Network` of a window."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..fleet import centre_names, centre_of
from ..orbit.site import Sites
from ..spacecraft.cards import accelerator_of, op_per_s
from .fibre import FibrePaths, fibre_of, shortest
from .lasers import Lasers, lasers_of
from .latency import Delays
from .moments import Network
from .relays import Relay
from .topology import N_ALONG, N_GRID, mesh, slots_of

if TYPE_CHECKING:
    from ..fleet import Fleet
    from ..scenario.models import Scenario

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


def network_of(scenario: Scenario, fleet: Fleet, when: datetime) -> Network:
    """Return the network of a window.

    Parameters
    ----------
    scenario : Scenario
        Cities, clusters, stations, and how all are joined.
    fleet : Fleet
        Entities flying in the window, axis s.
    when : datetime
        Start of the window: the fibre of that day, the formation of that instant.

    Returns
    -------
    Network
        Requests come from the scenario's cities.

    Raises
    ------
    InputError
        A network on the ground in two pieces on that day; a topology that does not fit the fleet.

    Assumptions
    -----------
    Lasers that the topology leaves free serve relays of the fleet, or on these their users.
    """
    said, lasers = scenario.network, lasers_of(scenario, fleet)
    # real element sets drift, so their formation is that of the window; maintained fleets keep their own
    keeps = all(satellite.maintained for satellite in fleet.satellites)
    formation = None if keeps else when
    models = [scenario.spacecraft[name] for name in fleet.spacecraft_names]
    terminals = [model.relay_terminal for model in models]
    calls = np.array([terminal is not None for terminal in terminals], dtype=np.bool_)
    caller_w = np.array([0.0 if terminal is None else terminal.power_w for terminal in terminals])
    n_free = free_terminals(said.topology, lasers)
    n_cities, n_stations = len(scenario.city), len(scenario.ground.stations)
    paths = fibre_paths(scenario, when)
    n_places = len(paths.names)
    return Network(
        paths=paths,
        demand=np.arange(n_cities),
        station=np.arange(n_places - n_stations, n_places),
        hubs=np.arange(n_cities, n_places - n_stations),
        sites=Sites.of({name: scenario.station[name] for name in scenario.ground.stations}),
        mesh=mesh(
            said.topology,
            fleet.satellites,
            counter_rotating=said.counter_rotating,
            when=formation,
            n_terminals=lasers.n_terminals,
        ),
        lasers=lasers,
        centre=centre_of(fleet),
        n_beams=np.where(fleet.relay, n_free, 0),
        weight=_work(scenario, fleet),
        user=~fleet.relay & (n_free > 0),
        caller=calls[fleet.spacecraft],
        caller_w=caller_w[fleet.spacecraft],
        normal=_normals(fleet, when, counter_rotating=said.counter_rotating),
        n_centres=len(centre_names(scenario)),
        relays=tuple(_relay(scenario, name) for name in said.relays),
        delays=delays_of(scenario),
        min_elevation_rad=scenario.ground.min_elevation_rad,
        clearance_km=said.clearance_m / 1e3,
    )


def network_problems(scenario: Scenario, fleet: Fleet) -> None:
    """Raise InputError if a network cannot be made for the fleet of a plan, before anything runs."""
    said = scenario.network
    patterns = {batch.model.orbit.pattern for batch in fleet.batches}
    if said.topology == "docked" and "docked" not in patterns:
        allowed = "a batch whose orbit has the pattern docked"
        raise InputError(Problem("network.topology", "docked, with nothing docked", allowed, "or none"))
    fibre_paths(scenario, scenario.phase[0].start)
    for phase in scenario.phase if said.topology == "cluster" else ():
        network_of(scenario, fleet.subset(fleet.active(phase.end)), phase.end)


def fibre_paths(scenario: Scenario, when: datetime) -> FibrePaths:
    """Return the paths over the fibre of a day between cities, clusters and stations, in this order."""
    return shortest(fibre_of(scenario, when), scenario.network.line_overhead_frac)


def delays_of(scenario: Scenario) -> Delays:
    """Return what equipment adds to light."""
    said = scenario.network
    return Delays(said.access_delay_s, said.line_overhead_frac, said.link_delay_s)


def free_terminals(topology: str, lasers: Lasers) -> Integers:
    """Return how many lasers of each satellite a topology leaves free (s,)."""
    n = lasers.n_terminals
    if topology == "cluster":
        return np.zeros_like(n)  # they turn from partner to partner
    taken = np.zeros_like(n)
    if topology in ("ring", "grid"):
        taken += np.where((topology == "grid") & (n >= N_GRID), N_GRID, N_ALONG)
    free: Integers = np.maximum(n - taken, 0)
    return free


def _relay(scenario: Scenario, name: str) -> Relay:
    model = scenario.relay[name]
    return Relay(name, model.lon_deg, model.n_beams, model.down_bit_per_s, model.up_bit_per_s)


def _work(scenario: Scenario, fleet: Fleet) -> Floats:
    """Return the operations of each entity by which work is spread over a centre (s,)."""
    models = [scenario.spacecraft[name] for name in fleet.spacecraft_names]
    rates = [op_per_s(model, accelerator_of(scenario, model), scenario.report_precision) for model in models]
    work: Floats = np.array(rates, dtype=np.float64)[fleet.spacecraft] * fleet.n_units
    return work


def _normals(fleet: Fleet, when: datetime, *, counter_rotating: bool) -> Floats:
    """Return the normal of each orbit (s, 3); zeros where counter-rotating satellites may link too."""
    if counter_rotating or not len(fleet):
        return np.zeros((len(fleet), 3))
    return slots_of(fleet.satellites, when).normal
