"""Routes: how long from each city to each orbital centre and back by slot. Moments → latency by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    """From every city (p) in every slot (k) to every orbital centre (c) and back.

    `latency` (c, p, k): to the satellite of the centre that answers first, waiting for a later slot where
    that is quicker; `satellite`, `station` (c, p, k): which one, and where the request goes up, -1 where
    there is no route in the whole window. `reachable_frac` (c, k): share of the centre's operations to which
    a way is up in the slot. `n_solved`: slots whose graph was solved; the others were like the one before,
    or without contact.
    """

    slot_s: float
    demand: tuple[str, ...]
    latency: Latency
    satellite: Integers
    station: Integers
    reachable_frac: Floats
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
    search.add(Moments(network, ephemeris, access, slot_s, n_slots))
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
        self._ground = _Ground.of(network)
        self._parts: list[_Ways] = []
        self._n_solved = 0
        self._last: tuple[_Key, _Ways] | None = None

    def add(self, moments: Moments) -> None:
        """Search the next slots: those that differ from the slot before, and copy the others."""
        keys = [_key(moments.links.at(k), moments.ground.at(k)) for k in range(moments.n_slots)]
        before = self._last[0] if self._last else None
        solved, row = [], np.full(moments.n_slots, -1, dtype=np.int64)
        for k, key in enumerate(keys):
            if not len(key[-1]):
                continue  # without contact
            if before is None or not all(map(np.array_equal, key, before)):
                solved.append(k)
                before = key
            row[k] = len(solved)  # 0: as the last one of the part before
        self._n_solved += len(solved)
        first = self._last[1] if self._last else _Ways.without(self._network, 1)
        # without any station there is nothing to solve
        fresh = [_Solution(self._network, self._ground, moments, solved).ways()] if solved else []
        found = _Ways.joined([first, *fresh])
        self._parts.append(_Ways.joined([found, _Ways.without(self._network, 1)]).take(row))
        if before is not None:
            self._last = before, found.take(np.array([len(solved)]))

    def finish(self) -> Routes:
        """Return the routes of the window, all parts in the order in which they came."""
        network, ways = self._network, _Ways.joined(self._parts)
        latency = _with_waits(network.delays, ways, self._slot_s)
        demand = tuple(network.paths.names[place] for place in network.demand)
        found = (latency, ways.satellite, ways.station, ways.reachable_frac)
        return Routes(self._slot_s, demand, *found, self._n_solved)


@dataclass(frozen=True)
class _Ways:
    """Slots: light, hops, wait one way (3, c, p, k), satellite, station (c, p, k), reachable share (c, k)."""

    one_way_s: Floats
    satellite: Integers
    station: Integers
    reachable_frac: Floats

    @classmethod
    def without(cls, network: Network, n_slots: int) -> _Ways:
        """Return slots without any contact."""
        shape = network.n_centres, len(network.demand), n_slots
        nobody, nowhere = (np.full(shape, NOWHERE, dtype=np.int64) for _ in range(2))
        return cls(np.full((3, *shape), np.inf), nobody, nowhere, np.zeros((network.n_centres, n_slots)))

    @classmethod
    def joined(cls, parts: Sequence[_Ways]) -> _Ways:
        """Return the slots of all parts, one part after the other."""
        names = vars(parts[0])
        return cls(*(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in names))

    def take(self, which: Integers) -> _Ways:
        """Return some of the slots, or one of them several times."""
        return _Ways(*(value[..., which] for value in vars(self).values()))


@dataclass(frozen=True)
class _Ground:
    """What is the same in every slot.

    `to_station_s` (3, p, g), `between_s` (3, g, g): light, hops and wait over fibre, from cities to stations
    and between these; the `members` of each centre and `share_frac` of its work.
    """

    to_station_s: Floats
    between_s: Floats
    members: tuple[Integers, ...]
    share_frac: tuple[Floats, ...]

    @classmethod
    def of(cls, network: Network) -> _Ground:
        members = tuple(np.flatnonzero(network.centre == c) for c in range(network.n_centres))
        weight = [network.weight[each] for each in members]
        return cls(
            _fibre_parts_s(network, network.demand),
            _fibre_parts_s(network, network.station),
            members,
            tuple(each / max(float(each.sum()), 1e-300) for each in weight),
        )


def _fibre_parts_s(network: Network, places: Integers) -> Floats:
    """Return (light, hops, wait) one way from places to stations over fibre (3, n, g)."""
    pairs = np.ix_(places, network.station)
    light_s = network.paths.propagation_s[pairs]
    return np.stack([light_s, light_s * network.paths.overhead_frac, np.zeros_like(light_s)])


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
    light_s = 2.0 * paths.propagation_s[pairs]
    return Latency.of(2.0 * delays.access_s, light_s, light_s * delays.line_overhead_frac)


class _Solution:
    """The quickest ways of some slots `i` of a part, from cities through stations to satellites."""

    def __init__(self, network: Network, ground: _Ground, moments: Moments, slots: Sequence[int]) -> None:
        self._network, self._ground, self._n = network, ground, len(slots)
        number = np.full(moments.n_slots, -1, dtype=np.int64)
        number[list(slots)] = np.arange(len(slots))
        links, up = moments.links, moments.ground
        i, j = (np.flatnonzero(number[slot] >= 0) for slot in (links.slot, up.slot))
        in_space = (number[links.slot[i]], links.a[i], links.b[i], links.length_km[i], links.n_hops[i])
        to_space = (number[up.slot[j]], up.station[j], up.node[j], up.length_km[j], up.wait_s[j])
        hop_s = network.delays.space_hop_s
        graph = space_graph(network.n_space, len(network.station), in_space, to_space, hop_s, len(slots))
        self._ways = space_ways(graph)
        self._close()

    def _close(self) -> None:
        """Find the quickest ways between stations by fibre and space in turn, and from the cities on."""
        ground, n_stations = self._ground, len(self._network.station)
        self._between_s = ground.between_s.sum(axis=0)
        shape = (self._n, n_stations, n_stations)
        self._before = np.broadcast_to(np.arange(n_stations)[:, None], shape)
        closure_s = np.minimum(self._between_s, self._ways.to_station_s)
        if np.any(closure_s < self._between_s):  # else fibre's own paths are whole already
            for middle in range(n_stations):
                through_s = closure_s[:, :, middle, None] + closure_s[:, middle, None]
                shorter = through_s < closure_s
                closure_s = np.where(shorter, through_s, closure_s)
                self._before = np.where(shorter, self._before[:, middle, None], self._before)
        reach_s = ground.to_station_s.sum(axis=0)[None, :, :, None] + closure_s[:, None]
        self._first = np.argmin(reach_s, axis=2)
        self._reach_s = np.min(reach_s, axis=2)

    def ways(self) -> _Ways:
        """Return the results of the slots."""
        found = _Ways.without(self._network, self._n)
        for c, members in enumerate(self._ground.members):
            if not len(members) or not self._n:
                continue
            to_member_s = self._ways.to_space_s[:, :, members]
            found.reachable_frac[c] = np.isfinite(to_member_s).any(axis=0) @ self._ground.share_frac[c]
            nearest = np.argmin(to_member_s, axis=2)
            nearest_s = np.take_along_axis(to_member_s, nearest[..., None], axis=2)[..., 0]
            total_s = self._reach_s + nearest_s.T[:, None]
            station = np.argmin(total_s, axis=2)
            i, p = np.nonzero(np.isfinite(np.min(total_s, axis=2)))
            g = station[i, p]
            satellite = members[nearest[g, i]]
            found.station[c, p, i], found.satellite[c, p, i] = g, satellite
            found.one_way_s[:, c, p, i] = self._parts_s(i, p, g, satellite)
        return found

    def _parts_s(self, i: Integers, p: Integers, g: Integers, satellite: Integers) -> Floats:
        """Return (light, hops, wait) of the ways from cities p up at stations g to satellites (3, q)."""
        first = self._first[i, p, g]
        pairs, which = np.unique(np.stack([i, g, satellite]), axis=1, return_inverse=True)
        parts: Floats = self._ground.to_station_s[:, p, first]
        parts = parts + self._ways.parts_s(*pairs)[:, which.reshape(-1)]
        for q in np.flatnonzero(first != g).tolist():
            at = int(g[q])
            while at != first[q]:
                before = int(self._before[i[q], first[q], at])
                parts[:, q] += self._leg(int(i[q]), before, at)
                at = before
        return parts

    def _leg(self, i: int, one: int, other: int) -> Floats:
        """Return the parts of the quicker way between two stations: fibre, or up and down again."""
        if self._between_s[one, other] <= self._ways.to_station_s[i, one, other]:
            fibre: Floats = self._ground.between_s[:, one, other]
            return fibre
        satellite, last = self._ways.landing(i, one, other)
        up = self._ways.parts_s(np.array([i]), np.array([one]), np.array([satellite]))[:, 0]
        parts: Floats = up + last
        return parts


_Key = tuple[NDArray[Any], ...]


def _key(links: Links, ground: GroundLinks) -> _Key:
    """Return what is the same for slots with the same routes."""
    rounded = [np.round(each.length_km / _SAME_KM) for each in (links, ground)]
    return (links.a, links.b, links.kind, ground.station, ground.node, ground.wait_s, *rounded)


def _with_waits(delays: Delays, ways: _Ways, slot_s: float) -> Latency:
    """Return request to response; where waiting for a later slot is quicker, its route and the wait.

    Twice backward over the window, which repeats itself: the second time every later slot is known.
    """
    light_s, hops_s, wait_s = 2.0 * ways.one_way_s[0], 2.0 * ways.one_way_s[1], ways.one_way_s[2]
    satellite, station = ways.satellite, ways.station
    n_slots = satellite.shape[-1]
    for k in [*range(n_slots - 1, -1, -1)] * 2:
        then = (k + 1) % n_slots
        now_s = light_s[..., k] + hops_s[..., k] + wait_s[..., k]
        later_s = slot_s + light_s[..., then] + hops_s[..., then] + wait_s[..., then]
        later = later_s < now_s
        for array in (light_s, hops_s, wait_s, satellite, station):
            array[..., k] = np.where(later, array[..., then], array[..., k])
        wait_s[..., k] += np.where(later, slot_s, 0.0)
    nowhere = satellite == NOWHERE
    light_s[nowhere], hops_s[nowhere] = 0.0, 0.0
    return Latency.of(2.0 * delays.access_s, light_s, hops_s, wait_s)
