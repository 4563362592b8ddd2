"""The graph of some instants: links in space and to the ground → quickest ways from every station."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import SPEED_OF_LIGHT_M_PER_S
from ..orbit.time import Floats

Integers = NDArray[np.int64]

KM_PER_S = SPEED_OF_LIGHT_M_PER_S / 1e3


@dataclass(frozen=True)
class SpaceGraph:
    """All instants `k` side by side, `n_space` nodes in space and the stations in each; no link between them.

    Node i of instant k has the number k (n_space + n_stations) + i, a station its own after those in space.
    Links (l,) are sorted by node, both directions of those in space; from the ground they only lead up: a way
    through space does not come down in between. `start` (nodes + 1,) first link of each node; `to`,
    `light_s`, `hop_s`, `wait_s` (l,): where it leads, its propagation, what the switch at its end takes, and
    how long after the instant it comes up. `down_*`: the same links from satellite to station.
    """

    n_space: int
    n_stations: int
    n_instants: int
    start: Integers
    to: Integers
    light_s: Floats
    hop_s: Floats
    wait_s: Floats
    down_instant: Integers
    down_satellite: Integers
    down_station: Integers
    down_s: Floats

    @property
    def n_nodes(self) -> int:
        """Nodes of all instants."""
        return self.n_instants * (self.n_space + self.n_stations)

    @property
    def weight_s(self) -> Floats:
        """One way, half of the wait included: there and back again waits once."""
        return self.light_s + self.hop_s + 0.5 * self.wait_s

    @functools.cached_property
    def ends(self) -> Integers:
        """One number for both ends of each link, ascending (l,)."""
        n = self.n_nodes
        return np.asarray(np.repeat(np.arange(n), np.diff(self.start)) * n + self.to)

    def node(self, instant: Integers | int, place: Integers | int) -> Integers:
        """Return the number of a node of an instant; place n_space + g is station g."""
        return np.asarray(np.asarray(instant) * (self.n_space + self.n_stations) + place)


@dataclass(frozen=True)
class SpaceWays:
    """Quickest ways through space from every station, one way.

    `to_space_s` (g, k, n) to each node in space, inf where there is none; `previous` (g, nodes) the node
    before; `to_station_s` (k, g, g) up, through space, and down again.
    """

    graph: SpaceGraph
    to_space_s: Floats
    previous: NDArray[np.int32]
    to_station_s: Floats

    def parts_s(self, instant: Integers, station: Integers, satellite: Integers) -> Floats:
        """Return light, hops and wait of the ways from stations to satellites (3, q)."""
        graph = self.graph
        at, source = graph.node(instant, satellite), graph.node(instant, graph.n_space + station)
        sums = np.zeros((3, len(at)))
        under_way = np.flatnonzero(at != source)
        while len(under_way):
            here = at[under_way]
            before = self.previous[station[under_way], here].astype(np.int64)
            link = np.searchsorted(graph.ends, before * graph.n_nodes + here)
            for row, column in zip(sums, (graph.light_s, graph.hop_s, graph.wait_s), strict=True):
                row[under_way] += column[link]
            at[under_way] = before
            under_way = under_way[before != source[under_way]]
        return sums

    def landing(self, instant: int, source: int, target: int) -> tuple[int, Floats]:
        """Return the satellite from which the quickest way between two stations comes down, and that link."""
        graph = self.graph
        down = np.flatnonzero((graph.down_station == target) & (graph.down_instant == instant))
        total_s = self.to_space_s[source, instant, graph.down_satellite[down]] + graph.down_s[down]
        satellite = int(graph.down_satellite[down[np.argmin(total_s)]])
        first, last = graph.start[graph.node(instant, graph.n_space + target) + np.arange(2)]
        link = int(first + np.searchsorted(graph.to[first:last], graph.node(instant, satellite)))
        return satellite, np.array([graph.light_s[link], graph.hop_s[link], graph.wait_s[link]])


def space_graph(
    n_space: int,
    n_stations: int,
    links: tuple[Integers, Integers, Integers, Floats, Floats],
    access: tuple[Integers, Integers, Integers, Floats, Floats],
    hop_s: float,
    n_instants: int = 1,
) -> SpaceGraph:
    """Return the graph of some instants.

    Parameters
    ----------
    n_space, n_stations : int
        Satellites and relays; stations.
    links : (instant, a, b, length_km, n_hops), arrays (e,)
        Links in space, each once; `n_hops` 0 for the internal bus of a docked centre, 1 otherwise.
    access : (instant, station, satellite, length_km, wait_s), arrays (c,)
        Links to the ground, `wait_s` after the instant.
    hop_s : float [s]
        What a switch at the end of a link takes.
    n_instants : int

    Returns
    -------
    SpaceGraph
        Of parallel links the quickest stays.
    """
    when, a, b, length_km, n_hops = links
    up_when, station, satellite, range_km, wait_s = access
    m = n_space + n_stations
    n = n_instants * m
    one = np.concatenate([when * m + a, when * m + b, up_when * m + n_space + station])
    other = np.concatenate([when * m + b, when * m + a, up_when * m + satellite])
    light_s = np.concatenate([length_km, length_km, range_km]) / KM_PER_S
    hops_s = np.concatenate([n_hops, n_hops, np.ones(len(station))]) * hop_s
    waits_s = np.concatenate([np.zeros(2 * len(a)), wait_s])
    key = one * n + other
    order = np.lexsort((light_s + hops_s + 0.5 * waits_s, key))
    order = order[np.append(True, np.diff(key[order]) != 0)] if len(order) else order
    start = np.searchsorted(one[order], np.arange(n + 1))
    down = order[one[order] % m >= n_space]
    return SpaceGraph(
        n_space,
        n_stations,
        n_instants,
        start,
        other[order],
        light_s[order],
        hops_s[order],
        waits_s[order],
        one[down] // m,
        other[down] % m,
        one[down] % m - n_space,
        light_s[down] + hops_s[down] + 0.5 * waits_s[down],
    )


def space_ways(graph: SpaceGraph) -> SpaceWays:
    """Return the quickest ways through space from every station.

    One search a station serves all instants: it starts from a node that leads to the station in each of them
    at no cost.

    Source: Dijkstra 1959, by `scipy.sparse.csgraph`.

    >>> links = (np.array([0]), np.array([0]), np.array([1]), np.array([299.792458]), np.array([1.0]))
    >>> access = (np.array([0]), np.array([0]), np.array([0]), np.array([599.584916]), np.array([0.0]))
    >>> ways = space_ways(space_graph(2, 1, links, access, hop_s=0.0))
    >>> (1e3 * ways.to_space_s).round(9).tolist()
    [[[2.0, 3.0]]]
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n, g, n_instants = graph.n_nodes, graph.n_stations, graph.n_instants
    to_space_s = np.full((g, n_instants, graph.n_space), np.inf)
    previous = np.full((g, n), -1, dtype=np.int32)
    to_station_s = np.full((n_instants, g, g), np.inf)
    serving, source_of = np.unique(graph.down_station, return_inverse=True)
    if len(serving):
        pairs = np.unique(source_of.reshape(-1) * n_instants + graph.down_instant)
        source, instant = np.divmod(pairs, n_instants)
        ends = graph.start[-1] + np.searchsorted(source, np.arange(1, len(serving) + 1))
        matrix = csr_array(
            (
                np.concatenate([graph.weight_s, np.zeros(len(pairs))]),
                np.concatenate([graph.to, graph.node(instant, graph.n_space + serving[source])]),
                np.concatenate([graph.start, ends]),
            ),
            shape=(n + len(serving), n + len(serving)),
        )
        found_s, before = dijkstra(
            matrix, directed=True, indices=n + np.arange(len(serving)), return_predecessors=True
        )
        previous[serving] = before[:, :n]
        by_instant = found_s[:, :n].reshape(len(serving), n_instants, graph.n_space + g)
        to_space_s[serving] = by_instant[:, :, : graph.n_space]
        landed_s = to_space_s[:, graph.down_instant, graph.down_satellite] + graph.down_s
        np.minimum.at(to_station_s.swapaxes(1, 2), (graph.down_instant, graph.down_station), landed_s.T)
    return SpaceWays(graph, to_space_s, previous, to_station_s)
