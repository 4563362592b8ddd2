"""Lines in use: paths over fibre between cities and the places they ask → which lines each way takes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..orbit.time import Floats
from .fibre import FibrePaths

Integers = NDArray[np.int64]

NO_LINE = -1


@dataclass(frozen=True)
class Lines:
    """Lines of fibre on the ways between cities `p` and places `h`; a line is one direction of a fibre.

    `ends` (l,): where each begins and ends; `bit_per_s` (l,), its capacity. Line 2i + 1 is line 2i the other
    way. `way` (p, h, hop): the lines from a city to a place, in order, `NO_LINE` after the last.
    """

    ends: tuple[tuple[str, str], ...]
    bit_per_s: Floats
    way: Integers

    def __post_init__(self) -> None:
        self.bit_per_s.flags.writeable = False
        self.way.flags.writeable = False

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each line, from where to where."""
        return tuple(f"{a} - {b}" for a, b in self.ends)

    @property
    def way_back(self) -> Integers:
        """Lines from a place to a city (p, h, hop); the order does not matter to what they carry."""
        return back(self.way)


def back(way: Integers) -> Integers:
    """Return the same lines the other way.

    >>> back(np.array([0, 3, NO_LINE])).tolist()
    [1, 2, -1]
    """
    return np.where(way == NO_LINE, NO_LINE, way ^ 1)


def lines_of(paths: FibrePaths, cities: Integers, places: Integers) -> Lines:
    """Return the lines on the quickest ways between cities and places.

    Parameters
    ----------
    paths : FibrePaths
        Of a day.
    cities, places : arrays (p,), (h,)
        Numbers among the places of the graph.

    Returns
    -------
    Lines

    Assumptions
    -----------
    Traffic keeps to the quickest way, full or not: another one would break the latency that was promised.
    What the table says of a line holds for each of its directions.

    Examples
    --------
    >>> from datetime import date
    >>> from orbitdc.network.fibre import Place, fibre_graph, shortest
    >>> two = [Place("guizhou", 26.4, 106.45), Place("chengdu", 30.6667, 104.0667)]
    >>> lines = lines_of(shortest(fibre_graph(two, date(2024, 1, 1))), np.array([0]), np.array([1]))
    >>> [lines.names[number] for number in lines.way[0, 0]]
    ['guizhou - Chengdu', 'Chengdu - chengdu']
    """
    graph = paths.graph
    number = {pair: 2 * i for i, pair in enumerate(zip(graph.a.tolist(), graph.b.tolist(), strict=True))}
    number |= {(b, a): line + 1 for (a, b), line in number.items()}
    routes = [[paths.path(int(city), int(place)) for place in places] for city in cities]
    n_hops = max((len(route) - 1 for row in routes for route in row), default=0)
    way = np.full((len(cities), len(places), n_hops), NO_LINE, dtype=np.int64)
    for p, row in enumerate(routes):
        for h, route in enumerate(row):
            way[p, h, : len(route) - 1] = [number[leg] for leg in pairwise(route)]
    used = np.unique(way[way != NO_LINE] >> 1)
    renumbered = np.zeros(len(graph.a), dtype=np.int64)
    renumbered[used] = np.arange(len(used))
    ends = [(graph.names[a], graph.names[b]) for a, b in zip(graph.a[used], graph.b[used], strict=True)]
    return Lines(
        tuple(each for a, b in ends for each in ((a, b), (b, a))),
        np.repeat(graph.capacity_bit_per_s[used], 2),
        np.where(way == NO_LINE, NO_LINE, 2 * renumbered[way >> 1] + (way & 1)),
    )
