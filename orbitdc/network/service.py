"""Service: what the network does in a window. Network + contacts → latency, reach, bits by centre."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..orbit.ephemeris import Ephemeris, Satellite
from ..orbit.time import Floats, TimeGrid
from .latency import Latency
from .lines import Lines, lines_of
from .moments import BEAM, BUS, LASER, Access, Links, Moments, Network
from .pools import groups_of, pool
from .routes import Routes, RouteSearch, ground_latency

if TYPE_CHECKING:
    from .contacts import Contacts

Integers = NDArray[np.int64]

STATES_AT_ONCE = 250_000
"""Positions of satellites held at a time, 24 MB: a long window is gone through in parts."""


@dataclass(frozen=True)
class Service:
    """What the network gives in a window; axes centre `c`, city `p`, slot `k`, satellite `s`.

    `routes` (c, p, k); `ground` (p, h), over fibre to each cluster; `lines` on the ways to clusters, then to
    stations. `down_bit`, `up_bit` (c, k): what a
    centre can exchange with the ground; `relayed_bit` (k,), the part of the downlink through relays;
    `stranded_bit` (k,): contacts of satellites that reach none that computes. `terminal_w` (s,): mean power
    that lasers and relay terminals draw. `n_links` (k,): lasers and beams up.
    """

    routes: Routes
    ground: Latency
    lines: Lines
    down_bit: Floats
    up_bit: Floats
    relayed_bit: Floats
    stranded_bit: Floats
    terminal_w: Floats
    n_links: Integers

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def latency(self) -> Latency:
        """Request to response from every city to every centre in every slot (c, p, k)."""
        return self.routes.latency


Propagate = Callable[[Sequence[Satellite], TimeGrid], Ephemeris]


def serve(
    network: Network,
    satellites: Sequence[Satellite],
    propagate: Propagate,
    start: datetime,
    contacts: Contacts,
    *,
    step_s: float,
    slot_s: float,
    n_slots: int,
) -> Service:
    """Return what the network gives in a window.

    Parameters
    ----------
    network : Network
    satellites : sequence of Satellite (s,)
    propagate : callable
        Moves them.
    start : datetime
        Of the window.
    contacts : Contacts
        Who talks to whom, and how many bits.
    step_s, slot_s : float [s]
        Spacing of the states, of which a slot has a whole number.
    n_slots : int

    Returns
    -------
    Service

    Assumptions
    -----------
    Links in space stand through a slot as at its start; the first slot finds its links up. A relay's antenna
    on the ground is its own.
    """
    search = RouteSearch(network, slot_s)
    tally = _Tally(network, contacts, slot_s, n_slots)
    access = Access.of_contacts(contacts)
    steps = round(slot_s / step_s)
    n_part = max(1, min(n_slots, STATES_AT_ONCE // max(1, len(satellites) * steps)))
    for first in range(0, n_slots, n_part):
        n = min(n_part, n_slots - first)
        begin_s = first * slot_s
        states = propagate(satellites, TimeGrid(start + timedelta(seconds=begin_s), step_s, n * steps + 1))
        moments = Moments(network, states, access.since(begin_s), slot_s, n)
        search.add(moments)
        tally.add(first, moments)
    ground = ground_latency(network.paths, network.demand, network.hubs, network.delays)
    places = np.concatenate([network.hubs, network.station])
    lines = lines_of(network.paths, network.demand, places)
    return Service(search.finish(), ground, lines, *tally.totals())


class _Tally:
    """Adds up bits and power part by part of a window."""

    def __init__(self, network: Network, contacts: Contacts, slot_s: float, n_slots: int) -> None:
        self._network, self._contacts, self._slot_s, self._n_slots = network, contacts, slot_s, n_slots
        self._bit = np.zeros((2, network.n_centres, n_slots))
        self._relayed_bit, self._stranded_bit = np.zeros(n_slots), np.zeros(n_slots)
        self._terminal_w = np.zeros(network.mesh.n_satellites)
        self._n_links = np.zeros(n_slots, dtype=np.int64)
        self._last_pairs: Integers | None = None
        self._weight = np.zeros(network.n_space)
        self._computes = np.zeros(network.n_space, dtype=np.bool_)
        self._computes[: len(network.centre)] = (network.centre >= 0) & (network.weight > 0.0)
        self._weight[: len(network.centre)] = np.where(network.centre >= 0, network.weight, 0.0)

    def add(self, first: int, moments: Moments) -> None:
        """Add the slots from number `first` on."""
        network, links, n_slots = self._network, moments.links, moments.n_slots
        n, s = network.n_space, network.mesh.n_satellites
        part_slots = slice(first, first + n_slots)
        self._draw(links)
        self._n_links[part_slots] = np.bincount(links.slot[links.kind != BUS], minlength=n_slots)
        a, b = links.slot * n + links.a, links.slot * n + links.b
        group = groups_of(n_slots * n, a, b)
        # satellites of one centre in one group are one part; a relay is a part of its own
        computes = np.tile(self._computes, n_slots)
        centre = np.tile(np.append(network.centre, np.full(n - s, -1)), n_slots)
        name = np.where(computes, group * network.n_centres + centre, -1 - np.arange(n_slots * n))
        _, first_node, part = np.unique(name, return_index=True, return_inverse=True)
        part = part.reshape(-1)
        n_parts = len(first_node)
        slot_of, is_centre = first_node // n, computes[first_node]
        of_group, of_centre = group[first_node], np.where(is_centre, centre[first_node], -1)
        weight = np.bincount(part, np.tile(self._weight, n_slots), n_parts).astype(np.float64)
        standing = moments.ground.node >= s
        relay = part[np.unique(moments.ground.slot[standing] * n + moments.ground.node[standing])]
        open_s = np.maximum(self._slot_s - np.where(self._fresh(links, n_slots), links.acquiring_s, 0.0), 0.0)
        across = np.flatnonzero(part[a] != part[b])
        ends = np.concatenate([part[a[across]], part[b[across]]])
        for row, rate in enumerate((links.down_bit_per_s, links.up_bit_per_s)):
            moved_bit = self._contact_bit(row, first, n_slots)
            contact_bit = np.bincount(part, moved_bit, n_parts).astype(np.float64)
            carried_bit = np.bincount(ends, np.tile((rate * open_s)[across], 2), n_parts).astype(np.float64)
            contact_bit[relay] = carried_bit[relay]  # a geostationary one sends on what its beams bring
            own_bit, through_bit = pool(of_group, of_centre, weight, contact_bit, carried_bit)
            number = of_centre[is_centre] * n_slots + slot_of[is_centre]
            own = np.bincount(number, own_bit[is_centre], network.n_centres * n_slots)
            self._bit[row, :, part_slots] = own.reshape(network.n_centres, n_slots)
            if row == 0:
                by_relay = np.where(is_centre, 0.0, through_bit)
                self._relayed_bit[part_slots] = np.bincount(slot_of, by_relay, n_slots)
                lone = np.where(np.bincount(of_group, weight)[of_group] > 0.0, 0.0, contact_bit)
                self._stranded_bit[part_slots] = np.bincount(slot_of, lone, n_slots)

    def _contact_bit(self, row: int, first: int, n_slots: int) -> Floats:
        """Return the bits that each satellite itself can exchange in each slot, down or up (k x n,)."""
        contacts, n = self._contacts, self._network.n_space
        moved_bit = (contacts.slot_down_bit, contacts.slot_up_bit)[row]
        slot = contacts.slot - first
        here = np.flatnonzero((slot >= 0) & (slot < n_slots))
        number = slot[here] * n + contacts.satellite[contacts.owner[here]]
        bit: Floats = np.bincount(number, moved_bit[here], n_slots * n).astype(np.float64)
        return bit

    def _fresh(self, links: Links, n_slots: int) -> NDArray[np.bool_]:
        """Return which links were not up in the slot before; the first slot of a window finds all up."""
        n = self._network.n_space
        pair = links.a * n + links.b
        last = pair[links.slot == 0] if self._last_pairs is None else self._last_pairs
        up_before = np.concatenate([last, (links.slot + 1) * n * n + pair])
        self._last_pairs = pair[links.slot == n_slots - 1]
        fresh: NDArray[np.bool_] = ~np.isin(links.slot * n * n + pair, up_before)
        return fresh

    def _draw(self, links: Links) -> None:
        """Add the power of the terminals whose links are up."""
        network, s = self._network, self._network.mesh.n_satellites
        laser, beam = links.kind == LASER, links.kind == BEAM
        ends = np.concatenate([links.a[laser], links.b[laser]])
        called = links.a[beam]
        self._terminal_w += np.bincount(ends, network.lasers.power_w[network.lasers.kind[ends]], s)
        self._terminal_w += np.bincount(called, network.caller_w[called], s)

    def totals(self) -> tuple[Floats, Floats, Floats, Floats, Floats, Integers]:
        """Return bits down and up, relayed, stranded, mean power, links."""
        down_bit, up_bit = self._bit
        power_w = self._terminal_w / self._n_slots
        return down_bit, up_bit, self._relayed_bit, self._stranded_bit, power_w, self._n_links
