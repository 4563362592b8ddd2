"""Simulate: the whole order on one screen. Scenario → plan; plan + window → what happened in it.

Pure: no file is written and no state is kept. Two loops close here and nowhere else: load heats radiators
and drains batteries (envelope → schedule → replay), and ageing makes next month's fleet weaker
(`hardware_at`). A window is computed from the plan alone, so windows may be computed in any order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import numpy as np
from numpy.typing import NDArray

from .capacity import Capacity, capacity, per_step, reweight
from .chunk import ChunkResult, record
from .constants import DAY_S
from .errors import InputError
from .fleet import Fleet, build, centre_of
from .ground import clusters_of
from .network import (
    Contacts,
    Control,
    Lit,
    Offers,
    Segment,
    check_inside,
    control_of,
    network_of,
    network_problems,
    plan_both,
    segment_of,
    serve,
)
from .orbit.bulk import propagate_bulk
from .orbit.chunks import Propagator
from .orbit.light import DailyLight, daily_light
from .orbit.propagate import propagate
from .resilience import drills, event_problems
from .scenario.models import Scenario
from .scenario.sampling import Window, windows
from .scheduler import Policy, centres_of, check, ledger, policy_of, replay, shared, sites_of
from .scheduler.running import Factors, factors, hosts_at, realise
from .spacecraft.ageing import eclipse_depth_frac
from .spacecraft.course import SlotLoads
from .spacecraft.hardware import Hardware, hardware
from .spacecraft.power import sending_frac
from .stream import (
    GROUP,
    Figures,
    Sky,
    View,
    all_passes,
    commanded,
    each,
    follow,
    groups_of,
    meet,
    optical,
    promise,
)
from .workload import Jobs, jobs_of

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

PROPAGATORS: dict[str, Propagator] = {"kernel": propagate_bulk, "skyfield": propagate}
"""Who moves the satellites: the compiled SGP4, checked against Skyfield's, or Skyfield's for every step."""


@dataclass(frozen=True)
class Plan:
    """What is fixed before the first window: who flies when, over which stations, in which light."""

    scenario: Scenario
    windows: tuple[Window, ...]
    fleet: Fleet
    segment: Segment
    light: tuple[DailyLight, ...]
    """One a light plane of the fleet, every day of the scenario."""
    propagate: Propagator
    policy_name: str
    policy: Policy


def prepare(
    scenario: Scenario,
    propagator: str = "kernel",
    policy: str | Policy | None = None,
    *,
    allow_stale: bool = False,
) -> Plan:
    """Return the plan: the fleet of all phases and the light of every day, by one of `PROPAGATORS`.

    `policy` takes the place of the scenario's: a name, or a function of the jobs and sites of a window.
    `allow_stale` takes real element sets however far from the plan's dates.
    """
    propagate = PROPAGATORS[propagator]
    fleet = build(scenario, allow_stale=allow_stale)
    network_problems(scenario, fleet)
    first, last = scenario.phase[0].start, scenario.phase[-1].end
    n_days = math.ceil((last - first).total_seconds() / DAY_S)
    shadow, examples = scenario.operations.shadow, [fleet.satellites[i] for i in fleet.plane_representative]
    lit = partial(daily_light, first_day=first, n_days=n_days, shadow=shadow, propagate=propagate)
    light = tuple(each(lit, examples))
    segment = segment_of(scenario, fleet.spacecraft_names)
    sampled = windows(scenario)
    if problems := event_problems(scenario, sampled):
        raise InputError(*problems)
    decides = policy_of(scenario.scheduler.policy if policy is None else policy)
    return Plan(scenario, sampled, fleet, segment, light, propagate, *decides)


def simulate_window(plan: Plan, index: int, n_at_once: int = GROUP) -> ChunkResult:
    """Return what happens in one window of the plan.

    Parameters
    ----------
    plan : Plan
    index : int
        Number of the window.
    n_at_once : int, optional
        Satellites in a group, whole blocks: it decides the memory and no result.

    Returns
    -------
    ChunkResult

    Raises
    ------
    LimitError
        A satellite cannot hold its limits, even idle.
    InvariantError
        A conservation law does not close: our bug.
    """
    scenario, window = plan.scenario, plan.windows[index]
    step_s, slot_s, duration_s = scenario.time.step_s, scenario.time.slot_s, window.duration_s
    flying = np.flatnonzero(plan.fleet.active(window.middle))
    fleet = plan.fleet.subset(plan.fleet.active(window.middle))
    condition = hardware_at(plan, flying, window.middle)
    groups = groups_of(fleet, condition, n_at_once)

    view = View.of(scenario, window, plan.segment, plan.propagate)
    skies = each(partial(meet, view), groups)
    passes = all_passes(skies, groups)
    firsts = [group.first for group in groups]
    offers = Offers.joined([sky.offers for sky in skies], firsts)
    lit = Lit.joined([sky.lit for sky in skies], firsts)
    machines = plan.segment.machines(fleet.n_units, window.start, duration_s)
    contacts = plan_both(offers, lit.offers, *machines, fleet.priority, duration_s=duration_s, slot_s=slot_s)
    check_inside(contacts, passes, len(plan.segment.sites))
    network = network_of(scenario, fleet, window.start)
    contacts = contacts.landed(network.station_bit_per_s)
    service = serve(
        network, fleet.satellites, plan.propagate, window.start, contacts,
        step_s=step_s, slot_s=slot_s, n_slots=contacts.n_slots,
    )  # fmt: skip
    groups = [group.drawing(service.terminal_w / fleet.n_units) for group in groups]
    radio = contacts.transmissions(fleet.n_units, drawn_frac(scenario, fleet), step_s, view.steps.n)
    control = control_at(
        plan, window, fleet, Offers.joined([sky.commands for sky in skies], firsts), contacts
    )
    asleep = control.asleep(step_s, view.steps.n)
    supplies = [
        sky.environment.supply(radio.packed(group.first, len(group)))
        for sky, group in zip(skies, groups, strict=True)
    ]

    potentials, promised = zip(*each(partial(promise, scenario, asleep), groups, supplies), strict=True)
    loads = SlotLoads.joined([potential.loads for potential in potentials])
    sampled = capacity(scenario, fleet, condition, loads, slot_s)
    offered = reweight(sampled, *light_ratios(plan, flying, window, skies))

    jobs = jobs_of(scenario, window, seed_of(scenario, window))
    clusters = clusters_of(scenario, window.start, duration_s, seed_of(scenario, window))
    centres = centres_of(scenario, fleet, offered, service)
    sites = sites_of(
        scenario, jobs, centres, clusters, service.ground.total_s, service.lines, service.routes.station
    )  # fmt: skip
    kept = kept_at(plan, flying, window, fleet, offered, jobs, len(sites.names))
    sites = replace(sites, useful_frac=kept.useful_frac)
    policy = shared(plan.policy, scenario, jobs.tenants)
    schedule = policy(jobs, sites)
    check(jobs, sites, schedule)
    replay(jobs, sites, schedule)
    busy = per_step(schedule.share_frac, slot_s, step_s, view.steps.n)
    courses = each(partial(follow, busy, centre_of(fleet)), groups, supplies, potentials)
    met = [sky.figures for sky in skies]
    figures = [Figures.joined(parts) for parts in (met, promised, courses)]
    figures += [optical(lit, contacts, view.weather), commanded(control, flying)]
    befell = realise(seed_of(scenario, window), jobs, schedule.site, sites, kept)
    return record(
        window, flying, fleet, passes, contacts, service, sampled, offered, jobs, sites, clusters,
        policy, schedule, kept, befell, view.steps, figures,
    ).plus(
        ledger(scenario, jobs, sites, schedule),
        drills(scenario, plan.windows, window, jobs, sites, contacts, policy, schedule),
    )  # fmt: skip


def hardware_at(plan: Plan, flying: Integers, when: datetime) -> Hardware:
    """Return the health of these entities at a date: age, and the eclipses their batteries cycled through."""
    scenario, fleet = plan.scenario, plan.fleet
    _, first, number = np.unique(
        np.stack([fleet.spacecraft[flying], fleet.plane[flying], fleet.launch_s[flying]]),
        axis=1, return_index=True, return_inverse=True,
    )  # fmt: skip
    kinds = flying[first]
    names = [fleet.spacecraft_names[fleet.spacecraft[i]] for i in kinds]
    cycled = [plan.light[fleet.plane[i]].cycled(fleet.launch(i), when) for i in kinds]
    n_cycles = [n for n, _ in cycled]
    depth_frac = [
        eclipse_depth_frac(scenario.spacecraft[name], eclipse_s, scenario.operations.envelope)
        for name, (_, eclipse_s) in zip(names, cycled, strict=True)
    ]
    return hardware(scenario, names, fleet.age_s(when)[kinds], n_cycles, depth_frac).take(number.reshape(-1))


def kept_at(
    plan: Plan, flying: Integers, window: Window, fleet: Fleet, offered: Capacity, jobs: Jobs, n_sites: int
) -> Factors:
    """Return what is left of a card operation (class, site) after the model, its links and what stops it."""
    light = [plan.light[i] for i in plan.fleet.plane[flying]]
    days = window.segment_start, window.segment_end
    hosts = hosts_at(plan.scenario, fleet, offered.op.sum(axis=1), light, *days, n_sites)
    return factors(plan.scenario, jobs.class_names, hosts)


def control_at(plan: Plan, window: Window, fleet: Fleet, commands: Offers, contacts: Contacts) -> Control:
    """Return who is commanded when in a window."""
    scenario, segment = plan.scenario, plan.segment
    span = window.start, window.duration_s
    antennas = segment.command_antennas(fleet.n_units, *span)
    return control_of(
        commands, contacts, antennas, segment.acquisition_s, segment.has_telemetry[fleet.spacecraft],
        duration_s=window.duration_s, demand_s_per_day=scenario.control.demand_s,
        max_silence_s=scenario.control.max_silence_s,
    )  # fmt: skip


def drawn_frac(scenario: Scenario, fleet: Fleet) -> Floats:
    """Return what radio and laser of each entity draw while on, as shares of both together (kind, s)."""
    shares = np.array([sending_frac(scenario.spacecraft[name]) for name in fleet.spacecraft_names])
    return np.asarray(shares.reshape(-1, 2)[fleet.spacecraft].T)  # no satellite: no share


def light_ratios(
    plan: Plan, flying: Integers, window: Window, sampled: Sequence[Sky]
) -> tuple[Floats, Floats]:
    """Return how much more sunlight (s,) and irradiance (s,) the days have that the window stands for."""
    plane, number = np.unique(plan.fleet.plane[flying], return_inverse=True)
    days = [plan.light[i].between(window.segment_start, window.segment_end) for i in plane]
    # days on which a real satellite is dead are NaN and stand for nothing
    sunlit = np.array([_mean(each_day.sunlit_frac) for each_day in days])[number]
    flux = np.array([_mean(each_day.flux_w_per_m2) for each_day in days])[number]
    seen = np.concatenate([sky.sunlit_frac for sky in sampled])
    brighter = np.divide(sunlit, seen, out=np.ones_like(sunlit), where=(seen > 0.0) & np.isfinite(sunlit))
    stronger = flux / sampled[0].environment.flux_w_per_m2.mean()
    return brighter, np.where(np.isfinite(stronger), stronger, 1.0)


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def seed_of(scenario: Scenario, window: Window) -> np.random.SeedSequence:
    """Return the window's own random stream: adding a window changes no other."""
    return np.random.SeedSequence(scenario.seed, spawn_key=(window.index,))
