"""Lines that work could fill: lines of fibre, jobs, routes → what limits the ways over the ground."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..network.lines import NO_LINE

if TYPE_CHECKING:
    from ..network import Lines
    from ..workload import Jobs

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NO_PLACE = -1


@dataclass(frozen=True)
class Narrow:
    """Lines of fibre that could be full in a window; axes: line `l`, slot `k`, city, place, site."""

    names: tuple[str, ...]
    bit: Floats
    """(l, k) what each can carry in each slot."""
    way: Ints
    """(city, place, hop) the lines that a request takes to a place, NO_LINE after the last."""
    way_back: Ints
    """(city, place, hop) those that the answer takes."""
    place: Ints
    """(city, site, k) where data leave the fibre: the cluster itself, or the station that sends them up;
    NO_PLACE where they never do."""

    def __post_init__(self) -> None:
        for name in ("bit", "way", "way_back", "place"):
            value = np.ascontiguousarray(getattr(self, name))  # a kernel has one signature
            value.flags.writeable = False
            object.__setattr__(self, name, value)

    @classmethod
    def none(cls, n_cities: int, n_sites: int, n_slots: int) -> Narrow:
        """Return fibre that is never short."""
        no_way = np.full((n_cities, 0, 0), NO_LINE)
        nowhere = np.full((n_cities, n_sites, n_slots), NO_PLACE)
        return cls((), np.zeros((0, n_slots)), no_way, no_way.copy(), nowhere)

    @property
    def limited(self) -> Flags:
        """Whether a line on a way to or from each site could be full (site,)."""
        there, back = (self.crossed(way)[0].any(axis=(0, 2)) for way in (self.way, self.way_back))
        return np.asarray(there | back)

    def crossed(self, way: Ints) -> tuple[Flags, Flags]:
        """Return whether each line is on the way of a city to a site (city, site, l): in any slot, in all."""
        n_cities, n_places = way.shape[:2]
        on_way = np.zeros((n_cities, n_places + 1, len(self.names)), np.bool_)  # the last place is NO_PLACE
        p, h, hop = np.nonzero(way != NO_LINE)
        on_way[p, h, way[p, h, hop]] = True
        by_slot = on_way[np.arange(n_cities)[:, None, None], self.place]
        return np.asarray(by_slot.any(axis=2)), np.asarray(by_slot.all(axis=2))

    def take(self, order: Ints) -> Narrow:
        """Return the same lines, the sites in this order."""
        return replace(self, place=self.place[:, order])

    def times(self, share_frac: float) -> Narrow:
        """Return a part of each line."""
        return replace(self, bit=self.bit * share_frac)

    def less(self, used_bit: Floats) -> Narrow:
        """Return what is left of each line."""
        return replace(self, bit=np.maximum(self.bit - used_bit, 0.0))


def places_of(station: Ints, n_clusters: int) -> Ints:
    """Return the place (city, site, k) at which the data of each site leave the fibre.

    Parameters
    ----------
    station : (centre, city, k) the station of each city's route to each centre, -1 without one.
    n_clusters : the first places, each its own site; stations are the places after them.
    """
    n_cities, n_slots = station.shape[1:]
    up = np.where(station < 0, NO_PLACE, n_clusters + station).transpose(1, 0, 2)
    own = np.broadcast_to(np.arange(n_clusters)[None, :, None], (n_cities, n_clusters, n_slots))
    return np.concatenate([up, own], axis=1)


def narrow(lines: Lines, jobs: Jobs, place: Ints, slot_s: float) -> Narrow:
    """Return the lines that the data of a window could fill, and the ways over these.

    Parameters
    ----------
    lines : on the ways from the cities to places: the clusters, then the stations.
    jobs : of the window.
    place : (city, site, k) where the data of each site leave the fibre.
    slot_s : length of a slot [s].

    Returns
    -------
    Narrow. A line is left out that could carry in one slot all that may ever take it: it is never full,
    whatever the plan.
    """
    most_bit = np.zeros(len(lines.bit_per_s))
    for ways, data_bit in ((lines.way, jobs.input_bit), (lines.way_back, jobs.output_bit)):
        of_city = np.bincount(jobs.origin, data_bit, len(jobs.cities))
        for p, used in enumerate(ways.reshape(len(ways), -1)):
            most_bit[np.unique(used[used != NO_LINE])] += of_city[p]
    bit = lines.bit_per_s * slot_s
    kept = np.flatnonzero(most_bit > bit)
    number = np.full(len(bit) + 1, NO_LINE)  # NO_LINE itself is the last
    number[kept] = np.arange(len(kept))
    return Narrow(
        tuple(lines.names[line] for line in kept),
        np.repeat(bit[kept, None], place.shape[2], axis=1),
        _packed(number[lines.way]),
        _packed(number[lines.way_back]),
        place,
    )


def _packed(way: Ints) -> Ints:
    """Return the same lines with gaps closed and no hop that no way has."""
    order = np.argsort(way == NO_LINE, axis=-1, kind="stable")
    packed = np.take_along_axis(way, order, axis=-1)
    n_hops = int((packed != NO_LINE).sum(axis=-1).max(initial=0))
    return np.ascontiguousarray(packed[..., :n_hops])
