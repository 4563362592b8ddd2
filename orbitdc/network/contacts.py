"""Contacts: who is tracked when, and the bits that pass. Offers, antennas, priorities → contact plan."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError
from ..kernels import LANES
from ..orbit.time import Floats
from .offers import Offers, split
from .planner import Intervals, Machines, share_out

if TYPE_CHECKING:
    from ..orbit.access import Passes

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Contacts:
    """The contact plan of one window, sorted by start, station and antenna.

    Shapes (c,) unless said: `satellite` (entity), `station`, `kind` (number in `offers.KINDS`), `antenna`
    (number within the station, antennas and telescopes counted apart), `start_s`, `end_s` seconds since the
    window's start, `down_bit`, `up_bit` what the link can carry meanwhile. Cut at the borders of slots, (p,):
    `owner` (number of the contact), `slot`, `slot_down_bit`, `slot_up_bit`. Before antennas were shared out:
    `offered_s` and `offered_bit` of the passes of all satellites, a place with several units counted once.
    `weight_bit` is what the plan is worth, bits both ways times priority; `bound_bit` what none could pass.
    """

    satellite: Integers
    station: Integers
    kind: Integers
    antenna: Integers
    start_s: Floats
    end_s: Floats
    down_bit: Floats
    up_bit: Floats
    owner: Integers
    slot: Integers
    slot_down_bit: Floats
    slot_up_bit: Floats
    slot_s: float
    n_slots: int
    offered_s: float
    offered_bit: float
    weight_bit: float
    bound_bit: float

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

    @property
    def slot_bit(self) -> Floats:
        """Bits that the whole fleet exchanges with the ground in each slot, both ways (k,)."""
        down, up = self.bits(np.zeros(int(self.satellite.max(initial=-1)) + 1, dtype=np.int64), 1)
        return np.asarray((down + up)[0])

    def bits(self, group: Integers, n_groups: int) -> tuple[Floats, Floats]:
        """Return what groups of entities exchange with the ground in each slot, down and up.

        Parameters
        ----------
        group : array (s,)
            Number of the group of each entity; below 0: of none.
        n_groups : int

        Returns
        -------
        two ndarrays (group, k) [bit]
        """
        number = group[self.satellite[self.owner]]
        known = number >= 0
        cell = number[known] * self.n_slots + self.slot[known]
        n_cells = n_groups * self.n_slots
        down, up = (
            np.bincount(cell, bit[known], n_cells).reshape(n_groups, self.n_slots)
            for bit in (self.slot_down_bit, self.slot_up_bit)
        )
        return down.astype(np.float64), up.astype(np.float64)

    def landed(self, station_bit_per_s: Floats) -> Contacts:
        """Return the plan with no more bits in a slot, each way, than the fibre of each station carries (g,).

        Contacts of one station share what there is in proportion to their bits.
        """
        cell = self.station[self.owner] * self.n_slots + self.slot
        most_bit = np.repeat(station_bit_per_s * self.slot_s, self.n_slots)
        asked = {
            name: np.bincount(cell, getattr(self, name), len(most_bit))
            for name in ("slot_down_bit", "slot_up_bit")
        }
        if all(np.all(bit <= most_bit) for bit in asked.values()):
            return self
        parts: dict[str, Any] = {}
        for name, bit in asked.items():
            parts[name] = getattr(self, name) * (most_bit / np.maximum(bit, most_bit))[cell]
            whole_bit = np.bincount(self.owner, parts[name], len(self))
            parts[name.removeprefix("slot_")] = whole_bit.astype(np.float64)
        return replace(self, **parts)

    @classmethod
    def joined(cls, first: Contacts, second: Contacts) -> Contacts:
        """Return two plans of one window as one, sorted by start, station, kind and antenna."""
        whole = ("satellite", "station", "kind", "antenna", "start_s", "end_s", "down_bit", "up_bit")
        columns: dict[str, Any] = {
            name: np.concatenate([getattr(first, name), getattr(second, name)])
            for name in (*whole, "slot", "slot_down_bit", "slot_up_bit")
        }
        order = np.lexsort(tuple(columns[name] for name in ("antenna", "kind", "station", "start_s")))
        number = np.empty(len(order), dtype=np.int64)
        number[order] = np.arange(len(order))
        owner = number[np.concatenate([first.owner, second.owner + len(first)])]
        columns |= {name: columns[name][order] for name in whole}
        return cls(
            **columns,
            owner=owner,
            slot_s=first.slot_s,
            n_slots=first.n_slots,
            offered_s=first.offered_s + second.offered_s,
            offered_bit=first.offered_bit + second.offered_bit,
            weight_bit=first.weight_bit + second.weight_bit,
            bound_bit=first.bound_bit + second.bound_bit,
        )

    def transmissions(
        self, n_units: Integers, drawn_frac: Floats, step_s: float, n_steps: int
    ) -> Transmissions:
        """Return in which steps the transmitters of each entity are on, and for which share of their power.

        Parameters
        ----------
        n_units : array (s,)
            Radios and lasers of each entity; the share is the mean over them.
        drawn_frac : array (kind, s)
            What a contact of each kind draws, as a share of what radio and laser draw together.
        step_s : float [s]
            Length of a step; step k is k step_s <= t < (k + 1) step_s.
        n_steps : int
            Steps wanted.

        Returns
        -------
        Transmissions
        """
        owner, step, start_s, end_s = split(self.start_s, self.end_s, step_s)
        inside = step < n_steps
        owner, step = owner[inside], step[inside]
        entity = self.satellite[owner]
        drawn = drawn_frac[self.kind[owner], entity]
        on_frac = drawn * (end_s - start_s)[inside] / (step_s * n_units[entity])
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


def plan_contacts(
    offers: Offers, antennas: Machines, priority: Floats, *, duration_s: float, slot_s: float
) -> Contacts:
    """Return which antenna tracks which satellite when, and the bits that pass both ways.

    Parameters
    ----------
    offers : Offers
        Passes of all entities and what they can carry.
    antennas : Machines
        Of the stations, and the radios of each entity.
    priority : array (s,)
        Worth of a bit of each entity; antennas go where bits times priority are most.
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
    A station gives a pass to one antenna from rise to set or not at all, and turns for its slew time before
    the next. A satellite has one radio, a docked place one per module. Antennas of a station are alike. The
    rate adapts to the geometry without delay (ACM).

    Source
    ------
    As in `planner.share_out`.
    """
    down_bit, up_bit = offers.volume_bit
    weight = (down_bit + up_bit) * priority[offers.satellite]
    intervals = Intervals(offers.satellite, offers.station, offers.start_s, offers.end_s, weight)
    share = share_out(intervals, antennas)
    order = np.lexsort((share.antenna, offers.station[share.taken], offers.start_s[share.taken]))
    taken, antenna = share.taken[order], share.antenna[order]
    owner, piece = _pieces(offers.owner, taken, len(offers))
    contacts = Contacts(
        satellite=offers.satellite[taken],
        station=offers.station[taken],
        kind=offers.kind[taken],
        antenna=antenna,
        start_s=offers.start_s[taken],
        end_s=offers.end_s[taken],
        down_bit=down_bit[taken],
        up_bit=up_bit[taken],
        owner=owner,
        slot=offers.slot[piece],
        slot_down_bit=offers.down_bit[piece],
        slot_up_bit=offers.up_bit[piece],
        slot_s=slot_s,
        n_slots=math.ceil(duration_s / slot_s - 1e-9),
        offered_s=float((offers.end_s - offers.start_s).sum()),
        offered_bit=float(down_bit.sum() + up_bit.sum()),
        weight_bit=float(weight[taken].sum()),
        bound_bit=share.bound,
    )
    check_plan(contacts, antennas)
    return contacts


def plan_both(
    offers: Offers,
    by_laser: Offers,
    antennas: Machines,
    telescopes: Machines,
    priority: Floats,
    *,
    duration_s: float,
    slot_s: float,
) -> Contacts:
    """Return the contact plan of radios and lasers: telescopes choose first, and antennas from what is left.

    Parameters
    ----------
    offers, by_laser : Offers
        Of all entities, to antennas and to telescopes.
    antennas, telescopes : Machines
        Of the stations, and the radios and lasers of each entity.
    priority, duration_s, slot_s
        As in `plan_contacts`.

    Returns
    -------
    Contacts

    Assumptions
    -----------
    The radio is what a satellite falls back on: while a telescope tracks it, it leaves antennas to others.
    """
    span = {"duration_s": duration_s, "slot_s": slot_s}
    lasers = plan_contacts(by_laser, telescopes, priority, **span)
    radios = plan_contacts(left_to_radio(offers, lasers, antennas.n_units), antennas, priority, **span)
    return Contacts.joined(lasers, radios)


def left_to_radio(offers: Offers, lasers: Contacts, n_units: Integers) -> Offers:
    """Return the radio's offers without those of satellites that a telescope tracks meanwhile.

    A docked place, several units, keeps all of its own: other modules send by radio at the same time.
    """
    if not len(lasers):
        return offers
    keep = np.ones(len(offers), dtype=np.bool_)
    for s in np.unique(lasers.satellite[n_units[lasers.satellite] == 1]):
        mine = lasers.satellite == s
        rows = np.arange(*np.searchsorted(offers.satellite, [s, s + 1]))
        before = offers.start_s[rows, None] < lasers.end_s[mine]
        keep[rows] = ~np.any(before & (lasers.start_s[mine] < offers.end_s[rows, None]), axis=1)
    return offers.where(keep)


def _pieces(owner: Integers, taken: Integers, n_offers: int) -> tuple[Integers, Integers]:
    """Return, for each piece of each contact, the contact and the number of the piece among the offers."""
    first = np.searchsorted(owner, np.arange(n_offers + 1))
    n_pieces = np.diff(first)[taken]
    contact = np.repeat(np.arange(len(taken)), n_pieces)
    within = np.arange(len(contact)) - np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    return contact, first[taken][contact] + within


def check_plan(contacts: Contacts, antennas: Machines) -> None:
    """Raise InvariantError if a plan breaks a law of contacts.

    An antenna given twice, or before it has turned, or out of service; a radio given twice; bits of slots
    that differ from those of contacts; more than the bound.
    """
    by_antenna = np.lexsort((contacts.start_s, contacts.antenna, contacts.station))
    station, start_s = contacts.station[by_antenna], contacts.start_s[by_antenna]
    ready_s = contacts.end_s[by_antenna] + antennas.slew_s[station]
    same = (np.diff(station) == 0) & (np.diff(contacts.antenna[by_antenna]) == 0)
    if np.any(same & (start_s[1:] < ready_s[:-1])):
        raise InvariantError("an antenna tracks two satellites at once, or turns in no time")
    if np.any(contacts.antenna >= antennas.n[contacts.station]):
        raise InvariantError("a contact has an antenna that the station lacks")
    rows = (antennas.out_station, antennas.out_number, antennas.out_start_s, antennas.out_end_s)
    for g, number, begin_s, stop_s in zip(*rows, strict=True):
        on_it = (contacts.station == g) & (contacts.antenna == number)
        if np.any(on_it & (contacts.start_s < stop_s) & (begin_s < contacts.end_s)):
            raise InvariantError("an antenna that is out of service tracks a satellite")
    # Ends before starts at one instant: a contact may begin when another stops.
    time_s = np.concatenate([contacts.end_s, contacts.start_s])
    change = np.repeat([-1, 1], len(contacts))
    entity = np.concatenate([contacts.satellite, contacts.satellite])
    events = np.lexsort((change, time_s, entity))
    in_use = np.cumsum(change[events])  # each entity's events sum to zero, so the next starts afresh
    if np.any(in_use > antennas.n_units[entity[events]]):
        raise InvariantError("a satellite serves more antennas at once than it has radios")
    for slots, whole in (
        (contacts.slot_down_bit, contacts.down_bit),
        (contacts.slot_up_bit, contacts.up_bit),
    ):
        if abs(float(slots.sum()) - float(whole.sum())) > 1e-9 * float(whole.sum()):
            raise InvariantError("bits of the slots differ from those of the contacts")
    if contacts.weight_bit > contacts.bound_bit * (1.0 + 1e-6):
        raise InvariantError("a contact plan beats its bound")


def check_inside(contacts: Contacts, passes: Passes, n_stations: int) -> None:
    """Raise InvariantError if a contact lies outside the passes of its satellite over its station."""
    span_s = 1.0 + float(max(passes.set_s.max(initial=0.0), contacts.end_s.max(initial=0.0)))
    pair = passes.satellite * n_stations + passes.station
    order = np.lexsort((passes.rise_s, pair))
    rise, set_s, own = pair[order] * span_s + passes.rise_s[order], passes.set_s[order], pair[order]
    wanted = contacts.satellite * n_stations + contacts.station
    slack_s = 1e-6  # rise and set of neighbouring pairs share one axis, which rounds them
    row = np.searchsorted(rise, wanted * span_s + contacts.start_s + slack_s, side="right") - 1
    inside = (row >= 0) & (own[row] == wanted) & (contacts.end_s <= set_s[row] + slack_s)
    if not np.all(inside):
        raise InvariantError("bits pass outside a contact window")
