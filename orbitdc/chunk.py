"""Chunk: what is kept of one window. Products of the simulation → named arrays.

The name of an array says its table and unit: `pass_rise_s`, `job_work_op`, `step_compute_w`, `slot_...`,
`place_...` (a row per entity that flew), `site_...` (a row per site, orbit first). Everything else is one
number of the window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .capacity import LIMITS
from .orbit.access import in_view_s
from .scheduler import NOWHERE, ORBIT, bound, orbit_use

if TYPE_CHECKING:
    from .capacity import Capacity
    from .environment import Environment
    from .fleet import Fleet
    from .network import Contacts
    from .orbit.access import Passes
    from .scenario.sampling import Window
    from .scheduler import Policy, Schedule, Sites
    from .spacecraft.operate import Envelope, Trajectory
    from .workload import Jobs

Arrays = dict[str, NDArray[Any]]


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
    environment: Environment,
    passes: Passes,
    contacts: Contacts,
    most: Envelope,
    offered: Capacity,
    jobs: Jobs,
    sites: Sites,
    policy: Policy,
    schedule: Schedule,
    course: Trajectory,
) -> ChunkResult:
    """Return what is kept of one window.

    Parameters
    ----------
    window : Window
    flying : ndarray (s,)
        Numbers, in the whole fleet, of the entities that fly.
    fleet, environment, passes, contacts, most, offered, jobs, sites, policy, schedule, course
        Products of the window, entities in the order of `flying`.

    Returns
    -------
    ChunkResult
    """
    use = orbit_use(policy, jobs, sites, schedule)
    limit = bound(jobs, sites)
    counts = {
        **schedule.n_by_outcome(jobs),
        **{f"n_reason_{k}": n for k, n in schedule.n_by_reason(jobs).items()},
    }
    numbers = {
        "window": window.index,
        "phase": window.phase,
        "weight_d": window.weight_d,
        "duration_s": window.duration_s,
        "compute_energy_j": float((course.compute_w.mean(axis=1) * fleet.n_units).sum() * window.duration_s),
        "delivered_op": use.delivered_op,
        "link_op": use.link_op,
        "queue_op": use.queue_op,
        "planned_bit": float(contacts.slot_bit.sum()),
        "used_bit": float(schedule.used_bit.sum()),
        "achieved_value_op": schedule.completed_value(jobs),
        "bound_value_op": limit.value_op,
        "energy_residual_frac": course.energy_residual_frac,
        "heat_residual_frac": course.heat_residual_frac,
        **counts,
    }
    return ChunkResult(
        {
            **{name: np.asarray(value) for name, value in numbers.items()},
            **_places(window, flying, fleet, environment, passes, most, offered, course),
            **_steps(fleet, environment, most, course),
            **_slots(offered, contacts, schedule, sites),
            **_passes(flying, passes),
            **_jobs(jobs, schedule, sites),
            "site_capacity_op": sites.op.sum(axis=1),
            "site_used_op": schedule.used_op.sum(axis=1),
        }
    )


def _places(
    window: Window,
    flying: NDArray[np.int64],
    fleet: Fleet,
    environment: Environment,
    passes: Passes,
    most: Envelope,
    offered: Capacity,
    course: Trajectory,
) -> Arrays:
    dead_s = environment.alive.sum(axis=1) * environment.ephemeris.grid.step_s
    return {
        "place_entity": flying,
        "place_n_units": fleet.n_units,
        "place_installed_op": offered.installed_op.sum(axis=1),
        "place_op": offered.op.sum(axis=1),
        **{f"place_lost_{name}_op": offered.lost_op[name].sum(axis=1) for name in LIMITS},
        "place_contact_s": in_view_s(passes, len(fleet)),
        "place_alive_s": np.minimum(dead_s, window.duration_s),
        "place_max_die_k": most.die_k.max(axis=1, initial=0.0),
        "place_min_plate_k": course.plate_k.min(axis=1, initial=np.inf),
        "place_min_soc_frac": np.minimum(
            most.soc_frac.min(axis=1, initial=1.0), course.soc_frac.min(axis=1, initial=1.0)
        ),
        "place_heater_j": course.ledger_j["heater"],
        "place_spilled_j": course.ledger_j["spilled"],
    }


def _steps(fleet: Fleet, environment: Environment, most: Envelope, course: Trajectory) -> Arrays:
    """Return totals of the fleet in each step; means and extremes are over compute satellites."""
    grid = environment.ephemeris.grid
    units = fleet.n_units * ~fleet.relay
    weight = units / max(int(units.sum()), 1)
    computing = ~fleet.relay
    return {
        "step_time_s": grid.offset_s,
        "step_sunlit_frac": weight @ environment.light_frac,
        "step_array_w": fleet.n_units @ (environment.array_w * environment.light_frac * environment.alive),
        "step_envelope_w": fleet.n_units @ most.load_w,
        "step_compute_w": fleet.n_units @ course.compute_w,
        "step_heater_w": fleet.n_units @ course.heater_w,
        "step_soc_frac": weight @ course.soc_frac,
        "step_die_max_k": course.die_k[computing].max(axis=0, initial=0.0),
        "step_radiator_mean_k": weight @ course.radiator_k,
    }


def _slots(offered: Capacity, contacts: Contacts, schedule: Schedule, sites: Sites) -> Arrays:
    n_slots, slot_s = sites.n_slots, sites.slot_s
    return {
        "slot_time_s": np.arange(n_slots) * slot_s,
        "slot_installed_op_per_s": offered.installed_op.sum(axis=0) / slot_s,
        "slot_capacity_op_per_s": sites.op[ORBIT] / slot_s,
        "slot_delivered_op_per_s": schedule.used_op[ORBIT] / slot_s,
        "slot_link_bit_per_s": contacts.slot_bit / slot_s,
        "slot_used_bit_per_s": schedule.used_bit / slot_s,
    }


def _passes(flying: NDArray[np.int64], passes: Passes) -> Arrays:
    columns = (
        "station rise_s culmination_s set_s max_elevation_deg clipped rise_azimuth_deg "
        "culmination_azimuth_deg set_azimuth_deg sunlit_frac"
    ).split()
    kept = {f"pass_{name}": getattr(passes, name) for name in columns}
    return {"pass_satellite": flying[passes.satellite], **kept}


def _jobs(jobs: Jobs, schedule: Schedule, sites: Sites) -> Arrays:
    ran = schedule.site != NOWHERE
    return {
        "job_class": jobs.job_class,
        "job_origin": jobs.origin,
        "job_n_jobs": jobs.n_jobs,
        "job_arrival_s": jobs.arrival_s,
        "job_deadline_s": jobs.arrival_s + jobs.deadline_s,
        "job_start_s": np.where(ran, schedule.start_slot * sites.slot_s, np.nan),
        "job_end_s": np.where(ran, (schedule.end_slot + 1) * sites.slot_s, np.nan),
        "job_work_op": jobs.work_op,
        "job_input_bit": jobs.input_bit,
        "job_output_bit": jobs.output_bit,
        "job_site": schedule.site,
        "job_outcome": schedule.outcome,
        "job_reason": schedule.reason,
    }
