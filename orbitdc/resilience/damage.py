"""Damage: an event and the sites of a window → the sites while it lasts, and whom it touches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import Problem, nearest
from ..fleet import centre_names
from ..network.fibre import FibreGraph, fibre_of
from ..scheduler import Sites

if TYPE_CHECKING:
    from ..network import Contacts
    from ..scenario.models import Scenario
    from ..scenario.sampling import Window
    from ..scenario.vault import Event

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class World:
    """What an event can reach beside the sites themselves, in one window.

    `clusters` names of the sites on the ground, in their order; `hubs` their hubs; `stations`; `contacts`
    with them; `fibre` of the day, its places the cities, then the clusters; `overhead_frac` of its equipment.
    """

    clusters: tuple[str, ...]
    hubs: tuple[str, ...]
    stations: tuple[str, ...]
    contacts: Contacts
    fibre: FibreGraph
    n_cities: int
    overhead_frac: float

    @classmethod
    def of(cls, scenario: Scenario, window: Window, contacts: Contacts) -> World:
        """Return the world of a window."""
        clusters = scenario.ground.hubs
        return cls(
            clusters=tuple(clusters),
            hubs=tuple(scenario.hub[name].hub for name in clusters),
            stations=tuple(scenario.ground.stations),
            contacts=contacts,
            fibre=fibre_of(scenario, window.start),
            n_cities=len(scenario.city),
            overhead_frac=scenario.network.line_overhead_frac,
        )


@dataclass(frozen=True)
class Damage:
    """The sites while an event lasts.

    `sites` as they are then; `touched` (site, k): where work is disturbed; `killed` (site,): whether what
    runs there when it begins is lost; `first_slot`, `n_slots`: when, on the circle of the window.
    """

    sites: Sites
    touched: Flags
    killed: Flags
    first_slot: int
    n_slots: int


def event_problems(scenario: Scenario, windows: Sequence[Window]) -> list[Problem]:
    """Return what is wrong with the dates and targets of events, and with replicas in orbit.

    Parameters
    ----------
    scenario : Scenario
        Its own checks know clusters, hubs and stations.
    windows : sequence of Window
        Of its plan.
    """
    centres = centre_names(scenario)
    problems = [
        Problem(
            f"vault.dataset.{data.name}.replicas", repr(name), "an orbital centre", nearest(name, centres)
        )
        for data in scenario.vault.dataset
        for name in data.replicas
        if name not in centres and name not in scenario.ground.hubs
    ]
    for event in scenario.event:
        place = f"event.{event.name}"
        if window_of(event, windows) is None:
            problems.append(Problem(f"{place}.start", event.start.isoformat(), "a date within a phase"))
        if event.kind == "safe-mode" and event.target not in centres:
            problems.append(
                Problem(
                    f"{place}.target", repr(event.target), "an orbital centre", nearest(event.target, centres)
                )
            )
        if event.kind == "exchange-cut":
            graph = fibre_of(scenario, event.start)
            backbone = graph.names[graph.n_places :]
            if event.target.lower() not in (name.lower() for name in backbone):
                allowed = f"an exchange point in service on {graph.when.isoformat()}"
                hint = nearest(event.target, backbone)
                problems.append(Problem(f"{place}.target", repr(event.target), allowed, hint))
    return problems


def window_of(event: Event, windows: Sequence[Window]) -> int | None:
    """Return the number of the window that stands for the date of an event, if there is one."""
    inside = (w.index for w in windows if w.segment_start <= event.start < w.segment_end)
    return next(inside, None)


def damage_of(event: Event, window: Window, sites: Sites, world: World) -> Damage:
    """Return what an event does to the sites of the window that stands for its date.

    Parameters
    ----------
    event : Event
        Its hours of the day count; the window stands for its date.
    window : Window
    sites : Sites
        As they would be.
    world : World

    Returns
    -------
    Damage

    Assumptions
    -----------
    A station's passes are not taken over by others. A cut exchange takes its lines with it, and traffic goes
    the next shortest way, which has the same room. An event longer than the window fills it.
    """
    slot_s, n = sites.slot_s, sites.n_slots
    offset_s = (event.start - window.start).total_seconds() % window.duration_s
    first = int(offset_s / slot_s + 1e-9)
    end_s = offset_s + (event.end - event.start).total_seconds()
    n_slots = min(max(int(np.ceil(end_s / slot_s - 1e-9)) - first, 1), n)
    during = np.zeros(n, np.bool_)
    during[(first + np.arange(n_slots)) % n] = True
    damaged, touched, killed = _KINDS[event.kind](event, sites, world, during)
    return Damage(damaged, touched & during, killed, first, n_slots)


def _hub_lost(event: Event, sites: Sites, world: World, during: Flags) -> tuple[Sites, Flags, Flags]:
    lost = np.zeros(len(sites.names), np.bool_)
    lost[sites.n_orbit :] = [
        event.target in (name, hub) for name, hub in zip(world.clusters, world.hubs, strict=True)
    ]
    dark = lost[:, None] & during
    return replace(sites, op=np.where(dark, 0.0, sites.op)), dark, lost


def _safe_mode(event: Event, sites: Sites, world: World, during: Flags) -> tuple[Sites, Flags, Flags]:
    lost = np.array([name == event.target for name in sites.names], np.bool_)
    dark = lost[:, None] & during
    op, up_bit, down_bit = (
        np.where(dark, 0.0, amount) for amount in (sites.op, sites.up_bit, sites.down_bit)
    )
    return replace(sites, op=op, up_bit=up_bit, down_bit=down_bit), dark, lost


def _station_lost(event: Event, sites: Sites, world: World, during: Flags) -> tuple[Sites, Flags, Flags]:
    down_frac, up_frac = station_share_frac(world.contacts, world.stations.index(event.target))
    in_orbit = np.arange(len(sites.names)) < sites.n_orbit
    fewer = in_orbit[:, None] & during & ((down_frac > 0.0) | (up_frac > 0.0))
    # where nothing limits a link, a share of it is no number
    up_bit = np.multiply(sites.up_bit, 1.0 - up_frac, out=sites.up_bit.copy(), where=fewer)
    down_bit = np.multiply(sites.down_bit, 1.0 - down_frac, out=sites.down_bit.copy(), where=fewer)
    return replace(sites, up_bit=up_bit, down_bit=down_bit), fewer, np.zeros(len(sites.names), np.bool_)


def _exchange_cut(event: Event, sites: Sites, world: World, during: Flags) -> tuple[Sites, Flags, Flags]:
    sizes = (world.n_cities, len(world.clusters), world.overhead_frac)
    longer_s = detour_s(world.fibre, event.target, *sizes)
    extra = np.zeros((len(sites.names), world.n_cities))
    extra[sites.n_orbit :] = longer_s.T
    latency_s = sites.latency_s + np.where(during, extra[:, :, None], 0.0)
    touched = np.broadcast_to(np.any(extra > 0.0, axis=1, keepdims=True), sites.op.shape)
    return replace(sites, latency_s=latency_s), touched, np.zeros(len(sites.names), np.bool_)


_KINDS = {
    "hub-lost": _hub_lost,
    "safe-mode": _safe_mode,
    "station-lost": _station_lost,
    "exchange-cut": _exchange_cut,
}


def station_share_frac(contacts: Contacts, station: int) -> tuple[Floats, Floats]:
    """Return the share (k,) of each slot's bits that pass through one station, down and up."""
    own = contacts.station[contacts.owner] == station

    def share(bit: Floats) -> Floats:
        whole = np.bincount(contacts.slot, bit, contacts.n_slots)
        part = np.bincount(contacts.slot[own], bit[own], contacts.n_slots)
        return np.divide(part, whole, out=np.zeros(contacts.n_slots), where=whole > 0.0)

    return share(contacts.slot_down_bit), share(contacts.slot_up_bit)


def detour_s(
    graph: FibreGraph, exchange: str, n_cities: int, n_clusters: int, overhead_frac: float
) -> Floats:
    """Return how much longer request and response take, (city, cluster), without one exchange point.

    Parameters
    ----------
    graph : FibreGraph
        Places: cities, clusters, then others.
    exchange : str
        Name of the exchange point, any case.
    n_cities, n_clusters : int
    overhead_frac : float
        What equipment adds to light.

    Returns
    -------
    ndarray [s]
        inf where nothing else joins the two.

    """
    backbone = [name.lower() for name in graph.names[graph.n_places :]]
    node = graph.n_places + backbone.index(exchange.lower())
    kept = (graph.a != node) & (graph.b != node)
    before = _light_s(graph, np.ones(len(graph.a), np.bool_), n_cities)
    after = _light_s(graph, kept, n_cities)
    longer = 2.0 * (1.0 + overhead_frac) * (after - before)[:, n_cities : n_cities + n_clusters]
    return np.where(longer > 1e-12, longer, 0.0)


def _light_s(graph: FibreGraph, kept: Flags, n_sources: int) -> Floats:
    """Return the shortest time of light, one way (source, place), over the lines that are kept."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n = len(graph.names)
    a, b = graph.a[kept], graph.b[kept]
    ends = (np.concatenate([a, b]), np.concatenate([b, a]))
    lines = csr_array((np.tile(graph.delay_s[kept], 2), ends), shape=(n, n))
    return np.asarray(dijkstra(lines, indices=np.arange(n_sources))[:, : graph.n_places], np.float64)
