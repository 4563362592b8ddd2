"""The graph of one instant: links in space and to the ground → quickest ways from every station."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..constants import SPEED_OF_LIGHT_M_PER_S
from ..orbit.time import Floats

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

KM_PER_S = SPEED_OF_LIGHT_M_PER_S / 1e3


@dataclass(frozen=True)
class SpaceGraph:
    """Nodes `n` in space, then stations `g`; links (l,) sorted by node, both directions of those in space.

    From the ground links only lead up: a way through space does not come down in between. `start`
    (n + g + 1,) first link of each node; `to`, `light_s`, `hop_s`, `wait_s` (l,): where it leads, its
    propagation, what the switch at its end takes, and how long after the instant it comes up. `down_*`: the
    same links from satellite to station.
    """

    n_space: int
    n_stations: int
    start: Integers
    to: Integers
    light_s: Floats
    hop_s: Floats
    wait_s: Floats
    down_satellite: Integers
    down_station: Integers
    down_s: Floats

    @property
    def weight_s(self) -> Floats:
        """One way, half of the wait included: there and back again waits once."""
        return self.light_s + self.hop_s + 0.5 * self.wait_s


@dataclass(frozen=True)
class SpaceWays:
    """Quickest ways through space from every station, one way.

    `to_space_s` (g, n) to each node in space, inf where there is none; `previous` (g, n + g) the node before;
    `to_station_s` (g, g) up, through space, and down again.
    """

    graph: SpaceGraph
    to_space_s: Floats
    previous: NDArray[np.int32]
    to_station_s: Floats

    def path(self, station: int, node: int) -> list[int]:
        """Return the nodes from a station to a node in space; the station is n + its number."""
        nodes = [node]
        while nodes[-1] != self.graph.n_space + station:
            nodes.append(int(self.previous[station, nodes[-1]]))
        return nodes[::-1]

    def link(self, one: int, other: int) -> int:
        """Return the number of the link between two nodes that follow each other on a way."""
        first, last = self.graph.start[one], self.graph.start[one + 1]
        return int(first + np.searchsorted(self.graph.to[first:last], other))

    def landing(self, source: int, target: int) -> int:
        """Return the satellite from which the quickest way between two stations comes down."""
        graph = self.graph
        down = np.flatnonzero(graph.down_station == target)
        total_s = self.to_space_s[source, graph.down_satellite[down]] + graph.down_s[down]
        return int(graph.down_satellite[down[np.argmin(total_s)]])


def space_graph(
    n_space: int,
    n_stations: int,
    links: tuple[Integers, Integers, Floats, Floats],
    access: tuple[Integers, Integers, Floats, Floats],
    hop_s: float,
) -> SpaceGraph:
    """Return the graph of one instant.

    Parameters
    ----------
    n_space, n_stations : int
        Satellites and relays; stations.
    links : (a, b, length_km, n_hops), arrays (e,)
        Links in space, each once; `n_hops` 0 for the internal bus of a docked centre, 1 otherwise.
    access : (station, satellite, length_km, wait_s), arrays (c,)
        Links to the ground, `wait_s` after the instant.
    hop_s : float [s]
        What a switch at the end of a link takes.

    Returns
    -------
    SpaceGraph
        Of parallel links the quickest stays.
    """
    a, b, length_km, n_hops = links
    station, satellite, range_km, wait_s = access
    n = n_space + n_stations
    one = np.concatenate([a, b, n_space + station])
    other = np.concatenate([b, a, satellite])
    light_s = np.concatenate([length_km, length_km, range_km]) / KM_PER_S
    hops_s = np.concatenate([n_hops, n_hops, np.ones(len(station))]) * hop_s
    waits_s = np.concatenate([np.zeros(2 * len(a)), wait_s])
    key = one * n + other
    order = np.lexsort((light_s + hops_s + 0.5 * waits_s, key))
    order = order[np.append(True, np.diff(key[order]) != 0)] if len(order) else order
    start = np.searchsorted(one[order], np.arange(n + 1))
    down = order[one[order] >= n_space]
    return SpaceGraph(
        n_space,
        n_stations,
        start,
        other[order],
        light_s[order],
        hops_s[order],
        waits_s[order],
        other[down],
        one[down] - n_space,
        light_s[down] + hops_s[down] + 0.5 * waits_s[down],
    )


def space_ways(graph: SpaceGraph) -> SpaceWays:
    """Return the quickest ways through space from every station.

    Source: Dijkstra 1959, by `scipy.sparse.csgraph`.

    >>> links = (np.array([0]), np.array([1]), np.array([299.792458]), np.array([1.0]))
    >>> access = (np.array([0]), np.array([0]), np.array([599.584916]), np.array([0.0]))
    >>> ways = space_ways(space_graph(2, 1, links, access, hop_s=0.0))
    >>> (1e3 * ways.to_space_s).round(9).tolist(), ways.path(0, 1)
    ([[2.0, 3.0]], [2, 0, 1])
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    n = graph.n_space + graph.n_stations
    to_space_s = np.full((graph.n_stations, graph.n_space), np.inf)
    previous = np.full((graph.n_stations, n), -1, dtype=np.int32)
    to_station_s = np.full((graph.n_stations, graph.n_stations), np.inf)
    serving = np.unique(graph.down_station)
    if len(serving):
        matrix = csr_array((graph.weight_s, graph.to, graph.start), shape=(n, n))
        found_s, previous[serving] = dijkstra(
            matrix, directed=True, indices=graph.n_space + serving, return_predecessors=True
        )
        to_space_s[serving] = found_s[:, : graph.n_space]
        np.minimum.at(
            to_station_s.T, graph.down_station, (to_space_s[:, graph.down_satellite] + graph.down_s).T
        )
    return SpaceWays(graph, to_space_s, previous, to_station_s)
