"""Ground control: command passes, antennas, demand → who is commanded when, and who falls silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ..errors import InvariantError
from ..kernels.control import command as give
from ..links.command import Command, ground_control
from ..orbit.time import Floats
from .contacts import Transmissions
from .offers import COMMAND, Offers, split

if TYPE_CHECKING:
    from .contacts import Contacts
    from .planner import Machines

Integers = NDArray[np.int64]

STEP_S = 60.0
"""Antennas of ground control are given out once a minute."""


@dataclass(frozen=True)
class Control:
    """Ground control of one window.

    Contacts over command antennas (c,): `satellite`, `station`, `antenna`, `start_s`, `end_s`, `down_bit` of
    telemetry, `up_bit` of commands; `command`: contact had and spans in safe mode, commands by way of data
    contacts included.
    """

    satellite: Integers
    station: Integers
    antenna: Integers
    start_s: Floats
    end_s: Floats
    down_bit: Floats
    up_bit: Floats
    command: Command

    def asleep(self, step_s: float, n_steps: int) -> Transmissions:
        """Return the share of each step that entities spend in safe mode, computing nothing."""
        owner, step, start_s, end_s = split(self.command.start_s, self.command.end_s, step_s)
        inside = step < n_steps
        owner, step = owner[inside], step[inside]
        return Transmissions(n_steps, self.command.satellite[owner], step, (end_s - start_s)[inside] / step_s)


def control_of(
    offers: Offers,
    contacts: Contacts,
    antennas: Machines,
    acquisition_s: Floats,
    own: NDArray[np.bool_],
    *,
    duration_s: float,
    demand_s_per_day: float,
    max_silence_s: float,
) -> Control:
    """Return who is commanded when in a window, and who goes to safe mode for want of it.

    Parameters
    ----------
    offers : Offers
        Passes over the command antennas, of all entities.
    contacts : Contacts
        Data contacts: they command the satellites that have no telemetry radio of their own.
    antennas : Machines
        Command antennas of the stations.
    acquisition_s : array (g,) [s]
        From the start of a contact to its first bit.
    own : array (s,)
        Whether an entity has a radio for telemetry that a command station hears.
    duration_s : float [s]
        Length of the window.
    demand_s_per_day : float [s]
        Command and telemetry contact demanded per entity and day.
    max_silence_s : float [s]
        Longest time without contact before safe mode.

    Returns
    -------
    Control

    Raises
    ------
    InvariantError
        A command antenna given twice: our bug.

    Assumptions
    -----------
    The window repeats: what was heard last in it was heard as long before it begins; a satellite that it
    never hears is silent all along. A docked place is commanded as one. Free antennas go to the satellite in
    view that has waited longest, once a minute. The transmitter of telemetry is part of housekeeping.

    Source
    ------
    Longest wait first, a list schedule (Graham 1969); safe mode: `links.command.ground_control`.
    """
    n_satellites = len(own)
    offers = offers.where(_served(offers, antennas))
    most = max(int(np.ceil(duration_s / STEP_S)) * int(antennas.n.sum()), 1)
    row, antenna = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int64)
    start_s, end_s = np.empty(most), np.empty(most)
    demand_s = np.full(n_satellites, demand_s_per_day * duration_s / 86400.0)
    n = give(
        offers.satellite, offers.station, offers.start_s, offers.end_s,
        np.lexsort((offers.satellite, offers.station, offers.start_s)), antennas.n, antennas.slew_s,
        np.array(acquisition_s), demand_s, STEP_S, row, antenna, start_s, end_s,
    )  # fmt: skip
    row, antenna, start_s, end_s = row[:n], antenna[:n], start_s[:n], end_s[:n]
    satellite, station = offers.satellite[row], offers.station[row]
    part = (end_s - start_s - acquisition_s[station]) / (offers.end_s - offers.start_s)[row]
    down_bit, up_bit = (bit[row] * part for bit in offers.volume_bit)
    _check(station, antenna, start_s, end_s, antennas.slew_s)
    by_data = ~own[contacts.satellite] & (contacts.up_bit > 0.0)
    who = np.concatenate([satellite, contacts.satellite[by_data]])
    from_s = np.concatenate([start_s, contacts.start_s[by_data]])
    to_s = np.concatenate([end_s, contacts.end_s[by_data]])
    heard_s = np.full(n_satellites, -np.inf)
    np.maximum.at(heard_s, who, to_s - duration_s)
    command = ground_control(
        who, from_s, to_s, n_satellites, duration_s, demand_s_per_day=demand_s_per_day,
        max_silence_s=max_silence_s, last_heard_s=heard_s,
    )  # fmt: skip
    return Control(satellite, station, antenna, start_s, end_s, down_bit, up_bit, command)


def _served(offers: Offers, antennas: Machines) -> NDArray[np.bool_]:
    """Return which passes carry commands up and telemetry down, while their station is in service."""
    down_bit, up_bit = offers.volume_bit
    served: NDArray[np.bool_] = (offers.kind == COMMAND) & (down_bit > 0.0) & (up_bit > 0.0)
    for g, begin_s, stop_s in zip(
        antennas.out_station, antennas.out_start_s, antennas.out_end_s, strict=True
    ):
        served &= ~((offers.station == g) & (offers.start_s < stop_s) & (begin_s < offers.end_s))
    return served


def _check(station: Integers, antenna: Integers, start_s: Floats, end_s: Floats, slew_s: Floats) -> None:
    order = np.lexsort((start_s, antenna, station))
    same = (np.diff(station[order]) == 0) & (np.diff(antenna[order]) == 0)
    if np.any(same & (start_s[order][1:] < (end_s + slew_s[station])[order][:-1])):
        raise InvariantError("a command antenna tracks two satellites at once")
