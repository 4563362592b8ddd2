"""Drills: the events and the data of a window → arrays by name, a row per event and per event and dataset."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..network.fibre import FibrePaths, shortest
from .damage import Damage, World, damage_of, window_of
from .drill import Drill, drill
from .replicas import Copy, Recovery, recovery_of

if TYPE_CHECKING:
    from ..network import Contacts
    from ..scenario.models import Scenario
    from ..scenario.sampling import Window
    from ..scenario.vault import Dataset, Event
    from ..scheduler import Policy, Schedule, Sites
    from ..workload import Jobs

Floats = NDArray[np.float64]
Arrays = dict[str, NDArray[Any]]

NO_PLACE = -1
"""Source of data that was not lost, or that is gone."""


def drills(
    scenario: Scenario,
    windows: Sequence[Window],
    window: Window,
    jobs: Jobs,
    sites: Sites,
    contacts: Contacts,
    policy: Policy,
    plan: Schedule,
) -> Arrays:
    """Return what the events of the dates that a window stands for do to its jobs and to the vault.

    Parameters
    ----------
    scenario, windows, window : which events fall into this window.
    jobs, sites, contacts, policy, plan : the window without them.

    Returns
    -------
    dict of ndarray
        `event_...` (e,), `recovery_...` (e, dataset) as rows.
    """
    due = [i for i, event in enumerate(scenario.event) if window_of(event, windows) == window.index]
    world = World.of(scenario, window, contacts) if due else None
    rows: list[Drill] = []
    found: list[tuple[int, int, Recovery]] = []
    for number in due:
        assert world is not None
        event = scenario.event[number]
        damage = damage_of(event, window, sites, world)
        rows.append(drill(policy, jobs, plan, damage, scenario.vault.failover_s))
        found += [
            (number, k, recovered(event, data, sites, damage, world, scenario.vault.failover_s))
            for k, data in enumerate(scenario.vault.dataset)
        ]
    sources = {name: i for i, name in enumerate(sites.names)}
    return {
        "event_event": np.array(due, np.int64),
        "event_start_s": np.array([scenario_offset_s(scenario.event[i], window) for i in due]),
        **{f"event_{f.name}": np.array([getattr(row, f.name) for row in rows]) for f in fields(Drill)},
        "recovery_event": np.array([event for event, _, _ in found], np.int64),
        "recovery_dataset": np.array([data for _, data, _ in found], np.int64),
        "recovery_source": np.array([sources.get(one.source, NO_PLACE) for *_, one in found], np.int64),
        **{
            f"recovery_{name}": np.array([getattr(one, name) for *_, one in found])
            for name in ("answers_s", "restored_s", "missing_bit", "fill_s")
        },
    }


def scenario_offset_s(event: Event, window: Window) -> float:
    """Return when an event begins, on the clock of its window [s]."""
    return (event.start - window.start).total_seconds() % window.duration_s


def recovered(
    event: Event, data: Dataset, sites: Sites, damage: Damage, world: World, failover_s: float
) -> Recovery:
    """Return how data fares in an event: nothing happens to it unless its home is lost."""
    names = [*sites.names[: sites.n_orbit], *world.clusters]
    lost = {name for name, gone in zip(names, damage.killed, strict=True) if gone}
    if data.home not in lost:
        return Recovery("", 0.0, 0.0, 0.0, math.nan)
    kept = [name for name in data.replicas if name not in lost]
    refuge = _refuge(data, lost, world)
    paths = shortest(world.fibre)
    copies = [
        _in_orbit(sites, damage, names.index(name))
        if names.index(name) < sites.n_orbit
        else _on_the_ground(name, data.home, refuge, paths, world, sites)
        for name in kept
    ]
    return recovery_of(data, copies, sites.slot_s, failover_s)


def _in_orbit(sites: Sites, damage: Damage, centre: int) -> Copy:
    n = sites.n_slots
    down = np.roll(damage.sites.down_bit[centre], -damage.first_slot)
    heard = np.flatnonzero(down > 0.0)
    first_s = float(heard[0] * sites.slot_s) if heard.size else math.inf
    up = np.where(np.isfinite(sites.up_bit[centre]), sites.up_bit[centre], 0.0)
    return Copy(sites.names[centre], first_s, up, np.where(np.isfinite(down), down, 0.0)[:n])


def _on_the_ground(
    name: str, home: str, refuge: str | None, paths: FibrePaths, world: World, sites: Sites
) -> Copy:
    p = {cluster: world.n_cities + i for i, cluster in enumerate(world.clusters)}
    fill = paths.capacity_bit_per_s[p[home], p[name]] * sites.slot_s
    restore = paths.capacity_bit_per_s[p[name], p[refuge]] * sites.slot_s if refuge else 0.0
    site = sites.n_orbit + world.clusters.index(name)
    return Copy(sites.names[site], 0.0, np.full(sites.n_slots, fill), np.full(sites.n_slots, restore))


def _refuge(data: Dataset, lost: set[str], world: World) -> str | None:
    """Return the cluster nearest the lost home that stands and holds no copy: there the new one goes."""
    free = [name for name in world.clusters if name not in lost and name not in data.replicas]
    one_way = shortest(world.fibre).propagation_s
    at = {name: world.n_cities + i for i, name in enumerate(world.clusters)}
    return min(free, key=lambda name: (one_way[at[data.home], at[name]], name), default=None)
