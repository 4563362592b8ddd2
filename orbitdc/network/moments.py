"""Moments: which links are up in each slot. Network, states and contacts of a window → links by slot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, Problem
from ..orbit.ephemeris import Ephemeris
from ..orbit.site import Sites
from ..orbit.time import Floats
from .fibre import FibrePaths
from .lasers import Lasers
from .latency import Delays
from .pools import groups_of
from .relays import Relay, Users, geostationary_teme_km, relayed
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

    `paths`: fibre between the places; `demand` (p,), `station` (g,), `hubs` (h,): where requests come from,
    the stations of `sites`, and clusters, by their number among the places; `mesh`: links between the
    satellites `s`; `lasers` of these.

    By satellite (s,): `centre` where requests can be answered, negative where it does not compute; `weight`,
    its part in the work of its centre, unscaled; `n_beams` satellites that it relays for, 0 for those that
    are no relays; `user` and `caller`, whether relays of the fleet and geostationary ones may serve it, the
    latter at a power of `caller_w`; `normal` (s, 3) of its orbit: relays of the fleet serve those that turn
    as they do, or all where it is 0.

    `relays`: geostationary ones; `min_elevation_rad` of a station's view of these.
    """

    paths: FibrePaths
    demand: Integers
    station: Integers
    hubs: Integers
    sites: Sites
    mesh: Mesh
    lasers: Lasers
    centre: Integers
    n_beams: Integers
    weight: Floats
    user: Flags
    caller: Flags
    caller_w: Floats
    normal: Floats
    n_centres: int = 1
    relays: tuple[Relay, ...] = ()
    delays: Delays = field(default_factory=Delays)
    min_elevation_rad: float = math.radians(10.0)
    clearance_km: float = CLEARANCE_KM

    def __post_init__(self) -> None:
        paths, delays = self.paths.overhead_frac, self.delays.line_overhead_frac
        if paths != delays:
            raise InputError(Problem("paths", f"an overhead of {paths:g}", f"that of the delays, {delays:g}"))
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    @property
    def station_bit_per_s(self) -> Floats:
        """What the lines of fibre that end at each station carry together, each way (g,)."""
        graph, n = self.paths.graph, len(self.paths.graph.names)
        ends = np.concatenate([graph.a, graph.b])
        whole = np.bincount(ends, np.tile(graph.capacity_bit_per_s, 2), n)
        return np.asarray(whole[self.station])

    @property
    def n_space(self) -> int:
        """Nodes in space: satellites, then geostationary relays."""
        return self.mesh.n_satellites + len(self.relays)


LASER, BUS, BEAM = range(3)
"""Kinds of link in space: between satellites, inside a docked centre, to a geostationary relay."""


@dataclass(frozen=True)
class Links:
    """Links in space up in slots (e,), ordered by slot: both ends, kind, length, rates down and up.

    `down_bit_per_s` toward the ground, `up_bit_per_s` from it. The end with the smaller number comes first. A
    link that has just come up still acquires for `acquiring_s`.
    """

    slot: Integers
    a: Integers
    b: Integers
    kind: Integers
    length_km: Floats
    down_bit_per_s: Floats
    up_bit_per_s: Floats
    acquiring_s: Floats

    def __len__(self) -> int:
        """Return the number of links."""
        return len(self.a)

    @property
    def n_hops(self) -> Floats:
        """Switches passed: none on an internal bus (e,)."""
        hops: Floats = (self.kind != BUS).astype(np.float64)
        return hops

    def at(self, k: int) -> Links:
        """Return the links of one slot."""
        rows = slice(*np.searchsorted(self.slot, [k, k + 1]))
        return Links(*(value[rows] for value in vars(self).values()))

    @classmethod
    def joined(cls, parts: Sequence[Links]) -> Links:
        """Return the links of all parts, ordered by slot."""
        columns = [np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])]
        order = np.argsort(columns[0], kind="stable")
        return cls(*(column[order] for column in columns))


@dataclass(frozen=True)
class GroundLinks:
    """Links to the ground in slots (c,), ordered by slot: station, node in space, length, and wait.

    `wait_s`: how long after the slot's start the link comes up.
    """

    slot: Integers
    station: Integers
    node: Integers
    length_km: Floats
    wait_s: Floats

    def at(self, k: int) -> GroundLinks:
        """Return the links of one slot."""
        rows = slice(*np.searchsorted(self.slot, [k, k + 1]))
        return GroundLinks(*(value[rows] for value in vars(self).values()))


class Moments:
    """The links of some slots.

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

    Attributes
    ----------
    links : Links
    ground : GroundLinks
    """

    def __init__(
        self, network: Network, ephemeris: Ephemeris, access: Access, slot_s: float, n_slots: int
    ) -> None:
        grid = ephemeris.grid
        steps = slot_s / grid.step_s
        if abs(steps - round(steps)) > 1e-9 or n_slots * round(steps) > grid.n - 1:
            found = f"{n_slots} slots of {slot_s:g} s on {grid.n} states {grid.step_s:g} s apart"
            raise InputError(Problem("slots", found, "slots of whole steps, within the states"))
        self.network = network
        self.slot_s = slot_s
        self.n_slots = n_slots
        gmst_rad = np.unwrap(grid.gmst_rad)
        at = np.arange(n_slots) * round(steps)
        self.links = _links(network, ephemeris.r_teme_km[:, at].swapaxes(0, 1), gmst_rad[at])
        self.ground = _ground(network, ephemeris, gmst_rad, access, slot_s, n_slots)


def _links(network: Network, r_km: Floats, gmst_rad: Floats) -> Links:
    """Return the links in space of instants at which satellites are at `r_km` (k, s, 3)."""
    lasers = network.lasers
    limits = {"clearance_km": network.clearance_km, "max_range_km": lasers.max_range_km}
    slot, edges = network.mesh.over(r_km, **limits)
    kind = np.where(edges.bus, BUS, LASER)
    found = _laser_links(network, slot, edges.a, edges.b, kind, edges.length_km)
    carriers, users = np.flatnonzero(network.n_beams), np.flatnonzero(network.user)
    if len(carriers) and len(users):
        alike = network.normal[users] @ network.normal[carriers].T >= 0.0
        slot, user, relay, length_km = relayed(
            _users(network, found, r_km, users), r_km[:, carriers], network.n_beams[carriers],
            n_per_group=1, allowed=alike, **limits,
        )  # fmt: skip
        one, other = users[user], carriers[relay]
        ends = np.minimum(one, other), np.maximum(one, other)
        more = _laser_links(network, slot, *ends, np.full(len(slot), LASER), length_km)
        found = Links.joined([found, more])
    callers = np.flatnonzero(network.caller)
    if network.relays and len(callers):
        relay_km = geostationary_teme_km(network.relays, gmst_rad).swapaxes(0, 1)
        n_beams = np.array([one.n_beams for one in network.relays])
        slot, user, relay, length_km = relayed(
            _users(network, found, r_km, callers), relay_km, n_beams,
            n_per_group=int(n_beams.max()), clearance_km=network.clearance_km,
        )  # fmt: skip
        rates = np.array([(one.down_bit_per_s, one.up_bit_per_s) for one in network.relays])
        down, up = rates[relay].T
        ends = callers[user], network.mesh.n_satellites + relay
        beam = np.full(len(slot), BEAM)
        found = Links.joined([found, Links(slot, *ends, beam, length_km, down, up, np.zeros(len(slot)))])
    return found


def _users(network: Network, links: Links, r_km: Floats, which: Integers) -> Users:
    """Return satellites that relays may serve, grouped by whom they reach without these."""
    n_slots, s = r_km.shape[:2]
    group = groups_of(n_slots * s, links.slot * s + links.a, links.slot * s + links.b).reshape(n_slots, s)
    return Users(r_km[:, which], group[:, which], network.weight[which])


def _laser_links(
    network: Network, slot: Integers, a: Integers, b: Integers, kind: Integers, length_km: Floats
) -> Links:
    """Return those of the links that close, with their rates."""
    rate, acquiring_s = np.full(len(a), np.inf), np.zeros(len(a))
    laser = np.flatnonzero(kind == LASER)
    rate[laser] = network.lasers.between(a[laser], b[laser], length_km[laser])
    acquiring_s[laser] = network.lasers.acquiring_s(a[laser], b[laser])
    up = np.flatnonzero(rate > 0.0)
    rate = rate[up]
    return Links(slot[up], a[up], b[up], kind[up], length_km[up], rate, rate, acquiring_s[up])


def _ground(
    network: Network, ephemeris: Ephemeris, gmst_rad: Floats, access: Access, slot_s: float, n_slots: int
) -> GroundLinks:
    """Return the links to the ground of slots: contacts with satellites, relays that stand still."""
    slot, station, satellite, when_s = _by_slot(access, slot_s, n_slots)
    range_km = _ranges_km(ephemeris, network.sites, gmst_rad, station, satellite, when_s)
    at, node, standing_km = _relay_access(network)
    every = np.repeat(np.arange(n_slots), len(at))
    when = np.concatenate([slot, every])
    order = np.argsort(when, kind="stable")
    return GroundLinks(
        when[order],
        np.concatenate([station, np.tile(at, n_slots)])[order],
        np.concatenate([satellite, np.tile(node, n_slots)])[order],
        np.concatenate([range_km, np.tile(standing_km, n_slots)])[order],
        np.concatenate([when_s - slot * slot_s, np.zeros(len(every))])[order],
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
