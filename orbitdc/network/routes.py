"""Routes: how long from each city to the constellation and back, slot by slot. Moments → latency by part."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..orbit.ephemeris import Ephemeris
from ..orbit.time import Floats
from .fibre import FibrePaths
from .latency import Delays, Latency
from .moments import Access, GroundLinks, Links, Moments, Network
from .space import space_graph, space_ways

Integers = NDArray[np.int64]

NOWHERE = -1

_SAME_KM = 0.03
"""Slots whose links are the same, to a tenth of a microsecond of light, have the same routes."""


@dataclass(frozen=True)
class Routes:
    """From every city (p) in every slot (k) to the constellation and back.

    `latency` (p, k): to the computing satellite that answers first, waiting for a later slot where that is
    quicker; `satellite`, `station` (p, k): which one, and where the request goes up, -1 where there is no
    route in the whole window. `reachable_frac` (k,): share of the computing satellites to which a way is
    up in the slot; `mean_s`, `farthest_s` (p, k): round trip to these, in the mean and at most, inf where
    there is none.
    `n_solved`: slots whose graph was solved; the others were like the one before, or without contact.
    """

    slot_s: float
    demand: tuple[str, ...]
    latency: Latency
    satellite: Integers
    station: Integers
    reachable_frac: Floats
    mean_s: Floats
    farthest_s: Floats
    n_solved: int

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


def find_routes(
    network: Network, ephemeris: Ephemeris, access: Access, *, slot_s: float, n_slots: int
) -> Routes:
    """Return the latency between cities and constellation in every slot of a window.

    Parameters
    ----------
    network : Network
    ephemeris : Ephemeris
        States whose grid starts with the window and reaches to its end; its step divides the slot.
    access : Access
        Contacts of the window.
    slot_s : float [s]
    n_slots : int

    Returns
    -------
    Routes

    Raises
    ------
    InputError
        Slots that the states do not cover.

    Assumptions
    -----------
    See `RouteSearch`.
    """
    search = RouteSearch(network, slot_s)
    search.extend(ephemeris, access, n_slots)
    return search.finish()


class RouteSearch:
    """Finds routes part by part of a window, so that no more states are held than those of a part.

    The quickest ways through space are found from the stations only; fibre joins cities and stations, and a
    way may come down at one station and go up at another. Latency is request to response: access,
    propagation both ways, hops, queue, processing, wait for contact.

    Parameters
    ----------
    network : Network
    slot_s : float [s]

    Assumptions
    -----------
    A slot's links in space stand as at its start; two contacts of one route that are both still to come are
    waited for one after the other. The window repeats itself: a request may wait past its end.

    Source
    ------
    Dijkstra 1959, by `scipy.sparse.csgraph`.
    """

    def __init__(self, network: Network, slot_s: float) -> None:
        self._network = network
        self._slot_s = slot_s
        self._parts: list[_Columns] = []
        self._n_solved = 0
        self._last: tuple[tuple[bytes, ...], _Column] | None = None

    def extend(self, ephemeris: Ephemeris, access: Access, n_slots: int) -> None:
        """Search the next slots; states and contacts count from the first of them."""
        moments = Moments(self._network, ephemeris, access, self._slot_s, n_slots)
        columns = _Columns.empty(len(self._network.demand), n_slots)
        for k in range(n_slots):
            ground = moments.access(k)
            if not len(ground[0]):
                continue
            links = moments.links(k)
            key = _key(links, ground)
            if self._last is None or key != self._last[0]:
                self._n_solved += 1
                self._last = key, _Solution(self._network, links, ground).column()
            columns.put(k, self._last[1])
        self._parts.append(columns)

    def finish(self) -> Routes:
        """Return the routes of the window, all parts in the order in which they came."""
        columns = _Columns.joined(self._parts)
        latency = _with_waits(self._network.delays, columns, self._slot_s)
        return Routes(
            self._slot_s,
            tuple(self._network.paths.names[place] for place in self._network.demand),
            latency,
            columns.satellite,
            columns.station,
            columns.reachable_frac,
            columns.mean_s,
            columns.farthest_s,
            self._n_solved,
        )


@dataclass(frozen=True)
class _Column:
    """One slot: (light, hops, wait) one way (3, p), satellite, station, mean, farthest (p,), reachable."""

    one_way_s: Floats
    satellite: Integers
    station: Integers
    mean_s: Floats
    farthest_s: Floats
    reachable_frac: float


@dataclass(frozen=True)
class _Columns:
    """Slots of a part: (3, p, k), (p, k) and (k,)."""

    one_way_s: Floats
    satellite: Integers
    station: Integers
    mean_s: Floats
    farthest_s: Floats
    reachable_frac: Floats

    @classmethod
    def empty(cls, n_demand: int, n_slots: int) -> _Columns:
        shape = (n_demand, n_slots)
        nobody, nowhere = (np.full(shape, NOWHERE, dtype=np.int64) for _ in range(2))
        mean_s, farthest_s = (np.full(shape, np.inf) for _ in range(2))
        return cls(np.full((3, *shape), np.inf), nobody, nowhere, mean_s, farthest_s, np.zeros(n_slots))

    @classmethod
    def joined(cls, parts: list[_Columns]) -> _Columns:
        return cls(
            *(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in vars(parts[0]))
        )

    def put(self, k: int, column: _Column) -> None:
        for name, values in vars(self).items():
            values[..., k] = getattr(column, name)


def ground_latency(paths: FibrePaths, demand: Integers, sites: Integers, delays: Delays) -> Latency:
    """Return the latency from cities to places on the ground and back, over fibre.

    Parameters
    ----------
    paths : FibrePaths
    demand, sites : arrays (p,), (k,)
        Numbers among the places.
    delays : Delays

    Returns
    -------
    Latency
        (p, k), no queue, no processing.
    """
    pairs = np.ix_(demand, sites)
    hops_s = 2.0 * delays.fibre_hop_s * paths.n_hops[pairs]
    return Latency.of(2.0 * delays.access_s, 2.0 * paths.propagation_s[pairs], hops_s)


class _Solution:
    """The quickest ways of one slot, from cities through stations to satellites."""

    def __init__(self, network: Network, links: Links, ground: GroundLinks) -> None:
        self._network = network
        n_stations = len(network.station)
        graph = space_graph(network.n_space, n_stations, links, ground, network.delays.space_hop_s)
        self._ways = ways = space_ways(graph)
        fibre_s = network.paths.one_way_s
        self._between_s = fibre_s[np.ix_(network.station, network.station)]
        self._before = np.tile(np.arange(n_stations)[:, None], n_stations)
        closure_s = np.minimum(self._between_s, ways.to_station_s)
        if np.any(closure_s < self._between_s):  # else fibre's own paths are whole already
            for middle in range(n_stations):
                through_s = closure_s[:, middle, None] + closure_s[middle]
                shorter = through_s < closure_s
                closure_s = np.where(shorter, through_s, closure_s)
                self._before = np.where(shorter, self._before[middle], self._before)
        reach_s = fibre_s[np.ix_(network.demand, network.station)][:, :, None] + closure_s
        self._first = np.argmin(reach_s, axis=1)
        self._reach_s = np.min(reach_s, axis=1)
        self._targets = np.flatnonzero(network.computes)
        self._to_target_s = ways.to_space_s[:, self._targets]
        self._parts: dict[tuple[int, int], Floats] = {}

    def column(self) -> _Column:
        """Return the slot's results."""
        n = len(self._network.demand)
        one_way_s = np.full((3, n), np.inf)
        satellite, station = (np.full(n, NOWHERE, dtype=np.int64) for _ in range(2))
        for p in range(n):
            found = self.nearest(p)
            if found is not None:
                station[p], satellite[p], one_way_s[:, p] = found
        return _Column(one_way_s, satellite, station, *self.spread_s(), self.reachable_frac())

    def reachable_frac(self) -> float:
        """Return the share of the computing satellites with a way from the ground."""
        if self._to_target_s.size == 0:
            return 0.0
        return float(np.isfinite(self._to_target_s).any(axis=0).mean())

    def spread_s(self) -> tuple[Floats, Floats]:
        """Return the round trip from each city to the reachable satellites: mean and longest (p,)."""
        reached = np.isfinite(self._to_target_s).any(axis=0)
        none = np.full(len(self._reach_s), np.inf)
        if not reached.any():
            return none, none
        to_target_s = self._to_target_s[:, reached]
        best_s = np.full((len(self._reach_s), to_target_s.shape[1]), np.inf)
        for g, from_station_s in enumerate(to_target_s):
            np.minimum(best_s, self._reach_s[:, g, None] + from_station_s, out=best_s)
        access_s = 2.0 * self._network.delays.access_s
        return access_s + 2.0 * best_s.mean(axis=1), access_s + 2.0 * best_s.max(axis=1)

    def nearest(self, p: int) -> tuple[int, int, Floats] | None:
        """Return station, satellite and (light, hops, wait) one way of the quickest way from city p."""
        if self._to_target_s.size == 0:
            return None
        column = np.argmin(self._to_target_s, axis=1)
        total_s = self._reach_s[p] + self._to_target_s[np.arange(len(column)), column]
        g = int(np.argmin(total_s))
        if not np.isfinite(total_s[g]):
            return None
        satellite = int(self._targets[column[g]])
        first = int(self._first[p, g])
        place, uplink = int(self._network.demand[p]), int(self._network.station[first])
        parts = self._fibre(place, uplink) + self._space(g, satellite)
        at = g
        while at != first:
            before = int(self._before[first, at])
            parts = parts + self._leg(before, at)
            at = before
        return g, satellite, parts

    def _fibre(self, source: int, target: int) -> Floats:
        paths = self._network.paths
        hops_s = float(paths.n_hops[source, target]) * paths.hop_s
        return np.array([paths.propagation_s[source, target], hops_s, 0.0])

    def _leg(self, one: int, other: int) -> Floats:
        """Return the parts of the quicker way between two stations: fibre, or up and down again."""
        if self._between_s[one, other] <= self._ways.to_station_s[one, other]:
            return self._fibre(int(self._network.station[one]), int(self._network.station[other]))
        landing = self._ways.landing(one, other)
        graph = self._ways.graph
        down = self._ways.link(graph.n_space + other, landing)
        last = np.array([graph.light_s[down], graph.hop_s[down], graph.wait_s[down]])
        parts: Floats = self._space(one, landing) + last
        return parts

    def _space(self, station: int, satellite: int) -> Floats:
        """Return light, hops and wait of the way from a station through space to a satellite."""
        if (station, satellite) not in self._parts:
            path = self._ways.path(station, satellite)
            crossed = [self._ways.link(one, other) for one, other in itertools.pairwise(path)]
            graph = self._ways.graph
            columns = (graph.light_s, graph.hop_s, graph.wait_s)
            self._parts[station, satellite] = np.array([column[crossed].sum() for column in columns])
        return self._parts[station, satellite]


def _key(links: Links, ground: GroundLinks) -> tuple[bytes, ...]:
    """Return what is the same for slots with the same routes."""
    a, b, length_km, n_hops = links
    station, node, range_km, wait_s = ground
    rounded = [np.round(values / _SAME_KM) for values in (length_km, range_km)]
    return tuple(array.tobytes() for array in (a, b, n_hops, station, node, wait_s, *rounded))


def _with_waits(delays: Delays, columns: _Columns, slot_s: float) -> Latency:
    """Return request to response; where waiting for a later slot is quicker, its route and the wait.

    Twice backward over the window, which repeats itself: the second time every later slot is known.
    """
    light_s, hops_s = 2.0 * columns.one_way_s[0], 2.0 * columns.one_way_s[1]
    wait_s = columns.one_way_s[2]
    satellite, station = columns.satellite, columns.station
    n_slots = satellite.shape[1]
    for k in [*range(n_slots - 1, -1, -1)] * 2:
        then = (k + 1) % n_slots
        now_s = light_s[:, k] + hops_s[:, k] + wait_s[:, k]
        later_s = slot_s + light_s[:, then] + hops_s[:, then] + wait_s[:, then]
        later = later_s < now_s
        for array in (light_s, hops_s, wait_s, satellite, station):
            array[later, k] = array[later, then]
        wait_s[later, k] += slot_s
    nowhere = satellite == NOWHERE
    light_s[nowhere], hops_s[nowhere] = 0.0, 0.0
    return Latency.of(2.0 * delays.access_s, light_s, hops_s, wait_s)
