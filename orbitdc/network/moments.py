"""Moments: which links are up in each slot. Network, states and contacts of a window → links by slot."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..orbit.ephemeris import Ephemeris
from ..orbit.site import Sites
from ..orbit.time import Floats
from .fibre import FibrePaths
from .latency import Delays
from .relays import Relay, geostationary_teme_km, relayed
from .topology import CLEARANCE_KM, Mesh

if TYPE_CHECKING:
    from ..orbit.access import Passes
    from .contacts import Contacts

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Access:
    """When satellites may talk to stations (c,): indices of both, seconds since the window's start."""

    station: Integers
    satellite: Integers
    start_s: Floats
    end_s: Floats

    @classmethod
    def of_passes(cls, passes: Passes) -> Access:
        """Return what geometry allows: any satellite in view of a station."""
        return cls(passes.station, passes.satellite, passes.rise_s, passes.set_s)

    def since(self, start_s: float) -> Access:
        """Return the same contacts, counted from a later start."""
        return Access(self.station, self.satellite, self.start_s - start_s, self.end_s - start_s)

    @classmethod
    def of_contacts(cls, contacts: Contacts) -> Access:
        """Return what the contact plan grants: satellites that an antenna tracks."""
        return cls(contacts.station, contacts.satellite, contacts.start_s, contacts.end_s)


@dataclass(frozen=True)
class Network:
    """The network of a window.

    `paths`: fibre between the places; `demand` (p,), `station` (g,): places where requests come from, and
    the stations of `sites`, by their number among the places; `mesh`: links between the satellites `s`;
    `computes` (s,): where requests can be answered; `n_beams` (s,): satellites that each satellite relays
    for, 0 for those that are no relays; `relays`: geostationary ones; `min_elevation_rad` of a station's
    view of these; `max_range_km` of the links in space.
    """

    paths: FibrePaths
    demand: Integers
    station: Integers
    sites: Sites
    mesh: Mesh
    computes: Flags
    n_beams: Integers
    relays: tuple[Relay, ...] = ()
    delays: Delays = field(default_factory=Delays)
    min_elevation_rad: float = math.radians(10.0)
    clearance_km: float = CLEARANCE_KM
    max_range_km: float = math.inf

    def __post_init__(self) -> None:
        hop_s = self.delays.fibre_hop_s
        if self.paths.hop_s != hop_s:
            raise InputError(Problem("paths", f"hops of {self.paths.hop_s:g} s", f"hops of {hop_s:g} s"))
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def n_space(self) -> int:
        """Nodes in space: satellites, then geostationary relays."""
        return self.mesh.n_satellites + len(self.relays)


Links = tuple[Integers, Integers, Floats, Floats]
"""Links in space: both ends, length [km], switches passed (0 on an internal bus)."""

GroundLinks = tuple[Integers, Integers, Floats, Floats]
"""Links to the ground: station, node in space, length [km], wait [s]."""


class Moments:
    """The links of each slot, one slot at a time.

    Links in space are those at the slot's start. A contact counts in each slot that it touches, from the
    moment in which it is up, after a wait if that is later than the slot's start.

    Parameters
    ----------
    network : Network
    ephemeris : Ephemeris
        States whose grid starts with the first slot and reaches to the end of the last; its step divides
        the slot.
    access : Access
        Seconds since the first slot.
    slot_s, n_slots
        Slot k is k slot_s <= t < (k + 1) slot_s.
    """

    def __init__(
        self, network: Network, ephemeris: Ephemeris, access: Access, slot_s: float, n_slots: int
    ) -> None:
        steps = slot_s / ephemeris.grid.step_s
        if abs(steps - round(steps)) > 1e-9 or n_slots * round(steps) > ephemeris.grid.n - 1:
            grid = ephemeris.grid
            found = f"{n_slots} slots of {slot_s:g} s on {grid.n} states {grid.step_s:g} s apart"
            raise InputError(Problem("slots", found, "slots of whole steps, within the states"))
        self.network = network
        self.slot_s = slot_s
        self.n_slots = n_slots
        self._ephemeris = ephemeris
        self._steps = round(steps)
        self._gmst_rad = np.unwrap(ephemeris.grid.gmst_rad)
        self._standing = _relay_access(network)
        self._slot, station, satellite, self._when_s = _by_slot(access, slot_s, n_slots)
        range_km = _ranges_km(ephemeris, network.sites, self._gmst_rad, station, satellite, self._when_s)
        self._station, self._satellite, self._range_km = station, satellite, range_km
        self._first = np.searchsorted(self._slot, np.arange(n_slots + 1))

    def positions_km(self, k: int) -> Floats:
        """Return where satellites and relays are at the start of slot k, in TEME (n, 3) [km]."""
        step = k * self._steps
        r_km = self._ephemeris.r_teme_km[:, step]
        if not self.network.relays:
            return r_km
        relays_km = geostationary_teme_km(self.network.relays, self._gmst_rad[step : step + 1])[:, 0]
        return np.concatenate([r_km, relays_km])

    def links(self, k: int) -> Links:
        """Return the links in space at the start of slot k."""
        network = self.network
        r_km = self.positions_km(k)
        n = network.mesh.n_satellites
        limits = {"clearance_km": network.clearance_km, "max_range_km": network.max_range_km}
        edges = network.mesh.at(r_km[:n], **limits)
        a, b, length_km, n_hops = edges.a, edges.b, edges.length_km, (~edges.bus).astype(np.float64)
        carriers = np.concatenate([np.flatnonzero(network.n_beams), np.arange(n, network.n_space)])
        if len(carriers):
            n_beams = np.append(network.n_beams, [relay.n_beams for relay in network.relays])
            users = np.flatnonzero(network.n_beams == 0)
            user, relay, apart_km = relayed(r_km[users], r_km[carriers], n_beams[carriers], **limits)
            a, b = np.append(a, users[user]), np.append(b, carriers[relay])
            length_km, n_hops = np.append(length_km, apart_km), np.append(n_hops, np.ones(len(user)))
        return a, b, length_km, n_hops

    def access(self, k: int) -> GroundLinks:
        """Return the links to the ground of slot k."""
        rows = slice(self._first[k], self._first[k + 1])
        station, node, range_km = self._standing
        wait_s = np.concatenate([self._when_s[rows] - k * self.slot_s, np.zeros(len(station))])
        return (
            np.concatenate([self._station[rows], station]),
            np.concatenate([self._satellite[rows], node]),
            np.concatenate([self._range_km[rows], range_km]),
            wait_s,
        )


def _by_slot(access: Access, slot_s: float, n_slots: int) -> tuple[Integers, Integers, Integers, Floats]:
    """Return slot, station, satellite and the moment in which the contact is up there, ordered by slot."""
    start_s: Floats = np.maximum(access.start_s, 0.0)
    end_s: Floats = np.minimum(access.end_s, n_slots * slot_s)
    lives = np.flatnonzero(end_s > start_s)
    first = np.floor(start_s[lives] / slot_s).astype(np.int64)
    n_touched = np.maximum(np.ceil(end_s[lives] / slot_s).astype(np.int64) - first, 1)
    owner = np.repeat(lives, n_touched)
    slot = np.arange(len(owner)) - np.repeat(np.cumsum(n_touched) - n_touched - first, n_touched)
    order = np.lexsort((access.satellite[owner], access.station[owner], slot))
    owner, slot = owner[order], slot[order].astype(np.int64)
    when_s = np.maximum(start_s[owner], slot * slot_s).astype(np.float64)
    return slot, access.station[owner], access.satellite[owner], when_s


def _ranges_km(
    ephemeris: Ephemeris,
    sites: Sites,
    gmst_rad: Floats,
    station: Integers,
    satellite: Integers,
    when_s: Floats,
) -> Floats:
    """Return the distance from station to satellite at any moment (c,), by the cubic through the states."""
    grid = ephemeris.grid
    node = np.clip((when_s / grid.step_s).astype(np.int64), 0, grid.n - 2)
    frac = when_s / grid.step_s - node
    theta_rad = gmst_rad[node] + frac * (gmst_rad[node + 1] - gmst_rad[node])
    r_km = _cubic(ephemeris, satellite, node, frac)
    cosine, sine = np.cos(theta_rad), np.sin(theta_rad)
    x, y, z = sites.r_itrs_km[station].T
    place_km = np.stack([cosine * x - sine * y, sine * x + cosine * y, z], axis=-1)
    range_km: Floats = np.linalg.norm(r_km - place_km, axis=-1)
    return range_km


def _cubic(ephemeris: Ephemeris, satellite: Integers, node: Integers, frac: Floats) -> Floats:
    """Return positions (c, 3) between the states `node` and the next, by Hermite's cubic."""
    x, h = frac[:, None], ephemeris.grid.step_s
    r, v = ephemeris.r_teme_km, ephemeris.v_teme_km_per_s
    before, after = r[satellite, node], r[satellite, node + 1]
    leaving, arriving = v[satellite, node] * h, v[satellite, node + 1] * h
    blend = x * x * (3.0 - 2.0 * x)
    bend = x * (1.0 - x) * ((1.0 - x) * leaving - x * arriving)
    r_km: Floats = before + blend * (after - before) + bend
    return r_km


def _relay_access(network: Network) -> tuple[Integers, Integers, Floats]:
    """Return which station has which geostationary relay in view, and how far it is, always the same."""
    relays_km = geostationary_teme_km(network.relays, np.zeros(1))[:, 0]
    reach_km = relays_km[None] - network.sites.r_itrs_km[:, None]
    range_km = np.linalg.norm(reach_km, axis=-1)
    sine = np.einsum("grk,gk->gr", reach_km, network.sites.up) / range_km
    station, relay = np.nonzero(sine >= math.sin(network.min_elevation_rad))
    return station, network.mesh.n_satellites + relay, range_km[station, relay]
