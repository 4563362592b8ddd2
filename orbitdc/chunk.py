"""Chunk: what is kept of one window. Products of the simulation → named arrays.

The name of an array says its table and unit: `pass_rise_s`, `job_work_op`, `step_compute_w`, `slot_...`,
`place_...` (a row per entity that flew), `site_...` (a row per site, orbital centres first), `use_...` (a row
per site and slot). Everything else is one number of the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .capacity import LIMITS
from .economics import ground_use
from .fleet import centre_of
from .network.latency import PARTS
from .orbit.access import in_view_s
from .scheduler import (
    NETWORK_PARTS,
    NOWHERE,
    bound,
    demand_of,
    latency_met_s,
    line_bit,
    of_hot_jobs,
    orbit_use,
    to_orbit,
    trips_of,
)
from .scheduler.running import LOSSES, spent
from .scheduler.sites import SIDES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .capacity import Capacity
    from .fleet import Fleet
    from .ground import Clusters
    from .network import Contacts, Service
    from .network.latency import Latency
    from .orbit.access import Passes
    from .orbit.time import TimeGrid
    from .scenario.sampling import Window
    from .scheduler import Policy, Schedule, Sites
    from .scheduler.running import Factors, Realised, Spent
    from .stream import Figures
    from .workload import Jobs

Arrays = dict[str, NDArray[Any]]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ChunkResult:
    """One window's results; read-only arrays by name, scalars as arrays of no dimension."""

    arrays: Arrays

    def __post_init__(self) -> None:
        for value in self.arrays.values():
            value.flags.writeable = False

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return one array."""
        return self.arrays[name]

    def number(self, name: str) -> float:
        """Return one number of the window."""
        return float(self.arrays[name])

    def plus(self, *more: Arrays) -> ChunkResult:
        """Return these results and more."""
        return ChunkResult({name: array for arrays in (self.arrays, *more) for name, array in arrays.items()})

    def to_arrays(self) -> Arrays:
        """Return everything for storage."""
        return dict(self.arrays)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> ChunkResult:
        """Return what was stored."""
        return cls(dict(arrays))


def record(
    window: Window,
    flying: NDArray[np.int64],
    fleet: Fleet,
    passes: Passes,
    contacts: Contacts,
    service: Service,
    sampled: Capacity,
    offered: Capacity,
    jobs: Jobs,
    sites: Sites,
    clusters: Clusters,
    policy: Policy,
    schedule: Schedule,
    kept: Factors,
    befell: Realised,
    steps: TimeGrid,
    figures: Sequence[Figures],
) -> ChunkResult:
    """Return what is kept of one window.

    Parameters
    ----------
    window : Window
    flying : ndarray (s,)
        Numbers, in the whole fleet, of the entities that fly.
    fleet, passes, contacts, service, sampled, offered, jobs, sites, clusters, policy, schedule
        Products of the window, entities in the order of `flying`; `sampled` is the capacity in the light of
        the window, `offered` in that of the days it stands for.
    kept, befell : Factors, Realised
        What is left of a card operation, and what befell the gangs that ran.
    steps : TimeGrid
        Starts of the steps.
    figures : sequence of Figures
        Of what the fleet met, could do and did; a later one has the last word.

    Returns
    -------
    ChunkResult
    """
    use = orbit_use(policy, jobs, sites, schedule)
    limit = bound(jobs, sites)
    went = spent(jobs, schedule.site, kept)
    trips, demand = trips_of(service), demand_of(jobs)
    found = {name: value for part in figures for kind in vars(part).values() for name, value in kind.items()}
    compute_j = found.pop("place_compute_j")
    brighter = offered.op.sum() / sampled.op.sum() if sampled.op.any() else 1.0
    orbit_j = compute_j * fleet.n_units * brighter * window.duration_s / (steps.n * steps.step_s)
    numbers = {
        "window": window.index,
        "phase": window.phase,
        "weight_d": window.weight_d,
        "duration_s": window.duration_s,
        "compute_energy_j": float(orbit_j.sum()),
        **_delivered(jobs, sites, kept, went),
        "link_op": use.link_op,
        "queue_op": use.queue_op,
        "planned_bit": float(contacts.down_bit.sum()),
        "planned_up_bit": float(contacts.up_bit.sum()),
        "tracked_s": contacts.contact_s,
        "plan_weight_bit": contacts.weight_bit,
        "plan_bound_bit": contacts.bound_bit,
        "used_bit": float(_orbit_bit(schedule, sites).sum()),
        **_network(service, sites, schedule, jobs, trips, demand),
        "asked_value_op": limit.all_op,
        "n_unsolved": int(schedule.solver in ("time limit", "failed")),
        "achieved_value_op": schedule.completed_value(jobs),
        "bound_value_op": min(limit.value_op, schedule.limit_op),
        **schedule.n_by_outcome(jobs),
        **{f"n_reason_{k}": n for k, n in schedule.n_by_reason(jobs).items()},
    }
    return ChunkResult(
        {
            **{name: np.asarray(value) for name, value in numbers.items()},
            **found,
            "place_entity": flying,
            "place_n_units": fleet.n_units,
            "place_installed_op": offered.installed_op.sum(axis=1),
            "place_op": offered.op.sum(axis=1),
            **{f"place_lost_{name}_op": offered.lost_op[name].sum(axis=1) for name in LIMITS},
            "place_contact_s": in_view_s(passes, len(fleet)),
            "step_time_s": steps.offset_s,
            **_slots(offered, contacts, service, schedule, sites),
            **_passes(flying, passes),
            **_contacts(flying, contacts),
            **_jobs(jobs, schedule, sites),
            "site_capacity_op": sites.op.sum(axis=1),
            "site_used_op": schedule.used_op.sum(axis=1),
            **_site_use(clusters, jobs, sites, schedule, _by_centre(fleet, sites, orbit_j)),
            "site_side": np.array([SIDES.index(side) for side in sites.sides], dtype=np.int64),
            **_uses(sites, clusters, schedule),
            **_reached(sites, service, trips, demand),
            **_lines(jobs, sites, schedule, service),
            **_gangs(kept, went, befell),
        }
    )


def _delivered(jobs: Jobs, sites: Sites, kept: Factors, went: Spent) -> dict[str, float]:
    """Return what orbit's busy cards lost to restarts, links and the model, and what each side delivers.

    `full_..._op` is what it would deliver if all its capacity worked on the widest class.
    """
    orbit = slice(sites.n_orbit)
    widest = int(np.argmax(jobs.width)) if jobs.width.size else 0
    full_op = sites.op.sum(axis=1) * (kept.useful_frac[widest] if jobs.width.size else 0.0)
    side = np.array(sites.sides)
    return {
        **{name: float(getattr(went, name)[:, orbit].sum()) for name in LOSSES.values()},
        "delivered_op": float(went.useful_op[:, orbit].sum()),
        **{f"useful_{name}_op": float(went.useful_op[:, side == name].sum()) for name in SIDES},
        **{f"full_{name}_op": float(full_op[side == name].sum()) for name in SIDES},
    }


def _gangs(kept: Factors, went: Spent, befell: Realised) -> Arrays:
    """Return a row per class and site: what is left of a card operation, why, and what befell."""
    n_class, n_site = kept.useful_frac.shape
    columns = {name: value.ravel() for part in (kept, went, befell) for name, value in vars(part).items()}
    return {
        "gang_class": np.repeat(np.arange(n_class), n_site),
        "gang_site": np.tile(np.arange(n_site), n_class),
        **{f"gang_{name}": value for name, value in columns.items()},
    }


def _site_use(
    clusters: Clusters, jobs: Jobs, sites: Sites, schedule: Schedule, centre_j: NDArray[np.float64]
) -> Arrays:
    """Return what each site used; load and Sun of orbital centres are what their computers drew."""
    n_orbit, n_sites = sites.n_orbit, len(sites.names)
    placed = schedule.site != NOWHERE
    useful_op = np.bincount(schedule.site[placed], jobs.work_op[placed], n_sites)
    in_orbit = {"load_j": centre_j, "solar_j": centre_j, "installed_op": sites.op[:n_orbit].sum(axis=1)}
    return {
        "site_useful_op": useful_op,
        **{
            f"site_{name}": np.concatenate([in_orbit.get(name, np.zeros(n_orbit)), values])
            for name, values in ground_use(clusters, schedule.used_op[n_orbit:]).items()
        },
    }


def _by_centre(fleet: Fleet, sites: Sites, amount: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum over the entities of each orbital centre."""
    centre = centre_of(fleet)
    computes = centre >= 0
    return np.bincount(centre[computes], amount[computes], sites.n_orbit).astype(np.float64)


def _network(
    service: Service, sites: Sites, schedule: Schedule, jobs: Jobs, trips: Latency, demand: Floats
) -> dict[str, float]:
    """Return bits, reach, and the latency of hot work by part: to orbit, and where it ran."""
    orbit, served = to_orbit(trips, sites.n_orbit, demand), of_hot_jobs(jobs, sites, schedule, trips)
    return {
        "down_bit": float(service.down_bit.sum()),
        "up_bit": float(service.up_bit.sum()),
        "relayed_bit": float(service.relayed_bit.sum()),
        "stranded_bit": float(service.stranded_bit.sum()),
        "reachable_frac": float(_reachable_frac(service, sites).mean()),
        "orbit_answered_frac": orbit.weight,
        **{f"orbit_{part}_s": orbit.part_s[part] for part in NETWORK_PARTS},
        "n_hot": served.weight,
        **{f"hot_{part}_s": served.part_s[part] for part in PARTS},
    }


def _reachable_frac(service: Service, sites: Sites) -> Floats:
    """Return (k,) the share of orbit's operations to which a way is up."""
    op = sites.op[: sites.n_orbit].sum(axis=1)
    share_frac: Floats = op @ service.routes.reachable_frac / max(float(op.sum()), 1e-300)
    return share_frac


def _uses(sites: Sites, clusters: Clusters, schedule: Schedule) -> Arrays:
    n_sites, n_slots = sites.op.shape
    n_orbit = sites.n_orbit
    in_orbit = sites.op[:n_orbit]
    return {
        "use_site": np.repeat(np.arange(n_sites), n_slots),
        "use_start_s": np.tile(np.arange(n_slots) * sites.slot_s, n_sites),
        # in orbit, what power, heat and failures leave
        "use_installed_op": np.vstack([in_orbit, clusters.installed_op]).ravel(),
        "use_open_op": sites.op.ravel(),
        "use_own_op": np.vstack([np.zeros_like(in_orbit), clusters.own_op]).ravel(),
        "use_used_op": schedule.used_op.ravel(),
    }


def _reached(sites: Sites, service: Service, trips: Latency, demand: Floats) -> Arrays:
    """Return what the network gives each site in each slot; latency by part as the cities' mean demand."""
    reachable_frac = np.ones(sites.op.shape)
    reachable_frac[: sites.n_orbit] = service.routes.reachable_frac
    network = {"reachable_frac": reachable_frac, "up_bit": sites.up_bit, "down_bit": sites.down_bit}
    asking = np.flatnonzero(demand)  # zero times the infinite wait of another city is no number
    for part in NETWORK_PARTS:
        seconds = getattr(trips, f"{part}_s")[:, asking]
        network[f"{part}_s"] = np.einsum("gck,c->gk", seconds, demand[asking])
    return {f"use_{name}": value.ravel() for name, value in network.items()}


def _lines(jobs: Jobs, sites: Sites, schedule: Schedule, service: Service) -> Arrays:
    """Return a row per line of fibre that carried anything: from where to where, and how full it was."""
    bit, lines = line_bit(jobs, sites, schedule, service), service.lines
    used = np.flatnonzero(bit.any(axis=1))
    return {
        "line_from": np.array([lines.ends[line][0] for line in used], dtype=np.str_),
        "line_to": np.array([lines.ends[line][1] for line in used], dtype=np.str_),
        "line_capacity_bit_per_s": lines.bit_per_s[used],
        "line_mean_bit_per_s": bit[used].mean(axis=1) / sites.slot_s,
        "line_peak_bit_per_s": bit[used].max(axis=1, initial=0.0) / sites.slot_s,
    }


def _orbit_bit(schedule: Schedule, sites: Sites) -> Floats:
    """Return (k,) the bits that the orbital centres exchanged with the ground."""
    orbit = slice(sites.n_orbit)
    bit: Floats = (schedule.used_up_bit[orbit] + schedule.used_down_bit[orbit]).sum(axis=0)
    return bit


def _slots(
    offered: Capacity, contacts: Contacts, service: Service, schedule: Schedule, sites: Sites
) -> Arrays:
    n_slots, slot_s, orbit = sites.n_slots, sites.slot_s, slice(sites.n_orbit)
    return {
        "slot_time_s": np.arange(n_slots) * slot_s,
        "slot_installed_op_per_s": offered.installed_op.sum(axis=0) / slot_s,
        "slot_capacity_op_per_s": sites.op[orbit].sum(axis=0) / slot_s,
        "slot_delivered_op_per_s": schedule.used_op[orbit].sum(axis=0) / slot_s,
        "slot_link_bit_per_s": contacts.slot_bit / slot_s,
        "slot_down_bit_per_s": service.down_bit.sum(axis=0) / slot_s,
        "slot_up_bit_per_s": service.up_bit.sum(axis=0) / slot_s,
        "slot_relayed_bit_per_s": service.relayed_bit / slot_s,
        "slot_reachable_frac": _reachable_frac(service, sites),
        "slot_n_links": service.n_links,
        "slot_used_bit_per_s": _orbit_bit(schedule, sites) / slot_s,
    }


def _passes(flying: NDArray[np.int64], passes: Passes) -> Arrays:
    columns = (
        "station rise_s culmination_s set_s max_elevation_deg clipped rise_azimuth_deg "
        "culmination_azimuth_deg set_azimuth_deg sunlit_frac"
    ).split()
    kept = {f"pass_{name}": getattr(passes, name) for name in columns}
    return {"pass_satellite": flying[passes.satellite], **kept}


def _contacts(flying: NDArray[np.int64], contacts: Contacts) -> Arrays:
    columns = "station kind antenna start_s end_s down_bit up_bit".split()
    kept = {f"contact_{name}": getattr(contacts, name) for name in columns}
    return {"contact_satellite": flying[contacts.satellite], **kept}


def _jobs(jobs: Jobs, schedule: Schedule, sites: Sites) -> Arrays:
    ran = schedule.site != NOWHERE
    return {
        "job_class": jobs.job_class,
        "job_origin": jobs.origin,
        "job_tenant": jobs.tenant,
        "job_n_jobs": jobs.n_jobs,
        "job_arrival_s": jobs.arrival_s,
        "job_deadline_s": jobs.arrival_s + jobs.deadline_s,
        # a job may use the slot it arrives in, from its arrival on
        "job_start_s": np.where(ran, np.maximum(schedule.start_slot * sites.slot_s, jobs.arrival_s), np.nan),
        "job_end_s": np.where(ran, (schedule.end_slot + 1) * sites.slot_s, np.nan),
        "job_work_op": jobs.work_op,
        "job_input_bit": jobs.input_bit,
        "job_output_bit": jobs.output_bit,
        "job_latency_s": latency_met_s(jobs, sites, schedule),
        "job_site": schedule.site,
        "job_outcome": schedule.outcome,
        "job_reason": schedule.reason,
    }
