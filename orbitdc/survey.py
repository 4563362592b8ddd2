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
"""Most that SGP4's short-period terms take a satellite out of the radii of its elements."""

ROUNDING_DB = 1e-6
"""More than a level is off by rounding."""

VECTOR = 8
"""Stations are filled up to a multiple of this, so that none is left for the end of a loop over vectors."""

BELOW_DB = 1e9
"""Loss per unit of the cosecant under the lowest elevation of the link tables."""


@dataclass(frozen=True)
class Survey:
    """What each satellite could do in a span; shapes (s,) unless said, per unit of a docked place.

    `sunlit_frac`: time mean of the visible share of the disc; `array_j`: energy of the array, all of it
    drawn; `compute_j`: of the cards at the largest load; `view_s`: time with any station in view; `link_bit`:
    carried to every station in view; `max_die_k`; `slot_load_w` (k,): load of the cards of all units, mean
    of each slot; `warnings`: of the fleet's element sets.
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
    warnings: tuple[str, ...]

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


def survey(scenario: Scenario, start: datetime, n_days: int = 1, *, allow_stale: bool = False) -> Survey:
    """Return what the fleet that flies at a date could do in the days from then on.

    Parameters
    ----------
    scenario : Scenario
    start : datetime
        UTC; who flies then flies to the end.
    n_days : int
        Whole days, 1 or more.
    allow_stale : bool
        Take real element sets more than 60 days from the plan's dates.

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
    nothing. The first day is led up to by its own first hours.

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
    fleet = build(scenario, allow_stale=allow_stale)
    flying = np.flatnonzero(fleet.active(start))
    if not flying.size:
        raise InputError(Problem("--start", f"{start:%Y-%m-%d}", "a date on which a satellite flies"))
    warnings = tuple(fleet.warnings)
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
        warnings=warnings,
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
    air: Floats
    ladder: Floats
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
        radii_km = _radii_km(sorted_satellites)
        most = 1.0 / math.sin(mask_rad) if mask_rad > 0.0 else math.inf
        return cls(
            sorted_satellites,
            (np.arange(len(order)) if number is None else number)[order],
            blocks,
            sorted_hardware,
            surfaces_of(sorted_hardware),
            _sites(sites, mask_rad, radii_km[0]),
            math.sin(mask_rad),
            _ramps(links, most),
            _steps(links, _least_db(links, most, _farthest_km(sites, mask_rad, radii_km[1]))),
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
        """Survey the steps of a grid, carry `state` to its end; a first day is led up to by its own start."""
        n_block = len(self.parameters)
        n_wanted = math.ceil(SPIN_UP_S / grid.step_s)
        n_lead = min(n_wanted, grid.n)
        n_rounds = math.ceil(n_wanted / grid.n) if first else 0
        slot = slot_of(grid.n, grid.step_s, self.slot_s)
        until = np.full((n_block, LANES), float(grid.n))
        sums = np.zeros((n_block, kernel.N_SUMS * LANES))
        hottest_k = np.full((n_block, LANES), -np.inf)
        broken = np.zeros((n_block, rows.N_BROKEN * LANES))
        load_w = np.zeros((n_block, slot[-1] + 1, LANES))
        until.reshape(-1)[len(self.satellites) :] = 0.0
        n_failed = kernel.survey(
            self.blocks.coefficients, self.blocks.minutes(grid), grid.step_s, shadow_code(self.shadow), sky,
            self.surfaces, self.sites, self.sin_mask, self.air, self.ladder, self.parameters,
            n_lead, n_rounds, slot, until, state, sums, hottest_k, broken, load_w,
        )  # fmt: skip
        if n_failed.any():
            raise InvariantError(f"the heat balance did not converge in {n_failed.sum()} satellite-steps")
        return Day(len(self.satellites), until, sums, hottest_k, broken, load_w, grid.step_s)


@dataclass(frozen=True)
class Day:
    """What the kernel leaves of a lot's day, packed; by satellite (s,) on request."""

    n: int
    until: Floats
    packed_sums: Floats
    hottest_k: Floats
    broken: Floats
    load_w: Floats
    step_s: float

    def row(self, at: int) -> Floats:
        """Return one of the sums `L_...` of `kernels.step`."""
        found: Floats = self.packed_sums[:, at : at + LANES].reshape(-1)[: self.n]
        return found

    @property
    def load_j(self) -> Floats:
        """Energy of the cards in each slot (s, k)."""
        load_j = self.load_w * self.step_s
        by_lane: Floats = np.moveaxis(load_j, -1, 1).reshape(-1, load_j.shape[1])[: self.n]
        return by_lane

    @property
    def max_die_k(self) -> Floats:
        """Hottest die (s,)."""
        found: Floats = self.hottest_k.reshape(-1)[: self.n]
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
    warnings: tuple[str, ...],
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
        slot_load_w=np.concatenate(loads), warnings=warnings,
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


def _radii_km(satellites: Sequence[Satellite]) -> tuple[float, float]:
    """Return a radius that no satellite comes under, and one that none comes over."""
    records = [one.satrec for one in satellites]
    perigee_km = min((one.altp + 1.0) * one.radiusearthkm for one in records)
    apogee_km = max((one.alta + 1.0) * one.radiusearthkm for one in records)
    return float(perigee_km) - DRIFT_KM, float(apogee_km) + DRIFT_KM


def _farthest_km(sites: Sites, mask_rad: float, highest_km: float) -> float:
    """Return a distance beyond which no satellite above the mask is from any station."""
    radius_km = np.linalg.norm(sites.r_itrs_km, axis=1)
    lower_rad = max(mask_rad, 0.0) - DEFLECTION_RAD
    across2 = highest_km**2 - (radius_km * math.cos(lower_rad)) ** 2
    return float((np.sqrt(across2) - radius_km * math.sin(lower_rad)).max())


def _sites(sites: Sites, mask_rad: float, lowest_km: float) -> Floats:
    """Return the kernel's rows of the stations (N_SITE, g)."""
    radius_km = np.linalg.norm(sites.r_itrs_km, axis=1)
    level_km = np.einsum("gx,gx->g", sites.r_itrs_km, sites.up)
    lower_rad = mask_rad - DEFLECTION_RAD
    beyond = np.maximum(lowest_km**2 - (radius_km * math.cos(lower_rad)) ** 2, 0.0)
    nearest_km = np.sqrt(beyond) - radius_km * math.sin(mask_rad + DEFLECTION_RAD)
    least_km = np.maximum(math.sin(mask_rad) * nearest_km, 0.0)
    rows = np.column_stack([sites.r_itrs_km, sites.up, level_km, least_km]).T
    nowhere = np.zeros((kernel.N_SITE, -rows.shape[1] % VECTOR))
    nowhere[kernel.SITE_LEVEL] = np.inf  # in nobody's sight
    return np.hstack([rows, nowhere])


def _ramps(links: LinkTable, most: float) -> Floats:
    """Return the air over each station for one radio as the kernel adds it up, the polygon as ramps.

    Attenuation at a cosecant c: a0 + s0 (c - c0) + the sum over later nodes of slope change x max(0, c - ci);
    those not under `most`, the largest cosecant there is, are left out.
    """
    cosecant, attenuation_db = links.cosecant, links.attenuation_db[0]
    slope = np.diff(attenuation_db, axis=1) / np.diff(cosecant)
    below = np.full((len(slope), 1), BELOW_DB)  # under the lowest elevation of the table there is no link
    change = np.hstack([slope[:, :1], np.diff(slope, axis=1), below])
    level_db = links.constant_db[0] - attenuation_db[:, 0] - 60.0
    n = max(1, int(np.searchsorted(cosecant, most)))
    more = -(n - 1) % kernel.RAMPS
    nodes = np.concatenate([[0.0], cosecant[:n], np.full(more, np.inf)])
    return np.vstack([nodes, np.column_stack([level_db, change[:, :n], np.zeros((len(slope), more))])])


def _steps(links: LinkTable, least_db: float) -> Floats:
    """Return the staircase of one radio's rates as the kernel adds it up: thresholds and gains.

    Levels are `least_db` and more: the first column holds the rate that is reached there.
    """
    threshold_db, rate_bit_per_s = links.threshold_db[0], links.rate_bit_per_s[0]
    n = int(np.searchsorted(threshold_db, least_db, side="right"))
    reached = rate_bit_per_s[n - 1] if n else 0.0
    gains = np.diff(rate_bit_per_s[n:], prepend=reached)
    more = -len(gains) % kernel.STEPS
    return np.stack(
        [
            np.concatenate([[-np.inf], threshold_db[n:], np.full(more, np.inf)]),
            np.concatenate([[reached], gains, np.zeros(more)]),
        ]
    )


def _least_db(links: LinkTable, most: float, farthest_km: float) -> float:
    """Return a level that no link comes under at cosecants up to `most` and distances up to `farthest_km`."""
    nearer = links.attenuation_db[0][:, links.cosecant < most]
    loss_db = [np.interp(most, links.cosecant, each, right=np.inf) for each in links.attenuation_db[0]]
    worst_db = np.maximum(loss_db, nearer.max(axis=1, initial=-np.inf))
    least_db = links.constant_db[0] - 60.0 - worst_db - 20.0 * math.log10(farthest_km)
    return float(least_db.min()) - ROUNDING_DB
