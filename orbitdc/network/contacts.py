"""Contacts: antennas shared by satellites. Passes, states and links → who is tracked, when, how many bits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError
from ..kernels.antennas import assign
from ..kernels.link import volumes
from ..links import LinkTable, link_table
from ..orbit.ephemeris import Ephemeris
from ..orbit.time import Floats

if TYPE_CHECKING:
    from ..fleet import Fleet
    from ..orbit.access import Passes
    from ..orbit.site import Sites
    from ..scenario.models import Scenario

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

    def transmit_frac(self, n_units: Integers, step_s: float, n_steps: int) -> Floats:
        """Return the share of each step in which the transmitters of each entity are on (s, t).

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
        ndarray (s, t) [1]
        """
        out = np.zeros((len(n_units), n_steps))
        owner, step, start_s, end_s = _split(self.start_s, self.end_s, step_s)
        inside = step < n_steps
        owner, step = owner[inside], step[inside]
        entity = self.satellite[owner]
        on_frac = (end_s - start_s)[inside] / (step_s * n_units[entity])
        np.add.at(out, (entity, step), on_frac)
        return out


def plan_contacts(
    fleet: Fleet,
    ephemeris: Ephemeris,
    passes: Passes,
    sites: Sites,
    scenario: Scenario,
    *,
    duration_s: float,
    slot_s: float,
) -> Contacts:
    """Return which antenna tracks which satellite when, and the bits that come down.

    Each pass carries the integral of its bit rate. Antennas of a station then share out the passes: one
    after the other takes the disjoint set of whole passes that carries most.

    Parameters
    ----------
    fleet : Fleet
        Entities flying in the window, axis s of `ephemeris` and `passes`.
    ephemeris : Ephemeris
        States whose grid starts with the window and covers it.
    passes : Passes
        Passes over the stations, seconds since the same start.
    sites : Sites
        The stations `scenario.ground.stations`, axis g of `passes`.
    scenario : Scenario
        Radios of the spacecraft, antennas of the stations.
    duration_s : float [s]
        Length of the window; passes are cut there.
    slot_s : float [s]
        Length of a slot of the scheduler.

    Returns
    -------
    Contacts

    Raises
    ------
    InputError
        A radio whose carrier no attenuation table covers.
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
    stations = [scenario.station[name] for name in scenario.ground.stations]
    links = link_table([scenario.spacecraft[name].radio for name in fleet.spacecraft_names], stations)
    start_s = np.clip(passes.rise_s, 0.0, duration_s)
    end_s = np.clip(passes.set_s, 0.0, duration_s)
    order = np.lexsort((passes.station, start_s, passes.satellite))
    order = order[end_s[order] > start_s[order]]
    satellite, station = passes.satellite[order], passes.station[order]
    start_s, end_s = start_s[order], end_s[order]

    owner, slot, piece_start_s, piece_end_s = _split(start_s, end_s, slot_s)
    ends = (satellite[owner], station[owner])
    piece_bit = interval_volumes(links, ephemeris, sites, *ends, piece_start_s, piece_end_s, fleet.spacecraft)
    pass_bit: Floats = np.bincount(owner, piece_bit, len(order)).astype(np.float64)

    n_antennas = np.array([site.n_antennas for site in stations], dtype=np.int64)
    taken, antenna = _share_out(satellite, station, start_s, end_s, pass_bit, n_antennas, fleet.n_units)
    times_taken = np.bincount(taken, minlength=len(order))
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
        slot_bit=np.bincount(slot, piece_bit * times_taken[owner], n_slots).astype(np.float64),
        offered_s=float((end_s - start_s).sum()),
        offered_bit=float(pass_bit.sum()),
    )
    check_plan(contacts, fleet.n_units)
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
        _frozen(ephemeris.r_teme_km),
        _frozen(ephemeris.v_teme_km_per_s),
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


def _frozen(values: Floats) -> Floats:
    """Return a contiguous read-only view, whichever comes in, or the kernel would compile twice."""
    view = np.ascontiguousarray(values).view()
    view.flags.writeable = False
    return view
