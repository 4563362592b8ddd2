"""Stream: a window for one group of satellites at a time → what the rest of the fleet has to know of it.

Passes, sums over slots and steps, and the five series that the replay needs again (40 bytes a satellite and
step) leave a group; all else it needs is gone when the next one begins (benchmarks/decisions/006). Groups are
whole blocks, worked on by as many threads as Numba has. Fleets are added up block by block in their order, so
that no last bit depends on threads or on the size of a group.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numba
import numpy as np
from numpy.typing import NDArray

from .environment import Environment, surroundings
from .kernels import LANES
from .kernels import operate as rows
from .kernels import surroundings as light
from .kernels.lanes import weighted
from .kernels.vector import pack
from .network import Contacts, Control, Lit, Offers, Segment, fallback_bit, laser_offers, offers_of
from .network.contacts import Transmissions
from .network.offers import COMMAND, LASER, RADIO
from .orbit.access import Passes, passes_of
from .orbit.sun import sun_teme_km
from .orbit.time import TimeGrid
from .spacecraft.course import Potential, Supply
from .spacecraft.operate import account, potential

if TYPE_CHECKING:
    from .fleet import Fleet
    from .links.weather import Weather
    from .orbit.chunks import Propagator
    from .orbit.ephemeris import Satellite
    from .scenario.models import Scenario
    from .scenario.sampling import Window
    from .spacecraft.hardware import Hardware

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Found = TypeVar("Found")

GROUP = 2 * LANES
"""Satellites in a group: its work space for a day of minutes is 30 MB a thread."""


@dataclass(frozen=True)
class Group:
    """Neighbours in the fleet; `first` is the number of the first one.

    `radio` (s,): their rows in the tables of links, radio and laser; `weights` (block, ...): packed, the rows
    `G_...` of `kernels.operate`, 0 in lanes without a satellite.
    """

    first: int
    satellites: tuple[Satellite, ...]
    hardware: Hardware
    radio: Integers
    weights: Floats

    def __len__(self) -> int:
        """Return the number of satellites."""
        return len(self.satellites)

    def drawing(self, more_w: Floats) -> Group:
        """Return the group with more power drawn all the time, by satellite of the whole fleet."""
        own = more_w[self.first : self.first + len(self)]
        return replace(self, hardware=self.hardware.drawing(own))


@dataclass(frozen=True)
class View:
    """What all groups of a window look at: nodes of time, Sun, and the stations with the links to them."""

    scenario: Scenario
    duration_s: float
    grid: TimeGrid
    sun_km: Floats
    segment: Segment
    weather: Weather | None
    propagate: Propagator

    @classmethod
    def of(cls, scenario: Scenario, window: Window, segment: Segment, propagate: Propagator) -> View:
        """Return the view of one window."""
        grid = TimeGrid.span(window.start, window.duration_s, scenario.time.step_s)
        sun_km = np.ascontiguousarray(sun_teme_km(grid))
        weather = segment.weather(scenario.seed, window.start, window.duration_s)
        return cls(scenario, window.duration_s, grid, sun_km, segment, weather, propagate)

    @property
    def steps(self) -> TimeGrid:
        """Starts of the steps: a state holds from its node to the next."""
        return self.grid.part(0, self.grid.n - 1)


@dataclass(frozen=True)
class Figures:
    """Numbers of a group by the names that `chunk` keeps.

    When groups are joined, `places` (s,) are lined up, `steps` (block, t) added up to (t,); of `peaks`, (t,)
    or (), the largest is taken.
    """

    places: dict[str, NDArray[Any]]
    steps: dict[str, Floats]
    peaks: dict[str, Floats]

    @classmethod
    def joined(cls, parts: Sequence[Figures]) -> Figures:
        """Return the figures of all groups, in their order."""
        places, steps, peaks = ([getattr(part, field.name) for part in parts] for field in fields(cls))
        return cls(
            {name: np.concatenate([part[name] for part in places]) for name in places[0]},
            {name: np.add.reduce(np.concatenate([part[name] for part in steps])) for name in steps[0]},
            {name: np.asarray(np.maximum.reduce([part[name] for part in peaks])) for name in peaks[0]},
        )


@dataclass(frozen=True)
class Sky:
    """What a group meets: passes and what they could carry by radio, command and laser, light and heat."""

    passes: Passes
    offers: Offers
    commands: Offers
    lit: Lit
    environment: Environment
    sunlit_frac: Floats
    figures: Figures


def groups_of(fleet: Fleet, hardware: Hardware, n_at_once: int = GROUP) -> list[Group]:
    """Return a fleet cut into groups of so many satellites, whole blocks; at least one group."""
    n_computing = max(int(fleet.n_units[~fleet.relay].sum()), 1)
    found = []
    for first in range(0, max(len(fleet), 1), n_at_once):
        part = slice(first, first + n_at_once)
        n_units = fleet.n_units[part].astype(np.float64)
        share_frac = n_units * ~fleet.relay[part] / n_computing
        weights = np.stack([n_units, share_frac, share_frac / hardware.capacity_j[part]], axis=1)
        found.append(
            Group(
                first,
                fleet.satellites[part],
                hardware.take(part),
                fleet.spacecraft[part],
                pack(weights, 0.0).reshape(-1, rows.N_WEIGHTS * LANES),
            )
        )
    return found


def each(function: Callable[..., Found], *columns: Iterable[Any]) -> list[Found]:
    """Return what a function makes of each row of some columns, in order, worked out by Numba's threads."""
    with ThreadPoolExecutor(numba.get_num_threads()) as pool:
        return list(pool.map(function, *columns))


def meet(view: View, group: Group) -> Sky:
    """Return what a group meets in a window."""
    shadow, slot_s, ground = view.scenario.operations.shadow, view.scenario.time.slot_s, view.segment
    nodes = view.propagate(group.satellites, view.grid)
    passes = passes_of(nodes, ground.sites, view.scenario.ground.min_elevation_rad, shadow=shadow)
    offers = offers_of(
        nodes, passes, ground.sites, ground.down, ground.up, group.radio,
        acquisition_s=ground.acquisition_s, duration_s=view.duration_s, slot_s=slot_s,
    )  # fmt: skip
    commands = offers_of(
        nodes, passes, ground.sites, ground.telemetry, ground.command, group.radio,
        acquisition_s=ground.acquisition_s, duration_s=view.duration_s, slot_s=slot_s, kind=COMMAND,
    )  # fmt: skip
    lit = laser_offers(
        nodes, passes, ground.sites, ground.optics, group.radio, view.sun_km, view.weather,
        duration_s=view.duration_s, slot_s=slot_s,
    )  # fmt: skip
    environment = surroundings(nodes, view.sun_km, group.hardware, shadow, view.grid.n - 1)
    sunlit_frac, sums = environment.light_sums(group.weights)
    alive_s = np.minimum(environment.n_alive * view.grid.step_s, view.duration_s)
    figures = Figures(
        places={"place_alive_s": alive_s},
        steps={"step_sunlit_frac": sums[..., light.T_LIGHT_FRAC], "step_array_w": sums[..., light.T_ARRAY_W]},
        peaks={"skyfield_difference_m": np.asarray(nodes.skyfield_difference_m)},
    )
    return Sky(passes, offers, commands, lit, environment, sunlit_frac, figures)


def promise(
    scenario: Scenario, asleep: Transmissions, group: Group, supply: Supply
) -> tuple[Potential, Figures]:
    """Return what a group could do with what reaches it, while it is not in safe mode."""
    slot_s = scenario.time.slot_s
    most = potential(group.hardware, supply, scenario.operations.envelope, slot_s)
    most = most.awake(asleep.packed(group.first, len(group)), supply.step_s, slot_s)
    envelope_w = np.empty((len(most.packed_load_w), supply.n_steps))
    weighted(most.packed_load_w, group.weights[:, rows.G_UNITS : rows.G_UNITS + LANES], envelope_w)
    places = {"place_max_die_k": np.maximum(most.max_die_k, 0.0)}
    return most, Figures(places, {"step_envelope_w": envelope_w}, {})


def follow(busy_frac: Floats, centre: Integers, group: Group, supply: Supply, most: Potential) -> Figures:
    """Return the course of a group when each satellite works the share (centre, t) that its centre does.

    `centre` (s,) is that of each satellite of the whole fleet; one of no centre, -1, has no cards to work.
    """
    idle = np.zeros((1, busy_frac.shape[1]))
    own = np.vstack([busy_frac, idle])[centre[group.first : group.first + len(group)]]
    found = account(group.hardware, supply, most, own, group.weights)
    return Figures(
        places={
            "place_min_plate_k": found.min_plate_k,
            "place_min_soc_frac": np.minimum(np.minimum(found.min_soc_frac, most.min_soc_frac), 1.0),
            "place_heater_j": found.ledger_j["heater"],
            "place_spilled_j": found.ledger_j["spilled"],
            "place_compute_j": found.ledger_j["compute"],
        },
        steps={
            "step_compute_w": found.sums[..., rows.T_LOAD_W],
            "step_heater_w": found.sums[..., rows.T_HEATER_W],
            "step_soc_frac": found.sums[..., rows.T_SOC_FRAC],
            "step_radiator_mean_k": found.sums[..., rows.T_RADIATOR_K],
        },
        peaks={
            "step_die_max_k": found.sums[..., rows.T_DIE_MAX_K].max(axis=0, initial=0.0),
            "energy_residual_frac": np.asarray(found.energy_residual_frac),
            "heat_residual_frac": np.asarray(found.heat_residual_frac),
        },
    )


def optical(lit: Lit, contacts: Contacts, weather: Weather | None) -> Figures:
    """Return what lasers to the ground did in a window and what stood in their way; nothing without them."""
    if weather is None:
        return Figures({}, {}, {})
    radio = contacts.kind == RADIO
    columns = (contacts.satellite, contacts.start_s, contacts.end_s, contacts.down_bit)
    open_frac = weather.diversity()
    numbers = {
        **{
            f"laser_{name}": getattr(lit, name).sum()
            for name in ("view_s", "sun_s", "cloud_s", "acquiring_s")
        },
        "laser_bit": contacts.down_bit[contacts.kind == LASER].sum(),
        "laser_offered_bit": lit.offers.down_bit.sum(),
        "fallback_bit": fallback_bit(lit, *(column[radio] for column in columns)),
        "weather_open_frac": np.array(open_frac.alone_frac),
        "weather_together_frac": open_frac.together_frac,
    }
    return Figures({}, {}, {name: np.asarray(value, dtype=np.float64) for name, value in numbers.items()})


def commanded(control: Control, flying: Integers) -> Figures:
    """Return who was commanded when in a window, and how long each entity was in safe mode."""
    columns = ("station", "antenna", "start_s", "end_s", "down_bit", "up_bit")
    contacts = {f"command_{name}": getattr(control, name) for name in columns}
    places = {
        "command_satellite": flying[control.satellite],
        **contacts,
        "place_command_s_per_day": control.command.contact_s_per_day,
        "place_silent_s": control.command.safe_mode_s(),
        "place_short": control.command.short,
    }
    return Figures(places, {}, {})


def all_passes(skies: Sequence[Sky], groups: Sequence[Group]) -> Passes:
    """Return the passes of all groups, ordered by rise, satellites numbered as in the fleet."""
    parts = [sky.passes for sky in skies]
    columns = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Passes)
        if field.name != "start"
    }
    columns["satellite"] += np.repeat([group.first for group in groups], [len(part) for part in parts])
    order = np.lexsort((columns["station"], columns["satellite"], columns["rise_s"]))
    return Passes(start=parts[0].start, **columns).take(order)
