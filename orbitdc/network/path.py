"""Path: one route, leg by leg. Network, moments, two ends → the quickest way and what each leg takes."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem, nearest
from ..orbit.time import Floats
from .latency import Latency
from .moments import Moments, Network
from .space import KM_PER_S

Integers = NDArray[np.int64]

ORBIT = "orbit"
"""End of a route: whichever computing satellite answers first."""


@dataclass(frozen=True)
class Leg:
    """One link of a route, one way: its ends, what it is, fibre or free path length, and what it takes."""

    source: str
    target: str
    kind: str
    length_km: float
    light_s: float
    hop_s: float
    wait_s: float


@dataclass(frozen=True)
class Route:
    """A route from one end to the other; `latency` there and back, `start_s` of the slot that it uses."""

    legs: tuple[Leg, ...]
    latency: Latency
    start_s: float


@dataclass(frozen=True)
class _Web:
    """Every link of one slot, each once; nodes in space first, then those on the ground."""

    a: Integers
    b: Integers
    kind: Integers
    length_km: Floats
    light_s: Floats
    hop_s: Floats
    wait_s: Floats

    @property
    def weight_s(self) -> Floats:
        return self.light_s + self.hop_s + 0.5 * self.wait_s


_KINDS = ("fibre", "laser", "bus", "relay", "radio")
_FIBRE, _LASER, _BUS, _RELAY, _RADIO = range(len(_KINDS))


_BACKBONE = " (backbone)"


def node_names(network: Network, satellites: Sequence[str]) -> tuple[str, ...]:
    """Return the names of all nodes: satellites, relays, places, backbone (said so), in this order."""
    fibre = network.paths.graph
    backbone = [f"{name}{_BACKBONE}" for name in fibre.names[fibre.n_places :]]
    relays = [relay.name for relay in network.relays]
    return (*satellites, *relays, *network.paths.names, *backbone)


def find_route(moments: Moments, satellites: Sequence[str], source: str, target: str) -> Route | None:
    """Return the quickest route between two ends, waiting for a contact if need be.

    Parameters
    ----------
    moments : Moments
        Links of the slots from now on.
    satellites : sequence of str (s,)
        Names of the satellites.
    source, target : str
        Names of satellites, relays, places or exchanges; `orbit` for the target: any computing satellite.

    Returns
    -------
    Route or None
        None if no slot has one.

    Raises
    ------
    InputError
        A name that is none; both ends the same.

    Assumptions
    -----------
    As `find_routes`, but the slots are those given and no others.

    Source
    ------
    Dijkstra 1959, on the whole graph of a slot, by `scipy.sparse.csgraph`.
    """
    names = node_names(moments.network, satellites)
    start = _node(names, source, "FROM")
    ends = np.flatnonzero(moments.network.centre >= 0) if target == ORBIT else [_node(names, target, "TO")]
    ends = np.asarray(ends, dtype=np.int64)
    if target != ORBIT and ends[0] == start:
        raise InputError(Problem("TO", repr(target), "another end than FROM"))
    best: tuple[float, int, _Web, list[int]] | None = None
    for k in range(moments.n_slots):
        earlier_s = k * moments.slot_s
        if best is not None and earlier_s >= best[0]:
            break
        web = _web(moments, k)
        total_s, path = _quickest(web, len(names), start, ends)
        if np.isfinite(total_s) and (best is None or earlier_s + 2.0 * total_s < best[0]):
            best = (earlier_s + 2.0 * total_s, k, web, path)
    if best is None:
        return None
    _, k, web, path = best
    return _route(moments, names, web, path, k * moments.slot_s)


def _route(moments: Moments, names: Sequence[str], web: _Web, path: list[int], start_s: float) -> Route:
    legs = tuple(_leg(web, names, one, other) for one, other in itertools.pairwise(path))
    network = moments.network
    n_users = int(np.isin([path[0], path[-1]], network.n_space + network.demand).sum())
    latency = Latency.of(
        2.0 * network.delays.access_s * n_users,
        2.0 * sum(leg.light_s for leg in legs),
        2.0 * sum(leg.hop_s for leg in legs),
        start_s + sum(leg.wait_s for leg in legs),
    )
    return Route(legs, latency, start_s)


def _node(names: Sequence[str], name: str, place: str) -> int:
    lowered = [other.removesuffix(_BACKBONE).lower() for other in names]
    wanted = name.removesuffix(_BACKBONE).lower()
    if wanted not in lowered:
        allowed = f"a city, hub, station, exchange, satellite or relay, or {ORBIT} as the end"
        raise InputError(Problem(place, repr(name), allowed, nearest(name, dict.fromkeys([*lowered, ORBIT]))))
    return lowered.index(wanted)


def _web(moments: Moments, k: int) -> _Web:
    network, delays = moments.network, moments.network.delays
    links = moments.links.at(k)
    a, b, length_km, n_hops = links.a, links.b, links.length_km, links.n_hops
    n_satellites = network.mesh.n_satellites
    in_space = np.array([_LASER, _BUS, _RELAY])[links.kind]
    up = moments.ground.at(k)
    station, node, range_km, wait_s = up.station, up.node, up.length_km, up.wait_s
    fibre = network.paths.graph
    first = network.n_space
    kinds = [np.full(len(fibre.a), _FIBRE), in_space, np.where(node >= n_satellites, _RELAY, _RADIO)]
    space_hops_s = [n_hops * delays.space_hop_s, np.full(len(station), delays.space_hop_s)]
    return _Web(
        np.concatenate([first + fibre.a, a, first + network.station[station]]),
        np.concatenate([first + fibre.b, b, node]),
        np.concatenate(kinds),
        np.concatenate([fibre.length_km, length_km, range_km]),
        np.concatenate([fibre.delay_s, length_km / KM_PER_S, range_km / KM_PER_S]),
        np.concatenate([fibre.delay_s * delays.line_overhead_frac, *space_hops_s]),
        np.concatenate([np.zeros(len(fibre.a) + len(a)), wait_s]),
    )


def _quickest(web: _Web, n: int, start: int, ends: Integers) -> tuple[float, list[int]]:
    """Return the time one way to the nearest of the ends, and the nodes on the way."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    one, other = np.concatenate([web.a, web.b]), np.concatenate([web.b, web.a])
    weight_s = np.tile(web.weight_s, 2)
    order = np.lexsort((weight_s, other, one))
    order = order[np.append(True, np.diff(one[order] * n + other[order]) != 0)]
    first = np.searchsorted(one[order], np.arange(n + 1))
    matrix = csr_array((weight_s[order], other[order], first), shape=(n, n))
    total_s, previous = dijkstra(matrix, directed=True, indices=start, return_predecessors=True)
    if not len(ends) or not np.isfinite(total_s[ends]).any():
        return np.inf, []
    path = [int(ends[np.argmin(total_s[ends])])]
    reached_s = float(total_s[path[0]])
    while path[-1] != start:
        path.append(int(previous[path[-1]]))
    return reached_s, path[::-1]


def _leg(web: _Web, names: Sequence[str], one: int, other: int) -> Leg:
    rows = np.flatnonzero(((web.a == one) & (web.b == other)) | ((web.a == other) & (web.b == one)))
    row = rows[np.argmin(web.weight_s[rows])]
    values = (web.length_km[row], web.light_s[row], web.hop_s[row], web.wait_s[row])
    return Leg(names[one], names[other], _KINDS[web.kind[row]], *(float(value) for value in values))
