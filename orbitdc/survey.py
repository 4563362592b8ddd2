"""Survey: the fleet of a day, every minute of some days → what light, heat and links would let it do at most.

No jobs, no contact plan: every satellite in view of a station sends, and all cards work wherever power,
battery and heat allow. All of it happens in one pass over blocks of satellites (`kernels.step`), fast enough
for a year of ten thousand satellites; a run of the scenario says what is left when antennas and jobs are
shared out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .constants import DAY_S
from .environment import surfaces_of
from .errors import InputError, InvariantError, LimitError, Problem
from .fleet import build
from .kernels import LANES, thermal
from .kernels import operate as rows
from .kernels import step as kernel
from .links import LinkTable, link_table
from .orbit.bulk import near_circular_blocks, propagate_bulk
from .orbit.eclipse import shadow_code
from .orbit.site import Sites
from .orbit.sun import solar_flux_w_per_m2, sun_teme_km
from .orbit.time import TimeGrid
from .spacecraft.cards import accelerator_of, op_per_s
from .spacecraft.course import slot_of
from .spacecraft.drive import SPIN_UP_S, derived_rows
from .spacecraft.hardware import Hardware, hardware

if TYPE_CHECKING:
    from .orbit.bulk import Blocks
    from .orbit.ephemeris import Satellite
    from .scenario.models import Scenario, Shadow

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

DEFLECTION_RAD = 0.0035
"""Most that a vertical departs from the direction of the Earth's centre."""

DRIFT_KM = 30.0
"""Most that SGP4's short-period terms take a satellite under the perigee of its elements."""

BELOW_DB = 1e9
"""Loss per unit of the cosecant under the lowest elevation of the link tables."""

PIECES = 4
"""The kernel takes nodes and thresholds four at a time."""


@dataclass(frozen=True)
class Survey:
    """What each satellite could do in a span; shapes (s,) unless said, per unit of a docked place.

    `sunlit_frac`: time mean of the visible share of the disc; `array_j`: energy of the array, all of it
    drawn; `compute_j`: of the cards at the largest load; `view_s`: time with any station in view; `link_bit`:
    carried to every station in view; `max_die_k`; `slot_load_w` (k,): load of the cards of all units, mean
    of each slot.
    """

    start: datetime
    duration_s: float
    slot_s: float
    names: tuple[str, ...]
    n_units: Integers
    op_per_joule: Floats
    sunlit_frac: Floats
    array_j: Floats
    compute_j: Floats
    view_s: Floats
    link_bit: Floats
    max_die_k: Floats
    slot_load_w: Floats

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def totals(self) -> dict[str, float]:
        """Return the figures of the whole fleet: means per second, bits a day."""
        units = self.n_units.astype(np.float64)
        computing = units * (self.op_per_joule > 0.0)
        return {
            "n_satellites": float(units.sum()),
            "sunlit_frac": float(computing @ self.sunlit_frac / max(computing.sum(), 1.0)),
            "array_power_w": float(units @ self.array_j) / self.duration_s,
            "compute_power_w": float(units @ self.compute_j) / self.duration_s,
            "op_per_s": float(units @ (self.compute_j * self.op_per_joule)) / self.duration_s,
            "view_s_per_day": float(units @ self.view_s / max(units.sum(), 1.0)) * DAY_S / self.duration_s,
            "link_bit_per_day": float(units @ self.link_bit) * DAY_S / self.duration_s,
        }


def survey(scenario: Scenario, start: datetime, n_days: int = 1) -> Survey:
    """Return what the fleet that flies at a date could do in the days from then on.

    Parameters
    ----------
    scenario : Scenario
    start : datetime
        UTC; who flies then flies to the end.
    n_days : int
        Whole days, 1 or more.

    Returns
    -------
    Survey

    Raises
    ------
    InputError
        Nobody flies at `start`, or an orbit is none of those that the compiled step carries: low and near a
        circle.
    LimitError
        A satellite cannot hold its limits, even idle.

    Assumptions
    -----------
    A satellite sends to every station in view at once, at the rate of the step's first instant; the envelope
    is `shed`: cards run on sunlight alone. Batteries are as old as the satellites and have cycled through
    nothing. The first day is led up to by its own last hours.

    Source
    ------
    As `environment.surroundings`, `spacecraft.operate.envelope` and `links.budget`.

    Examples
    --------
    >>> import orbitdc
    >>> from datetime import UTC
    >>> # a low orbit, far from dawn and dusk
    >>> found = survey(orbitdc.load("coverage-demo"), datetime(2026, 8, 23, tzinfo=UTC))
    >>> 0.6 < found.totals()["sunlit_frac"] < 0.7
    True
    """
    if n_days < 1:
        raise InputError(Problem("--days", f"{n_days}", "1 day or more"))
    fleet = build(scenario)
    flying = np.flatnonzero(fleet.active(start))
    if not flying.size:
        raise InputError(Problem("--start", f"{start:%Y-%m-%d}", "a date on which a satellite flies"))
    fleet = fleet.subset(fleet.active(start))
    names = [fleet.spacecraft_names[i] for i in fleet.spacecraft]
    health = hardware(scenario, names, fleet.age_s(start))
    stations = [scenario.station[key] for key in scenario.ground.stations]
    sites = Sites.of({key: scenario.station[key] for key in scenario.ground.stations})
    models = [scenario.spacecraft[name] for name in fleet.spacecraft_names]
    links = link_table([model.radio for model in models], stations)
    rate = np.array(
        [op_per_s(model, accelerator_of(scenario, model), scenario.report_precision) for model in models]
    )[fleet.spacecraft]
    powered = health.it_power_w > 0.0
    lots = [
        Lot.of(
            [fleet.satellites[i] for i in which], health.take(which), sites, links.row(kind),
            scenario.ground.min_elevation_rad, start, scenario.time.step_s, scenario.time.slot_s,
            scenario.operations.shadow, which,
        )
        for kind in np.unique(fleet.spacecraft)
        for which in [np.flatnonzero(fleet.spacecraft == kind)]
    ]  # fmt: skip
    return _gathered(
        lots, start, n_days, scenario.time.slot_s,
        names=tuple(satellite.name for satellite in fleet.satellites),
        n_units=fleet.n_units,
        op_per_joule=np.divide(rate, health.it_power_w, out=np.zeros_like(rate), where=powered),
    )  # fmt: skip


@dataclass(frozen=True)
class Lot:
    """Satellites with one radio, ready for the kernel: packed so that neighbours fly close to one another.

    `number` (s,): of each in the fleet, in the order of the lanes.
    """

    satellites: tuple[Satellite, ...]
    number: Integers
    blocks: Blocks
    hardware: Hardware
    surfaces: Floats
    sites: Floats
    sin_mask: float
    links: tuple[Floats, Floats, Floats, Floats, Floats]
    parameters: Floats
    step_s: float
    slot_s: float
    shadow: Shadow

    @classmethod
    def of(
        cls,
        satellites: Sequence[Satellite],
        health: Hardware,
        sites: Sites,
        links: LinkTable,
        mask_rad: float,
        start: datetime,
        step_s: float,
        slot_s: float,
        shadow: Shadow,
        number: Integers | None = None,
    ) -> Lot:
        """Return satellites in the kernel's layout; `links` of their radio alone."""
        order = _order(satellites, start)
        sorted_satellites = tuple(satellites[i] for i in order)
        blocks, left_out = near_circular_blocks(sorted_satellites, start)
        if left_out.size:
            raise InputError(
                Problem(
                    "survey",
                    f"{sorted_satellites[left_out[0]].name} and {left_out.size - 1} others",
                    "low orbits near a circle (eccentricity to 0.02, perigee over 220 km)",
                    "run the scenario: `orbitdc run` carries every orbit",
                )
            )
        sorted_hardware = health.take(order)
        return cls(
            sorted_satellites,
            (np.arange(len(order)) if number is None else number)[order],
            blocks,
            sorted_hardware,
            surfaces_of(sorted_hardware),
            _sites(sites, mask_rad, _lowest_km(sorted_satellites)),
            math.sin(mask_rad),
            _ramps(links),
            derived_rows(sorted_hardware, step_s),
            step_s,
            slot_s,
            shadow,
        )

    def start_state(self) -> Floats:
        """Return the state (block, 2 x N_STATES x LANES) from which satellites are led up to a first day."""
        cold = self.parameters[:, thermal.P_COOLANT_MIN_K : thermal.P_COOLANT_MIN_K + LANES]
        full = self.parameters[:, thermal.P_CAPACITY_J : thermal.P_CAPACITY_J + LANES]
        one = [cold, cold, cold, full]
        return np.concatenate([*one, *one], axis=1)

    def day(self, grid: TimeGrid, sky: tuple[Floats, Floats, Floats], state: Floats, *, first: bool) -> Day:
        """Survey the steps of a grid, carry `state` to its end; a first day is led up to by its own end."""
        n_block = len(self.parameters)
        n_spin = math.ceil(SPIN_UP_S / grid.step_s)
        spans = (
            [(grid.n - n_spin, grid.n)] if n_spin <= grid.n else [(0, grid.n)] * math.ceil(n_spin / grid.n)
        )
        spin_up = np.array(spans if first else np.empty((0, 2)), dtype=np.int64)
        slot = slot_of(grid.n, grid.step_s, self.slot_s)
        until = np.full((n_block, LANES), float(grid.n))
        sums = np.zeros((n_block, kernel.N_SUMS * LANES))
        extremes = np.full((n_block, rows.N_EXTREMES * LANES), np.inf)
        extremes[:, rows.E_DIE_MAX_K : rows.E_DIE_MAX_K + LANES] = -np.inf
        broken = np.zeros((n_block, rows.N_BROKEN * LANES))
        slots = np.zeros((n_block, slot[-1] + 1, rows.N_SLOT_SUMS * LANES))
        n_lanes = np.full(n_block, LANES)
        n_lanes[-1] = len(self.satellites) - LANES * (n_block - 1)
        until.reshape(-1)[len(self.satellites) :] = 0.0
        n_failed = kernel.survey(
            self.blocks.coefficients, self.blocks.minutes(grid), grid.step_s, shadow_code(self.shadow), sky,
            self.surfaces, self.sites, self.sin_mask, self.links, self.parameters, rows.SHED, spin_up, slot,
            n_lanes, until, state, sums, extremes, broken, slots,
        )  # fmt: skip
        if n_failed.any():
            raise InvariantError(f"the heat balance did not converge in {n_failed.sum()} satellite-steps")
        return Day(len(self.satellites), until, sums, extremes, broken, slots, grid.step_s)


@dataclass(frozen=True)
class Day:
    """What the kernel leaves of a lot's day, packed; by satellite (s,) on request."""

    n: int
    until: Floats
    packed_sums: Floats
    extremes: Floats
    broken: Floats
    slots: Floats
    step_s: float

    def row(self, at: int) -> Floats:
        """Return one of the sums `L_...` of `kernels.step`."""
        found: Floats = self.packed_sums[:, at : at + LANES].reshape(-1)[: self.n]
        return found

    @property
    def load_j(self) -> Floats:
        """Energy of the cards in each slot (s, k)."""
        load = self.slots[:, :, rows.X_LOAD_W : rows.X_LOAD_W + LANES] * self.step_s
        by_lane: Floats = np.moveaxis(load, -1, 1).reshape(-1, load.shape[1])[: self.n]
        return by_lane

    @property
    def max_die_k(self) -> Floats:
        """Hottest die (s,)."""
        found: Floats = self.extremes[:, rows.E_DIE_MAX_K : rows.E_DIE_MAX_K + LANES].reshape(-1)[: self.n]
        return found


def sky_of(grid: TimeGrid) -> tuple[Floats, Floats, Floats]:
    """Return what all satellites share: Sun (t, 3) [km], irradiance (t,), cosine and sine of GMST (t, 2)."""
    sun_km = np.ascontiguousarray(sun_teme_km(grid))
    turn = np.stack([np.cos(grid.gmst_rad), np.sin(grid.gmst_rad)], axis=1)
    return sun_km, solar_flux_w_per_m2(sun_km), turn


def _days(start: datetime, n_days: int, step_s: float) -> Iterator[TimeGrid]:
    n_steps = round(DAY_S / step_s)
    for day in range(n_days):
        yield TimeGrid(start + timedelta(days=day), step_s, n_steps)


def _gathered(
    lots: Sequence[Lot],
    start: datetime,
    n_days: int,
    slot_s: float,
    names: tuple[str, ...],
    n_units: Integers,
    op_per_joule: Floats,
) -> Survey:
    n = len(names)
    sums = np.zeros((kernel.N_SUMS, n))
    compute_j, alive_s = np.zeros(n), np.zeros(n)
    max_die_k = np.zeros(n)
    loads: list[Floats] = []
    states = [lot.start_state() for lot in lots]
    step_s = lots[0].step_s
    for day, grid in enumerate(_days(start, n_days, step_s)):
        sky = sky_of(grid)
        load_w = np.zeros(0)
        for lot, state in zip(lots, states, strict=True):
            # the compiled SGP4 is held to Skyfield's once a day
            propagate_bulk(lot.satellites, grid.part(0, 1))
            found = lot.day(grid, sky, state, first=day == 0)
            _require_limits(lot, found, grid)
            at = lot.number
            for row in range(kernel.N_SUMS):
                sums[row, at] += found.row(row * LANES)
            load_j = found.load_j
            compute_j[at] += load_j.sum(axis=1)
            alive_s[at] += found.until.reshape(-1)[: found.n] * step_s
            max_die_k[at] = np.maximum(max_die_k[at], found.max_die_k)
            part = n_units[at].astype(np.float64) @ load_j / slot_s
            load_w = part if not load_w.size else load_w + part
        loads.append(load_w)
    light_s, array_j, view_s, _, link_bit = sums
    return Survey(
        start, n_days * DAY_S, slot_s, names, n_units, op_per_joule,
        sunlit_frac=np.divide(light_s, alive_s, out=np.zeros(n), where=alive_s > 0.0),
        array_j=array_j, compute_j=compute_j, view_s=view_s, link_bit=link_bit, max_die_k=max_die_k,
        slot_load_w=np.concatenate(loads),
    )  # fmt: skip


def _require_limits(lot: Lot, found: Day, grid: TimeGrid) -> None:
    """Raise LimitError if a satellite breaks a limit even with all cards off."""
    worst = found.broken.reshape(len(found.broken), rows.N_BROKEN, LANES)[:, : rows.B_STEP // LANES]
    over = np.moveaxis(worst, -1, 1).reshape(-1, worst.shape[1])[: found.n]
    slack = 1e-6 + 1e-10 * lot.hardware.it_power_w
    for s, limit in np.argwhere(over > slack[:, None]):
        what = (
            "die over its limit",
            "coolant under its minimum",
            "battery at its floor",
            "battery at its rate",
        )
        raise LimitError(
            f"spacecraft.{lot.hardware.names[s]} on {grid.start:%Y-%m-%d}, with all cards off: "
            f"{what[limit]} by {over[s, limit]:.3g}; `orbitdc check` says what to enlarge"
        )


def _order(satellites: Sequence[Satellite], start: datetime) -> Integers:
    """Return satellites by plane, then along the orbit: neighbours in a block see the same stations."""
    records = [each.satrec for each in satellites]
    after_min = [(start - each.epoch).total_seconds() / 60.0 for each in satellites]
    plane = [
        (round(math.degrees(one.nodeo) / 30.0), round(math.degrees(one.inclo) / 10.0)) for one in records
    ]
    along = [
        (one.mo + one.argpo + one.no_kozai * minutes) % (2.0 * math.pi)
        for one, minutes in zip(records, after_min, strict=True)
    ]
    keys = list(zip(plane, along, strict=True))
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def _lowest_km(satellites: Sequence[Satellite]) -> float:
    """Return a radius that no satellite comes under."""
    perigee = min((one.satrec.altp + 1.0) * one.satrec.radiusearthkm for one in satellites)
    return float(perigee) - DRIFT_KM


def _sites(sites: Sites, mask_rad: float, lowest_km: float) -> Floats:
    """Return the kernel's columns of the stations (g, N_SITE)."""
    radius_km = np.linalg.norm(sites.r_itrs_km, axis=1)
    level_km = np.einsum("gx,gx->g", sites.r_itrs_km, sites.up)
    lower_rad = mask_rad - DEFLECTION_RAD
    beyond = np.maximum(lowest_km**2 - (radius_km * math.cos(lower_rad)) ** 2, 0.0)
    nearest_km = np.sqrt(beyond) - radius_km * math.sin(mask_rad + DEFLECTION_RAD)
    least_km = np.maximum(math.sin(mask_rad) * nearest_km, 0.0)
    return np.ascontiguousarray(np.column_stack([sites.r_itrs_km, sites.up, level_km, least_km]))


def _ramps(links: LinkTable) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Return the links of one radio as the kernel adds them up: polygon as ramps, staircase as steps.

    Attenuation at a cosecant c: a0 + s0 (c - c0) + the sum over later nodes of slope change x max(0, c - ci).
    """
    cosecant, attenuation_db = links.cosecant, links.attenuation_db[0]
    slope = np.diff(attenuation_db, axis=1) / np.diff(cosecant)
    slopes = np.column_stack([attenuation_db[:, 0], slope[:, 0], np.diff(slope, axis=1)])
    more = -(len(cosecant) - 1) % PIECES
    cosecants = np.append(cosecant, np.full(more, np.inf))
    slopes = np.pad(slopes, ((0, 0), (0, len(cosecants) + 1 - slopes.shape[1])))
    slopes[:, len(cosecant)] = BELOW_DB  # under the lowest elevation of the table there is no link
    threshold_db, rate_bit_per_s = links.threshold_db[0], links.rate_bit_per_s[0]
    more = -len(threshold_db) % PIECES
    return (
        np.ascontiguousarray(links.constant_db[0]),
        cosecants,
        np.ascontiguousarray(slopes),
        np.append(threshold_db, np.full(more, np.inf)),
        np.append(np.diff(rate_bit_per_s, prepend=0.0), np.zeros(more)),
    )
