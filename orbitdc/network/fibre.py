"""Fibre on the ground: places, exchange points and lines in service on a day → shortest paths between places.

The backbone of China grew: three cores through which everything passed, seven more exchange points in 2014,
others since, then lines straight between the hubs. A graph is therefore of a day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..constants import DEG
from ..errors import InputError, InvariantError, Problem
from ..orbit.time import Floats
from .fibre_table import ABROAD, EXCHANGES, GATEWAY, FibreTable, Line, Node, shipped_table, table_of

if TYPE_CHECKING:
    from ..scenario.models import Scenario

Integers = NDArray[np.int64]

MEAN_EARTH_RADIUS_KM = 6371.0088
"""IUGG mean radius, for great circles (Moritz 2000)."""

FIBRE_S_PER_KM = 4.9e-6
"""Light in fibre, refractive index 1.47."""

SHORT_LINE_KM = 300.0
SHORT_DETOUR = 1.4
LONG_DETOUR = 1.8
"""Fibre length over great circle, below and above `SHORT_LINE_KM`: fitted to the regulator's bulletin of the
first quarter of 2024 (hub to hub mean 9.7 ms one way: x 1.82; Shaoguan to Guangzhou 1.3 ms: x 1.4)."""

N_UPLINKS = 2
"""Exchanges that a place is connected to at a time, the nearest ones; two, so that one may fail."""

METRO_KM = 60.0
"""A place is also joined to a line that ends this near (a cluster is built around the town of its name)."""

DEFAULT_CAPACITY_BIT_PER_S = 1.6e12
DEFAULT_CAPACITY_YEAR = 2023
CAPACITY_DOUBLES_YR = 3.0
"""Capacity of a line that publishes none: four 400 Gbit/s channels in 2023, doubling every three years
(estimate; rates of 400G OTN from the award notices of 2023)."""


@dataclass(frozen=True)
class Place:
    """A city, cluster or station that uses the network."""

    name: str
    lat_deg: float
    lon_deg: float
    abroad: bool = False
    """Reached through the international gateways only."""


@dataclass(frozen=True)
class FibreGraph:
    """The network of a day. Nodes `n`: the places first, then the backbone; lines `e`, each once.

    `lat_deg`, `lon_deg` (n,); `a`, `b` (e,) nodes; `great_circle_km`, `length_km` (of the fibre), `delay_s`
    (light, one way), `capacity_bit_per_s` (e,).
    """

    when: date
    names: tuple[str, ...]
    n_places: int
    a: Integers
    b: Integers
    great_circle_km: Floats
    length_km: Floats
    delay_s: Floats
    capacity_bit_per_s: Floats

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


@dataclass(frozen=True)
class FibrePaths:
    """Shortest paths between the places of a graph, (p, p) each, places in the graph's order.

    `propagation_s` light one way, `overhead_frac` what equipment adds to it; `n_hops` lines on the path;
    `capacity_bit_per_s` of its narrowest line;
    `previous` (p, n): the node before node n on the way from place p.
    """

    graph: FibreGraph
    overhead_frac: float
    propagation_s: Floats
    n_hops: Integers
    capacity_bit_per_s: Floats
    previous: Integers

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the places."""
        return self.graph.names[: self.graph.n_places]

    @property
    def one_way_s(self) -> Floats:
        """Light and equipment, one way (p, p)."""
        return self.propagation_s * (1.0 + self.overhead_frac)

    def path(self, source: int, target: int) -> list[int]:
        """Return the nodes on the way from one place to another, both included."""
        nodes = [target]
        while nodes[-1] != source:
            nodes.append(int(self.previous[source, nodes[-1]]))
        return nodes[::-1]


def great_circle_km(lat_deg: ArrayLike, lon_deg: ArrayLike, to_lat: ArrayLike, to_lon: ArrayLike) -> Floats:
    """Return the distance over the ground between places on a sphere.

    Parameters
    ----------
    lat_deg, lon_deg, to_lat, to_lon : array_like [deg]
        Broadcast against each other.

    Returns
    -------
    ndarray [km]

    Source
    ------
    Haversine: Sinnott, Sky and Telescope 68 (1984) 159.

    Examples
    --------
    >>> f"{great_circle_km(24.8, 113.5833, 23.1167, 113.25):.0f} km"
    '190 km'
    """
    phi, other = np.asarray(lat_deg) * DEG, np.asarray(to_lat) * DEG
    half = np.sin(0.5 * (np.asarray(to_lon) - lon_deg) * DEG) ** 2
    half = np.sin(0.5 * (other - phi)) ** 2 + np.cos(phi) * np.cos(other) * half
    return np.asarray(2.0 * MEAN_EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0.0, 1.0))))


def fibre_length_km(distance_km: ArrayLike) -> Floats:
    """Return how much fibre lies between places this far apart: 1.4 times under 300 km, 1.8 above.

    Parameters
    ----------
    distance_km : array_like [km]
        Along the great circle.

    Returns
    -------
    ndarray [km]

    Source
    ------
    China Academy of Information and Communications Technology, bulletin of 2024, fitted over the ten
    clusters of East Data, West Compute.

    Examples
    --------
    >>> fibre_length_km([190.0, 1000.0]).tolist()
    [266.0, 1800.0]
    """
    distance = np.asarray(distance_km, dtype=np.float64)
    return distance * np.where(distance < SHORT_LINE_KM, SHORT_DETOUR, LONG_DETOUR)


def default_capacity_bit_per_s(when: date) -> float:
    """Return the capacity of a line that publishes none: doubling every three years since mid-2023.

    >>> f"{default_capacity_bit_per_s(date(2026, 7, 2)) / 1e12:.1f} Tbit/s"
    '3.2 Tbit/s'
    """
    years = (when - date(DEFAULT_CAPACITY_YEAR, 7, 2)).days / 365.25
    return float(DEFAULT_CAPACITY_BIT_PER_S * 2.0 ** (years / CAPACITY_DOUBLES_YR))


def places_of(scenario: Scenario) -> tuple[Place, ...]:
    """Return the cities, clusters and stations that a scenario names, in this order.

    A name that cities, clusters and stations share is told apart by what it is: `chongqing`, a city, and
    `chongqing hub`.
    """
    places = [Place(name, city.lat_deg, city.lon_deg) for name, city in scenario.city.items()]
    for what, models in (
        ("hub", {name: scenario.hub[name] for name in scenario.ground.hubs}),
        ("station", {name: scenario.station[name] for name in scenario.ground.stations}),
    ):
        taken = {place.name for place in places}
        for name, model in models.items():
            label = f"{name} {what}" if name in taken else name
            abroad = _is_abroad(model.lat_deg, model.lon_deg)
            places.append(Place(label, model.lat_deg, model.lon_deg, abroad))
    return tuple(places)


def fibre_of(scenario: Scenario, when: date) -> FibreGraph:
    """Return the network of a day that joins the places of a scenario, as much of each line as is open to it.

    The day is that of `network.fibre_as_of`, where the scenario has one.
    """
    said = scenario.network
    places = places_of(scenario)
    table = table_of(said.fibre_nodes, said.fibre_lines, tuple(place.name for place in places))
    graph = fibre_graph(places, said.fibre_as_of or when, table)
    return replace(graph, capacity_bit_per_s=graph.capacity_bit_per_s * said.line_open_frac)


def positions(scenario: Scenario) -> dict[str, tuple[float, float]]:
    """Return latitude and longitude [deg] of the places of a scenario and of all exchanges and towns."""
    places, said = places_of(scenario), scenario.network
    table = table_of(said.fibre_nodes, said.fibre_lines, tuple(place.name for place in places))
    found = {place.name: (place.lat_deg, place.lon_deg) for place in places}
    return found | {node.name: (node.lat_deg, node.lon_deg) for node in table.nodes}


def fibre_graph(places: Sequence[Place], when: date, table: FibreTable | None = None) -> FibreGraph:
    """Return the network in service on a day.

    Exchanges in service are joined two by two; a place is joined to each that was among the two nearest when
    it opened (one abroad: among the gateways), and to the lines that end in its town. So what is built later
    never makes a way longer.

    Parameters
    ----------
    places : sequence of Place (p,)
        Who uses the network.
    when : date
        The day; of an instant, its day in UTC.
    table : FibreTable, optional
        Exchanges and lines; the shipped ones by default.

    Returns
    -------
    FibreGraph

    Raises
    ------
    InputError
        A place named twice; a network in two pieces on that day: which places cannot reach the others.

    Assumptions
    -----------
    A trunk between two exchanges is as long as the fit over whole paths says, whatever towns it passes.
    Every place has had its own line to each core since these opened, as the provinces had, and keeps the
    lines that it has.

    Source
    ------
    Exchanges and lines: `fibre_nodes.csv`, `fibre_lines.csv`; length: `fibre_length_km`.

    Examples
    --------
    >>> places = [Place("guizhou", 26.4, 106.45), Place("chengdu", 30.6667, 104.0667)]
    >>> for year in (2010, 2024):
    ...     paths = shortest(fibre_graph(places, date(year, 1, 1)))
    ...     print(year, " - ".join(paths.graph.names[n] for n in paths.path(0, 1)))
    2010 guizhou - Guangzhou - chengdu
    2024 guizhou - Chengdu - chengdu
    """
    when = when.astimezone(UTC).date() if isinstance(when, datetime) else when
    table = shipped_table() if table is None else table
    repeated = sorted({place.name for place in places if [p.name for p in places].count(place.name) > 1})
    if repeated:
        raise InputError(Problem("places", f"{', '.join(repeated)} twice", "a name of its own for each"))
    lines = [line for line in table.lines if line.serves(when)]
    ends = {name for line in lines for name in (line.a, line.b)}
    nodes = [node for node in table.nodes if node.serves(when) or node.name in ends]
    lat_deg = np.array([*(place.lat_deg for place in places), *(node.lat_deg for node in nodes)])
    lon_deg = np.array([*(place.lon_deg for place in places), *(node.lon_deg for node in nodes)])
    apart_km = great_circle_km(lat_deg[:, None], lon_deg[:, None], lat_deg, lon_deg)
    pairs = _pairs(places, nodes, lines, when, apart_km)
    a = np.array([pair[0] for pair in pairs], dtype=np.int64)
    b = np.array([pair[1] for pair in pairs], dtype=np.int64)
    distance_km = np.asarray(apart_km[a, b], dtype=np.float64)
    length_km = fibre_length_km(distance_km)
    names = (*(place.name for place in places), *(node.name for node in nodes))
    capacity = np.array(list(pairs.values()), dtype=np.float64)
    delay_s = length_km * FIBRE_S_PER_KM
    graph = FibreGraph(when, names, len(places), a, b, distance_km, length_km, delay_s, capacity)
    _check_whole(graph, places, table)
    return graph


def shortest(graph: FibreGraph, overhead_frac: float = 0.0) -> FibrePaths:
    """Return the quickest paths between the places of a graph.

    Parameters
    ----------
    graph : FibreGraph
    overhead_frac : float
        What equipment along the lines adds, over the time of light.

    Returns
    -------
    FibrePaths

    Source
    ------
    Dijkstra 1959, by `scipy.sparse.csgraph`.
    """
    from scipy.sparse.csgraph import dijkstra

    n, p = len(graph.names), graph.n_places
    matrix = _matrix(graph, graph.delay_s)
    delay_s, previous = dijkstra(matrix, directed=True, indices=np.arange(p), return_predecessors=True)
    line = np.full((n, n), -1, dtype=np.int64)
    line[graph.a, graph.b] = line[graph.b, graph.a] = np.arange(len(graph.a))
    propagation_s, n_hops = np.zeros((p, p)), np.zeros((p, p), dtype=np.int64)
    capacity = np.full((p, p), np.inf)
    for source in range(p):
        for node in range(p):
            at = node
            while at != source:
                before = int(previous[source, at])
                crossed = line[before, at]
                propagation_s[source, node] += graph.delay_s[crossed]
                n_hops[source, node] += 1
                capacity[source, node] = min(capacity[source, node], graph.capacity_bit_per_s[crossed])
                at = before
    if not np.allclose(propagation_s, delay_s[:, :p], rtol=1e-12, atol=1e-15):
        raise InvariantError("the parts of a path over fibre do not add up")
    return FibrePaths(graph, overhead_frac, propagation_s, n_hops, capacity, previous.astype(np.int64))


_CHINA_DEG = (18.0, 54.0, 73.0, 135.5)
"""Latitudes and longitudes that the country lies in."""


def _is_abroad(lat_deg: float, lon_deg: float) -> bool:
    south, north, west, east = _CHINA_DEG
    return not (south <= lat_deg <= north and west <= lon_deg % 360.0 <= east)


def _pairs(
    places: Sequence[Place], nodes: Sequence[Node], lines: Sequence[Line], when: date, apart_km: Floats
) -> dict[tuple[int, int], float]:
    """Return the lines in service, lower node first → capacity [bit/s]; what is published goes first."""
    usual = default_capacity_bit_per_s(when)
    p = len(places)
    number = {place.name: i for i, place in enumerate(places)}
    number |= {node.name: p + i for i, node in enumerate(nodes)}
    opened = {p + i: node.opened for i, node in enumerate(nodes) if node.opened and node.serves(when)}
    serving = list(opened)
    exchanges = [n for n in serving if nodes[n - p].kind in EXCHANGES]
    gateways = [n for n in serving if nodes[n - p].kind == GATEWAY]
    pairs: dict[tuple[int, int], float] = {}

    def join(a: int, b: int, published: float | None = None) -> None:
        pair = (min(a, b), max(a, b))
        pairs[pair] = published or pairs.get(pair, usual)

    def join_nearest(n: int, choices: list[int]) -> None:
        for other in choices:
            earlier = [c for c in choices if opened[c] < opened[other] or c == other]
            if sorted(earlier, key=lambda c: (apart_km[n, c], c)).index(other) < N_UPLINKS:
                join(n, other)

    for i, a in enumerate(exchanges):
        for b in exchanges[i + 1 :]:
            join(a, b)
    for n in gateways:
        join_nearest(n, exchanges)
    for line in lines:
        join(number[line.a], number[line.b], line.capacity_bit_per_s)
    for i, node in enumerate(nodes):
        if p + i not in serving and node.kind != ABROAD:
            join_nearest(p + i, exchanges)
    for n, place in enumerate(places):
        join_nearest(n, gateways if place.abroad else exchanges)
        for other in range(p, p + len(nodes)):
            if apart_km[n, other] < METRO_KM and nodes[other - p].kind != GATEWAY:
                join(n, other)
    return pairs


def _matrix(graph: FibreGraph, weight: Floats) -> object:
    """Return the graph as a sparse matrix, both directions stored; zero weights stay lines."""
    from scipy.sparse import csr_array

    n = len(graph.names)
    rows, columns = np.concatenate([graph.a, graph.b]), np.concatenate([graph.b, graph.a])
    order = np.lexsort((columns, rows))
    start = np.searchsorted(rows[order], np.arange(n + 1))
    return csr_array((np.tile(weight, 2)[order], columns[order], start), shape=(n, n))


def _check_whole(graph: FibreGraph, places: Sequence[Place], table: FibreTable) -> None:
    """Raise InputError if some places cannot reach the others."""
    from scipy.sparse.csgraph import connected_components

    _, piece = connected_components(_matrix(graph, np.ones(len(graph.a))), directed=False)
    piece = piece[: graph.n_places]
    if len(np.unique(piece)) <= 1:
        return
    largest = np.bincount(piece).argmax()
    cut_off = [place.name for place, own in zip(places, piece, strict=True) if own != largest]
    later = [node.opened for node in table.nodes if node.opened and node.opened > graph.when]
    later += [line.opened for line in table.lines if line.opened and line.opened > graph.when]
    named = ", ".join(cut_off[:3]) + (f" and {len(cut_off) - 3} more" if len(cut_off) > 3 else "")
    raise InputError(
        Problem(
            f"fibre on {graph.when.isoformat()}",
            f"a network in pieces: {named} cannot reach the other places",
            "one network that joins all places",
            f"more goes into service on {min(later).isoformat()}" if later else "add a line to the table",
        )
    )
