"""Contacts: antennas shared by satellites. Passes, states and links → who is tracked, when, how many bits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError
from ..kernels import LANES
from ..kernels.antennas import assign
from ..kernels.link import volumes
from ..links import LinkTable
from ..orbit.ephemeris import Ephemeris
from ..orbit.time import Floats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..orbit.access import Passes
    from ..orbit.site import Sites

Integers = NDArray[np.int64]

MAX_SAMPLE_S = 10.0
"""Largest spacing of the link samples along a pass; between them Es/N0 is taken as linear."""


@dataclass(frozen=True)
class Contacts:
    """The contact plan of one window, sorted by start, station and antenna.

    Shapes (c,) unless said: `satellite` (entity), `station`, `antenna` (number within the station),
    `start_s`, `end_s` seconds since the window's start, `volume_bit` what the link can carry meanwhile;
    `slot_bit` (k,) that of the whole fleet in each slot. Before antennas were shared out: `offered_s` and
    `offered_bit` of the passes of all satellites, a place with several units counted once.
    """

    satellite: Integers
    station: Integers
    antenna: Integers
    start_s: Floats
    end_s: Floats
    volume_bit: Floats
    slot_s: float
    slot_bit: Floats
    offered_s: float
    offered_bit: float

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of contacts."""
        return len(self.satellite)

    @property
    def contact_s(self) -> float:
        """Antenna time in use, all antennas together [s]."""
        return float((self.end_s - self.start_s).sum())

    def transmissions(self, n_units: Integers, step_s: float, n_steps: int) -> Transmissions:
        """Return in which steps the transmitters of each entity are on, and for which share of them.

        Parameters
        ----------
        n_units : array (s,)
            Radios of each entity; the share is the mean over them.
        step_s : float [s]
            Length of a step; step k is k step_s <= t < (k + 1) step_s.
        n_steps : int
            Steps wanted.

        Returns
        -------
        Transmissions
        """
        owner, step, start_s, end_s = _split(self.start_s, self.end_s, step_s)
        inside = step < n_steps
        owner, step = owner[inside], step[inside]
        entity = self.satellite[owner]
        on_frac = (end_s - start_s)[inside] / (step_s * n_units[entity])
        order = np.argsort(entity, kind="stable")
        return Transmissions(n_steps, entity[order], step[order], on_frac[order])


@dataclass(frozen=True)
class Transmissions:
    """Share of a step in which transmitters are on; entries (i,) sorted by entity, to be added up."""

    n_steps: int
    entity: Integers
    step: Integers
    on_frac: Floats

    def packed(self, first: int, n: int) -> Floats:
        """Return the share of each step (block, t, LANES) of `n` entities from number `first` on."""
        out = np.zeros((-(-n // LANES), self.n_steps, LANES))
        low, high = np.searchsorted(self.entity, [first, first + n])
        block, lane = np.divmod(self.entity[low:high] - first, LANES)
        np.add.at(out, (block, self.step[low:high], lane), self.on_frac[low:high])
        return out


@dataclass(frozen=True)
class Offers:
    """Passes that an antenna could take, sorted by satellite, start and station, and what each could carry.

    Shapes (o,): `satellite` (entity), `station`, `start_s`, `end_s` in seconds since the window's start;
    cut at the borders of slots, (p,): `owner` (number of the pass), `slot` and `bit` of each piece.
    """

    satellite: Integers
    station: Integers
    start_s: Floats
    end_s: Floats
    owner: Integers
    slot: Integers
    bit: Floats

    @classmethod
    def joined(cls, parts: Sequence[Offers], first: Sequence[int]) -> Offers:
        """Return the offers of groups of entities, each of which begins at a number, in that order."""
        n_before = np.cumsum([0, *(len(part.satellite) for part in parts)])
        columns = {
            "satellite": [part.satellite + s for part, s in zip(parts, first, strict=True)],
            "owner": [part.owner + n for part, n in zip(parts, n_before, strict=False)],
            **{
                name: [getattr(part, name) for part in parts]
                for name in ("station", "start_s", "end_s", "slot", "bit")
            },
        }
        return cls(**{name: np.concatenate(column) for name, column in columns.items()})


def offers_of(
    ephemeris: Ephemeris,
    passes: Passes,
    sites: Sites,
    links: LinkTable,
    radio: Integers,
    *,
    duration_s: float,
    slot_s: float,
) -> Offers:
    """Return what each pass can carry: the integral of its bit rate, slot by slot.

    Parameters
    ----------
    ephemeris : Ephemeris
        States whose grid starts with the window and covers it.
    passes : Passes
        Passes over the stations, seconds since the same start.
    sites : Sites
        Stations, axis g of `passes`.
    links : LinkTable
        Links of each radio to each station.
    radio : array (s,)
        Row of `links` of each satellite of `ephemeris` and `passes`.
    duration_s : float [s]
        Length of the window; passes are cut there.
    slot_s : float [s]
        Length of a slot of the scheduler.

    Returns
    -------
    Offers
    """
    start_s = np.clip(passes.rise_s, 0.0, duration_s)
    end_s = np.clip(passes.set_s, 0.0, duration_s)
    order = np.lexsort((passes.station, start_s, passes.satellite))
    order = order[end_s[order] > start_s[order]]
    satellite, station = passes.satellite[order], passes.station[order]
    start_s, end_s = start_s[order], end_s[order]
    owner, slot, piece_start_s, piece_end_s = _split(start_s, end_s, slot_s)
    ends = (satellite[owner], station[owner], piece_start_s, piece_end_s)
    bit = interval_volumes(links, ephemeris, sites, *ends, radio)
    return Offers(satellite, station, start_s, end_s, owner, slot, bit)


def plan_contacts(
    offers: Offers, n_units: Integers, n_antennas: Integers, *, duration_s: float, slot_s: float
) -> Contacts:
    """Return which antenna tracks which satellite when, and the bits that come down.

    Antennas of a station share out the passes: one after the other takes the disjoint set of whole passes
    that carries most.

    Parameters
    ----------
    offers : Offers
        Passes of all entities and what they can carry.
    n_units : array (s,)
        Radios of each entity.
    n_antennas : array (g,)
        Antennas of each station.
    duration_s, slot_s : float [s]
        Length of the window and of a slot, as given to `offers_of`.

    Returns
    -------
    Contacts

    Raises
    ------
    InvariantError
        An antenna or a radio given twice, or bits that do not add up: our bug.

    Assumptions
    -----------
    A station gives a pass to one antenna from rise to set or not at all; antennas turn to the next
    satellite at once. A satellite has one radio, a docked place one per module. Antennas of a station are
    alike and know no priority but bits. The rate adapts to the geometry without delay (ACM).

    Source
    ------
    Weighted interval scheduling by dynamic programming (Kleinberg and Tardos, Algorithm Design, 6.1),
    antenna by antenna: at least 1 - (1 - 1/n)^n > 63 % of the best for the n antennas of one station
    (Nemhauser, Wolsey and Fisher 1978). Measured: 98.3 % of the linear-programming bound for a ring of 250
    satellites over six stations of four antennas.
    """
    satellite, station, start_s, end_s = offers.satellite, offers.station, offers.start_s, offers.end_s
    pass_bit: Floats = np.bincount(offers.owner, offers.bit, len(satellite)).astype(np.float64)
    taken, antenna = _share_out(satellite, station, start_s, end_s, pass_bit, n_antennas, n_units)
    times_taken = np.bincount(taken, minlength=len(satellite))
    n_slots = math.ceil(duration_s / slot_s - 1e-9)
    row = np.lexsort((antenna, station[taken], start_s[taken]))
    contacts = Contacts(
        satellite=satellite[taken][row],
        station=station[taken][row],
        antenna=antenna[row],
        start_s=start_s[taken][row],
        end_s=end_s[taken][row],
        volume_bit=pass_bit[taken][row],
        slot_s=slot_s,
        slot_bit=np.bincount(offers.slot, offers.bit * times_taken[offers.owner], n_slots).astype(np.float64),
        offered_s=float((end_s - start_s).sum()),
        offered_bit=float(pass_bit.sum()),
    )
    check_plan(contacts, n_units)
    return contacts


def interval_volumes(
    links: LinkTable,
    ephemeris: Ephemeris,
    sites: Sites,
    satellite: Integers,
    station: Integers,
    start_s: Floats,
    end_s: Floats,
    radio: Integers,
) -> Floats:
    """Return the bits each interval (satellite, station, start, end) can carry (i,).

    The position follows the cubic through the states of the grid; Es/N0 is sampled at least every
    `MAX_SAMPLE_S` and the staircase of rates integrated exactly between the samples.

    Parameters
    ----------
    links : LinkTable
        Links of each radio to each station.
    ephemeris, sites
        States on the grid, stations.
    satellite, station : arrays (i,)
        Indices of both.
    start_s, end_s : arrays (i,) [s]
        Seconds since the start of the grid.
    radio : array (s,)
        Row of `links` of each satellite.

    Returns
    -------
    ndarray (i,) [bit]
    """
    out_bit = np.empty(len(satellite))
    if len(satellite) == 0:
        return out_bit
    volumes(
        np.array(satellite),
        np.array(station),
        np.array(start_s),
        np.array(end_s),
        np.array(radio),
        ephemeris.r_packed_km,
        ephemeris.v_packed_km_per_s,
        np.unwrap(ephemeris.grid.gmst_rad),
        ephemeris.grid.step_s,
        np.array(sites.r_itrs_km),
        np.array(sites.up),
        links.constant_db,
        links.cosecant,
        links.attenuation_db,
        links.threshold_db,
        links.rate_bit_per_s,
        MAX_SAMPLE_S,
        out_bit,
    )
    return out_bit


def check_plan(contacts: Contacts, n_units: Integers) -> None:
    """Raise InvariantError if an antenna or a radio is given twice, or bits of slots and contacts differ."""
    by_antenna = np.lexsort((contacts.start_s, contacts.antenna, contacts.station))
    same = (np.diff(contacts.station[by_antenna]) == 0) & (np.diff(contacts.antenna[by_antenna]) == 0)
    if np.any(same & (contacts.start_s[by_antenna][1:] < contacts.end_s[by_antenna][:-1])):
        raise InvariantError("an antenna tracks two satellites at once")
    # Ends before starts at one instant: a contact may begin when another stops.
    time_s = np.concatenate([contacts.end_s, contacts.start_s])
    change = np.repeat([-1, 1], len(contacts))
    entity = np.concatenate([contacts.satellite, contacts.satellite])
    events = np.lexsort((change, time_s, entity))
    in_use = np.cumsum(change[events])  # each entity's events sum to zero, so the next starts afresh
    if np.any(in_use > n_units[entity[events]]):
        raise InvariantError("a satellite serves more antennas at once than it has radios")
    total_bit = float(contacts.volume_bit.sum())
    if abs(float(contacts.slot_bit.sum()) - total_bit) > 1e-9 * total_bit:
        raise InvariantError("bits of the slots differ from those of the contacts")


def _share_out(
    satellite: Integers,
    station: Integers,
    start_s: Floats,
    end_s: Floats,
    volume_bit: Floats,
    n_antennas: Integers,
    n_units: Integers,
) -> tuple[Integers, Integers]:
    """Return pass and antenna of each contact, passes sorted by satellite; equal ends go by start and row."""
    by_end = np.lexsort((satellite, start_s, end_s))
    most = int(np.minimum(n_units[satellite], n_antennas[station]).sum())
    taken, antenna = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    n = assign(
        satellite, station, start_s, end_s, volume_bit, by_end, n_antennas, np.array(n_units), taken, antenna
    )
    return taken[:n], antenna[:n]


def _split(start_s: Floats, end_s: Floats, width_s: float) -> tuple[Integers, Integers, Floats, Floats]:
    """Cut intervals at multiples of a width: interval, number of the cell, start and end of each piece."""
    first = np.floor(start_s / width_s).astype(np.int64)
    last = np.maximum(np.ceil(end_s / width_s).astype(np.int64) - 1, first)
    n_pieces = last - first + 1
    owner = np.repeat(np.arange(len(start_s), dtype=np.int64), n_pieces)
    cell = np.arange(len(owner)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces) + first[owner]
    cut_start_s = np.maximum(start_s[owner], cell * width_s)
    cut_end_s = np.minimum(end_s[owner], (cell + 1) * width_s)
    return owner, cell, cut_start_s, cut_end_s
